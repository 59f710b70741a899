"""Layers from an OpenStreetMap extract: an ``.osm.pbf`` as download sites offer per province, or ``.osm`` XML.

Offered is what OpenStreetMap can honestly say; what is worked out from it is called derived. The layers are complete on
the ground of the extract (``layers.osm.coverage``), and nowhere else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.building_uses import use_table
from layers.clip import narrowed, window
from layers.osm.buildings import building_tags, buildings_of, described, with_floor_area
from layers.osm.coverage import EDGE_MARGIN_M, polygon_file, read_ground
from layers.osm.land import BUILT_UP_LANDUSE, GRID, built_up_of, roads_of, settlements_of, water_of
from layers.osm.municipalities import read_municipalities
from layers.osm.notes import NOTES, UNDATED
from layers.osm.parks import read_parks
from layers.osm.places import read_all_facilities
from layers.osm.streets import read_facility_kinds, read_street_table
from layers.osm.tables import read_addresses, read_areas, read_lines, read_points
from layers.validate import normalise
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.ground import polygons_of
from suitability.core.layer import Layer, Provenance
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers._street_table import StreetTable
    from layers.osm.coverage import Ground
    from suitability.core.layer import Area, LayerSpec
    from suitability.core.messages import Lang

_ROAD_KEYS: Final = ("highway", "access", "tunnel", "name", "ref")
_EMPTY_TYPES: Final = {"text": "object", "int": "int64", "float": "float64"}


@dataclass(frozen=True)
class Found:
    """Rows of a layer as read, and the ground on which they are not complete after all."""

    frame: gpd.GeoDataFrame
    doubt: BaseGeometry | None = None


@dataclass(frozen=True)
class OsmSource:
    """The layers of one extract. ``kinds``: the table ``config/facilities.yaml``.

    ``known``: coverage of a fetched extract (EPSG:28992); else it follows from the file.
    """

    path: Path
    kinds: Path
    name: str = "osm"
    known: BaseGeometry | None = None
    home: str | None = None

    def offers(self) -> frozenset[str]:
        """Return the names of the layers that can be read from OpenStreetMap."""
        return frozenset(_READERS) | {"streets"}

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, cut to the area and its reach; row numbers are those of the whole extract.

        Raises ``SourceError`` for a file that cannot be read, ``LayerError`` for a layer that is not there.
        """
        if spec.name not in self.offers():
            raise LayerError(
                Problem(
                    self.name, "layer_not_offered", {"found": spec.name, "expected": ", ".join(sorted(self.offers()))}
                )
            )
        ground = read_ground(self.path, self.known)
        if spec.name == "streets":
            table = cut_streets(read_street_table(self.path, GRID), area)
            provenance = self._provenance(spec, ground, len(table.tail))
            return Layer(spec, table.network(), window(ground.known, area), provenance)
        found = _READERS[spec.name](self, ground)
        frame = _empty(spec) if found.frame.empty else normalise(found.frame, spec, str(self.path)).frame
        coverage = polygons_of(ground.known if found.doubt is None else shapely.difference(ground.known, found.doubt))
        kinds = dict.fromkeys(self._kinds(), coverage) if spec.kind_column is not None else {}
        return narrowed(Layer(spec, frame, coverage, self._provenance(spec, ground, len(frame)), kinds), area)

    def _kinds(self) -> list[str]:
        """Return the kinds of facility that are looked for, also those of which the extract has none."""
        return [each.kind for each in read_facility_kinds(self.kinds)]

    def _provenance(self, spec: LayerSpec, ground: Ground, rows: int) -> Provenance:
        standing, dutch, english = NOTES[spec.name]
        note: dict[Lang, str] = {"nl": dutch, "en": english}
        if not ground.is_dated:
            note = {lang: f"{text} {UNDATED[lang]}" for lang, text in note.items()}
        try:
            retrieved = datetime.fromtimestamp(self.path.stat().st_mtime, UTC).date()
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
            for beside in (polygon_file(self.path), self.kinds):
                digest.update(b"" if beside is None else beside.read_bytes())
        except OSError as error:
            where = str(error.filename or self.path)
            raise SourceError(Problem(where, "file_unreadable", {"found": error.strerror or str(error)})) from error
        return Provenance(
            source="OpenStreetMap",
            url="https://www.openstreetmap.org",
            licence="ODbL 1.0",
            attribution="© OpenStreetMap contributors",
            reference_date=ground.reference_date,
            retrieved=max(retrieved, ground.reference_date),
            rows=rows,
            sha256=digest.hexdigest(),
            standing=standing,
            note=note,
        )


