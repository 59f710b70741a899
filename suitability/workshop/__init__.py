"""What people make in a workshop: votes, weights, remarks, locks and stages, kept as events that are never changed."""
