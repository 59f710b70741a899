"""What people find their way by on a map without tiles: water, streets, places and the facilities that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import folium
import numpy as np
import pandas as pd
import shapely

from suitability.core.messages import message
from suitability.report.maps.map_shapes import Shapes

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.core.types import GeometryArray
    from suitability.report.maps.map_shapes import MapData
    from suitability.scan.run import Scan

_WATER_M: Final = 3.0  # to which water and borders are simplified: they only serve orientation
_MOST_NAMES: Final = 30

_WATER: Final = {"color": "#7fb2d9", "weight": 0.5, "fillColor": "#a9cfe8", "fillOpacity": 1.0}
_STREETS: Final = {"color": "#8a8a8a", "weight": 0.7, "opacity": 0.8, "fill": False}
_BORDER: Final = {"color": "#222222", "weight": 1.5, "dashArray": "6 4", "fill": False}


def add_ground(site_map: folium.Map, data: MapData, scan: Scan) -> None:
    """Add what lies under the parcels: water and the boundary of the municipality, as far as the scan has them."""
    for name, style in (("water", _WATER), ("municipality", _BORDER)):
        if name in scan.layers:
            shapes = shapely.simplify(scan.layers[name].frame.geometry.to_numpy(), _WATER_M)
            Shapes(data.add(shapes[~shapely.is_empty(shapes)]), style).add_to(site_map)


def add_landmarks(site_map: folium.Map, data: MapData, scan: Scan, lang: Lang) -> None:
    """Add what lies over the parcels and helps people find their way, as far as the scan has it."""
    _add_streets(site_map, data, scan, lang)
    _add_facilities(site_map, data, scan, lang)
    _add_names(site_map, data, scan)


def _add_streets(site_map: folium.Map, data: MapData, scan: Scan, lang: Lang) -> None:
    """Add the streets of all modes as one shape."""
    if "streets" not in scan.layers:
        return
    segments = np.concatenate([graph.segments for graph in scan.layers["streets"].streets.values()])
    shape = np.asarray([shapely.multilinestrings(_distinct(segments))], dtype=object)
    label = f'<span class="swatch line"></span>{message("layer.streets", lang)}'
    Shapes(data.add(shape), _STREETS).add_to(folium.FeatureGroup(name=label).add_to(site_map))


def _distinct(segments: GeometryArray) -> GeometryArray:
    """Return segments of which none is drawn twice, whichever way it runs."""
    ends = np.round(shapely.get_coordinates(segments).reshape(-1, 4), 2)
    swap = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    twice = pd.DataFrame(np.where(swap[:, None], ends[:, [2, 3, 0, 1]], ends)).duplicated().to_numpy()
    different: GeometryArray = segments[~twice]
    return different


def _add_facilities(site_map: folium.Map, data: MapData, scan: Scan, lang: Lang) -> None:
    """Add the facilities that a rule of the policy asks for."""
    kinds = {getattr(check.params, "facility_kind", None) for check in scan.policy.checks()}
    if "facilities" not in scan.layers:
        return
    frame = scan.layers["facilities"].frame
    frame = frame[frame["facility_kind"].isin(kinds)]
    names = frame["name"].fillna(message("value.unnamed", lang))
    index = data.add(frame.geometry.to_numpy(), [{"name": str(name)} for name in names])
    label = f'<span class="swatch dot"></span>{message("layer.facilities", lang)}'
    Shapes(index, point="dot").add_to(folium.FeatureGroup(name=label).add_to(site_map))


def _add_names(site_map: folium.Map, data: MapData, scan: Scan) -> None:
    """Write the names of the largest settlements on the map; a name of several parts stands at the largest."""
    if "settlements" not in scan.layers:
        return
    frame = scan.layers["settlements"].frame
    by_size = np.argsort(-shapely.area(frame.geometry.to_numpy()), kind="stable")
    _, first = np.unique(frame["name"].to_numpy()[by_size].astype(str), return_index=True)
    largest = frame.iloc[by_size[np.sort(first)][:_MOST_NAMES]]
    spots = shapely.point_on_surface(largest.geometry.to_numpy())
    Shapes(data.add(spots, [{"name": str(name)} for name in largest["name"]]), point="name").add_to(site_map)
