"""What a policy makes of the demo, as files a planner can read in a diff."""
