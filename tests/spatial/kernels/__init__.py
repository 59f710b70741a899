"""Compiled kernels against their slow twins in shapely."""
