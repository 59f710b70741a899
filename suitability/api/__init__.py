"""The HTTP service: the line behind the command line, for other programs. A thin skin that decides nothing."""
