"""Street graphs and facilities from an OpenStreetMap extract (``.osm.pbf``, or ``.osm`` XML).

Who may use which street follows https://wiki.openstreetmap.org/wiki/OSM_tags_for_routing/Access_restrictions
(the Netherlands) and the tables below. Disconnected islands are kept: a place on one is unreachable, not unknown.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import osmium
import pyproj
import shapely

from layers._street_table import StreetTable
from suitability.core.errors import Problem, SourceError
from suitability.core.types import CRS
from suitability.core.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from suitability.core.layer import StreetNetwork
    from suitability.core.types import FloatArray, IntArray

#: Classes open to a mode unless a tag says otherwise. What is not listed is closed unless a tag opens it.
OPEN_TO_WALK: Final = frozenset(
    [
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "pedestrian",
        "service",
        "track",
        "footway",
        "path",
        "steps",
        "cycleway",
        "bridleway",
        "road",
        "corridor",
    ]
)
OPEN_TO_BICYCLE: Final = frozenset(
    [
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "track",
        "path",
        "cycleway",
        "road",
    ]
)
#: Classes that a tag for the mode can open.
OPENED_BY_TAG: Final = frozenset(
    [
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "busway",
        "bus_guideway",
        "footway",
        "pedestrian",
        "bridleway",
        "platform",
    ]
)
YES: Final = frozenset({"yes", "designated", "permissive", "official", "destination", "customers"})
NO: Final = frozenset(
    {"no", "private", "use_sidepath", "agricultural", "forestry", "military", "delivery", "permit", "dismount"}
)
#: Steps can be walked but not cycled, whatever ``bicycle`` says about pushing.
NEVER_BICYCLE: Final = frozenset({"steps", "corridor"})
ROUNDABOUTS: Final = frozenset({"roundabout", "circular"})
FORWARD: Final = frozenset({"yes", "true", "1"})
BACKWARD: Final = frozenset({"-1", "reverse"})
#: A lane against the traffic opens a one-way street to bicycles in both directions.
OPPOSITE_LANES: Final = frozenset({"opposite", "opposite_lane", "opposite_track", "opposite_share_busway"})


class Access(NamedTuple):
    """Access to a way along (``forward``) and against (``backward``) its drawing direction."""

    forward: bool
    backward: bool


SHUT: Final = Access(forward=False, backward=False)
BOTH: Final = Access(forward=True, backward=True)


def walk_access(tags: Mapping[str, str]) -> Access:
    """Return how a way may be walked."""
    highway = tags.get("highway", "")
    if not _is_open(tags, "foot", highway, OPEN_TO_WALK):
        return SHUT
    return _direction(tags.get("oneway:foot"))


def bicycle_access(tags: Mapping[str, str]) -> Access:
    """Return how a way may be cycled."""
    highway = tags.get("highway", "")
    if highway in NEVER_BICYCLE or not _is_open(tags, "bicycle", highway, OPEN_TO_BICYCLE):
        return SHUT
    if "oneway:bicycle" in tags:
        return _direction(tags["oneway:bicycle"])
    if any(tags.get(key) in OPPOSITE_LANES for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")):
        return BOTH
    if "oneway" not in tags and tags.get("junction") in ROUNDABOUTS:
        return Access(forward=True, backward=False)
    return _direction(tags.get("oneway"))


def _is_open(tags: Mapping[str, str], mode: str, highway: str, usual: frozenset[str]) -> bool:
    """Return whether a mode may use a way: its own tag first, then ``vehicle``, then ``access``, then its class."""
    if highway not in usual and highway not in OPENED_BY_TAG:
        return False
    keys = (mode, "access") if mode == "foot" else (mode, "vehicle", "access")
    for key in keys:
        value = tags.get(key)
        if value in NO:
            return False
        if value in YES and (key == mode or highway in usual):
            return True
    return highway in usual


def _direction(oneway: str | None) -> Access:
    if oneway in FORWARD:
        return Access(forward=True, backward=False)
    if oneway in BACKWARD:
        return Access(forward=False, backward=True)
    return BOTH


@dataclass
class _Pieces:
    """The straight pieces of all usable ways, before projection; one row per piece."""

    tail: list[int] = field(default_factory=list)
    head: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    name: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    lonlat: dict[int, tuple[float, float]] = field(default_factory=dict)

    def add(self, way: osmium.osm.Way, flags: int) -> None:
        label = way.tags.get("name") or way.tags.get("ref")
        name = -1 if label is None else self.names.setdefault(label, len(self.names))
        previous: int | None = None
        for node in way.nodes:
            if not node.location.valid():  # cut off at the edge of the extract
                previous = None
                continue
            self.lonlat[node.ref] = (node.location.lon, node.location.lat)
            if previous is not None and previous != node.ref:
                self.tail.append(previous)
                self.head.append(node.ref)
                self.flags.append(flags)
                self.name.append(name)
            previous = node.ref


def read_streets(path: Path) -> StreetNetwork:
    """Return the street graphs (``walk``, ``bicycle``) of an extract, in EPSG:28992 metres.

    Raises ``SourceError`` when the file cannot be read.
    """
    return read_street_table(path).network()


def read_street_table(path: Path, grid_m: float | None = None) -> StreetTable:
    """Return all streets of an extract; ``grid_m`` rounds the coordinates. Raises ``SourceError``."""
    pieces = _Pieces()
    try:
        ways = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
        for item in ways:
            if not isinstance(item, osmium.osm.Way):
                continue
            tags = dict(item.tags)
            if tags.get("area") == "yes":
                continue
            flags = _flags(walk_access(tags), bicycle_access(tags))
            if flags:
                pieces.add(item, flags)
    except (OSError, RuntimeError) as error:  # pyosmium raises RuntimeError for a file that it cannot parse
        raise SourceError(Problem(str(path), "osm_unreadable", {"found": str(error)})) from error
    return _table(pieces, grid_m)


def _flags(walk: Access, bicycle: Access) -> int:
    return walk.forward | walk.backward << 1 | bicycle.forward << 2 | bicycle.backward << 3


def _table(pieces: _Pieces, grid_m: float | None) -> StreetTable:
    ids = np.array(sorted(pieces.lonlat), dtype=np.int64)
    xy = project(np.array([pieces.lonlat[i] for i in ids.tolist()], dtype=np.float64).reshape(-1, 2))
    if grid_m is not None:
        xy = np.round(xy / grid_m) * grid_m
    order = morton_order(xy)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    tail, head = (rank[np.searchsorted(ids, np.array(end, dtype=np.int64))] for end in (pieces.tail, pieces.head))
    along = np.lexsort((head, tail))
    flags, name = np.array(pieces.flags, dtype=np.int64), np.array(pieces.name, dtype=np.int64)
    return StreetTable(xy[order], tail[along], head[along], flags[along], name[along], tuple(pieces.names))


def project(lonlat: FloatArray) -> FloatArray:
    """Return EPSG:28992 metres, shape (n, 2), for WGS84 degrees (longitude, latitude)."""
    if len(lonlat) == 0:
        return lonlat
    transformer = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    return np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1]))


def morton_order(xy: FloatArray) -> IntArray:
    """Return the order that puts points (n, 2), in metres, along a Z-curve of one-metre cells."""
    if len(xy) == 0:
        return np.empty(0, dtype=np.int64)
    cell = np.floor(xy - np.floor(xy.min(axis=0))).astype(np.uint64)
    code = np.zeros(len(xy), dtype=np.uint64)
    for bit in range(21):
        for axis in (0, 1):
            code |= ((cell[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.argsort(code, kind="stable")


@dataclass(frozen=True)
class FacilityKind:
    """Tags of a kind of facility: any of ``tags`` (all pairs of one entry), and none of ``unless`` or ``never``.

    ``unless_named``: words, in small letters, that in a name say that it is something else.
    """

    kind: str
    name: str
    tags: tuple[Mapping[str, tuple[str, ...]], ...]
    unless: Mapping[str, tuple[str, ...]]
    never: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless_named: tuple[str, ...] = ()

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Return whether an object with these tags is a facility of this kind."""
        if not any(all(_has(tags, key, values) for key, values in entry.items()) for entry in self.tags):
            return False
        name = tags.get("name", "").casefold()
        return not (
            any(has_only(tags, key, values) for table in (self.unless, self.never) for key, values in table.items())
            or any(word in name for word in self.unless_named)
        )


