"""What residents find their way by, without tiles: water, roads, built-up area, boundary and the facilities that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.layer import Layer, Layers, Source
    from suitability.core.types import GeometryArray
    from suitability.report.public.profile import Profile
    from suitability.scan.run import Scan

#: Layers to draw that a scan need not have loaded.
GROUND_LAYERS: Final = ("public_roads", "settlements", "water", "municipality")

_SIMPLIFY_M: Final = 2.0  # only serves orientation

#: Road classes drawn wide, in OpenStreetMap's words and in those of the national road file.
MAIN_ROADS: Final = {
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "autosnelweg",
    "hoofdweg",
    "regionale weg",
}


def load_ground(source: Source, scan: Scan) -> Layers:
    """Return the layers to draw that the scan had no need of, as far as the source offers them."""
    offered = source.offers()
    wanted = [name for name in GROUND_LAYERS if name in offered and name not in scan.layers]
    return {name: source.load(LAYERS[name], scan.area) for name in wanted}


def background_of(scan: Scan, layers: Mapping[str, Layer], profile: Profile) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the profile's background, each with ``name`` and ``kind`` only, in EPSG:28992."""
    made: dict[str, gpd.GeoDataFrame] = {}
    for name in profile.background:
        frame = _roads(layers) if name == "roads" else _frame(name, layers, scan)
        if frame is not None and len(frame):
            made[name] = frame
    return made


def _frame(name: str, layers: Mapping[str, Layer], scan: Scan) -> gpd.GeoDataFrame | None:
    if name not in layers:
        return None
    frame, kind = layers[name].frame, ""
    if name == "municipality":
        here = frame[frame["name"].astype(str).str.casefold() == scan.area.name.casefold()]
        frame = here if len(here) else frame
    if name == "facilities":
        asked = {getattr(check.params, "facility_kind", None) for check in scan.policy.checks()}
        frame, kind = frame[frame["facility_kind"].isin(asked)], "facility_kind"
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    return _made(frame, shapely.simplify(shapes, _SIMPLIFY_M), kind)


def _roads(layers: Mapping[str, Layer]) -> gpd.GeoDataFrame | None:
    """Return the public roads, else the streets that may be walked, as lines."""
    if "public_roads" in layers:
        frame = layers["public_roads"].frame
        shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
        made = _made(frame, shapely.simplify(shapes, _SIMPLIFY_M), "road_class")
        made["kind"] = np.where(made["kind"].str.removesuffix("_link").isin(MAIN_ROADS), "main", "other")
        return made
    if "streets" in layers:
        graph = next(iter(layers["streets"].streets.values()))
        lines = shapely.line_merge(shapely.multilinestrings(graph.segments))
        return gpd.GeoDataFrame({"name": [""], "kind": ["other"]}, geometry=[lines], crs=CRS)
    return None


def _made(frame: gpd.GeoDataFrame, shapes: GeometryArray, kind: str) -> gpd.GeoDataFrame:
    texts = {
        new: frame[old].fillna("").astype(str).to_numpy() if old in frame else np.full(len(frame), "", dtype=object)
        for new, old in (("name", "name"), ("kind", kind))
    }
    return gpd.GeoDataFrame(texts, geometry=shapes, crs=CRS)[lambda made: ~made.geometry.is_empty]


def polygons_only(shapes: GeometryArray) -> GeometryArray:
    """Return rounded polygons of which collections keep their polygons only: rounding may leave a line or a point."""
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    if mixed.any():
        shapes[mixed] = [
            shapely.multipolygons([part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2])  # noqa: PLR2004
            for shape in shapes[mixed]
        ]
    return shapes
