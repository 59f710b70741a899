"""Submitted locations: read, mended or refused with a reason, and scored as parcels of the scan.

``entries`` is what stands in a file, ``receipts`` what became of every line of it, ``score`` what the policy says of the
places. Nothing here opens a file, asks a service or makes a sentence; the skins bring all that.
"""
