"""Workshop sessions: votes, weights, remarks, locks and stages, stored as events."""
