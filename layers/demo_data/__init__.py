"""The embedded municipality: Kampen, built from an OpenStreetMap extract by ``python -m layers.demo_data.build``."""
