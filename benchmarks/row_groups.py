"""Writer of one Parquet file in row groups of one size, with the bounds of each group."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")
_ZSTD_LEVEL: Final = 3


def geo_metadata(kinds: list[str]) -> dict[bytes, bytes]:
    """Return the metadata of GeoParquet 1.1: shapes as WKB in ``geometry``, their bounds in ``bbox``."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(kinds),
        "crs": pyproj.CRS(CRS).to_json_dict(),
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    told = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return {b"geo": json.dumps(told, sort_keys=True).encode()}


def with_shapes(table: pa.Table, shapes: NDArray[np.object_]) -> pa.Table:
    """Return the table with the columns ``geometry`` and ``bbox`` and the metadata that explains them."""
    bounds = pa.StructArray.from_arrays([pa.array(side) for side in shapely.bounds(shapes).T], names=list(_SIDES))
    wkb = pa.array(shapely.to_wkb(shapes), type=pa.binary())
    whole = table.append_column("geometry", wkb).append_column("bbox", bounds)
    kinds = list(gpd.GeoSeries(shapes).geom_type.unique())
    return whole.replace_schema_metadata(geo_metadata(kinds))


def write_rows(path: Path, tables: Iterable[pa.Table], rows_per_group: int, *, unlike: tuple[str, ...] = ()) -> int:
    """Write tables of one schema after each other; return the number of rows.

    No more than one row group and one table are held. ``unlike``: columns whose values are hardly ever the same.
    """
    held: list[pa.Table] = []
    with _writer(path, unlike) as write:
        written = 0
        for table in tables:
            held.append(table)
            while sum(map(len, held)) >= rows_per_group:
                whole = pa.concat_tables(held)
                write(whole.slice(0, rows_per_group))
                written += rows_per_group
                held = [whole.slice(rows_per_group)]
        rest = sum(map(len, held))
        if rest:
            write(pa.concat_tables(held))
    return written + rest


@contextmanager
def _writer(path: Path, unlike: tuple[str, ...]) -> Iterator[Callable[[pa.Table], None]]:
    """Give what writes one row group; the file is opened with the schema of the first."""
    opened: list[pq.ParquetWriter] = []

    def write(table: pa.Table) -> None:
        if not opened:
            texts = [f.name for f in table.schema if pa.types.is_string(f.type) and f.name not in unlike]
            counted = [f.name for f in table.schema if f.name not in {"geometry", "bbox"}]
            covering = [f"bbox.{side}" for side in _SIDES if "bbox" in table.schema.names]
            opened.append(
                pq.ParquetWriter(
                    path, table.schema, compression="zstd", compression_level=_ZSTD_LEVEL,
                    use_dictionary=texts, write_statistics=[*counted, *covering],
                )
            )  # fmt: skip
        opened[0].write_table(table.combine_chunks(), row_group_size=len(table))

    try:
        yield write
    finally:
        for writer in opened:
            writer.close()
