"""From points and drawn sites to ground: the parcel that a point lies in, the parcel that a drawn site is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.submissions.entry import Note
from suitability.submissions.parcel_overlap import shared_ground

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import FloatArray, GeometryArray, IntArray
    from suitability.submissions.lookup_context import Surroundings
    from suitability.submissions.settings import Limits

_KEY_GRID_M = 0.1


@dataclass(frozen=True)
class Site:
    """The ground of one submission; ``rows``: the parcels that it is, none where it is drawn otherwise."""

    geometry: BaseGeometry
    rows: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()


def locate_points(points: GeometryArray, around: Surroundings, limits: Limits) -> list[Site | Note]:
    """Return the parcel that each point lies in, or why none can be chosen; equal for equal points."""
    tree = around.parcels.tree
    point, row = tree.query(points, predicate="dwithin", distance=limits.boundary_m)
    found: list[list[int]] = [[] for _ in points]
    for i, j in zip(point, row, strict=True):
        found[i].append(int(j))
    lost = np.flatnonzero(np.array([not rows for rows in found], dtype=bool))
    near: dict[int, list[tuple[int, float]]] = {}
    if len(lost):
        (which, parcel), metres = tree.query_nearest(points[lost], max_distance=limits.point_near_m, return_distance=True)  # fmt: skip
        for i, j, m in zip(which, parcel, metres, strict=True):
            near.setdefault(int(lost[i]), []).append((int(j), float(m)))
    return [_parcel_of_point(points[i], rows, near.get(i, []), around) for i, rows in enumerate(found)]


def _parcel_of_point(
    point: BaseGeometry, rows: list[int], near: list[tuple[int, float]], around: Surroundings
) -> Site | Note:
    candidates = rows or [row for row, _ in near]
    ids = sorted(str(around.parcels.ids[row]) for row in candidates)
    if len(candidates) > 1:
        return Note("on_boundary", {"parcels": ", ".join(ids[:4])})
    if not candidates:
        is_outside = around.area is not None and not shapely.intersects(around.area, point)
        return Note("outside_area" if is_outside else "in_no_parcel", {"area": around.area_name, "share": 0.0})
    row = candidates[0]
    note = Note("point_to_parcel", {"parcel": ids[0]}) if rows else Note("near_parcel", {"parcel": ids[0], "metres": near[0][1]})  # fmt: skip
    return Site(around.parcels.geometry[row], (row,), (note,))


def locate_shapes(shapes: GeometryArray, around: Surroundings, limits: Limits) -> list[Site | Note]:
    """Return drawn sites as parcels where they are one, else as drawn, or why they cannot be taken."""
    inside = _inside_share(shapes, around)
    found = shared_ground(shapes, around.parcels)
    site, row, shared = found.site, found.row, found.area_m2
    union = shapely.area(shapes[site]) + around.parcels.areas[row] - shared
    same = shared / union >= 1.0 - limits.same_shape_share
    parcel_of = dict(zip(site[same].tolist(), row[same].tolist(), strict=True))
    touched = set(site[shared > limits.least_overlap_m2].tolist())
    return [_site_of_shape(i, shapes[i], float(inside[i]), parcel_of, touched, around, limits) for i in range(len(shapes))]  # fmt: skip


def _site_of_shape(
    i: int,
    shape: BaseGeometry,
    inside: float,
    parcel_of: dict[int, int],
    touched: set[int],
    around: Surroundings,
    limits: Limits,
) -> Site | Note:
    if i in parcel_of:
        row = parcel_of[i]
        is_exact = shapely.equals(shape, around.parcels.geometry[row])
        note = Note("same_as_parcel", {"parcel": str(around.parcels.ids[row])})
        return Site(around.parcels.geometry[row], (row,), () if is_exact else (note,))
    if inside < limits.least_inside_share:
        return Note("outside_area", {"area": around.area_name, "share": inside})
    notes = [Note("partly_outside", {"area": around.area_name, "share": inside})] if inside < 1 - 1e-6 else []
    if i not in touched:
        notes.append(Note("shape_in_no_parcel"))
    return Site(shape, (), tuple(notes))


def _inside_share(shapes: GeometryArray, around: Surroundings) -> FloatArray:
    """Return which share of each shape lies in the area, shape (n,); 1 where no boundary is known."""
    if around.area is None:
        return np.ones(len(shapes))
    shapely.prepare(around.area)
    share = shapely.covers(around.area, shapes).astype(np.float64)
    part = np.flatnonzero(share == 0)
    cut = shapely.intersection(shapes[part], around.area)
    share[part] = shapely.area(cut) / shapely.area(shapes[part])
    return share


def site_of_rows(rows: tuple[int, ...], around: Surroundings) -> Site:
    """Return the ground of parcels that were named."""
    shapes = around.parcels.geometry[list(rows)]
    return Site(shapes[0] if len(rows) == 1 else shapely.union_all(shapes), rows)


def place_key(site: Site, around: Surroundings) -> str:
    """Return a text that is equal for equal places: the parcels' designations, or a hash of the outline to 0.1 m."""
    if site.rows:
        return "+".join(sorted(str(around.parcels.ids[row]) for row in site.rows))
    outline = shapely.normalize(shapely.set_precision(site.geometry, _KEY_GRID_M))
    return hashlib.sha256(shapely.to_wkb(outline, output_dimension=2)).hexdigest()[:24]


def nearly_same(sites: GeometryArray, share: float) -> list[tuple[int, int]]:
    """Return pairs (later, earlier) of sites that share at least ``share`` of their common area, each later one once."""
    one, other = shapely.STRtree(sites).query(sites, predicate="intersects")
    later = one > other
    one, other = one[later], other[later]
    shared = shapely.area(shapely.intersection(sites[one], sites[other]))
    union = shapely.area(sites[one]) + shapely.area(sites[other]) - shared
    enough: IntArray = np.flatnonzero(shared >= share * union)
    first: dict[int, int] = {}
    for k in enough:
        first[int(one[k])] = min(int(other[k]), first.get(int(one[k]), int(other[k])))
    return sorted(first.items())
