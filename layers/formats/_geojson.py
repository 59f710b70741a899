"""GeoJSON as the national services give it, with the CRS it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from pathlib import Path


def read_features(path: Path, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the features of a GeoJSON file, which must have these columns and shapes.

    Raises ``SourceError`` for a file that cannot be read, is empty or lacks columns, which are reported together.
    """
    try:
        frame = pyogrio.read_dataframe(f"GeoJSON:{path}")
    except (DataSourceError, DataLayerError) as error:
        raise SourceError(Problem(str(path), "json_unreadable", {"found": str(error)})) from error
    needed = [*columns, *(["geometry"] if isinstance(frame, gpd.GeoDataFrame) else ["Feature"])]
    lacking = [name for name in needed if name not in frame.columns]
    if lacking or not len(frame):
        raise SourceError(Problem(str(path), "format_nothing", {"expected": ", ".join(lacking) or "Feature"}))
    return frame
