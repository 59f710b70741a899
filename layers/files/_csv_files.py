"""Tables as people export them: semicolons or commas, a mark in front or none, UTF-8 or the encoding of Windows.

Every column is read as text; what it stands for is decided by the specification of the layer. Places come from a column
of WKT or from two columns of coordinates, whose system follows from the size of the numbers and is said.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.files._crs import guess, rows_named
from suitability.core.config import read_table
from suitability.core.errors import LayerError, Place, Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DELIMITERS: Final = (";", "\t", "|", ",")
_MOST_FIELD_BYTES: Final = 64_000_000  # the outline of a municipality fits
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_COMMA_NUMBER: Final = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_WKT: Final = re.compile(r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)|\s*GEOMETRYCOLLECTION", re.IGNORECASE)
_EWKT: Final = re.compile(r"SRID=(\d+);")


@dataclass(frozen=True)
class Table:
    """A table read as text, and what to say of how it was read. A ``GeoDataFrame`` when it holds places."""

    frame: pd.DataFrame | gpd.GeoDataFrame
    remarks: tuple[Problem, ...] = ()


def read_csv(path: Path, geometry: Mapping[str, str] | None = None) -> Table:
    """Return the table, with points or shapes when it has them.

    ``geometry``: the columns of coordinates (``x``, ``y``) or of shapes (``wkt``); default those with a known name.
    Raises ``SourceError`` when it cannot be read, ``LayerError`` for coordinates that cannot be placed.
    """
    text, remarks = _decoded(path)
    frame = _parsed(text, path)
    chosen = dict(geometry) if geometry else _geometry_columns(frame)
    absent = [name for name in chosen.values() if name not in frame.columns]
    if absent:
        fields = {"found": ", ".join(absent), "expected": ", ".join(frame.columns)}
        raise LayerError(Problem(str(path), "local_geometry_columns", fields))
    if "wkt" in chosen:
        return Table(_with_shapes(frame, chosen["wkt"], path), remarks)
    if chosen:
        placed, remark = _with_points(frame, chosen["x"], chosen["y"], path)
        return Table(placed, (*remarks, remark))
    return Table(frame, remarks)


def header(path: Path) -> list[str]:
    """Return the names of the columns; raises ``SourceError``."""
    text, _ = _decoded(path)
    return list(_parsed("\n".join(text.splitlines()[:2]), path).columns)


def _decoded(path: Path) -> tuple[str, tuple[Problem, ...]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    if not content.strip():
        raise SourceError(Problem(str(path), "local_empty_file"))
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or b"\0" in content:
            raise SourceError(Problem(str(path), "local_not_text", {"found": error.start})) from error
    # Bytes that are no UTF-8 come from a Dutch Windows; five of its codes mean nothing and are no text at all.
    try:
        return content.decode("cp1252"), (Problem(path.name, "note_cp1252"),)
    except UnicodeDecodeError as error:
        raise SourceError(Problem(str(path), "local_not_text", {"found": error.start})) from error


def _parsed(text: str, path: Path) -> pd.DataFrame:
    """Return the rows; every one must have as many values as the header has names."""
    lines = text.splitlines(keepends=True)
    if lines and (told := re.fullmatch(r"sep=(.)\s*", lines[0], re.IGNORECASE)):  # how Excel names its delimiter
        delimiter, lines, skipped = told[1], lines[1:], 1
    else:
        delimiter, skipped = max(_DELIMITERS, key=lambda mark: _columns(lines[0], mark)), 0
    limit = csv.field_size_limit(_MOST_FIELD_BYTES)
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        names = [name.strip() for name in next(reader, [])]
        rows, problems = list[list[str]](), list[Problem]()
        for row in reader:
            if len(row) == len(names):
                rows.append(row)
            elif any(value.strip() for value in row):
                place = Place(str(path), line=reader.line_num + skipped)
                problems.append(Problem(place, "local_ragged", {"found": len(row), "expected": len(names)}))
    except csv.Error as error:
        raise SourceError(
            Problem(Place(str(path), line=reader.line_num + skipped), "local_csv", {"found": error})
        ) from error
    finally:
        csv.field_size_limit(limit)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.insert(0, Problem(str(path), "local_column_twice", {"found": ", ".join(twice)}))
    if problems:
        raise LayerError(*problems[:20])
    values = np.array(rows, dtype=object).reshape(len(rows), len(names))
    return pd.DataFrame({name: _texts(values[:, i]) for i, name in enumerate(names)})


def _columns(line: str, delimiter: str) -> int:
    return len(next(csv.reader([line], delimiter=delimiter), []))


def _texts(values: np.ndarray) -> list[str | None]:
    """Return a column of texts without the space around them; nothing between two delimiters is nothing known."""
    return [value.strip() or None for value in values]


def _geometry_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns that hold places, by their usual names; a column of WKT goes before coordinates."""
    known: Mapping[str, Any] = read_table("sources/columns.yaml")["geometry"]
    by_name = {str(name).lower(): str(name) for name in frame.columns}
    for name in known["wkt"]:
        if name in by_name and _is_wkt(frame[by_name[name]]):
            return {"wkt": by_name[name]}
    for pair in known["pairs"]:
        if pair["x"] in by_name and pair["y"] in by_name:
            return {axis: by_name[pair[axis]] for axis in ("x", "y")}
    return {}


