"""One page of features as a service gave it: GeoJSON, checked, in EPSG:28992 and with the wanted fields only.

Whether coordinates are in the system that was asked for is tested on the coordinates themselves: a service that ignores
``crs`` or turns the axes still answers with numbers.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pyproj
import shapely

from layers.services.client import RefusedError
from suitability.core.errors import Problem, SourceError
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layers.services._tiles import Bounds
    from layers.services.client import Answer, Client
    from suitability.core.types import GeometryArray

GEOJSON: Final = ("application/geo+json", "application/json", "application/vnd.geo+json")
#: Metres that a feature may lie outside the box for which it was given: services round.
_SLACK_M: Final = 1.0
_RD: Final = re.compile(r"EPSG(/0/|::?|/)28992\b", re.IGNORECASE)
_CRS84: Final = re.compile(r"OGC/(1\.3|0)/CRS84|OGC:(1\.3:)?CRS84", re.IGNORECASE)
_TOO_MUCH: Final = frozenset({413})
_MAYBE_TOO_MUCH: Final = frozenset({400, 422, 500})
#: What a refusal says when a question has too many answers.
TOO_MANY: Final = re.compile(
    r"too many|te veel|too large|te groot|startindex|exceed|maximum number|response ?limit", re.IGNORECASE
)


class TooManyError(Exception):
    """There are more features in this box than the service gives: ask for smaller boxes."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True)
class Page:
    """Features of one answer, in one order: ``ids``, the wanted ``properties`` of each, and shapes in EPSG:28992."""

    ids: tuple[str, ...]
    properties: tuple[dict[str, Any], ...]
    shapes: GeometryArray
    #: How many features the whole question has, where the service says so.
    total: int | None = None
    #: Address of the next page, where there is one.
    next: str | None = None


class Features(Protocol):
    """A collection of features at a service."""

    @property
    def where(self) -> str:
        """Address and collection, for mistakes."""
        ...

    @property
    def query(self) -> Mapping[str, object]:
        """All that decides what comes back, but for the box: two collections with equal queries give the same."""
        ...

    def check(self) -> None:
        """Ask whether the collection and the fields relied upon are there; raises ``SourceError``."""
        ...

    def pages(self, bounds: Bounds | None) -> Iterator[Page]:
        """Yield all features that meet a box; raises ``TooManyError`` or ``SourceError``."""
        ...

    def count(self, bounds: Bounds) -> int | None:
        """Return how many features meet a box, or null where the service does not say."""
        ...


def ask(client: Client, url: str, params: dict[str, str] | None, accept: tuple[str, ...] = GEOJSON) -> Answer:
    """Return the answer to a GET; raises ``TooManyError`` where the service, or our own bound, says too much."""
    try:
        return client.get(url, params, accept=accept)
    except RefusedError as error:
        if error.status in _TOO_MUCH or (error.status in _MAYBE_TOO_MUCH and TOO_MANY.search(error.said)):
            raise TooManyError(error.said or f"HTTP {error.status}") from error
        raise
    except SourceError as error:
        if any(problem.key == "http_too_large" for problem in error.problems):
            raise TooManyError(str(error)) from error
        raise


def load_json(answer: Answer, where: str) -> dict[str, Any]:
    """Return the JSON object of an answer; raises ``SourceError``."""
    try:
        held = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise SourceError(Problem(where, "service_json", {"found": str(error)})) from error
    if not isinstance(held, dict):
        raise SourceError(Problem(where, "service_json", {"found": type(held).__name__}))
    return held


def read_page(answer: Answer, where: str, wanted: frozenset[str], bounds: Bounds | None) -> Page:
    """Return the page in an answer; raises ``SourceError`` for what is not GeoJSON of the place that was asked."""
    held = load_json(answer, where)
    features = _features_in(held, where)
    matched = held.get("numberMatched")
    page = page_of(features, str(answer.headers.get("content-crs", "")), where, wanted, bounds)
    total = matched if isinstance(matched, int) and matched >= len(features) else None
    return replace(page, total=total, next=next_link(held))


def page_of(
    features: list[dict[str, Any]], crs: str, where: str, wanted: frozenset[str], bounds: Bounds | None
) -> Page:
    """Return GeoJSON features as a page; ``crs`` is what the answer says of itself, empty when nothing."""
    rows = [feature.get("properties") or {} for feature in features]
    shapes = _shapes([feature.get("geometry") for feature in features], where)
    return Page(
        ids=tuple(_id(feature, row) for feature, row in zip(features, rows, strict=True)),
        properties=tuple({name: _plain(row[name]) for name in sorted(wanted & row.keys())} for row in rows),
        shapes=_placed(shapes, crs, where, bounds),
    )


