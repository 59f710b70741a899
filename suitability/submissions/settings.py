"""The numbers and the names of columns in ``config/submissions.yaml``."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from suitability.core.config import config_file
from suitability.core.types import Params
from suitability.core.validation import read_model

if TYPE_CHECKING:
    from pathlib import Path

_Positive = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(gt=0, le=1)]


class Limits(Params):
    """Limits of repair before refusal; lengths in metres, areas in m2 or hectares, shares of 1."""

    most_lines: int = Field(gt=0)
    point_near_m: _Positive
    boundary_m: _Positive
    same_shape_share: _Share
    least_overlap_m2: _Positive
    least_area_m2: _Positive
    largest_area_ha: _Positive
    least_inside_share: _Share
    disagree_m: _Positive
    same_place_share: _Share


class Personal(Params):
    """Columns about people: whole names, and words within a name."""

    names: tuple[str, ...]
    words: tuple[str, ...]


class Settings(Params):
    """The file as a whole; ``columns``: names by role, in order of preference."""

    limits: Limits
    columns: dict[str, tuple[str, ...]]
    personal: Personal


def read_settings(config: Path) -> Settings:
    """Return the settings from ``submissions.yaml`` in the config folder; raises ``SourceError``."""
    return read_model(config_file("submissions.yaml", config), Settings)


def key_of(name: str) -> str:
    """Return the name of a column without capitals, accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in plain if not unicodedata.combining(c)))
