"""Tests of sites and their ranking."""
