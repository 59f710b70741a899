"""The pages of the app: each reads the state, calls the views and shows the result."""
