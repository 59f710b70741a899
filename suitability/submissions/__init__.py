"""Submitted locations: read, repaired or refused, located and scored.

``entries`` is what stands in a file, ``receipts`` what became of every line of it, ``score`` what the policy says of the
places. Nothing here opens a file, asks a service or makes a sentence; the skins bring all that.
"""
