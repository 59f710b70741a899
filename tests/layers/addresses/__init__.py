"""Tests of finding addresses."""
