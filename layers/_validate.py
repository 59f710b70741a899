"""The strict edge of the engine: check, and where that is safe mend, a vector layer against its specification.

Mended without asking: another CRS (reprojected), heights (dropped), broken geometry (``shapely.make_valid``, parts of
another kind left out; the rows are reported). Everything else is a mistake, a number read as text included; all
mistakes of a layer are raised together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from pandas.api import types as dtypes
from pyproj.exceptions import ProjError

from suitability.core.errors import LayerError, Place, Problem
from suitability.core.types import CRS
from suitability.spatial import kernels
from suitability.spatial.kernels.coordinate_arrays import flat_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from suitability.core.layer import LayerSpec

_EPSG: Final = 28992
_MAX_ROWS_NAMED: Final = 5
#: From so many shapes on, loading compiled code costs less than it saves.
_MANY: Final = 20_000
#: Geometry types by name and their numbers in shapely.
_TYPE_IDS: Final = {"Point": 0, "LineString": 1, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5, "MultiPolygon": 6}
_TYPE_NAMES: Final = {number: name for name, number in _TYPE_IDS.items()} | {2: "LinearRing", 7: "GeometryCollection"}
#: Dimension of what is kept when a broken shape falls apart in parts.
_DIMENSION: Final = {
    "Point": 0,
    "MultiPoint": 0,
    "LineString": 1,
    "MultiLineString": 1,
    "Polygon": 2,
    "MultiPolygon": 2,
}
_FITS: Final[Mapping[str, Callable[[pd.Series], bool]]] = {
    "text": lambda column: bool(dtypes.is_string_dtype(column.dropna()) or column.isna().all()),
    "int": dtypes.is_integer_dtype,
    "float": lambda column: dtypes.is_numeric_dtype(column) and not dtypes.is_bool_dtype(column),
    "date": dtypes.is_datetime64_any_dtype,
}


@dataclass(frozen=True)
class Checked:
    """A layer that fits its specification, and the rows whose broken geometry was mended to make it so."""

    frame: gpd.GeoDataFrame
    mended_rows: tuple[int, ...] = ()


def normalise(frame: gpd.GeoDataFrame, spec: LayerSpec, where: str, *, trusted_shapes: bool = False) -> Checked:
    """Return the layer in EPSG:28992 with the columns of its specification, rows numbered 0 … n-1.

    ``where`` names the file or layer in every mistake. ``trusted_shapes`` skips the one slow check, that of every
    geometry's validity, for files known by their hash. Raises ``LayerError`` with a ``Problem`` per mistake.
    """
    problems: list[Problem] = []
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise LayerError(Problem(where, "layer_no_geometry", {"expected": " / ".join(spec.geometry)}))
    problems += _column_problems(frame, spec, where)
    if len(frame) == 0:
        problems.append(Problem(where, "layer_empty", {"layer": spec.name}))
    frame = _in_rd(frame, where, problems)
    shapes, mended = _mended(frame.geometry.to_numpy(), spec, where, problems, trusted=trusted_shapes)
    if problems:
        raise LayerError(*problems)
    wanted = [*spec.columns, *(name for name in spec.optional if name in frame.columns)]
    table = frame[wanted].reset_index(drop=True)
    return Checked(gpd.GeoDataFrame(table, geometry=shapes, crs=CRS), mended)


def _column_problems(frame: gpd.GeoDataFrame, spec: LayerSpec, where: str) -> list[Problem]:
    present = [str(name) for name in frame.columns if name != frame.active_geometry_name]
    problems = [
        Problem(where, "layer_column_missing", {"column": name, "expected": kind, "found": ", ".join(present) or "-"})
        for name, kind in spec.columns.items()
        if name not in frame.columns
    ]
    for name, kind in {**spec.columns, **spec.optional}.items():
        if name not in frame.columns:
            continue
        column = frame[name]
        if not _FITS[kind](column):
            found = f"{column.dtype}" + (f" ({_plain(column.dropna().iloc[0])})" if column.notna().any() else "")
            problems.append(Problem(Place(where, field=name), "layer_column_type", {"found": found, "expected": kind}))
    if spec.unique in frame.columns:
        problems += _unique_problems(frame[spec.unique], where)
    return problems


def _unique_problems(column: pd.Series, where: str) -> list[Problem]:
    problems, field = [], str(column.name)
    missing = np.flatnonzero(column.isna().to_numpy())
    if len(missing):
        problems.append(Problem(Place(where, field=field, rows=_rows(missing)), "layer_id_missing", {}))
    twice = np.flatnonzero((column.duplicated(keep=False) & column.notna()).to_numpy())
    if len(twice):
        example = column.iloc[twice[0]]
        problems.append(
            Problem(
                Place(where, field=field, rows=_rows(twice)), "layer_id_twice", {"found": example, "count": len(twice)}
            )
        )
    return problems


def _in_rd(frame: gpd.GeoDataFrame, where: str, problems: list[Problem]) -> gpd.GeoDataFrame:
    if frame.crs is None:
        problems.append(Problem(where, "layer_no_crs", {"expected": CRS}))
        return frame
    if frame.crs.to_epsg() == _EPSG:
        return frame
    try:
        return frame.to_crs(CRS)
    except ProjError as error:
        problems.append(
            Problem(where, "layer_crs", {"found": frame.crs.to_string(), "expected": CRS, "detail": str(error)})
        )
        return frame


def _mended(
    shapes: np.ndarray, spec: LayerSpec, where: str, problems: list[Problem], *, trusted: bool
) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return two-dimensional valid shapes of the expected type, and the rows that were mended."""
    shapes = shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes
    broken = np.zeros(len(shapes), dtype=bool)
    if not trusted:
        unsure = np.flatnonzero(~_surely_sound(shapes))
        endless = unsure[_has_endless(shapes[unsure])]
        if len(endless):
            problems.append(Problem(Place(where, rows=_rows(endless)), "layer_not_finite", {"count": len(endless)}))
            return shapes, ()
        broken[unsure] = ~shapely.is_valid(shapes[unsure]) & ~shapely.is_missing(shapes[unsure])
        shapes = np.where(broken, _repair(shapes, broken, spec), shapes)
    absent = np.flatnonzero(_is_absent(shapes))
    if len(absent):
        problems.append(Problem(Place(where, rows=_rows(absent)), "layer_null_geometry", {"count": len(absent)}))
    allowed = [_TYPE_IDS[name] for name in spec.geometry]
    types = shapely.get_type_id(shapes)
    wrong = np.flatnonzero(~np.isin(types, allowed) & ~_is_absent(shapes))
    if len(wrong):
        found = ", ".join(sorted({_TYPE_NAMES[number] for number in types[wrong]}))
        fields = {"found": found, "expected": " / ".join(spec.geometry), "count": len(wrong)}
        problems.append(Problem(Place(where, rows=_rows(wrong)), "layer_geometry_type", fields))
    return shapes, tuple(np.flatnonzero(broken).tolist())


