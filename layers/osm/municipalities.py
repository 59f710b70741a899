"""Municipalities from boundary relations, also where the edge of the extract cuts them.

A boundary that the extract holds whole is a polygon of its own. The rest of the known ground falls apart in faces along
all boundaries; a face belongs to the one municipality that all boundaries around it have in common, or to the other
side of a boundary whose one side is known. A face for which that gives no single answer belongs to none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from layers.osm.land import GRID
from layers.osm.objects import Relation, each_relation, read_chains, reading
from layers.osm.rings import Repairs, assemble
from layers.osm.streets import project
from suitability.core.types import CRS

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.osm.coverage import Ground
    from suitability.core.types import GeometryArray, IntArray

_LEVEL: Final = "8"
_CODE_KEY: Final = "ref:gemeentecode"
_TOUCH_M: Final = 0.25
#: A boundary that ends this near to the edge of the known ground was cut there and is carried on to it.
_CARRIED_M: Final = 150.0
#: Stray corners between a boundary and the edge of the extract are no municipality.
_MIN_FACE_M2: Final = 1_000.0


@dataclass(frozen=True)
class _Border:
    """A piece of boundary: the municipalities (rows) that have it, and the faces (rows) at its sides."""

    owners: frozenset[int]
    faces: tuple[int, ...]


@dataclass(frozen=True)
class Municipalities:
    """``frame``: ``name``, ``code`` (GM and four digits, or null), within the known ground.

    ``doubt``: ground near the edge where a boundary was carried on straight, so that it may belong to another.
    """

    frame: gpd.GeoDataFrame
    doubt: BaseGeometry


def read_municipalities(path: Path, ground: Ground) -> Municipalities:
    """Return the municipalities of an extract; empty when it holds no municipal boundary. Raises ``SourceError``."""
    with reading(path):
        found = [relation for relation in each_relation(path, "boundary") if _is_municipality(relation)]
    relations = sorted(found, key=lambda relation: relation.number)
    chains = read_chains(path, {ref for relation in relations for ref, _ in relation.ways})
    whole = [_whole(relation, chains, ground) for relation in relations]
    lines = {ref: _line(chain) for ref, chain in chains.items() if len(chain) > 1}
    owners = {
        ref: frozenset(row for row, relation in enumerate(relations) if (ref in {way for way, _ in relation.ways}))
        for ref in lines
    }
    carried, doubt = _carried(list(lines.values()), shapely.boundary(ground.known), ground.known)
    faces, borders = _faces(ground.known, lines, owners, carried)
    label = _labels(faces, borders, whole)
    return Municipalities(_table(relations, faces, label), doubt)


def _is_municipality(relation: Relation) -> bool:
    tags = relation.tags
    return tags.get("boundary") == "administrative" and tags.get("admin_level") == _LEVEL and "name" in tags


def _whole(relation: Relation, chains: dict[int, np.ndarray], ground: Ground) -> BaseGeometry | None:
    """Return a municipality whose whole boundary the extract holds, in EPSG:28992; None for others."""
    repairs = Repairs()
    outer, inner = (relation.chains(chains, inner=inner) for inner in (False, True))
    shape = assemble(outer, inner, ground.lonlat_box, repairs, mend=False)
    if shape is None or repairs.closed_at_box or repairs.broken:
        return None
    projected: BaseGeometry = shapely.transform(shape, project)
    return projected


def _line(chain: np.ndarray) -> BaseGeometry:
    line: BaseGeometry = shapely.set_precision(shapely.LineString(project(chain)), GRID)
    return line


def _carried(
    lines: list[BaseGeometry], edge: BaseGeometry, known: BaseGeometry
) -> tuple[list[BaseGeometry], BaseGeometry]:
    """Return lines from the loose ends of boundaries to the edge near them, and the ground that this leaves in doubt."""
    ends = [tuple(line.coords[end]) for line in lines for end in (0, -1)]
    loose = np.array([shapely.Point(end) for end, n in Counter(ends).items() if n == 1], dtype=object)
    if len(loose) == 0:
        return [], shapely.Polygon()
    away = shapely.distance(loose, edge)
    near = shapely.intersects(known, loose) & (away <= _CARRIED_M)
    doubt: BaseGeometry = shapely.union_all(shapely.buffer(loose[near], away[near] + 1.0))
    return list(shapely.shortest_line(loose[near], edge)), doubt


def _faces(
    known: BaseGeometry,
    lines: dict[int, BaseGeometry],
    owners: dict[int, frozenset[int]],
    carried: list[BaseGeometry],
) -> tuple[GeometryArray, list[_Border]]:
    """Return the faces into which the boundaries divide the known ground, and the pieces of boundary between them."""
    edge = shapely.boundary(known)
    pieces = shapely.get_parts(shapely.union_all([edge, *carried, *lines.values()], grid_size=GRID))
    polygons, _, dangles, _ = shapely.polygonize_full(pieces)
    faces = shapely.get_parts(polygons)
    inner = shapely.point_on_surface(faces)
    faces = faces[shapely.intersects(known, inner) & (shapely.area(faces) > _MIN_FACE_M2)]
    # A boundary that ends inside a face divides it in a way that the extract does not show.
    middles = shapely.line_interpolate_point(shapely.get_parts(dangles), 0.5, normalized=True)
    face, _ = shapely.STRtree(middles).query(faces, predicate="contains")
    faces = np.delete(faces, np.unique(face))
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    numbers = list(lines)
    piece, line = shapely.STRtree([lines[number] for number in numbers]).query(middle, "dwithin", distance=_TOUCH_M)
    beside, at = shapely.STRtree(shapely.boundary(faces)).query(middle, "dwithin", distance=_TOUCH_M)
    borders = []
    for number in np.unique(piece):
        of = frozenset[int]().union(*(owners[numbers[i]] for i in line[piece == number]))
        borders.append(_Border(of, tuple(at[beside == number].tolist())))
    return faces, borders


def _labels(faces: GeometryArray, borders: list[_Border], whole: list[BaseGeometry | None]) -> IntArray:
    """Return the municipality (row) of each face, -1 where the boundaries do not determine it."""
    inner = shapely.point_on_surface(faces)
    label = np.full(len(faces), -1, dtype=np.int64)
    for row, shape in enumerate(whole):
        if shape is not None:
            label[shapely.intersects(shape, inner)] = row
    closed = {row for row, shape in enumerate(whole) if shape is not None}
    may: list[set[int] | None] = [None] * len(faces)
    for border in borders:
        for face in border.faces:
            open_owners = set(border.owners) - closed
            before = may[face]
            may[face] = open_owners if before is None else before & open_owners
    is_new = True
    while is_new:
        is_new = False
        for face in np.flatnonzero(label < 0).tolist():
            left = (may[face] or set()) - _across(face, borders, label)
            if len(left) == 1:
                label[face] = left.pop()
                is_new = True
    return _without_contradictions(label, borders)


def _across(face: int, borders: list[_Border], label: IntArray) -> set[int]:
    """Return the municipalities on the other side of a face's boundaries."""
    return {int(label[other]) for border in borders if face in border.faces for other in border.faces if other != face}


def _without_contradictions(label: IntArray, borders: list[_Border]) -> IntArray:
    """Return the labels without those of faces that would have one municipality on both sides of its own boundary."""
    doubtful = {
        face
        for border in borders
        if len(border.faces) > 1 and len({int(label[face]) for face in border.faces}) == 1
        for face in border.faces
    }
    return np.where(np.isin(np.arange(len(label)), sorted(doubtful)), -1, label)


def _table(relations: list[Relation], faces: GeometryArray, label: IntArray) -> gpd.GeoDataFrame:
    rows = [row for row in range(len(relations)) if (label == row).any()]
    codes = [relations[row].tags.get(_CODE_KEY) for row in rows]
    content = {
        "name": [relations[row].tags["name"] for row in rows],
        "code": [f"GM{code.zfill(4)}" if code and code.isdecimal() else None for code in codes],
    }
    shapes = [shapely.union_all(faces[label == row], grid_size=GRID) for row in rows]
    table = gpd.GeoDataFrame(content, geometry=shapes, crs=CRS)
    return table.sort_values(["code", "name"], kind="stable").reset_index(drop=True)
