"""Drawn sites mended or refused: to EPSG:28992, without heights, without crossings; only ground remains."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError
from shapely.errors import ShapelyError

from suitability.core.types import CRS
from suitability.submissions.coordinates import system_of, to_rd
from suitability.submissions.entry import Note

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import FloatArray
    from suitability.submissions.settings import Limits

_EWKT: Final = re.compile(r"\s*SRID=(\d+)\s*;\s*", re.IGNORECASE)
_HA_M2: Final = 10_000.0
_MOST_CORNERS: Final = 200_000


def read_wkt(text: str) -> tuple[BaseGeometry, str] | Note:
    """Return the shape of a text in WKT and its CRS, empty where it does not say; or why there is none."""
    told = _EWKT.match(text)
    crs = f"EPSG:{told[1]}" if told else ""
    plain = text[told.end() :] if told else text
    try:
        return shapely.from_wkt(plain), crs
    except (ShapelyError, ValueError):
        return Note("broken_shape", {"found": text[:40]})


def mended(  # noqa: PLR0911 (each refusal is a way out)
    geometry: BaseGeometry | None, crs: str, limits: Limits
) -> tuple[BaseGeometry, tuple[Note, ...]] | Note:
    """Return a point or a valid polygon in EPSG:28992 with what was mended, or why the shape is no site."""
    if geometry is None or geometry.is_empty:
        return Note("empty_shape")
    xy = shapely.get_coordinates(geometry)
    if len(xy) > _MOST_CORNERS or not np.isfinite(xy).all():
        return Note("broken_shape", {"found": geometry.geom_type})
    notes: list[Note] = []
    if geometry.has_z:
        geometry = shapely.force_2d(geometry)
    placed = _in_rd(geometry, crs, notes)
    if isinstance(placed, Note):
        return placed
    shape = _ground(placed, notes)
    if isinstance(shape, Note):
        return shape
    if shape.geom_type != "Point":
        if shape.area < limits.least_area_m2:
            return Note("too_small", {"area": shape.area})
        if shape.area > limits.largest_area_ha * _HA_M2:
            return Note("too_large", {"area": shape.area})
    return shape, tuple(notes)


def _in_rd(geometry: BaseGeometry, crs: str, notes: list[Note]) -> BaseGeometry | Note:
    """Return the shape in RD. The numbers decide where they contradict what the file says."""
    likely = system_of(geometry)
    if likely is None:
        return _by_name(geometry, crs)
    system, is_swapped = likely
    stated = _system_by_name(crs)
    if stated == "other":  # for example UTM, or Belgian Lambert: its numbers may look like RD
        return _by_name(geometry, crs)
    if is_swapped:
        notes.append(Note("swapped"))
        geometry = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    if stated and stated != system:
        notes.append(Note("rd_in_degrees" if system == "rd" else "degrees_in_rd"))
    return geometry if system == "rd" else shapely.transform(geometry, _degrees_to_rd)


def _system_by_name(crs: str) -> str:
    if not crs:
        return ""
    try:
        known = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return ""
    base = known.sub_crs_list[0] if known.is_compound else known
    base = (base.source_crs or base) if base.is_bound else base
    if base.is_geographic:
        return "wgs84"
    return "rd" if base.to_epsg() == int(CRS.rsplit(":", 1)[1]) or "RD" in base.name or "Amersfoort" in base.name else "other"  # fmt: skip


def _by_name(geometry: BaseGeometry, crs: str) -> BaseGeometry | Note:
    """Return the shape in RD, transformed from the system that the file names; shapes abroad are reported elsewhere."""
    x, y = shapely.get_coordinates(geometry)[0]
    away = Note("far_away", {"x": f"{x:.10g}", "y": f"{y:.10g}"})
    if _system_by_name(crs) != "other":
        return away
    try:
        turn = pyproj.Transformer.from_crs(crs, CRS, always_xy=True)
        placed = shapely.transform(geometry, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1])))
    except (CRSError, ProjError):
        return away
    return placed if np.isfinite(shapely.get_coordinates(placed)).all() else away


def _degrees_to_rd(xy: FloatArray) -> FloatArray:
    return np.column_stack(to_rd().transform(xy[:, 0], xy[:, 1]))


def _ground(shape: BaseGeometry, notes: list[Note]) -> BaseGeometry | Note:
    """Return the polygon, or the single point, that a shape comes down to."""
    if shape.geom_type == "MultiPoint" and len(shapely.get_parts(shape)) == 1:
        shape = shapely.get_parts(shape)[0]
    if shape.geom_type == "Point":
        return shape
    if shape.geom_type in {"LineString", "LinearRing", "MultiLineString"}:
        polygons = _closed(shape)
        if polygons is None:
            return Note("line", {"length": math.floor(shape.length)})
        notes.append(Note("closed_line"))
        shape = polygons
    if not shape.is_valid:
        area = shape.area
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        notes.append(Note("crossing", {"before": area, "after": shape.area}))
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in {"Polygon", "MultiPolygon"} and part.area > 0]  # fmt: skip
    if not parts:
        kinds = {part.geom_type for part in shapely.get_parts(shape)}
        if kinds and kinds <= {"Point", "MultiPoint"}:
            return Note("several_points", {"n": len(shapely.get_parts(shape))})
        return Note("line", {"length": math.floor(shape.length)}) if shape.length else Note("empty_shape")
    if len(parts) < len(shapely.get_parts(shape)):
        notes.append(Note("parts_left_out", {"n": len(shapely.get_parts(shape)) - len(parts)}))
    if len(parts) > 1:
        notes.append(Note("several_parts", {"n": len(parts)}))
    return shapely.union_all(parts)


def _closed(line: BaseGeometry) -> BaseGeometry | None:
    """Return the polygon that closed lines enclose; None where one is open."""
    parts = shapely.get_parts(line) if line.geom_type == "MultiLineString" else np.array([line])
    if not all(part.is_closed and part.length > 0 for part in parts):
        return None
    return shapely.union_all([shapely.make_valid(shapely.Polygon(part)) for part in parts])
