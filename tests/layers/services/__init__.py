"""Tests of sources that ask services."""
