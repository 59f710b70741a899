"""What people take away from a scan: table, GeoPackage, GeoParquet, map and run record."""
