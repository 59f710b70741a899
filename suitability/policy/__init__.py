"""Policies: model, reader, validation, lint, JSON Schema, comparison, what-if."""
