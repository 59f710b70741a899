"""Published data, and data that is never published."""
