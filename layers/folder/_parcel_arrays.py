"""Parcels of a GeoParquet as they stand there, in arrays, where nothing in them has to be changed, mended or told.

That is so for a file that was prepared for it: RD coordinates, valid shapes, texts for texts. Anything else is read row by
row, with all that must be said of it (``_entry_reader``), which is also the slow twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from layers.files._crs import is_plainly_rd, is_rd
from layers.files._row_groups import shape_of
from suitability.parcels import Parcels

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from layers.folder._manifest import ColumnRule, Entry
    from suitability.kernels.flat import Flat


def parcel_arrays(
    entry: Entry, file: pq.ParquetFile, group: int, offset: int, rows: int
) -> tuple[pd.DataFrame, Parcels] | None:
    """Return some rows of a row group: the columns of their layer and the parcels; None where arrays do not do."""
    shape, told = shape_of(file)
    if not _is_plain(entry) or not _stands_in_rd(told):
        return None
    names = _names(entry, file.schema_arrow)
    if names is None:
        return None
    table = file.read_row_group(group, columns=[*names.values(), shape], use_threads=False).slice(offset, rows)
    columns = {name: _text(table.column(stored)) for name, stored in names.items()}
    ids = columns.get("parcel_id")
    if ids is None or ids.null_count or any(column is None for column in columns.values()):
        return None
    binary = _combined(table.column(shape))
    flat = None if binary.null_count else _flat(binary)
    if flat is None or not _is_sound(flat, binary):
        return None
    frame = pd.DataFrame({name: column.to_pandas() for name, column in columns.items() if column is not None})
    if not frame["parcel_id"].is_unique:
        return None
    return frame, Parcels.from_binary(frame["parcel_id"].to_numpy(dtype=object), binary, flat)


def _is_plain(entry: Entry) -> bool:
    """Return whether the entry takes all rows, with their values and places as they are."""
    return not (entry.where or entry.changes or entry.geometry or entry.swapped or entry.crs or entry.inner_points)


def _stands_in_rd(column: dict[str, object]) -> bool:
    stated = column.get("crs")
    return column.get("encoding") == "WKB" and stated is not None and is_rd(pyproj.CRS.from_user_input(stated))


def _names(entry: Entry, schema: pa.Schema) -> dict[str, str] | None:
    """Return by name of the layer the text column of the file that holds it; None where one is no plain text."""
    names = {}
    for name in (*entry.spec.columns, *entry.spec.optional):
        rule = entry.columns.get(name)
        stored = name if rule is None else _only(rule)
        if stored is None:
            return None
        if stored not in schema.names:
            if rule is None and name in entry.spec.optional:
                continue
            return None
        kind = schema.field(stored).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            return None
        names[name] = stored
    return names


def _only(rule: ColumnRule) -> str | None:
    """Return the one column that a rule names; None where it says more."""
    return rule.columns[0] if len(rule.columns) == 1 and rule == type(rule)(rule.columns) else None


def _combined(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _text(column: pa.ChunkedArray) -> pa.Array | None:
    """Return texts as they are; None where one has space around it, or is empty, which counts as nothing."""
    texts = _combined(column)
    values = texts.dictionary if isinstance(texts, pa.DictionaryArray) else texts
    same = pc.and_(pc.equal(pc.utf8_trim_whitespace(values), values), pc.greater(pc.binary_length(values), 0))
    if not pc.all(same, min_count=0).as_py():
        return None
    return texts.cast(values.type) if isinstance(texts, pa.DictionaryArray) else texts


def _flat(binary: pa.Array) -> Flat | None:
    from suitability.kernels.from_wkb import flat_areas  # noqa: PLC0415 (compiled: slow to load)

    kinds = {pa.binary(): np.int32, pa.large_binary(): np.int64}
    if binary.type not in kinds:
        return None
    _, offsets, data = binary.buffers()
    at = np.frombuffer(offsets, dtype=kinds[binary.type])[binary.offset : binary.offset + len(binary) + 1]
    return flat_areas(np.frombuffer(data, dtype=np.uint8), at.astype(np.int64))


def _is_sound(flat: Flat, binary: pa.Array) -> bool:
    """Return whether all shapes are finite, valid, not empty, and lie where parcels in RD lie."""
    from suitability.kernels.rings import surely_sound  # noqa: PLC0415 (compiled, as above)

    if (np.diff(flat.first_path) == 0).any() or not np.isfinite(flat.xy).all():
        return False
    unsure = np.flatnonzero(~surely_sound(flat))
    shapes = shapely.from_wkb(binary.take(unsure).to_numpy(zero_copy_only=False))
    return is_plainly_rd((flat.bounds[:, :2] + flat.bounds[:, 2:]) / 2) and bool(shapely.is_valid(shapes).all())
