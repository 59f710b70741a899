"""Submissions that a reader of map files gave as tables: one part per layer of a GeoPackage or Shapefile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd

from suitability.core.errors import Problem, SubmissionError
from suitability.submissions.entry import Entries, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from suitability.submissions.settings import Settings


def entries_of_frames(frames: Mapping[str, pd.DataFrame], file: str, settings: Settings) -> Entries:
    """Return an entry per row of every table, by layer; raises ``SubmissionError`` when there are none, or too many."""
    total = sum(len(frame) for frame in frames.values())
    if not total:
        raise SubmissionError(Problem(file, "submission_empty", {"found": "", "expected": "", "n": 0}))
    if total > settings.limits.most_lines:
        raise SubmissionError(Problem(file, "submission_too_many", {"found": total, "expected": settings.limits.most_lines}))  # fmt: skip
    lines: list[Entry] = []
    for layer, frame in frames.items():
        lines += _of_layer(frame, layer if len(frames) > 1 else "")
    return Entries(tuple(lines), tuple(dict.fromkeys(name for line in lines for name in line.cells)))


def _of_layer(frame: pd.DataFrame, part: str) -> list[Entry]:
    is_map = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    crs = str(frame.crs.to_string()) if is_map and frame.crs is not None else ""
    shapes = list(frame.geometry) if is_map else [None] * len(frame)
    table = frame.drop(columns=frame.active_geometry_name) if is_map else frame
    names = [str(name) for name in table.columns]
    return [
        Entry(i, dict(zip(names, map(_text, values), strict=True)), part, shape, crs, has_shape=is_map)
        for i, (values, shape) in enumerate(zip(table.itertuples(index=False, name=None), shapes, strict=True), start=1)
    ]


def _text(value: object) -> str:
    """Return a value as a person writes it; nothing known is empty."""
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return ""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value).strip()
