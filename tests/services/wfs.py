"""A WFS 2.0 on loopback: capabilities, hits, pages of GeoJSON, and errors reported in XML with status 200."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

import numpy as np
import shapely

from tests.services.ogc_features import meeting, texts_of
from tests.services.server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

_OWS: Final = 'xmlns:ows="http://www.opengis.net/ows/1.1"'
_WFS: Final = f'xmlns:wfs="http://www.opengis.net/wfs/2.0" {_OWS}'
_RD: Final = ("urn:ogc:def:crs:EPSG::28992", "EPSG:28992")


@dataclass
class Wfs:
    """Serves GeoDataFrames in EPSG:28992, by name of feature type without its prefix.

    At most ``largest_page`` features a page, which the capabilities say only if ``says_limit``; the answer holds
    ``numberMatched`` only with ``counts``; a ``startIndex`` beyond ``last_start`` is refused. ``unsteady``: the order
    differs from page to page unless it is sorted.
    """

    prefix: str
    types: Mapping[str, gpd.GeoDataFrame]
    namespace: str = "plu"
    largest_page: int = 1000
    says_limit: bool = True
    counts: bool = False
    last_start: int = 50_000
    unsteady: bool = False

    def answer(self, request: Request) -> Response:
        """Return the answer to GetCapabilities or GetFeature."""
        asked = {name.lower(): values[0] for name, values in request.query.items()}
        if asked.get("request") == "GetCapabilities":
            return _xml(self._capabilities())
        name = asked.get("typenames", "").rpartition(":")[2]
        if asked.get("request") != "GetFeature" or name not in self.types:
            return exception(f"Unknown feature type: {asked.get('typenames')}")
        if asked.get("srsname") not in _RD:
            return exception(f"Unsupported srsName {asked.get('srsname')}")
        rows = self._rows(name, asked.get("bbox"))
        if asked.get("resulttype") == "hits":
            return _xml(f'<wfs:FeatureCollection {_WFS} numberMatched="{len(rows)}" numberReturned="0"/>')
        start, count = int(asked.get("startindex", "0")), min(int(asked.get("count", "1000")), self.largest_page)
        if start > self.last_start:
            return exception(f"startIndex must not exceed {self.last_start}")
        if self.unsteady and "sortby" not in asked and len(rows):
            rows = np.roll(rows, 30 if start else 0)
        return self._page(name, rows, start, count)

    def _page(self, name: str, rows: np.ndarray, start: int, count: int) -> Response:
        texts = texts_of(self.types[name], f"{name}.")
        features = ",".join(texts[row] for row in rows[start : start + count])
        counted = f'"numberMatched": {len(rows)}, ' if self.counts else ""
        crs = '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}'
        body = f'{{"type": "FeatureCollection", {counted}{crs}, "features": [{features}]}}'
        return Response(200, body.encode(), "application/json; subtype=geojson; charset=utf-8")

    def _rows(self, name: str, bbox: str | None) -> np.ndarray:
        if bbox is None:
            return np.arange(len(self.types[name]))
        *edges, crs = bbox.split(",")
        if crs not in _RD:
            return np.arange(0)
        box = shapely.box(*(float(edge) for edge in edges))
        return meeting(self.types[name], box)

    def _capabilities(self) -> str:
        limit = (
            f'<ows:Constraint name="CountDefault"><ows:NoValues/><ows:DefaultValue>{self.largest_page}'
            "</ows:DefaultValue></ows:Constraint>"
        )
        names = "".join(
            f"<wfs:FeatureType><wfs:Name>{self.namespace}:{escape(name)}</wfs:Name></wfs:FeatureType>"
            for name in self.types
        )
        operations = f"<ows:OperationsMetadata>{limit if self.says_limit else ''}</ows:OperationsMetadata>"
        return (
            f'<wfs:WFS_Capabilities {_WFS} version="2.0.0">{operations}'
            f"<wfs:FeatureTypeList>{names}</wfs:FeatureTypeList></wfs:WFS_Capabilities>"
        )


def exception(text: str, status: int = 200) -> Response:
    """Return an exception report, with status 200 as some services give it."""
    report = (
        f'<ows:ExceptionReport {_OWS} version="2.0.0"><ows:Exception exceptionCode="InvalidParameterValue">'
        f"<ows:ExceptionText>{escape(text)}</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    )
    return _xml(report, status)


def _xml(text: str, status: int = 200) -> Response:
    return Response(status, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), "text/xml; charset=UTF-8")
