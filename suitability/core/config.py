"""Find policies, settings and tables: in one config folder, by one rule.

The config folder is the first of: the folder given, the one that ``SUITABILITY_CONFIG`` names, ``./config`` when it
holds ``documents.yaml``, the folder that came with the program. A folder given or named must exist. What a municipality
decides (policies, documents, scales, stages, publication profiles) is read from that folder alone. Settings and tables
of the program (``config_file``) that the folder lacks are read as they came with the program.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from suitability.core.errors import Problem, SourceError
from suitability.core.yaml_files import read_yaml

_DOCUMENTS: Final = "documents.yaml"
#: Within the wheel, and in a checkout.
_SHIPPED: Final = (Path(__file__).parents[1] / "_config", Path(__file__).parents[2] / "config")


def config_folder(given: Path | None = None) -> Path:
    """Return the config folder; raises ``SourceError`` when the one given or named does not exist."""
    named = given or (Path(os.environ["SUITABILITY_CONFIG"]) if "SUITABILITY_CONFIG" in os.environ else None)
    if named is not None:
        if not named.is_dir():
            raise SourceError(Problem(str(named), "config_missing"))
        return named
    return next(folder for folder in (Path("config"), *_SHIPPED) if (folder / _DOCUMENTS).is_file())


def config_file(name: str, given: Path | None = None) -> Path:
    """Return the file of a setting or table, ``sources/columns.yaml`` for example.

    It is the one in the config folder, or the shipped one when that folder has none. Raises ``SourceError`` as
    ``config_folder`` does.
    """
    folders = (config_folder(given), *_SHIPPED)
    return next((path for folder in folders if (path := folder / name).is_file()), folders[0] / name)


def read_table(name: str) -> dict[str, Any]:
    """Return the keys of a table; raises ``SourceError`` with one sentence per mistake."""
    return _table(config_file(name))


@cache
def _table(path: Path) -> dict[str, Any]:
    return dict(read_yaml(path, raises=SourceError))


@cache
def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the documents that citations name: title, url and date by id."""
    return dict(read_yaml(folder / _DOCUMENTS))
