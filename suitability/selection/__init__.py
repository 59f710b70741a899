"""Selection of sites: ranking, shortlist, need and portfolio rules."""
