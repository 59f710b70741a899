"""Coverage and date of an OpenStreetMap extract.

The ground is the polygon of a ``.poly`` file of the same name beside the extract, as download sites publish it. Without
one it is the box of the extract, less a rim in which an extract cut at its box has lost what crosses the edge, and less
what lies in or beside square kilometres in which the file has next to nothing: the box of a province also holds land
of its neighbours, of which the file is silent.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import osmium
import shapely

from layers.osm.land import GRID
from layers.osm.objects import each_node, each_way, reading
from layers.osm.streets import project
from suitability.core.errors import Place, Problem, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import BoolArray, FloatArray

#: Larger files are not read: their nodes would not fit in the memory of an ordinary computer. A province fits.
MAX_MB: Final = 300.0
#: What crosses the edge of a cut extract lost its outer nodes. In the extract of Kampen the last node inside lies at
#: most 142 m from the edge for buildings and 138 m for water, and dead ends of streets pile up within 75 m of it.
EDGE_MARGIN_M: Final = 150.0
#: A square kilometre of the Netherlands holds hundreds of nodes (in Kampen 85 at least); stray ends of ways a few.
_CELL_M: Final = 1_000.0
_MIN_NODES: Final = 10
#: A cell that lies in the box for less than this share says nothing about the file.
_MIN_SHARE: Final = 0.5
_MIN_RING: Final = 4
#: pyosmium gives an object without a time this year.
_NO_TIME: Final = 1970


@dataclass(frozen=True)
class Ground:
    """``lonlat_box``: the edge of the extract in WGS84; ``box``: the same in EPSG:28992; ``known``: where it is complete.

    ``is_dated``: whether the file says of when it is; if not, ``reference_date`` is that of its newest object.
    """

    lonlat_box: shapely.Polygon
    box: BaseGeometry
    known: BaseGeometry
    reference_date: date
    is_dated: bool


def read_ground(path: Path, known: BaseGeometry | None = None) -> Ground:
    """Return the ground of an extract; ``known``: where it is complete (EPSG:28992), for one that was fetched so.

    Raises ``SourceError`` when the file cannot be read or is too large.
    """
    stat, beside = _stat(path), polygon_file(path)
    ground = _read_ground(path, stat, beside.stat().st_mtime_ns if beside else None, is_known=known is not None)
    return ground if known is None else replace(ground, known=shapely.intersection(known, ground.box))


def polygon_file(path: Path) -> Path | None:
    """Return the ``.poly`` file beside an extract, None when there is none."""
    beside = path.with_name(path.name.split(".osm")[0] + ".poly")
    return beside if beside.is_file() else None


def _stat(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    if stat.st_size > MAX_MB * 1e6:
        fields = {"found": f"{stat.st_size / 1e6:.0f}", "expected": f"{MAX_MB:.0f}"}
        raise SourceError(Problem(str(path), "osm_too_large", fields))
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=8)
def _read_ground(path: Path, stat: tuple[int, int], poly: int | None, *, is_known: bool) -> Ground:
    beside = polygon_file(path) if poly else None
    with reading(path):
        header = osmium.FileProcessor(str(path)).header
        box = header.box()
        is_boxed = box is not None and box.valid()
        nodes = np.empty((0, 2)) if is_boxed and (is_known or beside) else _nodes(path)
        stamp = _day(header.get("osmosis_replication_timestamp") or header.get("timestamp"))
        day = stamp or _newest(path) or datetime.fromtimestamp(stat[0] / 1e9, UTC).date()
    if is_boxed:
        corners = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    else:
        corners = (*nodes.min(axis=0), *nodes.max(axis=0)) if len(nodes) else (0.0, 0.0, 0.0, 0.0)
    lonlat = shapely.box(*corners)
    if lonlat.area == 0:
        raise SourceError(Problem(str(path), "osm_empty"))
    in_rd = image_of(lonlat)
    known = _read_polygon(beside) if beside else in_rd if is_known else _without_gaps(in_rd, project(nodes))
    return Ground(lonlat, in_rd, shapely.intersection(known, in_rd), day, is_dated=stamp is not None)


def image_of(lonlat: BaseGeometry) -> BaseGeometry:
    """Return a polygon of WGS84 degrees in EPSG:28992, densified: a rectangle in degrees is bent in RD."""
    shape: BaseGeometry = shapely.transform(
        shapely.segmentize(lonlat, 0.01), lambda xy: np.round(project(xy) / GRID) * GRID
    )
    return shape


def _nodes(path: Path) -> FloatArray:
    """Return the places of all nodes as (longitude, latitude), shape (n, 2)."""
    places = (node.location for node in each_node(path))
    return np.fromiter(((place.lon, place.lat) for place in places), dtype=np.dtype((np.float64, 2)))


def _newest(path: Path) -> date | None:
    """Return the date of the newest node or way, None when the file has no times."""
    nodes, ways = (node.timestamp for node in each_node(path)), (way.timestamp for way in each_way(path))
    newest = max(itertools.chain(nodes, ways), default=None)
    return newest.date() if newest is not None and newest.year > _NO_TIME else None


def _day(stamp: str) -> date | None:
    try:
        return datetime.fromisoformat(stamp).date()
    except ValueError:
        return None


def _without_gaps(box: BaseGeometry, xy: FloatArray) -> BaseGeometry:
    """Return the box less its rim, and less the cells without nodes and those beside them."""
    inner = shapely.buffer(box, -EDGE_MARGIN_M, join_style="mitre")
    left, bottom, right, top = box.bounds
    n_x, n_y = (max(1, int(np.ceil(size / _CELL_M))) for size in (right - left, top - bottom))
    x, y = np.linspace(left, right, n_x + 1), np.linspace(bottom, top, n_y + 1)
    n_nodes, _, _ = np.histogram2d(xy[:, 1], xy[:, 0], bins=(y, x))
    column, row = (index.ravel() for index in np.meshgrid(np.arange(n_x), np.arange(n_y)))
    cells = shapely.box(x[column], y[row], x[column + 1], y[row + 1])
    speaks = shapely.area(shapely.intersection(cells, box)) >= _MIN_SHARE * shapely.area(cells)
    empty = (n_nodes.ravel() < _MIN_NODES) & speaks
    if not empty.any():
        return inner
    beside = _grown(empty.reshape(n_y, n_x)).ravel()
    return shapely.difference(inner, shapely.union_all(cells[beside]))


def _grown(cells: BoolArray) -> BoolArray:
    """Return the cells and their eight neighbours."""
    wide = np.pad(cells, 1)
    rows, columns = cells.shape
    shifts = [wide[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    grown: BoolArray = np.logical_or.reduce(shifts)
    return grown


def _read_polygon(path: Path) -> BaseGeometry:
    """Return the ground of a ``.poly`` file: a name, then rings of "longitude latitude" that end with END; ! = hole."""
    ground: BaseGeometry = shapely.Polygon()
    ring: list[tuple[float, float]] = []
    name = ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(Problem(str(path), "osm_polygon", {"found": str(error)})) from error
    for number, line in enumerate(lines[1:], start=2):
        words = line.split()
        if not words:
            continue
        if words == ["END"]:
            if len(ring) >= _MIN_RING:
                shape = shapely.make_valid(shapely.Polygon(ring))
                ground = shapely.difference(ground, shape) if name.startswith("!") else shapely.union(ground, shape)
            ring, name = [], ""
        elif not name:
            name = words[0]
        else:
            try:
                lon, lat = (float(word) for word in words)
            except ValueError as error:
                raise SourceError(
                    Problem(Place(str(path), line=number), "osm_polygon", {"found": line.strip()})
                ) from error
            ring.append((lon, lat))
    if ground.is_empty:
        raise SourceError(Problem(str(path), "osm_polygon", {"found": "-"}))
    return image_of(ground)
