"""Base map without tiles: water, roads, built-up area, municipal boundary, facilities and names of places.

Every map of an area takes them from here as frames in EPSG:28992, and draws them in its own style.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from suitability.core.layer import Layer, Layers, Source
    from suitability.core.types import GeometryArray
    from suitability.scan.run import Scan

BaseLayer = Literal["water", "roads", "settlements", "municipality", "facilities"]

#: Layers of the base map that a scan need not have loaded.
_LOADED: Final = ("public_roads", "settlements", "water", "municipality")

_SIMPLIFY_M: Final = 2.0  # only serves orientation

#: Road classes drawn wide, in OpenStreetMap's words and in those of the national road file.
_MAIN_ROADS: Final = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "autosnelweg", "hoofdweg", "regionale weg",
)  # fmt: skip


def load_base_layers(source: Source, scan: Scan) -> Layers:
    """Return the layers of the base map that the scan had no need of, as far as the source offers them."""
    offered = source.offers()
    wanted = [name for name in _LOADED if name in offered and name not in scan.layers]
    return {name: source.load(LAYERS[name], scan.area) for name in wanted}


def base_map(
    scan: Scan, names: Iterable[BaseLayer], layers: Mapping[str, Layer] | None = None
) -> dict[str, gpd.GeoDataFrame]:
    """Return the named parts of the base map that are there, each with ``name`` and ``kind`` only, in EPSG:28992.

    ``layers``: what to draw them from; without it, the layers of the scan. Roads are of kind ``main`` or ``other``.
    """
    layers = scan.layers if layers is None else layers
    made: dict[str, gpd.GeoDataFrame] = {}
    for name in names:
        frame = _roads(layers) if name == "roads" else _part(name, layers, scan)
        if frame is not None and len(frame):
            made[name] = frame
    return made


def _part(name: str, layers: Mapping[str, Layer], scan: Scan) -> gpd.GeoDataFrame | None:
    """Return a layer without what a map of this area does not show: other municipalities, facilities no rule asks for."""
    if name not in layers:
        return None
    frame, kind = layers[name].frame, ""
    if name == "municipality":
        here = frame[frame["name"].astype(str).str.casefold() == scan.area.name.casefold()]
        frame = here if len(here) else frame
    if name == "facilities":
        asked = {getattr(check.params, "facility_kind", None) for check in scan.policy.checks()}
        frame, kind = frame[frame["facility_kind"].isin(asked)], "facility_kind"
    return _simplified(frame, kind)


def _roads(layers: Mapping[str, Layer]) -> gpd.GeoDataFrame | None:
    """Return the public roads, else the streets of one mode as a single shape."""
    if "public_roads" in layers:
        made = _simplified(layers["public_roads"].frame, "road_class")
        made["kind"] = np.where(made["kind"].str.removesuffix("_link").isin(_MAIN_ROADS), "main", "other")
        return made
    if "streets" in layers:
        graph = next(iter(layers["streets"].streets.values()))
        lines = shapely.line_merge(shapely.multilinestrings(graph.segments))
        return gpd.GeoDataFrame({"name": [""], "kind": ["other"]}, geometry=[lines], crs=CRS)
    return None


def _simplified(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Return simplified shapes with the columns ``name`` and ``kind``, empty text where the layer has none."""
    shapes = shapely.simplify(np.asarray(frame.geometry.to_numpy(), dtype=object), _SIMPLIFY_M)
    texts = {
        new: frame[old].fillna("").astype(str).to_numpy() if old in frame else np.full(len(frame), "", dtype=object)
        for new, old in (("name", "name"), ("kind", kind))
    }
    return gpd.GeoDataFrame(texts, geometry=shapes, crs=CRS)[lambda made: ~made.geometry.is_empty]


def all_streets(layers: Mapping[str, Layer]) -> GeometryArray:
    """Return the street segments of all modes, (n,) lines, each once whichever way it runs; none without streets."""
    if "streets" not in layers:
        return np.empty(0, dtype=object)
    segments = np.concatenate([graph.segments for graph in layers["streets"].streets.values()])
    ends = np.round(shapely.get_coordinates(segments).reshape(-1, 4), 2)
    swap = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    twice = pd.DataFrame(np.where(swap[:, None], ends[:, [2, 3, 0, 1]], ends)).duplicated().to_numpy()
    different: GeometryArray = segments[~twice]
    return different


def largest_first(settlements: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return settlements by size, the largest first; of several parts with one name the largest only."""
    by_size = np.argsort(-shapely.area(settlements.geometry.to_numpy()), kind="stable")
    return settlements.iloc[by_size].drop_duplicates("name")


def named_spots(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return per row with a name {"text", "at"}: its name and a place in it, [x, y] in EPSG:28992 to 0.1 m."""
    spots = np.round(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())), 1)
    return [{"text": str(name), "at": spot.tolist()} for name, spot in zip(frame["name"], spots, strict=True) if name]
