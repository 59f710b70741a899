"""How many beds are needed, and how far a set of sites gives them."""
