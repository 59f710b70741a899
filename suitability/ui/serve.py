"""Starting the app: the server, and beside it at once the scan that the first visitor will ask for."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: In a checkout, and where the package is installed.
_SCRIPTS: Final = (Path(__file__).parents[2] / "app.py", Path(__file__).parents[1] / "_app" / "app.py")
SCRIPT: Final = next((path for path in _SCRIPTS if path.is_file()), _SCRIPTS[0])


def serve(arguments: Sequence[str] = ()) -> None:
    """Serve the app until it is stopped. ``arguments``: options of ``streamlit run``, such as ``--server.port``."""
    from streamlit.web import cli  # noqa: PLC0415 (loads while the other thread loads the engine)

    threading.Thread(target=_begin, name="begin", daemon=True).start()
    cli.main(["run", str(SCRIPT), *arguments])


def _begin() -> None:
    from suitability.ui.scan_cache import warm_up  # noqa: PLC0415
    from suitability.ui.state import AppState  # noqa: PLC0415 (the engine takes seconds to load)

    warm_up(AppState())


if __name__ == "__main__":
    serve(sys.argv[1:])
