"""OpenStreetMap as a source: extracts, and Overpass for an area."""