def next_link(held: dict[str, Any]) -> str | None:
    """Return the address that a page gives as the next."""
    links = held.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            return str(link["href"])
    return None


def require_fields(held: dict[str, Any], needed: tuple[frozenset[str], ...], where: str) -> None:
    """Raise ``SourceError`` when no feature has a field that is relied upon; an empty collection proves nothing.

    Of each group of names in ``needed`` one is enough.
    """
    rows = [feature.get("properties") or {} for feature in _features_in(held, where)]
    found = frozenset[str]().union(*(row.keys() for row in rows))
    missing = [" / ".join(sorted(names)) for names in needed if not names & found]
    if rows and missing:
        fields = {"found": ", ".join(sorted(found)) or "-", "expected": ", ".join(missing)}
        raise SourceError(Problem(where, "service_field", fields))


def _features_in(held: dict[str, Any], where: str) -> list[dict[str, Any]]:
    features = held.get("features")
    properties = (dict, type(None))
    if not isinstance(features, list) or not all(
        isinstance(feature, dict) and isinstance(feature.get("properties"), properties) for feature in features
    ):
        raise SourceError(Problem(where, "service_no_features", {"found": ", ".join(sorted(held)[:8]) or "-"}))
    return features


def _id(feature: dict[str, Any], row: dict[str, Any]) -> str:
    """Return the identity of a feature: its name, else its content."""
    if feature.get("id") is not None:
        return str(feature["id"])
    content = json.dumps([feature.get("geometry"), row], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return a value as one thing: a list as its parts with commas."""
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


def _shapes(geometries: list[object], where: str) -> GeometryArray:
    """Return two-dimensional shapes; null stays null."""
    shapes = np.full(len(geometries), None, dtype=object)
    given = np.array([geometry is not None for geometry in geometries], dtype=bool)
    texts = np.array([json.dumps(geometry) for geometry in geometries if geometry is not None], dtype=object)
    try:
        shapes[given] = shapely.force_2d(shapely.from_geojson(texts))
    except shapely.GEOSException as error:
        raise SourceError(Problem(where, "service_geometry", {"found": " ".join(str(error).split())})) from error
    return shapes


def _placed(shapes: GeometryArray, crs: str, where: str, bounds: Bounds | None) -> GeometryArray:
    """Return the shapes in EPSG:28992, sure that they are so."""
    if crs and not _RD.search(crs):
        if not _CRS84.search(crs):
            raise SourceError(Problem(where, "service_crs", {"found": crs.strip("<>"), "expected": CRS}))
        shapes = shapely.transform(shapes, _from_crs84)
    box = shapely.bounds(shapes)
    box = box[np.isfinite(box).all(axis=1)]
    left, bottom, right, top = (-20_000.0, 280_000.0, 310_000.0, 650_000.0) if bounds is None else bounds
    if not len(box) or _meets(box, left, bottom, right, top).any():
        return shapes
    if (np.abs(box) <= 180).all():  # noqa: PLR2004 (degrees)
        key = "service_degrees"
    elif _meets(box[:, [1, 0, 3, 2]], left, bottom, right, top).any():
        key = "service_axes"
    else:
        key = "service_elsewhere"
    found = f"x {box[:, 0].min():g} … {box[:, 2].max():g}, y {box[:, 1].min():g} … {box[:, 3].max():g}"
    expected = f"x {left:g} … {right:g}, y {bottom:g} … {top:g}"
    raise SourceError(Problem(where, key, {"found": found, "expected": expected}))


def _meets(box: np.ndarray, left: float, bottom: float, right: float, top: float) -> np.ndarray:
    across = (box[:, 0] <= right + _SLACK_M) & (box[:, 2] >= left - _SLACK_M)
    along = (box[:, 1] <= top + _SLACK_M) & (box[:, 3] >= bottom - _SLACK_M)
    return np.asarray(across & along)


def _from_crs84(lonlat: np.ndarray) -> np.ndarray:
    project = pyproj.Transformer.from_crs("OGC:CRS84", CRS, always_xy=True)
    return np.column_stack(project.transform(lonlat[:, 0], lonlat[:, 1]))
