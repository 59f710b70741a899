"""Numbers that people write for a place, and which system they can only be in.

The Netherlands in RD (metres) and in WGS84 (degrees) are boxes that do not overlap, nor does one its own mirror image
(ranges as in RDNAPTRANS 2018, widened): so swapped axes and RD in a column for latitude are told apart by size alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely
from pyproj import Transformer

from suitability.core.types import CRS
from suitability.submissions.entry import Note

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

System = Literal["rd", "wgs84"]

WGS84: Final = "EPSG:4326"
#: (least x, least y, most x, most y) by system; x is east or longitude.
BOXES: Final[dict[System, tuple[float, float, float, float]]] = {
    "rd": (-10_000.0, 300_000.0, 290_000.0, 630_000.0),
    "wgs84": (3.0, 50.5, 7.5, 54.0),
}
_DMS: Final = re.compile(
    r"""(?P<sign>-)?(?P<d>\d{1,3})\s*[°ºd:]\s*(?P<m>\d{1,2}(?:[.,]\d+)?)\s*(?:['′’:m]\s*(?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|''|s)?)?)?\s*(?P<side>(?:[NZ]B?|[OW]L?|[SE]))?""",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_THOUSANDS: Final = re.compile(r"(?<=\d)[. ' ](?=\d{3}(?:\D|$))")


@dataclass(frozen=True)
class Spot:
    """A place by coordinates in EPSG:28992, and what was mended to get there."""

    point: shapely.Point
    notes: tuple[Note, ...] = ()


def read_number(text: str) -> float | None:
    """Return a number by Dutch or English habit, or degrees with minutes and seconds; None when it is none."""
    plain = text.strip().replace("\u00a0", " ")
    dms = _DMS.fullmatch(plain)
    if dms is not None:
        parts = [float((dms[name] or "0").replace(",", ".")) for name in ("d", "m", "s")]
        return (-1 if dms["sign"] else 1) * (parts[0] + parts[1] / 60 + parts[2] / 3600)
    plain = re.sub(r"\s*(m|meter|°|º|[NOEnoe])\.?$", "", plain)
    if re.fullmatch(r"[+-]?\d{1,3}(?:[. ']\d{3})+(?:,\d+)?", plain) and not re.fullmatch(r"[+-]?\d{1,2}\.\d{3}", plain):
        plain = re.sub(r"[. ']", "", plain)  # 190.123,5 and 1.234.567; 52.123 stays a degree
    elif re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+", plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain.replace(",", "."))
    return value if np.isfinite(value) else None


def place_of(x: float, y: float, *, said: System) -> Spot | Note:
    """Return the place of a pair that was given as (x, y) or (longitude, latitude), or why there is none."""
    notes: list[Note] = []
    for a, b, is_swapped in ((x, y, False), (y, x, True)):
        for a_, b_, is_km in ((a, b, False), (a * 1000, b * 1000, True)):
            system = _system_of(a_, b_)
            if system is None or (is_km and system != "rd"):
                continue
            if is_swapped:
                notes.append(Note("swapped"))
            if system != said:
                notes.append(Note("rd_in_degrees" if system == "rd" else "degrees_in_rd"))
            if is_km:
                notes.append(Note("kilometres"))
            return Spot(_to_rd(a_, b_, system), tuple(notes))
    if x == 0 and y == 0:
        return Note("zero_coordinates")
    return Note("far_away", {"x": f"{x:.10g}", "y": f"{y:.10g}"})


def pair_of(text: str) -> tuple[float, float, System] | None:
    """Return the two numbers of a text such as ``52,5550; 5,9111`` or ``191000, 507000``, as (x, y); None when not two."""
    plain = re.sub(r"(?i)\b(x|y|rd|lat|lon|long|nb|ol|noord|oost)\b\s*[:=]?", " ", text).strip(" ()[]")
    for pattern in (r"[;/|]", r",\s+", r"\s+", r","):
        parts = [part.strip(" ,") for part in re.split(pattern, plain) if part.strip(" ,")]
        numbers = [read_number(part) for part in parts]
        if len(parts) == 2 and None not in numbers:  # noqa: PLR2004 (a pair)
            first, second = float(numbers[0] or 0), float(numbers[1] or 0)
            if _system_of(second, first) == "wgs84":  # people write latitude first
                return second, first, "wgs84"
            return first, second, "rd" if max(abs(first), abs(second)) > 360 else "wgs84"  # noqa: PLR2004 (degrees)
    return None


def system_of(geometry: BaseGeometry) -> tuple[System, bool] | None:
    """Return the system that the middle of a shape can only be in, and whether its axes are swapped; None = neither."""
    x0, y0, x1, y1 = shapely.bounds(geometry)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    for a, b, is_swapped in ((x, y, False), (y, x, True)):
        system = _system_of(a, b)
        if system is not None:
            return system, is_swapped
    return None


def _system_of(x: float, y: float) -> System | None:
    for system, (left, bottom, right, top) in BOXES.items():
        if left <= x <= right and bottom <= y <= top:
            return system
    return None


def _to_rd(x: float, y: float, system: System) -> shapely.Point:
    return shapely.Point(x, y) if system == "rd" else shapely.Point(*to_rd().transform(x, y))


@cache
def to_rd() -> Transformer:
    """Return the transformation from WGS84 (longitude, latitude) to EPSG:28992."""
    return Transformer.from_crs(WGS84, CRS, always_xy=True)
