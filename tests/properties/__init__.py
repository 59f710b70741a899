"""What must hold for any municipality."""
