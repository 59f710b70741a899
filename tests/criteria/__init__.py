"""Each criterion on hand-drawn cases."""
