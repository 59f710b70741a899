"""Submissions as GeoJSON (RFC 7946): each feature a line, and one that is broken costs the others nothing.

Without a ``crs`` the coordinates are WGS84; files that hold RD all the same are recognised by the size of the numbers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import shapely
from shapely.errors import ShapelyError

from suitability.core.errors import Problem, SubmissionError
from suitability.submissions.entry import Entries, Entry, Note
from suitability.submissions.readers.csv import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.submissions.settings import Settings

_MOST_DEPTH_ERRORS = (RecursionError, MemoryError)


def entries_of_geojson(content: bytes, file: str, settings: Settings, _mapping: Mapping[str, str]) -> Entries:
    """Return an entry per feature; raises ``SubmissionError`` for what is no GeoJSON."""
    text = decoded(content, file)
    try:
        top = json.loads(text)
    except (ValueError, *_MOST_DEPTH_ERRORS) as error:
        found = f"{error}"[:100] or type(error).__name__
        raise SubmissionError(Problem(file, "submission_json", {"found": found})) from error
    features = _features(top)
    if features is None:
        found = str(top.get("type", "-"))[:40] if isinstance(top, dict) else type(top).__name__
        raise SubmissionError(Problem(file, "submission_json", {"found": found}))
    if not features:
        raise SubmissionError(Problem(file, "submission_empty", {"found": "", "expected": "", "n": 0}))
    if len(features) > settings.limits.most_lines:
        fields = {"found": len(features), "expected": settings.limits.most_lines}
        raise SubmissionError(Problem(file, "submission_too_many", fields))
    crs = _crs(top)
    lines = tuple(_entry(i, feature, crs) for i, feature in enumerate(features, start=1))
    return Entries(lines, tuple(dict.fromkeys(name for line in lines for name in line.cells)))


def _features(top: object) -> list[object] | None:
    """Return the features of a collection, or a single feature or geometry as one of them."""
    if not isinstance(top, dict):
        return None
    if top.get("type") == "FeatureCollection":
        features = top.get("features")
        return features if isinstance(features, list) else None
    if top.get("type") == "Feature":
        return [top]
    return [{"type": "Feature", "geometry": top}] if "coordinates" in top or "geometries" in top else None


def _crs(top: dict[str, Any]) -> str:
    """Return the system of files from before RFC 7946 that name one; empty = by the numbers."""
    told = top.get("crs")
    properties = told.get("properties") if isinstance(told, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    return f"EPSG:{name.rsplit(':', 1)[-1]}" if name.rsplit(":", 1)[-1].isdigit() else ""


def _entry(line: int, feature: object, crs: str) -> Entry:
    if not isinstance(feature, dict):
        return Entry(line, {"…": str(feature)[:100]}, has_shape=True, trouble=Note("no_feature"))
    properties = feature.get("properties")
    cells = {str(k): _text(v) for k, v in properties.items()} if isinstance(properties, dict) else {}
    if "id" in feature and "id" not in cells and isinstance(feature["id"], str | int):
        cells["id"] = str(feature["id"])
    told = feature.get("geometry")
    if told is None:
        return Entry(line, cells, has_shape=True)
    try:
        geometry = shapely.from_geojson(json.dumps(told))
    except (ShapelyError, ValueError, TypeError, RecursionError):
        kind = str(told.get("type", ""))[:30] if isinstance(told, dict) else ""
        return Entry(line, cells, has_shape=True, trouble=Note("broken_shape", {"found": kind or "-"}))
    return Entry(line, cells, geometry=geometry, crs=crs, has_shape=True)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
