"""Output files: tables, GeoPackage, GeoParquet, run record."""
