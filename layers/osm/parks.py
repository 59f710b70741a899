"""Recreation parks of an OpenStreetMap extract: campsites, holiday parks, and static caravans mapped one by one.

What counts stands in ``config/facilities.yaml`` under ``recreation_parks``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from layers.osm.land import clusters, nearest_address
from layers.osm.streets import facility_table, has_only, make_kinds
from layers.osm.tables import read_addresses, read_areas, read_points
from suitability.core.types import CRS

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.osm.coverage import Ground
    from layers.osm.streets import FacilityKind
    from suitability.core.types import BoolArray

_NAMED_AFTER_M: Final = 500.0


@dataclass(frozen=True)
class Parks:
    """``frame``: ``name``, ``park_kind``. ``doubt``: ground around parks of which the outline is not known."""

    frame: gpd.GeoDataFrame
    doubt: BaseGeometry


#: A park as it is found: name, kind and outline.
_Park = tuple[str, str, "BaseGeometry"]


def read_parks(path: Path, ground: Ground, table: Path) -> Parks:
    """Return the recreation parks of an extract; raises ``SourceError``."""
    with facility_table(table) as content:
        section: dict[str, Any] = content["recreation_parks"]
        rules = _ParkRules.read(section, content.get("never", {}))
    areas = read_areas(path, ground, rules.is_wanted, rules.columns)
    kinds = rules.kinds_of(areas.frame)
    whole = zip(areas.frame["name"], kinds, areas.frame.geometry, strict=True)
    parks: list[_Park] = [(name or rules.names[kind], kind, shape) for name, kind, shape in whole if kind is not None]
    parks += _gathered(areas.frame, [park[2] for park in parks], read_addresses(path), rules)
    frame = gpd.GeoDataFrame(
        {"name": [park[0] for park in parks], "park_kind": [park[1] for park in parks]},
        geometry=[park[2] for park in parks],
        crs=CRS,
    )
    around = shapely.buffer(_alone(path, rules, frame), rules.around_point_m)
    return Parks(frame, shapely.union_all([around, *areas.broken]))


def _gathered(
    areas: gpd.GeoDataFrame, sites: list[BaseGeometry], addresses: gpd.GeoDataFrame, rules: _ParkRules
) -> list[_Park]:
    """Return the parks around units that are mapped one by one, outside the sites, named after an address near them."""
    parks: list[_Park] = []
    for group in rules.gathered:
        taken = shapely.union_all([*sites, *(park[2] for park in parks)])
        units = areas[group.holds(areas)].geometry.to_numpy()
        units = units[~shapely.intersects(taken, units)]
        shapes = clusters(units, group.gap_m) if len(units) else np.empty(0, dtype=object)
        for shape, near in zip(shapes, nearest_address(shapes, addresses, _NAMED_AFTER_M), strict=True):
            parks.append((f"{group.name} {near}" if near else group.name, group.kind, shape))
    return parks


def _alone(path: Path, rules: _ParkRules, parks: gpd.GeoDataFrame) -> BaseGeometry:
    """Return the parks that are mapped only as a point."""
    points = read_points(path, rules.keys, rules.columns)
    is_park = np.array([kind is not None for kind in rules.kinds_of(points)], dtype=bool)
    places = shapely.multipoints(points.geometry.to_numpy()[is_park])
    alone: BaseGeometry = shapely.difference(places, shapely.union_all(parks.geometry.to_numpy()))
    return alone


@dataclass(frozen=True)
class _Group:
    """Units that are mapped one by one and together make a park."""

    tags: dict[str, tuple[str, ...]]
    kind: str
    name: str
    gap_m: float

    def holds(self, areas: gpd.GeoDataFrame) -> BoolArray:
        """Return which areas are such units, shape (n,)."""
        found: BoolArray = np.logical_and.reduce(
            [areas[key].isin(values).to_numpy() for key, values in self.tags.items()]
        )
        return found


@dataclass(frozen=True)
class _ParkRules:
    """The section ``recreation_parks`` of ``config/facilities.yaml``."""

    kinds: tuple[FacilityKind, ...]
    called: re.Pattern[str]
    called_kind: str
    called_keys: tuple[str, ...]
    gathered: tuple[_Group, ...]
    around_point_m: float
    never: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, section: dict[str, Any], never: dict[str, Any]) -> _ParkRules:
        """Read the section; raises ``KeyError``, ``TypeError`` or ``ValueError`` when it is not as described there."""
        called = section["called"]
        words = "|".join(re.escape(word.casefold()) for word in called["words"])
        gathered = tuple(
            _Group({k: tuple(v) for k, v in one["tags"].items()}, one["kind"], one["name"], float(one["gap_m"]))
            for one in section["gathered"]
        )
        return cls(
            kinds=make_kinds(section["kinds"], never),
            called=re.compile(rf"\b(?:{words})"),
            called_kind=str(called["kind"]),
            called_keys=tuple(called["keys"]),
            gathered=gathered,
            around_point_m=float(section["around_point_m"]),
            never={key: tuple(values) for key, values in never.items()},
        )

    @property
    def names(self) -> dict[str, str]:
        """Names of parks without a name, by kind."""
        return {self.called_kind: self.called_kind.capitalize()} | {kind.kind: kind.name for kind in self.kinds}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of which a park has at least one."""
        tables = [entry for kind in self.kinds for entry in kind.tags] + [group.tags for group in self.gathered]
        return tuple(sorted({key for table in tables for key in table} | set(self.called_keys)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys that the rules look at."""
        unless = {key for kind in self.kinds for key in kind.unless}
        return tuple(sorted({*self.keys, *unless, *self.never, "name"}))

    def kind_of(self, tags: dict[str, str]) -> str | None:
        """Return the kind of park of an object by its tags or its name; None for what is no park by itself."""
        if any(has_only(tags, key, values) for key, values in self.never.items()):
            return None
        for kind in self.kinds:
            if kind.fits(tags):
                return kind.kind
        is_called = self.called.search(tags.get("name", "").casefold()) and any(key in tags for key in self.called_keys)
        return self.called_kind if is_called else None

    def kinds_of(self, frame: gpd.GeoDataFrame) -> list[str | None]:
        """Return the kind of park of each row of a table with the columns that the rules look at."""
        rows = frame[list(self.columns)].to_numpy().tolist()
        return [self.kind_of({k: v for k, v in zip(self.columns, row, strict=True) if v}) for row in rows]

    def is_wanted(self, tags: dict[str, str]) -> bool:
        """Return whether an object is a park or a unit of one."""
        units = any(tags.get(key) in values for group in self.gathered for key, values in group.tags.items())
        return units or self.kind_of(tags) is not None
