"""Publication for residents: the gate of what may leave, the public map, posters and open data."""
