"""Compiled inner loops of the scan. Each has a slow twin in shapely, against which the tests hold it."""
