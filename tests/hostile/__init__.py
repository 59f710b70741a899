"""Bad input: one clear sentence, nothing half-written."""
