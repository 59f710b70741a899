"""Interactive maps of the app."""
