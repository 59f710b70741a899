"""Parcels and shapes as arrays: overlaps, distances, street network, zonal statistics."""
