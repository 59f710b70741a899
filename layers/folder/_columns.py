"""Gives a file's rows the columns that its layer must have, as ``sources.yaml`` says; what is not said is not guessed.

A whole number in a text is a number; any other number in a text (1.234 is two things) must be declared, as must a
number that is a name. Text without letters is nothing known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api import types as dtypes

from layers.files._crs import rows_named
from layers.folder._manifest_form import ColumnRule
from suitability.core.errors import Problem, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.folder._manifest import Entry
    from suitability.core.errors import Place

_WHOLE: Final = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Numbers:
    """Number format of a country: pattern, and the marks for thousands and for decimals."""

    looks: re.Pattern[str]
    thousands: str
    decimals: str


NUMBERS: Final = {
    "nl": Numbers(re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"), ".", ","),
    "en": Numbers(re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?"), ",", "."),
}
ANYTHING: Final = "*"  # in `where`: rows in which something is filled in
_MOST_SHOWN: Final = 10
_LARGEST: Final = 2**53  # beyond this a whole number that went through a float is not sure


@dataclass(frozen=True)
class Fitted:
    """The rows kept, with the layer's columns, and their positions in the file."""

    frame: pd.DataFrame | gpd.GeoDataFrame
    rows: np.ndarray
    problems: tuple[Problem, ...] = ()


def fit(frame: pd.DataFrame | gpd.GeoDataFrame, entry: Entry) -> Fitted:
    """Return the rows that ``where`` keeps, with the columns of the entry's layer; problems are reported together."""
    problems: list[Problem] = []
    present = [str(name) for name in frame.columns if not _is_shapes(frame, str(name))]
    rows = np.flatnonzero(_kept(frame, entry, present, problems))
    kept = frame.iloc[rows]
    columns: dict[str, pd.Series] = {}
    for name, kind in {**entry.spec.columns, **entry.spec.optional}.items():
        rule = entry.columns.get(name)
        if rule is None and name not in present:
            continue  # a column that must be there is missed by the check of the whole layer
        column = _taken(kept, name, rule or ColumnRule((name,)), entry, present, problems)
        if column is not None:
            column = _changed(column, name, entry)
            columns[name] = _typed(
                column, kind, rule or ColumnRule((name,)), entry.place_of(f"columns.{name}"), rows, problems
            )
    problems += _missing(entry, columns, present)
    table = pd.DataFrame(columns, index=kept.index).reset_index(drop=True)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return Fitted(table, rows, tuple(problems))
    shapes = _points(kept.geometry.to_numpy(), entry)
    return Fitted(gpd.GeoDataFrame(table, geometry=shapes, crs=frame.crs), rows, tuple(problems))


def column_problems(entry: Entry, present: Sequence[str]) -> list[Problem]:
    """Return a mistake for every column that the entry names and the file does not have."""
    named = [(f"columns.{name}", column) for name, rule in entry.columns.items() for column in rule.columns]
    named += [("where", column) for column in entry.where]
    named += [(f"geometry.{axis}", column) for axis, column in entry.geometry.items()]
    return [_absent(entry, field, column, present) for field, column in named if column not in present]


def _absent(entry: Entry, field: str, column: str, present: Sequence[str]) -> Problem:
    fields = {
        "found": column,
        "file": entry.name,
        "expected": ", ".join(present) or "-",
        "suggestion": suggestion(column, present),
    }
    return Problem(entry.place_of(field), "local_no_column", fields)


def _is_shapes(frame: pd.DataFrame | gpd.GeoDataFrame, name: str) -> bool:
    return isinstance(frame, gpd.GeoDataFrame) and name == frame.active_geometry_name


def _kept(frame: pd.DataFrame, entry: Entry, present: list[str], problems: list[Problem]) -> np.ndarray:
    """Return which rows have one of the values asked for in every column of ``where``."""
    keep = np.ones(len(frame), dtype=bool)
    for name, wanted in entry.where.items():
        if name not in present:
            problems.append(_absent(entry, "where", name, present))
            continue
        texts = texts_of(frame[name])
        listed = texts.isin([value for value in wanted if value is not None]) | (texts.isna() & (None in wanted))
        keep &= (texts.notna() if ANYTHING in wanted else listed).to_numpy()
    if entry.where and not keep.any() and len(frame) and not problems:
        name = next(iter(entry.where))
        there = sorted(set(texts_of(frame[name]).dropna().unique()[:200].tolist()))
        fields = {
            "found": name,
            "file": entry.name,
            "expected": ", ".join(there[:_MOST_SHOWN]) + (" …" if there[_MOST_SHOWN:] else ""),
        }
        problems.append(Problem(entry.place_of("where"), "local_where_empty", fields))
    return keep


def _taken(
    frame: pd.DataFrame, name: str, rule: ColumnRule, entry: Entry, present: list[str], problems: list[Problem]
) -> pd.Series | None:
    """Return the column of the file, several as one text, or one value for all rows."""
    if not rule.columns:
        return pd.Series([rule.value] * len(frame), index=frame.index)
    absent = [column for column in rule.columns if column not in present]
    if absent:
        problems += [_absent(entry, f"columns.{name}", column, present) for column in absent]
        return None
    if len(rule.columns) == 1:
        return frame[rule.columns[0]]
    first, *others = (texts_of(frame[column]).astype(object) for column in rule.columns)
    joined = first.str.cat(pd.DataFrame(dict(enumerate(others))), sep=" ", na_rep="").str.split().str.join(" ")
    return joined.where(joined != "", None)


