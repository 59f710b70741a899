"""All facilities of an OpenStreetMap extract, also those drawn as a multipolygon, each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.osm.land import GRID
from layers.osm.objects import each_relation, read_chains, reading
from layers.osm.rings import Repairs, assemble
from layers.osm.streets import read_facilities, read_facility_kinds
from layers.osm.tables import in_rd
from suitability.core.types import CRS

if TYPE_CHECKING:
    from pathlib import Path

    from layers.osm.coverage import Ground
    from layers.osm.streets import FacilityKind

_COLUMNS: Final = ("facility_kind", "name", "source_id")
#: A shop as a point and the same shop as a building, by the same name, lie nearer together than this.
_DOUBLE_WITHIN_M: Final = 50.0


def read_all_facilities(path: Path, ground: Ground, table: Path) -> gpd.GeoDataFrame:
    """Return the facilities that are points, ways or multipolygons, in order of their number, without doubles.

    Columns ``facility_kind``, ``name``, ``source_id``; points in EPSG:28992. Raises ``SourceError``.
    """
    kinds = read_facility_kinds(table)
    found = pd.concat([read_facilities(path, kinds), _of_relations(path, ground, kinds)], ignore_index=True)
    number = found["source_id"].str[1:].astype("int64")
    order = np.lexsort((found["facility_kind"], number, found["source_id"].str[0]))
    sorted_ = gpd.GeoDataFrame(found.iloc[order].reset_index(drop=True), crs=CRS)
    points = shapely.set_precision(sorted_.geometry.to_numpy(), GRID, mode="pointwise")
    return _without_doubles(sorted_.set_geometry(points, crs=CRS))


def _of_relations(path: Path, ground: Ground, kinds: tuple[FacilityKind, ...]) -> gpd.GeoDataFrame:
    """Return the facilities that are multipolygons, such as a school of several buildings."""
    with reading(path):
        found = [(relation, kind) for relation in each_relation(path, "multipolygon") for kind in kinds if kind.fits(relation.tags)]  # fmt: skip
    chains = read_chains(path, {ref for relation, _ in found for ref, _ in relation.ways})
    rows, shapes = [], []
    for relation, kind in found:
        outer = relation.chains(chains, inner=False)
        lines = [shapely.LineString(chain) for chain in outer if len(chain) > 1]
        if not lines:
            continue
        # Where the outline is incomplete, the middle of what there is of it is near enough for a facility.
        area = assemble(outer, [], ground.lonlat_box, Repairs(), mend=False)
        shapes.append(shapely.point_on_surface(shapely.MultiLineString(lines) if area is None else area))
        name = next((relation.tags[key] for key in ("name", "brand", "operator") if relation.tags.get(key)), kind.name)
        rows.append((kind.kind, name, f"r{relation.number}"))
    content = {column: pd.array([row[i] for row in rows], dtype=object) for i, column in enumerate(_COLUMNS)}
    return gpd.GeoDataFrame(content, geometry=list(in_rd(np.array(shapes, dtype=object))), crs=CRS)


def _without_doubles(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities without points that are also there, by the same kind and name, as an area."""
    points = found.geometry.to_numpy()
    is_point = found["source_id"].str.startswith("n").to_numpy()
    key = (found["facility_kind"] + "|" + found["name"].str.casefold()).to_numpy()
    areas = np.flatnonzero(~is_point)
    one, other = shapely.STRtree(points[areas]).query(points, "dwithin", distance=_DOUBLE_WITHIN_M)
    double = one[is_point[one] & (key[one] == key[areas[other]])]
    return found.drop(index=np.unique(double)).reset_index(drop=True)
