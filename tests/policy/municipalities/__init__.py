"""Policies of other municipalities, each with examples of what it allows and refuses."""
