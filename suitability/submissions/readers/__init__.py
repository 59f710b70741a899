"""Readers of submitted files, one per format."""
