"""Answer to a submission: receipt, scores and a card for each site."""
