"""Tables of names in the config folder, where a user can correct a name without a release."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from suitability.core.errors import Problem, SourceError
from suitability.core.yaml_files import load

_ROOT: Final = Path(__file__).resolve().parent.parent
_SHIPPED: Final = (_ROOT / "config", _ROOT / "suitability" / "_config")


def table_path(name: str) -> Path:
    """Return a table such as ``sources/columns.yaml``: from SUITABILITY_CONFIG, ./config or as shipped."""
    named = [Path(os.environ["SUITABILITY_CONFIG"])] if "SUITABILITY_CONFIG" in os.environ else []
    places = [folder / name for folder in (*named, Path("config"), *_SHIPPED)]
    return next((path for path in places if path.is_file()), places[-1])


def read_table(name: str) -> dict[str, Any]:
    """Return the keys of a table; raises ``SourceError`` when it is missing or holds none."""
    return _read(table_path(name))


@cache
def _read(path: Path) -> dict[str, Any]:
    try:
        table = load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourceError(Problem(str(path), "table_unreadable", {"found": " ".join(str(error).split())})) from error
    if not isinstance(table, dict):
        raise SourceError(Problem(str(path), "table_unreadable", {"found": type(table).__name__}))
    return table
