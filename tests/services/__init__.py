"""Services on loopback that behave, and misbehave, as the national ones do."""
