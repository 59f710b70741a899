"""Tests of the catalogue and other common parts."""