def _changed(column: pd.Series, name: str, entry: Entry) -> pd.Series:
    """Return the column with its ``values`` replaced; what is not listed stays."""
    changes = entry.changes.get(name)
    if not changes:
        return column
    texts = texts_of(column)
    listed = texts.isin(list(changes))
    changed = column.astype(object)
    changed[listed] = texts[listed].map(changes)
    return changed.infer_objects()


def texts_of(column: pd.Series) -> pd.Series:
    """Return the values as people write them: no decimals on whole numbers, no space around words; nothing is null."""
    known = column.dropna()
    if dtypes.is_float_dtype(column):
        whole = known % 1 == 0
        texts = known.astype(str).where(~whole, known.where(whole, 0).astype("int64").astype(str))
    else:
        texts = known.astype(str).str.strip()
    return texts.where(texts != "", None).reindex(column.index)


def _typed(
    column: pd.Series, kind: str, rule: ColumnRule, place: Place, rows: np.ndarray, problems: list[Problem]
) -> pd.Series:
    """Return the column as the kind of value that the layer has; a mistake leaves it as it is."""
    if kind == "text" and column.isna().all():
        return pd.Series([None] * len(column), index=column.index, dtype=object)
    convert = {"text": _as_text, "int": _as_whole_number, "float": _as_number, "date": _as_date}[kind]
    typed, wrong, key = convert(column, rule)
    if not len(wrong):
        return typed
    fields = {
        "found": _shown(column.iloc[wrong[0]]),
        "expected": kind,
        "count": len(wrong),
        "column": ", ".join(rule.columns) or "-",
    }
    problems.append(Problem(replace(place, rows=rows_named(rows[wrong])), key, fields))
    return column


#: A converted column; or the rows that do not convert, and what to say of them.
_Converted = tuple[pd.Series, np.ndarray, str]
_NONE: Final = np.empty(0, dtype=np.int64)


def _as_text(column: pd.Series, rule: ColumnRule) -> _Converted:
    if not dtypes.is_string_dtype(column.dropna()):
        if not dtypes.is_numeric_dtype(column) and not _is_mixed(column):
            return column, np.flatnonzero(column.notna()), "local_no_text"
        if not rule.text:
            return column, np.flatnonzero(column.notna()), "local_number_for_text"
    texts = texts_of(column).astype(object)
    return pd.Series(texts.where(texts.notna(), None).tolist(), index=column.index), _NONE, ""


def _is_mixed(column: pd.Series) -> bool:
    """Return whether a column of anything holds texts and numbers, as when some numbers were replaced by texts."""
    return bool(column.dropna().map(type).isin([str, int, float]).all())


def _as_number(column: pd.Series, rule: ColumnRule) -> _Converted:
    if dtypes.is_bool_dtype(column):
        return column, np.arange(len(column)), "local_no_number"
    if dtypes.is_numeric_dtype(column):
        return pd.to_numeric(column).astype(float), _NONE, ""
    texts = texts_of(column)
    numbers = NUMBERS.get(rule.number or "")
    looks = texts.str.fullmatch((numbers.looks if numbers else _WHOLE).pattern)
    wrong = np.flatnonzero(texts.notna() & ~looks.fillna(value=False).astype(bool))
    if len(wrong):
        return column, wrong, "local_no_number" if numbers else "local_which_number"
    if numbers:
        texts = texts.str.replace(numbers.thousands, "", regex=False).str.replace(numbers.decimals, ".", regex=False)
    return pd.to_numeric(texts, errors="coerce").astype(float), _NONE, ""


def _as_whole_number(column: pd.Series, rule: ColumnRule) -> _Converted:
    numbers, wrong, key = _as_number(column, rule)
    if len(wrong):
        return column, wrong, key
    missing = np.flatnonzero(numbers.isna())
    if len(missing):
        return column, missing, "local_number_missing"
    broken = np.flatnonzero((numbers % 1 != 0) | (numbers.abs() > _LARGEST))
    return (column, broken, "local_not_whole") if len(broken) else (numbers.astype(np.int64), _NONE, "")


def _as_date(column: pd.Series, rule: ColumnRule) -> _Converted:
    if dtypes.is_datetime64_any_dtype(column):
        return column.dt.tz_localize(None), _NONE, ""
    dates = pd.to_datetime(texts_of(column), format=rule.date or "%Y-%m-%d", errors="coerce")
    wrong = np.flatnonzero(dates.isna() & column.notna())
    return (column, wrong, "local_no_date") if len(wrong) else (dates, wrong, "")


def _missing(entry: Entry, columns: dict[str, pd.Series], present: list[str]) -> list[Problem]:
    """Return a mistake per column that the layer must have and that neither file nor entry gives."""
    absent = [name for name in entry.spec.columns if name not in columns and name not in entry.columns]
    place = entry.place_of("columns")
    return [
        Problem(
            place,
            "local_column_unmapped",
            {
                "column": name,
                "kind": entry.spec.columns[name],
                "file": entry.name,
                "expected": ", ".join(present) or "-",
            },
        )
        for name in absent
    ]


def _points(shapes: np.ndarray, entry: Entry) -> np.ndarray:
    """Return the shapes; a group of one point is that point, and areas become a point within where that is asked."""
    if entry.spec.geometry != ("Point",):
        return shapes
    kinds, parts = shapely.get_type_id(shapes), shapely.get_num_geometries(shapes)
    single = (kinds == shapely.GeometryType.MULTIPOINT) & (parts == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    if not entry.inner_points:
        return shapes
    return np.where(kinds == shapely.GeometryType.POINT, shapes, shapely.point_on_surface(shapes))


def _shown(value: object) -> str:
    return str(value.item() if isinstance(value, np.generic) else value)[:60]
