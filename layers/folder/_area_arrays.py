"""Areas of a GeoParquet as arrays, where nothing in them has to be changed, repaired or reported.

That is so for a file that was prepared for it: RD coordinates, valid shapes, texts for texts. Anything else is read row by
row, with all that must be said of it (``_entry_reader``), which is also the slow twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from layers.files._crs import is_plainly_rd, is_rd
from layers.files._row_groups import shape_of
from suitability.core.layer_specs import BUILDING_USES
from suitability.spatial.shapes import Shapes

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from layers.folder._manifest import Entry
    from layers.folder._manifest_form import ColumnRule
    from suitability.spatial.kernels.types import Flat

_AREAS: Final = {"Polygon", "MultiPolygon"}
_LARGEST: Final = 2**53  # a whole number beyond this is told as a mistake by who reads row by row


def plain_columns(entry: Entry, file: pq.ParquetFile) -> dict[str, str] | None:
    """Return by name of the layer the column of the file that holds it; None where the rows cannot be taken as they are."""
    if entry.where or entry.changes or entry.geometry or entry.swapped or entry.crs or entry.inner_points:
        return None
    if not set(entry.spec.geometry) & _AREAS or not _stands_in_rd(shape_of(file)[1]):
        return None
    names = {}
    for name, kind in {**entry.spec.columns, **entry.spec.optional}.items():
        rule = entry.columns.get(name)
        stored = name if rule is None else _only(rule)
        if stored is None:
            return None
        if stored not in file.schema_arrow.names:
            if rule is None and name in entry.spec.optional:
                continue
            return None
        if not _is_of_kind(file.schema_arrow.field(stored).type, kind):
            return None
        names[name] = stored
    return names


def area_arrays(entry: Entry, names: dict[str, str], table: pa.Table, shape: str) -> tuple[pd.DataFrame, Shapes] | None:
    """Return rows of a file: the columns of their layer, numbered from 0, and their shapes; None where arrays do not do.

    ``names``: what ``plain_columns`` returned. ``shape``: the column of shapes.
    """
    kinds = {**entry.spec.columns, **entry.spec.optional}
    columns = {name: _as_is(_combined(table.column(stored)), kinds[name]) for name, stored in names.items()}
    if any(column is None for column in columns.values()):
        return None
    frame = pd.DataFrame(
        {name: column.to_pandas() for name, column in columns.items() if column is not None}, index=range(len(table))
    )
    if entry.spec.name == "buildings" and not frame["use"].dropna().isin(BUILDING_USES).all():
        return None
    unique = entry.spec.unique
    if unique is not None and (frame[unique].isna().any() or not frame[unique].is_unique):
        return None
    binary = table.column(shape)
    flat = None if binary.null_count else _flat(binary)
    if flat is None or (np.diff(flat.first_path) == 0).any():
        return None
    shapes = Shapes.from_binary(binary, flat)
    return (frame, shapes) if _is_sound(shapes) else None


def _stands_in_rd(column: dict[str, object]) -> bool:
    stated = column.get("crs")
    return column.get("encoding") == "WKB" and stated is not None and is_rd(pyproj.CRS.from_user_input(stated))


def _is_of_kind(stored: pa.DataType, kind: str) -> bool:
    """Return whether values of a type need no reading to be of the kind that a layer has."""
    if kind == "text":
        text = stored.value_type if pa.types.is_dictionary(stored) else stored
        return bool(pa.types.is_string(text) or pa.types.is_large_string(text))
    return bool({"int": pa.types.is_int64, "float": pa.types.is_float64}.get(kind, lambda _: False)(stored))


def _only(rule: ColumnRule) -> str | None:
    """Return the one column that a rule names; None where it says more."""
    return rule.columns[0] if len(rule.columns) == 1 and rule == type(rule)(rule.columns) else None


def _combined(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _as_is(column: pa.Array, kind: str) -> pa.Array | None:
    """Return a column as it is; None where something in it has to be converted or reported."""
    if kind == "text":
        return _text(column)
    if kind == "int" and (
        column.null_count or not pc.all(pc.less_equal(pc.abs(column), _LARGEST), min_count=0).as_py()
    ):
        return None
    return column


def _text(texts: pa.Array) -> pa.Array | None:
    """Return texts as they are; None where one has space around it, or is empty, which counts as nothing."""
    values = texts.dictionary if isinstance(texts, pa.DictionaryArray) else texts
    same = pc.and_(pc.equal(pc.utf8_trim_whitespace(values), values), pc.greater(pc.binary_length(values), 0))
    if not pc.all(same, min_count=0).as_py():
        return None
    return texts.cast(values.type) if isinstance(texts, pa.DictionaryArray) else texts


def _flat(binary: pa.ChunkedArray) -> Flat | None:
    from suitability.spatial.kernels.wkb import flat_areas  # noqa: PLC0415 (compiled: slow to load)

    kinds = {pa.binary(): np.int32, pa.large_binary(): np.int64}
    if binary.type not in kinds:
        return None
    chunks = []
    for chunk in binary.chunks:
        _, offsets, data = chunk.buffers()
        at = np.frombuffer(offsets, dtype=kinds[binary.type])[chunk.offset : chunk.offset + len(chunk) + 1]
        chunks.append((np.frombuffer(data, dtype=np.uint8), at.astype(np.int64)))
    return flat_areas(chunks)


def _is_sound(shapes: Shapes) -> bool:
    """Return whether all shapes are finite and valid, and lie where something in RD lies."""
    from suitability.spatial.kernels.coordinate_arrays import taken  # noqa: PLC0415 (compiled, as above)
    from suitability.spatial.kernels.rings import surely_sound  # noqa: PLC0415 (compiled, as above)

    unsure = np.flatnonzero(~surely_sound(shapes.flat))
    if not np.isfinite(taken(shapes.flat, unsure).xy).all():
        return False
    low, high = np.split(shapes.flat.bounds, 2, axis=1)
    return is_plainly_rd((low + high) / 2) and bool(shapely.is_valid(shapes.at(unsure)).all())
