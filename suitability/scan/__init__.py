"""Scan: load layers, measure, judge, combine; longlist, cache and comparison."""
