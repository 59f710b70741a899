"""Transformation to EPSG:28992 from the coordinate systems of Dutch files, with their pitfalls.

Old files write RD New without its number, with or without a shift of datum: the numbers are the same. A file may say
one system and hold the numbers of another, or hold them as (y, x): that is reported, never repaired by guessing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from suitability.core.errors import Place, Problem
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from suitability.core.types import FloatArray

_RD: Final = 28992
WGS84: Final = "EPSG:4326"
#: (least x, least y, most x, most y) of the Netherlands by system; no two overlap, nor does one its own mirror image.
_NUMBERS: Final = {CRS: (-10_000.0, 300_000.0, 290_000.0, 630_000.0), WGS84: (3.0, 50.5, 7.5, 54.0)}
#: Where something may lie that counts for a Dutch municipality, in RD metres: across the border, not across the world.
_REACH: Final = (-100_000.0, 200_000.0, 400_000.0, 750_000.0)
_ROWS_NAMED: Final = 5


def guess(xy: FloatArray) -> str | None:
    """Return the system that most of the coordinates (n, 2) can only be in, as (x, y) or (lon, lat); else None."""
    known = xy[np.isfinite(xy).all(axis=1)]
    shares = {crs: _within(known, box).mean() if len(known) else 0.0 for crs, box in _NUMBERS.items()}
    best = max(shares, key=lambda crs: shares[crs])
    return best if shares[best] > 0.5 else None  # noqa: PLR2004 (most)


def is_plainly_rd(xy: FloatArray) -> bool:
    """Return whether coordinates (n, 2) can only be RD, and all of them lie where something may count."""
    return guess(xy) == CRS and bool(_within(xy, _REACH).all())


def read_crs(text: str) -> pyproj.CRS | None:
    """Return a coordinate system by its name, such as ``EPSG:28992``; None when there is none."""
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError:
        return None


def is_rd(crs: pyproj.CRS) -> bool:
    """Return whether coordinates in this system are RD New, however it is written and whatever height goes with it."""
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    base = flat.source_crs if flat.is_bound else flat
    return base is not None and base.to_epsg() == _RD


def to_rd(
    frame: gpd.GeoDataFrame, where: str, stated: str | None = None, *, swapped: bool = False
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return the layer in EPSG:28992, and a mistake where that cannot be done without guessing.

    ``stated``: the system by the manifest, for a file that does not say or whose numbers contradict what it says.
    ``swapped``: the coordinates stand as (y, x).
    """
    if swapped:
        frame = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=frame.crs)
    xy = _middles(frame)
    problem = _contradiction(frame, xy, where, stated)
    if problem is not None:
        return frame, [problem]
    if stated is not None:
        frame = frame.set_crs(stated, allow_override=True)
    if is_rd(frame.crs):
        placed = frame.set_crs(CRS, allow_override=True)
    else:
        try:
            placed = frame.to_crs(CRS)
        except ProjError as error:
            fields = {"found": frame.crs.to_string()[:60], "expected": CRS, "detail": str(error)}
            return frame, [Problem(where, "layer_crs", fields)]
    return placed, _far_away(xy, _middles(placed), where)


def _contradiction(frame: gpd.GeoDataFrame, xy: FloatArray, where: str, stated: str | None) -> Problem | None:
    """Return the mistake when file, manifest and numbers do not say the same system."""
    likely, mirrored = guess(xy), guess(xy[:, ::-1])
    if likely is None and mirrored is not None and (frame.crs is None or _same(mirrored, frame.crs)):
        return Problem(where, "local_swapped", {"found": _pair(xy)})
    if frame.crs is None:
        return None if stated else Problem(where, "local_no_crs", {"expected": likely or CRS})
    numbers_disagree = likely is not None and not _same(likely, frame.crs) and not _plausible(frame, xy)
    if stated is None:
        fields = {"found": _name(frame.crs), "expected": likely}
        return Problem(where, "local_crs_contradicts", fields) if numbers_disagree else None
    if numbers_disagree or _same(stated, frame.crs):
        return None
    return Problem(where, "local_crs_twice", {"found": _name(frame.crs), "expected": stated})


def _plausible(frame: gpd.GeoDataFrame, xy: FloatArray) -> bool:
    """Return whether the numbers can be what the file says they are."""
    box = _NUMBERS[WGS84] if frame.crs.is_geographic else _NUMBERS[CRS] if is_rd(frame.crs) else None
    return box is None or bool(_within(xy, box).any())


def _same(crs: str, other: pyproj.CRS) -> bool:
    one = pyproj.CRS.from_user_input(crs)
    return one == other or (is_rd(one) and is_rd(other)) or (one.is_geographic and other.is_geographic)


def _name(crs: pyproj.CRS) -> str:
    epsg = crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(crs.name)


def _far_away(before: FloatArray, after: FloatArray, where: str) -> list[Problem]:
    """Return a problem for rows far from the Netherlands; coordinates that are no number are reported elsewhere."""
    far = np.flatnonzero(np.isfinite(before).all(axis=1) & ~_within(after, _REACH))
    if not len(far):
        return []
    return [
        Problem(Place(where, rows=rows_named(far)), "local_far_away", {"found": _pair(before[far]), "count": len(far)})
    ]


def _pair(xy: FloatArray) -> str:
    """Return the first known coordinates as they stand in the file."""
    known = xy[np.isfinite(xy).all(axis=1)]
    return ", ".join(f"{number:.6g}" for number in known[0]) if len(known) else "-"


def _middles(frame: gpd.GeoDataFrame) -> FloatArray:
    """Return the middle of each shape's bounds, shape (n, 2); NaN without a shape."""
    bounds = shapely.bounds(frame.geometry.to_numpy())
    with np.errstate(invalid="ignore"):
        middles: FloatArray = (bounds[:, :2] + bounds[:, 2:]) / 2
    return middles


def _within(xy: FloatArray, box: tuple[float, float, float, float]) -> np.ndarray:
    left, bottom, right, top = box
    within: np.ndarray = (xy[:, 0] >= left) & (xy[:, 0] <= right) & (xy[:, 1] >= bottom) & (xy[:, 1] <= top)
    return within


def rows_named(rows: Iterable[int]) -> str:
    """Return the first rows as people count them, from 1, for example ``3, 8 …``."""
    named = [str(row + 1) for row in rows]
    return ", ".join(named[:_ROWS_NAMED]) + (" …" if len(named) > _ROWS_NAMED else "")
