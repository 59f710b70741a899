"""From candidates to a shortlist: the set of sites that covers the need, or why there is none."""
