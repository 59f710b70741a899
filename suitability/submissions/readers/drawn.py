"""Places drawn on a map, or typed beside it, as a batch like any other: each is a line, and gets its receipt."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.types import CRS
from suitability.submissions.entry import Entries, Entry
from suitability.submissions.intake import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

#: The columns of the batch, which are roles of columns in ``config/submissions.yaml`` too.
ROLES: Final = {"reference": "reference", "place": "place"}
_LEAST_CORNERS: Final = 3  # of an area
_DECIMALS: Final = 2


@dataclass(frozen=True)
class Drawn:
    """One place. ``corners``: of an area, or one point, in EPSG:28992 [m]; ``text``: what was typed instead."""

    reference: str
    corners: tuple[tuple[float, float], ...] = ()
    text: str = ""


def corners_of(places: object) -> tuple[tuple[float, float], ...]:
    """Return corners as a map sends them, to the centimetre; raises ``ValueError`` for what are no places."""
    xy = np.asarray(places, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2 or not np.isfinite(xy).all():  # noqa: PLR2004 (x and y)
        message = f"corners of shape {xy.shape}; expected numbers of shape (n, 2)"
        raise ValueError(message)
    return tuple((float(x), float(y)) for x, y in np.round(xy, _DECIMALS))


def batch_of_drawn(places: Sequence[Drawn], file: str) -> Batch:
    """Return the batch of places that were drawn, in their order; ``file`` is what people call it.

    Its mapping of columns is ``ROLES``. Crossings, doubles and places outside are left to the intake.
    """
    content = json.dumps([asdict(one) for one in places], ensure_ascii=False).encode()
    lines = tuple(_entry(line, one) for line, one in enumerate(places, start=1))
    return Batch(file, hashlib.sha256(content).hexdigest(), Entries(lines, tuple(ROLES)))


def _entry(line: int, one: Drawn) -> Entry:
    cells = {"reference": one.reference.strip(), "place": one.text.strip()}
    if one.text.strip() or not one.corners:
        return Entry(line, cells)
    return Entry(line, cells, geometry=shape_of(one.corners), crs=CRS, has_shape=True)


def shape_of(corners: Sequence[tuple[float, float]]) -> BaseGeometry:
    """Return the area that corners enclose; of two a line, of one a point. What crosses itself is left as it is."""
    if len(corners) >= _LEAST_CORNERS:
        return shapely.Polygon(corners)
    return shapely.LineString(corners) if len(corners) > 1 else shapely.Point(corners[0])
