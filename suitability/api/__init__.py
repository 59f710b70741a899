"""HTTP service: verdicts, scores and cards for other programs."""
