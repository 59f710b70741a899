"""Version of the package: that of the checkout it is imported from, or of the installed distribution."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_NAME: Final = "suitability"
_UNKNOWN: Final = "0"


@cache
def package_version() -> str:
    """Return the version number; ``0`` for a copy without a ``pyproject.toml`` that is not installed either.

    The checkout comes first: an editable installation may date from before the last change of the number.
    """
    file = Path(__file__).parents[2] / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {}) if file.is_file() else {}
    if project.get("name") == _NAME:
        return str(project["version"])
    try:
        return version(_NAME)
    except PackageNotFoundError:
        return _UNKNOWN
