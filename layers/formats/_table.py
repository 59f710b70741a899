"""Rows read one by one, made into a frame at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from suitability.core.errors import Problem, SourceError
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from suitability.core.types import GeometryArray

#: What a feature says, by column; null = not said.
Row = dict[str, str | None]


def frame_of(rows: Sequence[Mapping[str, object]], columns: tuple[str, ...], shapes: GeometryArray) -> gpd.GeoDataFrame:
    """Return rows and their shapes (EPSG:28992) as one frame; columns hold plain objects, None where null."""
    table = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype="object") for name in columns})
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)


def only(frame: gpd.GeoDataFrame, keep: np.ndarray | pd.Series, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the chosen rows and columns, renumbered, with their geometry."""
    return frame.loc[keep, [*columns, "geometry"]].reset_index(drop=True)


def latest(texts: Sequence[str | None]) -> date | None:
    """Return the last of some dates as written in a file (a time after it is passed over); null when none is said."""
    days = [text[:10] for text in texts if text]
    try:
        return date.fromisoformat(max(days)) if days else None
    except ValueError:
        return None


def require(count: int, where: str, expected: str) -> None:
    """Raise ``SourceError`` when a file that should hold ``expected`` holds none."""
    if count == 0:
        raise SourceError(Problem(where, "format_nothing", {"expected": expected}))
