"""Results of policies on the demo, as files a planner can read in a diff."""
