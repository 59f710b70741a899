"""Changes of the tables, in order; applied when a store is opened."""
