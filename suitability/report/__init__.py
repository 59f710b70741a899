"""Reports on a scan: files, maps, cards, publications and sentences."""