def _is_wkt(column: pd.Series) -> bool:
    first = column.dropna().head(1)
    return bool(len(first)) and _WKT.match(str(first.iloc[0])) is not None


def _with_shapes(frame: pd.DataFrame, column: str, path: Path) -> gpd.GeoDataFrame:
    texts = frame[column]
    srids = set(texts.dropna().str.extract(_EWKT.pattern, expand=False).dropna())
    plain = texts.str.replace(_EWKT, "", regex=True).astype(object)
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkt(np.asarray(plain.where(plain.notna(), None)), on_invalid="ignore")
    bad = np.flatnonzero(shapely.is_missing(shapes) & texts.notna().to_numpy())
    if len(bad):
        place = Place(str(path), field=column, rows=rows_named(bad))
        raise LayerError(Problem(place, "local_wkt", {"found": str(texts.iloc[bad[0]])[:40], "count": len(bad)}))
    if len(srids) > 1:
        raise LayerError(Problem(Place(str(path), field=column), "local_srids", {"found": ", ".join(sorted(srids))}))
    crs = f"EPSG:{srids.pop()}" if srids else guess(shapely.get_coordinates(shapes))
    return gpd.GeoDataFrame(frame.drop(columns=column), geometry=shapes, crs=crs)


def _with_points(frame: pd.DataFrame, x: str, y: str, path: Path) -> tuple[gpd.GeoDataFrame, Problem]:
    """Return the rows as points, and what was made of the numbers."""
    missing = frame[[x, y]].isna().any(axis=1).to_numpy()
    problems = [problem for name in (x, y) for problem in _not_numbers(frame[name], path)]
    if problems:
        raise LayerError(*problems)
    for comma in (False, True):  # 190.123 is a degree in one country and 190 km in another: the size decides
        xy = np.column_stack([_numbers(frame[name], comma=comma) for name in (x, y)])
        crs = guess(xy) if np.isfinite(xy[~missing]).all() else None
        if crs is not None:
            break
    else:
        example = frame.loc[~missing, [x, y]].head(1).to_numpy().ravel()
        place = Place(str(path), field=f"{x}, {y}")
        raise LayerError(Problem(place, "local_coordinates", {"found": " / ".join(example) or "-"}))
    shapes = np.full(len(frame), None, dtype=object)
    shapes[~missing] = shapely.points(xy[~missing])
    remark = Problem(path.name, "note_crs_of_numbers", {"x": x, "y": y, "found": crs})
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs), remark


def _not_numbers(column: pd.Series, path: Path) -> list[Problem]:
    """Return a mistake when some values are a number in no country."""
    wrong = np.flatnonzero(column.notna() & ~(_matches(column, _PLAIN_NUMBER) | _matches(column, _COMMA_NUMBER)))
    if not len(wrong):
        return []
    place = Place(str(path), field=str(column.name), rows=rows_named(wrong))
    return [Problem(place, "local_coordinate", {"found": column.iloc[wrong[0]], "count": len(wrong)})]


def _matches(column: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    return column.str.fullmatch(pattern.pattern).fillna(value=False).astype(bool)


def _numbers(column: pd.Series, *, comma: bool) -> np.ndarray:
    """Return the numbers of a column, NaN where it holds nothing or a number of the other country."""
    if comma:
        column = column.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    numbers: np.ndarray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    return numbers
