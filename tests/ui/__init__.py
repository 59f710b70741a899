"""The app: its pages without a browser, and all of it in a real one."""
