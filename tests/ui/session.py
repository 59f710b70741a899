"""A session of the app without a browser."""

from __future__ import annotations

from functools import cache
from unittest.mock import patch

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.moments import HANG_S
from tests.paths import ROOT

PATIENCE_S = HANG_S

#: A server does this once; without a server every session would look through all that is installed, a sixth of a second.
_components = cache(manifest_scanner.scan_component_manifests)


def new_session() -> AppTest:
    """Return a session as of a person who has just opened the app."""
    with patch.object(manifest_scanner, "scan_component_manifests", _components):
        return AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S).run()