def _surely_sound(shapes: np.ndarray) -> np.ndarray:
    """Return which shapes are surely finite and valid; of the others the slow check tells. Few shapes all take that one."""
    sound = np.zeros(len(shapes), dtype=bool)
    if (
        len(shapes) >= _MANY
        and np.isin(shapely.get_type_id(shapes), (_TYPE_IDS["Polygon"], _TYPE_IDS["MultiPolygon"])).all()
        and not shapely.is_empty(shapes).any()
    ):
        sound = kernels.rings.surely_sound(flat_of(shapes))
    return sound


def _has_endless(shapes: np.ndarray) -> np.ndarray:
    """Return which shapes have a coordinate that is not a finite number; bounds would leave NaN out."""
    corners, shape = shapely.get_coordinates(shapes, return_index=True)
    found = np.zeros(len(shapes), dtype=bool)
    found[shape[~np.isfinite(corners).all(axis=1)]] = True
    return found


def _plain(value: object) -> str:
    """Return a value of a column as it stands in the file."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _is_absent(shapes: np.ndarray) -> np.ndarray:
    absent: np.ndarray = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return absent


def _repair(shapes: np.ndarray, broken: np.ndarray, spec: LayerSpec) -> np.ndarray:
    """Return the shapes with the broken ones made valid, keeping only parts of the dimension that is expected."""
    dimension = _DIMENSION[spec.geometry[0]]
    fixed = shapes.copy()
    for row in np.flatnonzero(broken):
        parts = shapely.get_parts(shapely.make_valid(shapes[row]))
        kept = [part for part in shapely.get_parts(parts) if shapely.get_dimensions(part) == dimension]
        fixed[row] = shapely.union_all(kept) if kept else shapes[row].__class__()
    return fixed


def _rows(rows: np.ndarray) -> str:
    """Return the first rows as people count them, from 1, for example ``3, 8 …``."""
    named = ", ".join(str(row + 1) for row in rows[:_MAX_ROWS_NAMED])
    return named + (" …" if len(rows) > _MAX_ROWS_NAMED else "")
