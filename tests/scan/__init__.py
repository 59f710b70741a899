"""Tests of measuring and judging."""
