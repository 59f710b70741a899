"""A scan of any size: piece by piece, in as many processes or on as many machines as there are, with bounded memory."""
