"""Tests of the workshop store."""
