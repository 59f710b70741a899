"""Properties that hold for any municipality."""
