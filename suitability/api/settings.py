"""The limits in ``config/api.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from suitability.core.config import config_file
from suitability.core.types import Params
from suitability.core.validation import read_model

if TYPE_CHECKING:
    from pathlib import Path

_Count = Annotated[int, Field(gt=0)]
_Seconds = Annotated[float, Field(gt=0)]


class Limits(Params):
    """Limits of one request: size, depth and time in seconds.

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
    return read_model(config_file("api.yaml", config), Limits)
