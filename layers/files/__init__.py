"""Reading files of any usual kind: vector files, tables, grids, archives and XML, each safely."""
