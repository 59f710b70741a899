"""Measurements of speed and memory that print ratios measured in one run. ``python -m benchmarks`` runs them all."""
