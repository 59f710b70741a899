"""From what people write to a place: addresses and cadastral designations."""
