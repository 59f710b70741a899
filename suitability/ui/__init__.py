"""The app: thin pages over the engine. Each page reads the state, calls one function of the engine, shows the result."""
