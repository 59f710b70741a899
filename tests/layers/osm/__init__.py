"""Tests of layers from OpenStreetMap."""
