"""Reports: what people take away from a scan, as files, maps, cards and sentences."""
