"""What is made public, and what never is."""
