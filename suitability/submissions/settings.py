"""The numbers and the names of columns in ``config/submissions.yaml``."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import Field, ValidationError

from suitability.errors import Problem, SourceError
from suitability.types import Params

if TYPE_CHECKING:
    from pathlib import Path

_Positive = Annotated[float, Field(gt=0)]
_Share = Annotated[float, Field(gt=0, le=1)]


class Limits(Params):
    """How far a place is mended before it is refused; lengths in metres, areas in m2 or hectares, shares of 1."""

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
    path = config / "submissions.yaml"
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    except yaml.YAMLError as error:
        raise SourceError(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SourceError(Problem(str(path), "submission_settings", {"found": where})) from error


def key_of(name: str) -> str:
    """Return the name of a column without capitals, accents, spaces and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in plain if not unicodedata.combining(c)))
