"""Minutes of a workshop session as HTML, PDF and spreadsheet."""
