"""Tests of the national formats, on real files."""