def _has(tags: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    """Return whether a tag has one of these values; it may hold several, with ``;`` between them."""
    found = tags.get(key)
    return found is not None and (found in values or any(part.strip() in values for part in found.split(";")))


def has_only(tags: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    """Return whether all values of a tag are among these: a practice of GPs and physiotherapists is still one of GPs."""
    found = tags.get(key)
    return found is not None and all(part.strip() in values for part in found.split(";"))


def read_facility_kinds(path: Path) -> tuple[FacilityKind, ...]:
    """Read ``config/facilities.yaml``; raises ``SourceError`` when it is missing or not as described there."""
    with facility_table(path) as table:
        return make_kinds(table["facilities"], table.get("never", {}))


@contextmanager
def facility_table(path: Path) -> Iterator[dict[str, Any]]:
    """Give the content of ``config/facilities.yaml``; what is not as described there raises ``SourceError``."""
    table = read_yaml(path, raises=SourceError)
    try:
        yield table
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(Problem(str(path), "facility_table", {"found": str(error)})) from error


def make_kinds(entries: dict[str, Any], never: dict[str, Any]) -> tuple[FacilityKind, ...]:
    """Return the kinds that a section of ``config/facilities.yaml`` describes."""
    return tuple(
        FacilityKind(
            kind=kind,
            name=entry["name"],
            tags=tuple({key: tuple(values) for key, values in one.items()} for one in entry["tags"]),
            unless={key: tuple(values) for key, values in entry.get("unless", {}).items()},
            never={key: tuple(values) for key, values in never.items()},
            unless_named=tuple(word.casefold() for word in entry.get("unless_named", ())),
        )
        for kind, entry in entries.items()
    )


def read_facilities(path: Path, kinds: tuple[FacilityKind, ...]) -> gpd.GeoDataFrame:
    """Return the facilities of an extract as points in EPSG:28992.

    Columns ``facility_kind``, ``name`` (name, else brand, operator or the kind itself) and ``source_id`` (n, w and
    number). A way counts with an inner point; one that is not closed with the middle of its nodes.
    """
    rows: list[tuple[str, str, str]] = []
    shapes: list[shapely.Geometry] = []
    try:
        keys = {key for kind in kinds for entry in kind.tags for key in entry}
        for item in (
            osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter(*sorted(keys)))
        ):
            tags = dict(item.tags)
            if not isinstance(item, osmium.osm.Node | osmium.osm.Way):
                continue
            for kind in (kind for kind in kinds if kind.fits(tags)):
                name = next((tags[key] for key in ("name", "brand", "operator") if tags.get(key)), kind.name)
                rows.append((kind.kind, name, f"{'n' if isinstance(item, osmium.osm.Node) else 'w'}{item.id}"))
                shapes.append(_shape(item))
    except (OSError, RuntimeError) as error:
        raise SourceError(Problem(str(path), "osm_unreadable", {"found": str(error)})) from error
    points = shapely.point_on_surface(shapely.transform(np.array(shapes, dtype=object), project))
    columns = ("facility_kind", "name", "source_id")
    found = gpd.GeoDataFrame(
        {c: [row[i] for row in rows] for i, c in enumerate(columns)}, geometry=list(points), crs=CRS
    )
    return found[~found.is_empty].reset_index(drop=True)  # of a way cut at the edge, no node may be left


def _shape(item: osmium.osm.Node | osmium.osm.Way) -> shapely.Geometry:
    if isinstance(item, osmium.osm.Node):
        return shapely.Point(item.location.lon, item.location.lat)
    lonlat = [(node.location.lon, node.location.lat) for node in item.nodes if node.location.valid()]
    if len(lonlat) > 3 and lonlat[0] == lonlat[-1]:  # noqa: PLR2004
        return shapely.Polygon(lonlat)
    return shapely.MultiPoint(lonlat)
