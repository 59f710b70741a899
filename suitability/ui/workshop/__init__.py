"""The workshop in the app: who sits where, voting, the wall, the chair's table, and what is decided about a site."""
