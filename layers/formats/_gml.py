"""Surfaces, lines and points of GML 3, in EPSG:28992, with arcs made straight.

GDAL reads the wrong geometry of many Dutch schemas (the point of a label instead of the parcel) and leaves files
beside what it reads; here the caller names the element that holds the geometry.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from layers.files._xml import local_name
from layers.formats._arcs import arc, circle
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from layers.files._xml import Element
    from suitability.core.types import FloatArray, GeometryArray

#: Ends of pieces within this distance are the same point: files are in millimetres.
_SAME_M: Final = 0.001
#: RD, and RD with heights (EPSG:7415).
_RD: Final = ("28992", "7415")
_STRAIGHT: Final = ("LineStringSegment", "LineString", "LinearRing")
_CURVED: Final = ("Arc", "ArcString", "Circle")
#: What a curve can be made of besides; these are met with a mistake, not passed over.
_OTHER: Final = (
    *("ArcByCenterPoint", "CircleByCenterPoint", "ArcByBulge", "ArcStringByBulge", "Bezier", "BSpline", "CubicSpline"),
    *("Clothoid", "OffsetCurve", "GeodesicString", "Geodesic", "OrientableCurve"),
)
_PIECES: Final = tuple(f"{{*}}{name}" for name in (*_STRAIGHT, *_CURVED, *_OTHER))
_AREAS: Final = ("{*}Polygon", "{*}PolygonPatch")
_CURVES: Final = ("{*}Curve", "{*}LineString")
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_CORNERS, _ENDS = 3, 2
_MOST_TOLD: Final = 20
_LONGEST_TOLD: Final = 60


class Surfaces:
    """Collects the surfaces of feature after feature and makes all shapes at once.

    ``where`` is the file, for mistakes. Features without the geometry asked for get none (null).
    """

    def __init__(self, where: str) -> None:
        self._where, self._count = where, 0
        self._problems: list[Problem] = []
        self._paths: list[FloatArray] = []
        self._part_of_path: list[int] = []
        self._feature_of_part: list[int] = []

    def add(self, holder: Element | None, name: str | None) -> None:
        """Take the geometry below ``holder`` (null: none) as that of the next feature, called ``name`` in mistakes."""
        self._count += 1
        if holder is None:
            return
        try:
            _check_crs(holder)
            self._add_parts(holder)
        except _GeometryError as error:
            self._problems.append(Problem(f"{self._where}, {name or '?'}", error.key, {"found": error.found}))

    def finish(self) -> GeometryArray:
        """Return one shape or null per feature; raises ``SourceError`` with all that cannot be read."""
        if self._problems:
            raise SourceError(*self._problems[:_MOST_TOLD])
        found = np.full(self._count, None, dtype=object)
        if self._paths:
            lengths = [len(path) for path in self._paths]
            parts = self._made(np.concatenate(self._paths), np.repeat(np.arange(len(lengths)), lengths))
            feature = np.asarray(self._feature_of_part, dtype=np.int64)
            alone = np.bincount(feature, minlength=self._count)[feature] == 1
            found[feature[alone]] = parts[alone]
            several, index = np.unique(feature[~alone], return_inverse=True)
            if len(several):
                found[several] = self._together(parts[~alone], index)
        return found

    def _add_parts(self, holder: Element) -> None:
        for surface in holder.iter(*_AREAS):
            self._add_part([_ring(ring, surface) for ring in surface.iter("{*}LinearRing", "{*}Ring")])

    def _add_part(self, paths: list[FloatArray]) -> None:
        if not paths:
            raise _GeometryError("gml_ring", "-")
        self._feature_of_part.append(self._count - 1)
        self._paths += paths
        self._part_of_path += [len(self._feature_of_part) - 1] * len(paths)

    def _made(self, xy: FloatArray, path: np.ndarray) -> np.ndarray:
        """Return the parts: of each, the first ring is its outline and the others are holes."""
        rings = np.asarray(shapely.linearrings(xy, indices=path), dtype=object)
        return np.asarray(shapely.polygons(rings, indices=self._part_of_path), dtype=object)

    def _together(self, parts: np.ndarray, index: np.ndarray) -> np.ndarray:
        return np.asarray(shapely.multipolygons(parts, indices=index), dtype=object)


class Lines(Surfaces):
    """As ``Surfaces``, for features that are lines: LineString, MultiLineString or null."""

    def _add_parts(self, holder: Element) -> None:
        for curve in holder.iter(*_CURVES):
            self._add_part([_curve(curve, curve)])

    def _made(self, xy: FloatArray, path: np.ndarray) -> np.ndarray:
        return np.asarray(shapely.linestrings(xy, indices=path), dtype=object)

    def _together(self, parts: np.ndarray, index: np.ndarray) -> np.ndarray:
        return np.asarray(shapely.multilinestrings(parts, indices=index), dtype=object)


class Points(Surfaces):
    """As ``Surfaces``, for features that are one point: the first below the holder."""

    def _add_parts(self, holder: Element) -> None:
        point = next(holder.iter("{*}Point"), None)
        if point is not None:
            self._add_part([_positions(point, point)[:1]])

    def _made(self, xy: FloatArray, path: np.ndarray) -> np.ndarray:  # noqa: ARG002 (one position per point)
        return np.asarray(shapely.points(xy), dtype=object)


class Mixed:
    """As ``Surfaces``, for features of which each is surfaces, lines or a point."""

    def __init__(self, where: str) -> None:
        self._surfaces, self._lines, self._points = Surfaces(where), Lines(where), Points(where)

    def add(self, holder: Element | None, name: str | None) -> None:
        """Take the geometry below ``holder`` (null: none) as that of the next feature, called ``name`` in mistakes."""
        has = [holder is not None and next(holder.iter(*kinds), None) is not None for kinds in (_AREAS, _CURVES)]
        self._surfaces.add(holder if has[0] else None, name)
        self._lines.add(holder if has[1] and not has[0] else None, name)
        self._points.add(holder if not any(has) else None, name)

    def finish(self) -> GeometryArray:
        """Return one shape or null per feature; raises ``SourceError`` as ``Surfaces`` does."""
        surfaces, lines, points = self._surfaces.finish(), self._lines.finish(), self._points.finish()
        outlined = np.where(shapely.is_missing(surfaces), lines, surfaces)
        shapes: GeometryArray = np.where(shapely.is_missing(outlined), points, outlined)
        return shapes


class _GeometryError(ValueError):
    """Geometry that cannot be read: a catalogue key and what was found."""

    def __init__(self, key: str, found: str) -> None:
        super().__init__(key, found)
        self.key, self.found = key, found


def _check_crs(holder: Element) -> None:
    named = next((name for element in holder.iter() if (name := element.get("srsName"))), None)
    if named is not None and not named.endswith(_RD):
        raise _GeometryError("gml_crs", named)


def _ring(ring: Element, surface: Element) -> FloatArray:
    """Return the corners of a ring; one that stays open by more than a millimetre is a mistake."""
    corners = _positions(ring, surface) if local_name(ring) == "LinearRing" else _curve(ring, surface)
    gap = float(np.hypot(*(corners[-1] - corners[0])))
    if gap > _SAME_M:
        raise _GeometryError("gml_gap", f"{gap:.3f}")
    if len(corners) <= _CORNERS or (len(corners) == _CORNERS + 1 and len(np.unique(corners, axis=0)) < _CORNERS):
        raise _GeometryError("gml_ring", _shortened(np.array2string(corners)))
    return corners


def _curve(curve: Element, surface: Element) -> FloatArray:
    """Return the points of a curve whose pieces follow each other."""
    elsewhere = next((name for part in curve.iter() if (name := part.get(_XLINK))), None)
    if elsewhere is not None:
        raise _GeometryError("gml_kind", elsewhere)
    pieces = [_piece(piece, surface) for piece in curve.iter(*_PIECES)]
    if not pieces:
        raise _GeometryError("gml_ring", local_name(curve))
    gap = max((float(np.hypot(*(after[0] - before[-1]))) for before, after in pairwise(pieces)), default=0.0)
    if gap > _SAME_M:
        raise _GeometryError("gml_gap", f"{gap:.3f}")
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _piece(piece: Element, surface: Element) -> FloatArray:
    kind = local_name(piece)
    if kind in _OTHER:
        raise _GeometryError("gml_kind", kind)
    points = _positions(piece, surface)
    enough = len(points) >= _ENDS if kind in _STRAIGHT else len(points) >= _CORNERS and len(points) % 2 == 1
    if not enough:
        raise _GeometryError("gml_ring", f"{kind}, {len(points)}")
    if kind in _STRAIGHT:
        return points
    if kind == "Circle":
        round_ = circle(*points[:_CORNERS])
        if round_ is None:
            raise _GeometryError("gml_ring", kind)
        return round_
    arcs = [arc(*points[at : at + _CORNERS]) for at in range(0, len(points) - _ENDS, _ENDS)]
    return np.concatenate([arcs[0], *(part[1:] for part in arcs[1:])])


def _positions(element: Element, surface: Element) -> FloatArray:
    """Return the coordinates below ``element``, (k, 2); heights are dropped."""
    lists = list(element.iter("{*}posList", "{*}pos"))
    text = " ".join(item.text or "" for item in lists)
    named = next((size for item in (*lists, element, surface) if (size := item.get("srsDimension"))), "2")
    try:
        points = np.array([float(word) for word in text.split()]).reshape(-1, int(named))[:, :2]
    except (ValueError, IndexError):
        raise _GeometryError("gml_number", _shortened(text)) from None
    if not len(points) or not np.isfinite(points).all():
        raise _GeometryError("gml_number", _shortened(text))
    return points


def _shortened(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())[:_LONGEST_TOLD] or "-"
