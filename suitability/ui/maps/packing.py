"""Shapes packed small for the browser: corners as 16-bit steps over the extent, sent once and kept there.

A municipality of 50,000 parcels is about 2 MB; what changes with a limit is one byte per parcel.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final, TypedDict

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import CodeArray, GeometryArray

_STEPS: Final = 65_535


class Pack(TypedDict):
    """Rings or lines for ``parcel_map.js``: ``corners`` uint16 pairs, ``ends`` and ``owners`` uint32 per ring, in base64.

    A corner is ``origin`` (EPSG:28992, metres) plus ``step`` (metres) times its numbers; ``owners`` says of which shape
    a ring is, in ascending order; ``n`` is the number of shapes.
    """

    key: str
    n: int
    origin: tuple[float, float]
    step: tuple[float, float]
    corners: str
    ends: str
    owners: str


def pack_shapes(geometry: GeometryArray) -> Pack:
    """Return polygons (n,) by their rings, or lines (n,) as they are, packed; empty shapes have no rings."""
    shapes = np.asarray(geometry, dtype=object)
    parts, owners = shapely.get_parts(shapes, return_index=True)
    if len(parts) and shapely.get_dimensions(parts[0]) == 2:  # noqa: PLR2004
        parts, part = shapely.get_rings(parts, return_index=True)
        owners = owners[part]
    xy, ring = shapely.get_coordinates(parts, return_index=True)
    origin = xy.min(axis=0) if len(xy) else np.zeros(2)
    extent = xy.max(axis=0) - origin if len(xy) else np.ones(2)
    step = np.maximum(extent, 1.0) / _STEPS
    corners = np.round((xy - origin) / step).astype("<u2")
    ends = np.cumsum(np.bincount(ring, minlength=len(parts))).astype("<u4")
    texts = [text_of(array) for array in (corners, ends, owners.astype("<u4"))]
    key = hashlib.sha256("|".join([str(len(shapes)), repr(origin), repr(step), *texts]).encode()).hexdigest()[:16]
    return Pack(
        key=key, n=len(shapes), origin=(float(origin[0]), float(origin[1])), step=(float(step[0]), float(step[1])),
        corners=texts[0], ends=texts[1], owners=texts[2],
    )  # fmt: skip


def text_of(array: NDArray[Any] | CodeArray) -> str:
    """Return the bytes of an array as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
