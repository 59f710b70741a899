"""An OGC API Features service on loopback that behaves as the national platform does, traps included."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import urlencode

import numpy as np
import pyproj
import shapely

from tests.services.server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

T = TypeVar("T")
RD: Final = "http://www.opengis.net/def/crs/EPSG/0/28992"
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_KNOWN: Final = frozenset({"f", "limit", "bbox", "bbox-crs", "crs", "cursor", "datetime"})
_LARGEST_PAGE: Final = 1000


@dataclass
class OgcFeatures:
    """Serves GeoDataFrames in EPSG:28992 below ``prefix``, with their columns as properties.

    Without ``crs`` the answer is CRS84 and without ``bbox-crs`` the box is; at most 1,000 features a page, next
    links with a cursor, HTTP 400 for a parameter it does not know. ``numberMatched`` is there only with ``counts``.
    """

    prefix: str
    collections: Mapping[str, gpd.GeoDataFrame]
    counts: bool = False
    #: Texts of features that are served in the place of the real ones, by collection.
    instead: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def answer(self, request: Request) -> Response:
        """Return the answer to ``/collections``, ``/collections/{id}`` or ``/collections/{id}/items``."""
        parts = request.path[len(self.prefix) :].strip("/").split("/")
        unknown = sorted(set(request.query) - _KNOWN)
        if unknown:
            return _problem(400, f"unknown query parameter(s) found: {', '.join(unknown)}")
        if parts == ["collections"]:
            return _json({"collections": [{"id": name} for name in self.collections]})
        if len(parts) > 1 and parts[0] == "collections" and parts[1] in self.collections:
            if len(parts) == 2:
                return _json({"id": parts[1], "crs": [CRS84, RD], "storageCrs": RD})
            if parts[2:] == ["items"]:
                return self._items(parts[1], request)
        return _problem(404, "not found")

    def _items(self, name: str, request: Request) -> Response:
        frame = self.collections[name]
        crs, limit = request.one("crs", CRS84), min(int(request.one("limit", "10")), _LARGEST_PAGE)
        rows = np.arange(len(frame))
        if "bbox" in request.query:
            box = _box(request)
            rows = meeting(frame, box)
        start = int(request.one("cursor", "0"))
        page = rows[start : start + limit]
        links = [{"rel": "self", "href": self._href(name, request, start)}]
        if start + limit < len(rows):
            links.append({"rel": "next", "href": self._href(name, request, start + limit)})
        counted = f', "numberMatched": {len(rows)}' if self.counts else ""
        features = ",".join(self._texts(name, crs)[row] for row in page)
        head = f'{{"type": "FeatureCollection", "numberReturned": {len(page)}{counted}, "links": {json.dumps(links)}'
        body = f'{head}, "features": [{features}]}}'.encode()
        return Response(200, body, "application/geo+json", {"Content-Crs": f"<{crs}>"})

    def _href(self, name: str, request: Request, start: int) -> str:
        query = {key: values[0] for key, values in request.query.items() if key != "cursor"} | {"cursor": str(start)}
        return f"http://{request.headers['host']}{self.prefix}/collections/{name}/items?{urlencode(query)}"

    def _texts(self, name: str, crs: str) -> list[str]:
        """Return every feature as text."""
        if name in self.instead:
            return self.instead[name]
        return texts_of(self.collections[name], to=None if crs == RD else _to_crs84)


#: What was made of a frame, once for all tests; the frame is kept so that its number stays its own.
_MADE: Final[dict[tuple[int, str], tuple[gpd.GeoDataFrame, object]]] = {}


def once(frame: gpd.GeoDataFrame, what: str, make: Callable[[], T]) -> T:
    """Return what ``make`` makes of a frame, made once."""
    key = (id(frame), what)
    if key not in _MADE:
        _MADE[key] = (frame, make())
    return cast("T", _MADE[key][1])


def meeting(frame: gpd.GeoDataFrame, box: shapely.Geometry) -> np.ndarray:
    """Return the rows of a frame that meet a box, in their order."""
    tree = once(frame, "tree", lambda: shapely.STRtree(frame.geometry.to_numpy()))
    return np.sort(tree.query(box, predicate="intersects"))


def texts_of(
    frame: gpd.GeoDataFrame, prefix: str = "", to: Callable[[np.ndarray], np.ndarray] | None = None
) -> list[str]:
    """Return features as GeoJSON; ids follow from the row number, and do not sort as it does."""
    return once(frame, f"texts {prefix} {to}", lambda: _texts_of(frame, prefix, to))


def _texts_of(frame: gpd.GeoDataFrame, prefix: str, to: Callable[[np.ndarray], np.ndarray] | None) -> list[str]:
    rows = json.loads(
        frame.drop(columns=frame.active_geometry_name).to_json(orient="records", force_ascii=False, date_format="iso")
    )
    # The national services give millimetres; degrees get as many digits as make that.
    shapes = shapely.set_precision(frame.geometry.to_numpy(), 0.001, mode="pointwise")
    shapes = shapes if to is None else shapely.transform(shapes, to)
    return [
        f'{{"type": "Feature", "id": "{prefix}{number}", "properties": {json.dumps(row)}, "geometry": {shape}}}'
        for number, (row, shape) in enumerate(zip(rows, shapely.to_geojson(shapes), strict=True))
    ]


def _box(request: Request) -> shapely.Polygon:
    left, bottom, right, top = (float(edge) for edge in request.one("bbox").split(","))
    if request.one("bbox-crs", CRS84) == RD:
        return shapely.box(left, bottom, right, top)
    return shapely.transform(shapely.box(left, bottom, right, top), _from_crs84)


def _to_crs84(xy: np.ndarray) -> np.ndarray:
    to = pyproj.Transformer.from_crs("EPSG:28992", "OGC:CRS84", always_xy=True)
    return np.column_stack(to.transform(xy[:, 0], xy[:, 1]))


def _from_crs84(lonlat: np.ndarray) -> np.ndarray:
    to = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:28992", always_xy=True)
    return np.column_stack(to.transform(lonlat[:, 0], lonlat[:, 1]))


def _json(held: object) -> Response:
    return Response(200, json.dumps(held).encode())


def _problem(status: int, detail: str) -> Response:
    body = json.dumps({"title": "Error", "status": status, "detail": detail}).encode()
    return Response(status, body, "application/problem+json")
