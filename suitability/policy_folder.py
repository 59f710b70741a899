"""Where policies, tables and documents are found, by name; and which name was probably meant."""

from __future__ import annotations

import difflib
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from suitability.errors import PolicyError, Problem, SourceError
from suitability.located_yaml import read_yaml

_FALLBACK_FOLDERS: Final = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")


def config_folder(given: Path | None = None) -> Path:
    """Return the folder with policies and tables: given, SUITABILITY_CONFIG, ./config, or the shipped one."""
    named = given or (Path(os.environ["SUITABILITY_CONFIG"]) if "SUITABILITY_CONFIG" in os.environ else None)
    if named is not None:
        if not named.is_dir():
            raise SourceError(Problem(str(named), "config_missing"))
        return named
    return next(folder for folder in (Path("config"), *_FALLBACK_FOLDERS) if (folder / "documents.yaml").is_file())


def policy_path(name: str, config: Path) -> Path:
    """Return the file of a policy given by path or by name; raises ``PolicyError`` with the names that exist."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        return path
    path = config / f"{name}.yaml"
    if not path.is_file():
        known = policy_names(config)
        fields = {"found": name, "expected": ", ".join(known), "suggestion": suggestion(name, known)}
        raise PolicyError(Problem("--policy", "unknown_policy", fields))
    return path


def policy_names(config: Path) -> list[str]:
    """Return the names of the policies in a config folder."""
    files = (path for path in config.glob("*.yaml") if path.is_file())
    return sorted(path.stem for path in files if "rules:" in path.read_text(encoding="utf-8", errors="replace"))


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
