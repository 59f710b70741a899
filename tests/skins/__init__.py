"""The product as a person meets it: processes, files, pictures."""
