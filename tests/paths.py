"""Folders that tests read: the root of the repository, its configuration, and samples of real data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
CONFIG: Final = ROOT / "config"
DATA: Final = ROOT / "tests" / "data"
