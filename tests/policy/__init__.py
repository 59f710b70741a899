"""Tests of the policy format."""
