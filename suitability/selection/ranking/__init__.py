"""From passing parcels to ranked sites, and how firm that ranking stands."""
