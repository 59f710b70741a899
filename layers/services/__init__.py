"""Services over HTTP: the national platform, zoning plans and noise maps."""
