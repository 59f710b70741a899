"""Submissions drawn in Google Earth or My Maps (OGC KML 2.3): each Placemark a line; links and styles are not followed.

Coordinates are WGS84 by the standard, longitude first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import shapely
from lxml import etree
from shapely.errors import ShapelyError

from suitability.core.errors import Problem, SubmissionError
from suitability.submissions.entry import Entries, Entry, Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from suitability.submissions.settings import Settings

_LEAST_RING: Final = 3


def entries_of_kml(content: bytes, file: str, settings: Settings, _mapping: Mapping[str, str]) -> Entries:
    """Return an entry per Placemark; raises ``SubmissionError`` for what is no KML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SubmissionError(Problem(file, "submission_xml", {"found": str(error)[:100]})) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SubmissionError(Problem(file, "submission_xml", {"found": "DOCTYPE"}))
    marks = root.findall(".//{*}Placemark")
    if not marks:
        raise SubmissionError(Problem(file, "submission_empty", {"found": "", "expected": "", "n": 0}))
    if len(marks) > settings.limits.most_lines:
        fields = {"found": len(marks), "expected": settings.limits.most_lines}
        raise SubmissionError(Problem(file, "submission_too_many", fields))
    lines = tuple(_entry(i, mark) for i, mark in enumerate(marks, start=1))
    return Entries(lines, tuple(dict.fromkeys(name for line in lines for name in line.cells)))


def _entry(line: int, mark: Any) -> Entry:  # noqa: ANN401 (an element of lxml)
    cells = {}
    for tag, name in (("name", "locatienaam"), ("description", "beschrijving"), ("address", "adres")):
        if text := _text(mark.find(f"{{*}}{tag}")):
            cells[name] = text
    for one in mark.findall(".//{*}ExtendedData//{*}Data"):
        cells[str(one.get("name", "…"))] = _text(one.find("{*}value"))
    for one in mark.findall(".//{*}ExtendedData//{*}SimpleData"):
        cells[str(one.get("name", "…"))] = _text(one)
    try:
        shapes = [shape for kind in _READERS for one in mark.iter(f"{{*}}{kind}") for shape in [_READERS[kind](one)]]
    except (ShapelyError, ValueError) as error:
        return Entry(line, cells, has_shape=True, trouble=Note("broken_shape", {"found": str(error)[:60]}))
    geometry = shapes[0] if len(shapes) == 1 else shapely.geometrycollections(shapes) if shapes else None
    return Entry(line, cells, geometry=geometry, crs="EPSG:4326" if shapes else "", has_shape=True)


def _text(element: Any) -> str:  # noqa: ANN401
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _coordinates(element: Any) -> list[tuple[float, float]]:  # noqa: ANN401
    """Return the pairs of the first ``coordinates`` within an element; heights are left out."""
    found = element.find(".//{*}coordinates")
    tuples = (found.text or "").split() if found is not None else []
    pairs = [tuple(float(number) for number in one.split(",")[:2]) for one in tuples]
    return [(pair[0], pair[1]) for pair in pairs]


def _point(element: Any) -> BaseGeometry:  # noqa: ANN401
    pairs = _coordinates(element)
    return shapely.Point(pairs[0]) if pairs else shapely.Point()


def _line(element: Any) -> BaseGeometry:  # noqa: ANN401
    return shapely.LineString(_coordinates(element))


def _polygon(element: Any) -> BaseGeometry:  # noqa: ANN401
    outer = element.find("{*}outerBoundaryIs")
    shell = _coordinates(outer) if outer is not None else []
    holes = [_coordinates(inner) for inner in element.findall("{*}innerBoundaryIs")]
    return shapely.Polygon(shell, [hole for hole in holes if len(hole) >= _LEAST_RING]) if shell else shapely.Polygon()


_READERS: Final = {"Point": _point, "LineString": _line, "Polygon": _polygon}
