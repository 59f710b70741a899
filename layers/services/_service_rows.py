"""Features of a service as rows of a layer: those that count, with a column of text for every role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.types import CRS

if TYPE_CHECKING:
    from datetime import date

    from shapely.geometry.base import BaseGeometry

    from layers.services.service_table import LayerEntry
    from layers.services.tiled_download import Collected


@dataclass(frozen=True)
class Rows:
    """Rows that count, with a column of text per role, and what they were fetched from."""

    frame: gpd.GeoDataFrame
    region: BaseGeometry | None
    fetched: tuple[Collected, ...]

    @property
    def retrieved(self) -> date:
        """The day of the oldest piece."""
        return min(found.retrieved for found in self.fetched)

    def within(self, region: BaseGeometry | None) -> gpd.GeoDataFrame:
        """Return the rows that meet a region: tiles reach beyond it, and what is made of rows must not depend on them."""
        return within(self.frame, region)

    def forget(self) -> None:
        """Remove the pieces from the working folder."""
        for found in self.fetched:
            found.forget()


def within(frame: gpd.GeoDataFrame, region: BaseGeometry | None) -> gpd.GeoDataFrame:
    """Return the rows that meet a region, numbered from 0; all of them when there is none."""
    if region is None or not len(frame):
        return frame
    shapely.prepare(region)
    return frame[shapely.intersects(region, frame.geometry.to_numpy())].reset_index(drop=True)


def rows_of(found: Collected, entry: LayerEntry) -> gpd.GeoDataFrame:
    """Return the rows that count by ``keep`` and ``drop``, with a column of text per role."""
    keep = np.ones(len(found.ids), dtype=bool)
    for field, values in entry.keep.items():
        keep &= _is_one_of(found, field, values)
    for field, values in entry.drop.items():
        keep &= ~_is_one_of(found, field, values)
    columns = {}
    for role, names in entry.fields.items():
        first, *others = (text_column(found, name) for name in names)
        for other in others:
            first = first.fillna(other)
        columns[role] = first
    frame = gpd.GeoDataFrame(columns, geometry=list(found.shapes), crs=CRS)
    return frame[keep].reset_index(drop=True)


def _is_one_of(found: Collected, field: str, values: tuple[str | None, ...]) -> np.ndarray:
    texts = text_column(found, field)
    held = texts.isin([value for value in values if value is not None]).to_numpy(dtype=bool)
    return held | texts.isna().to_numpy(dtype=bool) if None in values else held


def text_column(found: Collected, field: str) -> pd.Series:
    """Return a field as text without blanks around it; null where there is nothing."""
    texts = pd.Series([_said(value) for value in found.column(field)], dtype="string").str.strip()
    return texts.mask(texts == "")


def _said(value: object) -> str | None:
    """Return a value of JSON as people write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
