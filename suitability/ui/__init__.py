"""The app: pages and views over the engine."""
