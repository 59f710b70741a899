"""All tests; shared drawings and policies."""
