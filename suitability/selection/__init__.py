"""From verdicts to places: ranking, shortlist, need and portfolio."""
