"""Exchange of a session with a spreadsheet."""
