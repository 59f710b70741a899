"""Shapes for the browser: GeoJSON in WGS84, kept apart from the page's templates so that no text in it is ever code.

folium reads whatever is put in it as a template, and Leaflet reads texts as HTML. So the data stands in a script of
its own, and the functions of ``static/map.js`` set texts as text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from branca.element import MacroElement
from folium.template import Template
from pyproj import Transformer

from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely import Geometry

    from suitability.core.types import FloatArray, GeometryArray

_DECIMALS: Final = 6  # of a degree: 0.1 m


class Shapes(MacroElement):
    """A collection of shapes on the map, drawn in one ``style``.

    ``feature``: the function of ``map.js`` that is called for each shape. ``point``: the one that draws each point.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        L.geoJson(DATA[{{ this.index }}], {
            style: {{ this.style|tojson }}, interactive: {{ this.interactive|tojson }},
            onEachFeature: {{ this.feature or "undefined" }}, pointToLayer: {{ this.point or "undefined" }}
        }).addTo({{ this._parent.get_name() }});
        {% endmacro %}""")

    def __init__(
        self, index: int, style: dict[str, Any] | None = None, *, feature: str | None = None, point: str | None = None
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Shapes"
        self.index, self.style, self.feature, self.point = index, style or {}, feature, point
        self.interactive = feature is not None or point is not None


class MapData:
    """All shapes of a map as the text of one script."""

    def __init__(self) -> None:
        self._collections: list[str] = []
        self._turn = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)  # of this map alone: threads may share none

    def add(self, geometry: GeometryArray | list[Geometry], properties: Sequence[dict[str, Any]] | None = None) -> int:
        """Keep geometries in EPSG:28992 with the properties of each; return their number in the script."""
        turned = shapely.transform(shapely.force_2d(np.asarray(geometry, dtype=object)), self._degrees)
        texts = ["{}"] * len(turned) if properties is None else [json.dumps(p, ensure_ascii=False) for p in properties]
        features = ",".join(
            f'{{"type":"Feature","properties":{text},"geometry":{shape}}}'
            for text, shape in zip(texts, shapely.to_geojson(turned), strict=True)
        )
        self._collections.append(f'{{"type":"FeatureCollection","features":[{features}]}}')
        return len(self._collections) - 1

    def script(self) -> str:
        """Return the script; no text in it can end the script."""
        return f"var DATA = [{','.join(self._collections)}];".replace("<", "\\u003c")

    def bounds(self, geometry: GeometryArray) -> list[list[float]]:
        """Return [[south, west], [north, east]] in WGS84 of geometries in EPSG:28992."""
        corners = self._degrees(shapely.total_bounds(geometry).reshape(2, 2))
        return [[float(y), float(x)] for x, y in corners]

    def _degrees(self, xy: FloatArray) -> FloatArray:
        return np.round(np.column_stack(self._turn.transform(xy[:, 0], xy[:, 1])), _DECIMALS)
