"""Lookup of policies, tables and documents in the config folder, with a suggestion for a misspelt name."""

from __future__ import annotations

import difflib
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from suitability.core.errors import Problem, SourceError
from suitability.core.yaml_files import read_yaml

_FALLBACK_FOLDERS: Final = (Path(__file__).parents[1] / "_config", Path(__file__).parents[2] / "config")


def config_folder(given: Path | None = None) -> Path:
    """Return the folder with policies and tables: given, SUITABILITY_CONFIG, ./config, or the shipped one."""
    named = given or (Path(os.environ["SUITABILITY_CONFIG"]) if "SUITABILITY_CONFIG" in os.environ else None)
    if named is not None:
        if not named.is_dir():
            raise SourceError(Problem(str(named), "config_missing"))
        return named
    return next(folder for folder in (Path("config"), *_FALLBACK_FOLDERS) if (folder / "documents.yaml").is_file())


@cache
def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the documents that citations name: title, url and date by id."""
    return dict(read_yaml(folder / "documents.yaml"))


def suggestion(name: str, known: list[str]) -> dict[str, str]:
    """Return "did you mean …" in both languages, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    if not close:
        return {"nl": "", "en": ""}
    return {"nl": f" Bedoelt u '{close[0]}'?", "en": f" Did you mean '{close[0]}'?"}
