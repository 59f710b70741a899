"""Areas from loose ways of OpenStreetMap, also where the box of an extract has cut them.

An extract cut at a rectangle in WGS84 holds only the nodes inside: a way or ring that leaves it lost its outer nodes,
so its ring is open. Its loose ends are joined along the edge of the box, alternately inside and outside, the shorter
way round: exact for anything that covers less than half of the edge. Coordinates are degrees, until the caller projects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import FloatArray

#: Keys that make a closed way an area.
AREA_KEYS: Final = ("building", "landuse", "natural", "leisure", "amenity", "tourism", "man_made", "shop")
#: Open ways with these tags were cut at the box; an open way with another tag is a line.
NOT_LINES: Final = ("building", "landuse", "natural", "leisure")
_DRAWN_AS_LINES: Final = ("tree_row", "coastline", "cliff")
#: A loose end nearer to the box than this was cut there; farther away the ring is really broken.
_CUT_WITHIN_DEG: Final = 0.006
_RING_POINTS: Final = 4


@dataclass
class Repairs:
    """Repairs and omissions while reading. ``broken``: open rings left out, as shapes that hold them."""

    closed_at_box: int = 0
    mended: int = 0
    skipped: list[str] = field(default_factory=list)
    broken: list[BaseGeometry] = field(default_factory=list)


def is_area(tags: Mapping[str, str], refs: Sequence[int]) -> bool:
    """Return whether a way is the outline of something, and not a line such as a street or a row of trees."""
    if tags.get("natural") in _DRAWN_AS_LINES or ("highway" in tags and tags.get("area") != "yes"):
        return False
    keys = AREA_KEYS if refs[0] == refs[-1] else NOT_LINES
    return any(key in tags for key in keys)


def assemble(
    outer: list[FloatArray], inner: list[FloatArray], box: Polygon, repairs: Repairs, *, mend: bool = True
) -> BaseGeometry | None:
    """Return the area of these chains of coordinates (k, 2), or None when nothing with an area is left.

    ``box`` is the edge of the extract. A ring that is open elsewhere is closed in a straight line if ``mend``; if not,
    the area is left out, because its true extent is not known, and noted in ``repairs.broken``.
    """
    n_broken = len(repairs.broken)
    shell = _rings(outer, box, repairs, mend=mend)
    holes = _rings(inner, box, repairs, mend=mend) if inner and shell is not None else None
    if shell is None or len(repairs.broken) > n_broken:
        return None
    shape = shell if holes is None else shapely.difference(shell, holes)
    return None if shape.is_empty or shape.area == 0 else shape


def _rings(chains: list[FloatArray], box: Polygon, repairs: Repairs, *, mend: bool) -> BaseGeometry | None:
    usable = [LineString(chain) for chain in chains if len(chain) > 1]
    if not usable:
        return None
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(usable)))
    closed = [line for line in merged if line.is_closed and len(line.coords) >= _RING_POINTS]
    loose = [np.asarray(line.coords) for line in merged if not line.is_closed]
    polygons: list[BaseGeometry] = []
    for ring in closed:
        polygon: BaseGeometry = Polygon(ring.coords)
        if not polygon.is_valid:
            repairs.mended += 1
            polygon = shapely.make_valid(polygon)
        polygons.append(polygon)
    cut = [chain for chain in loose if _ends_at(chain, box)]
    broken = [chain for chain in loose if not _ends_at(chain, box) and len(chain) > 2]  # noqa: PLR2004
    if broken and not mend:
        repairs.broken.append(shapely.convex_hull(shapely.MultiLineString(usable)))
        return None
    if cut:
        repairs.closed_at_box += 1
        polygons.append(_close_along(cut, box))
    for chain in broken:
        repairs.mended += 1
        polygons.append(shapely.make_valid(Polygon(chain)))
    whole = shapely.union_all([_only_polygons(polygon) for polygon in polygons])
    return None if whole.is_empty else whole


def _ends_at(chain: FloatArray, box: Polygon) -> bool:
    return all(box.exterior.distance(shapely.Point(chain[end])) < _CUT_WITHIN_DEG for end in (0, -1))


def _only_polygons(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon"])


def _close_along(chains: list[FloatArray], box: Polygon) -> BaseGeometry:
    """Return the area enclosed by loose chains and the edge of the box."""
    edge = box.exterior
    at = sorted(
        (edge.project(shapely.Point(chain[end])), index, end) for index, chain in enumerate(chains) for end in (0, -1)
    )
    pairings = []
    for first in (0, 1):
        pairs = [(at[i], at[(i + 1) % len(at)]) for i in range(first, len(at), 2)]
        pairings.append((sum((b[0] - a[0]) % edge.length for a, b in pairs), pairs))
    _, pairs = min(pairings, key=lambda pairing: pairing[0])
    lines = [LineString(chain) for chain in chains]
    for a, b in pairs:
        start, stop = chains[a[1]][a[2]], chains[b[1]][b[2]]
        along = _edge_between(edge, a[0], b[0])
        lines.append(LineString(np.vstack([start, along, stop])))
    noded = shapely.union_all(lines)
    return shapely.union_all(list(shapely.polygonize([noded]).geoms))


def _edge_between(edge: shapely.LinearRing, start: float, stop: float) -> FloatArray:
    """Return the points of the edge from ``start`` forward to ``stop`` (distances along it)."""
    corners = np.array([edge.project(shapely.Point(xy)) for xy in edge.coords[:-1]])
    span = (stop - start) % edge.length
    offsets = np.sort((corners - start) % edge.length)
    distances = [0.0, *offsets[(offsets > 0) & (offsets < span)], span]
    return np.array([edge.interpolate((start + d) % edge.length).coords[0] for d in distances])
