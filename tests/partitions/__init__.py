"""A scan in pieces: the same as in one go, wherever and however often it is stopped."""
