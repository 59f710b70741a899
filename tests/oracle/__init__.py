"""The scan against a slow, obvious reference."""
