"""Parcels and their columns as GeoParquet 1.1, written from arrays: no object per shape and none per text.

https://geoparquet.org/releases/v1.1.0/
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from suitability.core.types import CRS
from suitability.report.table import Coded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from suitability.report.table import Column
    from suitability.spatial.parcels import Parcels

_SHAPE: Final = "geometry"
_BOX: Final = "bbox"
_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")


def write_parcels(columns: Mapping[str, Column], parcels: Parcels, path: Path) -> None:
    """Write one row per parcel in EPSG:28992, with the bounds of each in ``bbox`` so that readers can pass over row groups."""
    arrays = {name: _array(column) for name, column in columns.items()}
    how = _how(arrays)
    sides = [pa.array(parcels.flat.bounds[:, i]) for i in range(len(_SIDES))]
    arrays |= {_SHAPE: _binary(parcels), _BOX: pa.StructArray.from_arrays(sides, names=list(_SIDES))}
    table = pa.table(arrays)
    # The types of Arrow are left out: what is a dictionary in memory is plain text to who reads it.
    with pq.ParquetWriter(path, table.schema, store_schema=False, write_batch_size=max(len(table), 1), **how) as file:
        file.write_table(table)
        file.add_key_value_metadata({"geo": _geo()})


def _how(arrays: Mapping[str, pa.Array]) -> dict[str, Any]:
    """Return how the columns are written; numbers hardly grow smaller, and what takes the least time suits them."""
    others = [name for name, array in arrays.items() if not pa.types.is_floating(array.type)]
    numbers = [*(name for name in arrays if name not in others), *(f"{_BOX}.{side}" for side in _SIDES)]
    # Of few texts, which stand everywhere, the least and the most tell nobody where to look.
    told = [name for name in others if not pa.types.is_dictionary(arrays[name].type)]
    return {
        "compression": dict.fromkeys([*others, _SHAPE], "zstd") | dict.fromkeys(numbers, "snappy"),
        "use_dictionary": others,
        "write_statistics": [*numbers, *told],
    }


def _array(column: Column) -> pa.Array:
    """Return a column as Arrow has it; texts of which there are few as a dictionary."""
    if isinstance(column, Coded):
        words, codes = np.append(column.words[-1:], column.words), column.codes + 1  # -1 was the last
        used = np.flatnonzero(np.bincount(codes, minlength=len(words)))
        texts, place = np.unique(words[used], return_inverse=True)  # sorted: equal texts give equal bytes
        new = np.zeros(len(words), dtype=np.int32)
        new[used] = place
        return pa.DictionaryArray.from_arrays(pa.array(new[codes]), pa.array(texts, type=pa.string()))
    array = pa.array(column, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _binary(parcels: Parcels) -> pa.Array:
    """Return the polygons as well-known binary: as they were read, or made."""
    return pa.array(shapely.to_wkb(parcels.geometry)) if parcels.binary is None else parcels.binary


@lru_cache(maxsize=1)
def _geo() -> str:
    """Return the GeoParquet metadata: columns of shapes and bounds, and their CRS."""
    shape = {
        "encoding": "WKB",
        "geometry_types": [],  # not counted: any kind of area
        "crs": pyproj.CRS(CRS).to_json_dict(),
        "covering": {_BOX: {side: [_BOX, side] for side in _SIDES}},
    }
    return json.dumps({"version": "1.1.0", "primary_column": _SHAPE, "columns": {_SHAPE: shape}})
