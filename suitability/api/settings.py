"""The limits in ``config/api.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import Field, ValidationError

from suitability.errors import Problem, SourceError
from suitability.types import Params

if TYPE_CHECKING:
    from pathlib import Path

_Count = Annotated[int, Field(gt=0)]
_Seconds = Annotated[float, Field(gt=0)]


class Limits(Params):
    """What one request may be and how long it may take, in seconds.

    ``waiting`` and ``waiting_reads``: batches, and other requests, in line behind the one at work.

    ``depth``: brackets within brackets of a body. ``corners``: of one drawn place; ``corners_in_all``: of a batch.
    """

    body_bytes: _Count
    depth: _Count
    places: _Count
    corners: _Count
    corners_in_all: _Count
    header_seconds: _Seconds
    body_seconds: _Seconds
    score_seconds: _Seconds
    read_seconds: _Seconds
    waiting: int = Field(ge=0)
    waiting_reads: int = Field(ge=0)
    connections: _Count
    page: _Count
    largest_page: _Count
    token_signs: _Count


def read_limits(config: Path) -> Limits:
    """Return the limits from ``api.yaml`` in the config folder; raises ``SourceError``."""
    path = config / "api.yaml"
    try:
        return Limits.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    except yaml.YAMLError as error:
        raise SourceError(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SourceError(Problem(str(path), "api_settings", {"found": where})) from error
