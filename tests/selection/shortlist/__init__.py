"""The choice of a set of sites: against brute force, by properties, and by hand."""
