"""A Web Coverage Service 2.0.1 on loopback, in the shape in which GeoServer answers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import rasterio
from rasterio.io import MemoryFile

from tests.services.server import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from tests.services.server import Request

_NAMESPACES = (
    'xmlns:wcs="http://www.opengis.net/wcs/2.0" xmlns:ows="http://www.opengis.net/ows/2.0" '
    'xmlns:gml="http://www.opengis.net/gml/3.2"'
)
RD = "http://www.opengis.net/def/crs/EPSG/0/28992"


@dataclass(frozen=True)
class Coverage:
    """A grid that the service has. ``nodata``: what it declares, whatever the values use."""

    values: np.ndarray
    left: float
    top: float
    cell_m: float
    nodata: float | None = None
    crs: str = "EPSG:28992"
    srs_name: str = RD


@dataclass
class WcsService:
    """Serves coverages by name; ``said`` replaces the answer to a kind of question (``GetCoverage``)."""

    coverages: Mapping[str, Coverage]
    prefix: str = "/geo/alo/wcs"
    said: Mapping[str, Response] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        """Return the answer to GetCapabilities, DescribeCoverage or GetCoverage."""
        kind = request.one("request")
        if kind in self.said:
            return self.said[kind]
        if request.one("service") != "WCS" or request.one("version") != "2.0.1":
            return exception("InvalidParameterValue", "version")
        if kind == "GetCapabilities":
            return _xml(_capabilities(self.coverages))
        name = request.one("coverageId")
        if name not in self.coverages:
            return exception("NoSuchCoverage", f"Could not find the requested coverage {name}", status=404)
        if kind == "DescribeCoverage":
            return _xml(_description(name, self.coverages[name]))
        return _coverage(self.coverages[name], request)


def exception(code: str, text: str, status: int = 200) -> Response:
    """Return an exception report: GeoServer sends it with status 200 or 4xx."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><ows:ExceptionReport {_NAMESPACES} version="2.0.0">'
        f'<ows:Exception exceptionCode="{code}"><ows:ExceptionText>{text}</ows:ExceptionText></ows:Exception>'
        "</ows:ExceptionReport>"
    )
    return Response(status, body.encode(), "application/xml")


def tiff(coverage: Coverage, **more: object) -> bytes:
    """Return a coverage as a GeoTIFF; ``more`` overrides its profile."""
    height, width = coverage.values.shape[-2:]
    values = coverage.values if coverage.values.ndim == 3 else coverage.values[None]
    place = rasterio.Affine(coverage.cell_m, 0.0, coverage.left, 0.0, -coverage.cell_m, coverage.top)
    profile = {
        "driver": "GTiff", "dtype": values.dtype, "count": len(values), "height": height, "width": width,
        "crs": coverage.crs, "transform": place, "nodata": coverage.nodata, **more,
    }  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as file:
            file.write(values)
        return bytes(memory.read())


def _xml(body: str) -> Response:
    return Response(200, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), "application/xml;charset=UTF-8")


def _capabilities(names: Mapping[str, Coverage]) -> str:
    parts = "".join(
        f"<wcs:CoverageSummary><wcs:CoverageId>{name}</wcs:CoverageId>"
        "<wcs:CoverageSubtype>RectifiedGridCoverage</wcs:CoverageSubtype></wcs:CoverageSummary>"
        for name in names
    )
    return f'<wcs:Capabilities {_NAMESPACES} version="2.0.1"><wcs:Contents>{parts}</wcs:Contents></wcs:Capabilities>'


def _description(name: str, one: Coverage) -> str:
    rows, columns = one.values.shape
    right, bottom = one.left + columns * one.cell_m, one.top - rows * one.cell_m
    return (
        f'<wcs:CoverageDescriptions {_NAMESPACES}><wcs:CoverageDescription gml:id="{name}"><gml:boundedBy>'
        f'<gml:Envelope srsName="{one.srs_name}" axisLabels="X Y" uomLabels="m m" srsDimension="2">'
        f"<gml:lowerCorner>{one.left} {bottom}</gml:lowerCorner><gml:upperCorner>{right} {one.top}</gml:upperCorner>"
        f"</gml:Envelope></gml:boundedBy><wcs:CoverageId>{name}</wcs:CoverageId><gml:domainSet>"
        f'<gml:RectifiedGrid dimension="2"><gml:limits><gml:GridEnvelope><gml:low>0 0</gml:low>'
        f"<gml:high>{columns - 1} {rows - 1}</gml:high></gml:GridEnvelope></gml:limits><gml:axisLabels>i j</gml:axisLabels>"
        f"<gml:origin><gml:Point><gml:pos>{one.left + one.cell_m / 2} {one.top - one.cell_m / 2}</gml:pos></gml:Point>"
        f"</gml:origin><gml:offsetVector>{one.cell_m} 0.0</gml:offsetVector>"
        f"<gml:offsetVector>0.0 -{one.cell_m}</gml:offsetVector></gml:RectifiedGrid></gml:domainSet>"
        "</wcs:CoverageDescription></wcs:CoverageDescriptions>"
    )


def _coverage(one: Coverage, request: Request) -> Response:
    """Return the cells of the subset, as GeoServer does: those whose middle lies in it."""
    found = {axis: (float(low), float(high)) for axis, low, high in map(_subset, request.query["subset"])}
    (left, right), (bottom, top) = found["X"], found["Y"]
    columns = [math.floor((x - one.left) / one.cell_m + 0.5) for x in (left, right)]
    rows = [math.floor((one.top - y) / one.cell_m + 0.5) for y in (top, bottom)]
    part = one.values[max(rows[0], 0) : rows[1], max(columns[0], 0) : columns[1]]
    if part.size == 0:
        return exception("InvalidSubsetting", "Invalid subsetting: outside the coverage", status=404)
    corner = (one.left + max(columns[0], 0) * one.cell_m, one.top - max(rows[0], 0) * one.cell_m)
    cut = Coverage(part, *corner, one.cell_m, one.nodata, one.crs)
    return Response(200, tiff(cut), request.one("format", "image/tiff"))


def _subset(text: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"(\w+)\(([-\d.]+),([-\d.]+)\)", text)
    assert match is not None, text
    return match[1], match[2], match[3]
