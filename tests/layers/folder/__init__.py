"""Tests of a folder of files as a source."""
