"""Static files of the reports: scripts, style sheets and templates that lie in the folder ``static`` of a package."""

from __future__ import annotations

import re
from importlib.resources import files


def static_text(name: str, package: str = "suitability.report") -> str:
    """Return the text of ``static/<name>`` in a package; without one, of a file that several reports share."""
    return files(package).joinpath("static", name).read_text(encoding="utf-8")


def leaflet_css() -> str:
    """Return Leaflet's style sheet without its pictures, which a browser would fetch."""
    return re.sub(r"background-image:\s*url\([^)]*\);?", "", static_text("leaflet.css"))
