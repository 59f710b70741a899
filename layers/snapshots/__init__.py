"""Dated copies of what a source gave."""
