"""Tests of parcels, shapes, distances and overlaps."""
