"""Topography at 1:10,000, 1:50,000 and 1:100,000 (TOP10NL, TOP50NL, TOP100NL): parks, water and settlements.

Smaller scales hold many areas as one point. A point has no extent, so such a park is not in the layer and is counted;
``read_park_points`` gives it. Where points are left, the layer is not complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import shapely

from layers.files._xml import iterparse, local_name, text_at
from layers.formats._gml import Mixed
from layers.formats._sniff import documents, roots
from layers.formats._table import Row, frame_of, latest, only, require
from layers.raw import Raw

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import geopandas as gpd
    import numpy as np

    from layers.files._xml import Element

_ROOTS: Final = ("FeatureCollectionT10NL", "FeatureCollectionTop50", "FeatureCollectionTop100")
_CLASSES: Final = ("FunctioneelGebied", "Waterdeel", "Plaats")
#: Columns, and the elements that hold them in one version or another; the first that is there counts.
_PATHS: Final = {
    "id": ("{*}identificatie/{*}NEN3610ID/{*}lokaalID",),
    "kind": ("{*}typeFunctioneelGebied", "{*}typeWater", "{*}typeGebied"),
    "name": ("{*}naamNL", "{*}naamOfficieel", "{*}naamFries", "{*}naam"),
    "ended": ("{*}objectEindTijd",),
    "seen": ("{*}bronactualiteit",),
}
#: Functional area, and its kind in the layer of recreation parks.
PARK_KINDS: Final = {
    "bungalowpark": "bungalowpark",
    "camping, kampeerterrein": "camping",
    "caravanpark": "stacaravans",
    "vakantiepark": "vakantiepark",
}
_DRY: Final = "greppel, droge sloot"
#: Places with homes close together; a neighbourhood is part of one, a hamlet of scattered houses is outlying area.
_SETTLEMENTS: Final = ("woonkern", "deelkern", "gehucht", "plaats, bewoond oord")


def recognises(path: Path) -> bool:
    """Return whether this is TOP10NL, TOP50NL or TOP100NL, as GML or a zip of it."""
    return any(root.name in _ROOTS for root in roots(path))


def read(path: Path) -> dict[str, Raw]:
    """Return ``recreation_parks``, ``water`` and ``settlements``, those of which the file holds areas.

    Raises ``SourceError`` for a file that cannot be read.
    """
    frames, reference = _read_classes(path)
    parks, water, places = (frames[kind] for kind in _CLASSES)
    chosen = {
        "recreation_parks": (_parks(parks), ("name", "park_kind")),
        "water": (water[water["kind"].ne(_DRY)], ("name",)),
        "settlements": (places[places["kind"].isin(_SETTLEMENTS) & places["name"].notna()], ("name",)),
    }
    layers = {}
    for layer, (frame, columns) in chosen.items():
        areas = only(frame, _has_extent(frame), columns)
        if len(areas):
            layers[layer] = Raw(areas, str(path), reference, left_out=len(frame) - len(areas))
    return layers


def read_park_points(path: Path) -> gpd.GeoDataFrame:
    """Return the recreation parks of which only a point is known: ``name``, ``park_kind``."""
    parks = _parks(_read_classes(path)[0]["FunctioneelGebied"])
    return only(parks, ~_has_extent(parks), ("name", "park_kind"))


def _read_classes(path: Path) -> tuple[dict[str, gpd.GeoDataFrame], date | None]:
    """Return the current objects of each class, and the date of the newest source they were drawn from."""
    rows: dict[str, list[Row]] = {kind: [] for kind in _CLASSES}
    shapes = {kind: Mixed(str(path)) for kind in _CLASSES}
    read = 0
    for where, stream in documents(path, _ROOTS):
        for member in iterparse(stream, where, ("FeatureMember", "featureMember")):
            read += 1
            feature = member[0] if len(member) else None
            kind = local_name(feature) if feature is not None else ""
            if feature is None or kind not in rows:
                continue
            rows[kind].append({name: _first(feature, paths) for name, paths in _PATHS.items()})
            shapes[kind].add(feature.find("{*}geometrie"), rows[kind][-1]["id"])
    require(read, str(path), "FeatureMember")
    reference = latest([row["seen"] for kind in rows.values() for row in kind])
    frames = {kind: frame_of(rows[kind], tuple(_PATHS), shapes[kind].finish()) for kind in _CLASSES}
    return {kind: frame[frame["ended"].isna()] for kind, frame in frames.items()}, reference


def _first(feature: Element, paths: tuple[str, ...]) -> str | None:
    return next((text for path in paths if (text := text_at(feature, path))), None)


def _parks(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    parks = areas.assign(park_kind=areas["kind"].map(PARK_KINDS))
    return parks[parks["park_kind"].notna()]


def _has_extent(frame: gpd.GeoDataFrame) -> np.ndarray:
    extent: np.ndarray = shapely.get_dimensions(frame.geometry.to_numpy()) == 2  # noqa: PLR2004 (a surface)
    return extent
