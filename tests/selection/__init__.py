"""Tests of going from verdicts to places."""
