"""Types, layers, measurements, errors, messages and configuration files."""