def cut_streets(streets: StreetTable, area: Area) -> StreetTable:
    """Return the pieces of street whose bounds touch the area's bounds, reach included; nodes keep their order."""
    bounds = area.bounds()
    if bounds is None:
        return streets
    ends = np.stack([streets.node_xy[streets.tail], streets.node_xy[streets.head]])
    low, high = ends.min(axis=0), ends.max(axis=0)
    keep = (low <= bounds[2:]).all(axis=1) & (high >= bounds[:2]).all(axis=1)
    tail, head = streets.tail[keep], streets.head[keep]
    nodes = np.unique(np.concatenate([tail, head]))
    tail, head = np.searchsorted(nodes, tail), np.searchsorted(nodes, head)
    return replace(
        streets,
        node_xy=streets.node_xy[nodes],
        tail=tail,
        head=head,
        flags=streets.flags[keep],
        name=streets.name[keep],
    )


def _empty(spec: LayerSpec) -> gpd.GeoDataFrame:
    """Return a layer without rows: that there is nothing of a kind on known ground is an answer too."""
    columns = {name: pd.Series(dtype=_EMPTY_TYPES[kind]) for name, kind in spec.columns.items()}
    return gpd.GeoDataFrame(columns, geometry=[], crs=CRS)


def _facilities(source: OsmSource, ground: Ground) -> Found:
    return Found(read_all_facilities(source.path, ground, source.kinds))


def _parks(source: OsmSource, ground: Ground) -> Found:
    parks = read_parks(source.path, ground, source.kinds)
    return Found(parks.frame, parks.doubt)


def _buildings(source: OsmSource, ground: Ground) -> Found:
    keys = building_tags()
    areas = read_areas(source.path, ground, lambda tags: "building" in tags, keys)
    points = read_points(source.path, ("addr:housenumber", *use_table().openstreetmap_tags), keys)
    buildings = buildings_of(areas.frame)
    frame = with_floor_area(described(buildings, points, ground.known), buildings)
    return Found(frame, shapely.union_all(areas.broken))


def _water(source: OsmSource, ground: Ground) -> Found:
    areas = read_areas(source.path, ground, lambda tags: tags.get("natural") == "water", ("natural", "name"))
    return Found(water_of(areas.frame, ground.box), shapely.union_all(areas.broken))


def _roads(source: OsmSource, _ground: Ground) -> Found:
    return Found(roads_of(read_lines(source.path, "highway", _ROAD_KEYS)))


def _settlements(source: OsmSource, ground: Ground) -> Found:
    built_up = read_areas(source.path, ground, lambda tags: tags.get("landuse") in BUILT_UP_LANDUSE, ("landuse",))
    buildings = read_areas(source.path, ground, lambda tags: "building" in tags, ("building", "ref:bag"))
    parts = built_up_of(built_up.frame, buildings_of(buildings.frame), ground.box)
    found = settlements_of(parts, read_addresses(source.path))
    # What is left of a settlement at the edge may be too little to be recognised as one.
    left = np.delete(parts, found.index.to_numpy())
    at_edge = left[shapely.dwithin(left, shapely.boundary(ground.box), EDGE_MARGIN_M)]
    return Found(found, shapely.union_all([*built_up.broken, *buildings.broken, *at_edge]))


def _municipality(source: OsmSource, ground: Ground) -> Found:
    found = read_municipalities(source.path, ground)
    if found.frame.empty:
        raise SourceError(Problem(str(source.path), "osm_no_municipality"))
    # Unlike other layers, this one is complete only where it has something: all ground lies in a municipality.
    elsewhere = shapely.difference(ground.known, shapely.union_all(found.frame.geometry.to_numpy()))
    return Found(found.frame, shapely.union_all([found.doubt, shapely.buffer(elsewhere, GRID)]))


_READERS: Final[dict[str, Callable[[OsmSource, Ground], Found]]] = {
    "facilities": _facilities,
    "recreation_parks": _parks,
    "buildings": _buildings,
    "water": _water,
    "public_roads": _roads,
    "settlements": _settlements,
    "municipality": _municipality,
}
