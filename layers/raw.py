"""Raw output of a reader, before validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Raw:
    """Raw data of one layer from a file or service, before validation against its specification.

    ``frame``: columns named as the ``LayerSpec`` names them; any CRS, set; extra columns allowed.
    ``where``: file or address, for mistakes. ``reference_date``: of the data, when the file says so.
    ``left_out``: rows left out on purpose (history, other kinds), for the provenance.
    """

    frame: gpd.GeoDataFrame | pd.DataFrame
    where: str
    reference_date: date | None = None
    left_out: int = 0
