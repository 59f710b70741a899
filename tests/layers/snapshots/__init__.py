"""Tests of dated snapshots."""
