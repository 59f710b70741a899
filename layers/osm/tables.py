"""Tagged objects of an OpenStreetMap extract as tables in EPSG:28992: points, lines and areas, in order of their number.

Every table has ``osm_id`` (n, w or r and the number) and a column per key that is asked for, null where not tagged.
Shapes are rounded to 6.25 cm. All functions raise ``SourceError`` for a file that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.osm.land import GRID, areas_of
from layers.osm.objects import Tags, chain_of, each_node, each_relation, each_way, reading
from layers.osm.rings import Repairs, assemble, is_area
from layers.osm.streets import project
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.osm.coverage import Ground
    from suitability.core.types import FloatArray, GeometryArray

_RING_POINTS: Final = 4
_ADDRESS_KEYS: Final = ("addr:street", "addr:housenumber", "addr:city")


@dataclass(frozen=True)
class Areas:
    """Areas, and what is not known of them: ``broken`` holds the shapes around areas whose outline is incomplete."""

    frame: gpd.GeoDataFrame
    broken: tuple[BaseGeometry, ...] = ()


def read_points(path: Path, keys: Sequence[str], columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the nodes with one of the tags ``keys``."""
    rows: list[tuple[str, int, Tags]] = []
    places: list[tuple[float, float]] = []
    with reading(path):
        for node in each_node(path, *keys):
            rows.append(("n", node.id, dict(node.tags)))
            places.append((node.location.lon, node.location.lat))
    xy = project(np.array(places, dtype=np.float64).reshape(-1, 2))
    return _table(rows, np.asarray(shapely.points(xy), dtype=object), columns)


def read_addresses(path: Path) -> gpd.GeoDataFrame:
    """Return the points with an address: ``addr:street``, ``addr:housenumber`` and ``addr:city``, which may be null."""
    found = read_points(path, _ADDRESS_KEYS[:1], _ADDRESS_KEYS)
    return found[found["addr:housenumber"].notna()].reset_index(drop=True)


def read_lines(path: Path, key: str, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the ways with a tag ``key`` as lines."""
    rows: list[tuple[str, int, Tags]] = []
    chains: list[FloatArray] = []
    with reading(path):
        for way in each_way(path, key):
            chain = chain_of(way)
            if len(chain) > 1:
                rows.append(("w", way.id, dict(way.tags)))
                chains.append(chain)
    return _table(rows, in_rd(_ragged(shapely.linestrings, chains)), columns)


def read_areas(path: Path, ground: Ground, wanted: Callable[[Tags], bool], columns: Sequence[str]) -> Areas:
    """Return the closed ways and multipolygons whose tags are ``wanted``; what the box cuts is closed along it."""
    with reading(path):
        relations = [relation for relation in each_relation(path, "multipolygon") if wanted(relation.tags)]
        members = {ref for relation in relations for ref, _ in relation.ways}
        rows, rings, loose, chains = _outlines(path, wanted, members)
    repairs = Repairs()
    shapes: list[BaseGeometry | None] = list(_ragged(_polygons, rings)) if rings else []
    for row, chain in loose.items():
        shapes[row] = assemble([chain], [], ground.lonlat_box, repairs, mend=False)
    for row in np.flatnonzero(~shapely.is_valid(np.array(shapes, dtype=object))).tolist():
        if row not in loose:
            shapes[row] = assemble([rings[row]], [], ground.lonlat_box, repairs, mend=False)
    for relation in relations:
        outer, inner = (relation.chains(chains, inner=inner) for inner in (False, True))
        rows.append(("r", relation.number, relation.tags))
        shapes.append(assemble(outer, inner, ground.lonlat_box, repairs, mend=False))
    kept = [row for row, shape in enumerate(shapes) if shape is not None]
    inside = areas_of(in_rd(np.array([shapes[row] for row in kept], dtype=object)))
    broken = shapely.transform(np.array(repairs.broken, dtype=object), project) if repairs.broken else ()
    return Areas(_table([rows[row] for row in kept], inside, columns), tuple(broken))


def _outlines(
    path: Path, wanted: Callable[[Tags], bool], members: set[int]
) -> tuple[list[tuple[str, int, Tags]], list[FloatArray], dict[int, FloatArray], dict[int, FloatArray]]:
    """Return the wanted ways, a ring for each (a stand-in where it is loose), the loose ones, and the members' chains."""
    rows: list[tuple[str, int, Tags]] = []
    rings: list[FloatArray] = []
    loose: dict[int, FloatArray] = {}
    chains: dict[int, FloatArray] = {}
    for way in each_way(path):
        tags = dict(way.tags)
        is_wanted = len(way.nodes) > 0 and wanted(tags) and is_area(tags, (way.nodes[0].ref, way.nodes[-1].ref))
        if not is_wanted and way.id not in members:
            continue
        chain = chain_of(way)
        if way.id in members:
            chains[way.id] = chain
        if not is_wanted:
            continue
        is_ring = len(chain) >= _RING_POINTS and len(chain) == len(way.nodes) and way.is_closed()
        if not is_ring:
            loose[len(rows)] = chain
        rows.append(("w", way.id, tags))
        rings.append(chain if is_ring else np.zeros((_RING_POINTS, 2)))
    return rows, rings, loose, chains


def _polygons(coordinates: FloatArray, indices: FloatArray) -> GeometryArray:
    return np.asarray(shapely.polygons(shapely.linearrings(coordinates, indices=indices)), dtype=object)


def _ragged(make: Callable[..., GeometryArray], chains: list[FloatArray]) -> GeometryArray:
    """Return the shapes of chains of coordinates, all at once."""
    if not chains:
        return np.empty(0, dtype=object)
    return make(np.concatenate(chains), indices=np.repeat(np.arange(len(chains)), [len(chain) for chain in chains]))


def in_rd(shapes: GeometryArray) -> GeometryArray:
    """Return shapes in EPSG:28992, valid and rounded to the grid."""
    found: GeometryArray = shapely.set_precision(shapely.make_valid(shapely.transform(shapes, project)), GRID)
    return found


def _table(rows: list[tuple[str, int, Tags]], shapes: GeometryArray, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return rows sorted by kind of object and number: a file in another order gives the same table."""
    # What is smaller than the grid to which shapes are rounded is nothing.
    order = sorted(np.flatnonzero(~shapely.is_empty(shapes)).tolist(), key=lambda i: rows[i][:2])
    content: dict[str, list[str | None]] = {"osm_id": [f"{rows[i][0]}{rows[i][1]}" for i in order]}
    content |= {key: [rows[i][2].get(key) for i in order] for key in columns}
    table = pd.DataFrame(content, dtype=object)
    return gpd.GeoDataFrame(table, geometry=list(shapes[order]) if order else [], crs=CRS)
