"""Buildings that stand on a parcel, shared by the criteria that ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.measurement import Measurement
from suitability.criteria.column_filter import ColumnFilter, matching
from suitability.spatial.overlaps import overlaps, uncovered_area
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from suitability.core.layer import Layer
    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.spatial.parcels import Parcels

#: A building stands on the parcel that holds at least this part of its footprint.
STANDS_FROM: Final = 0.5
_LEAST_UNKNOWN_M2: Final = 0.01  # less is a difference in drawing


@dataclass(frozen=True)
class BuildingsOn:
    """Pairs of a parcel and a building on it. All arrays but the last have one length.

    ``part``: of the building's footprint, 0 to 1; ``footprint_m2``: of the whole building; ``sure``, ``maybe``: whether
    its use surely counts, or may because it is not known; ``is_cut_off`` (n,): parcels with ground of which buildings
    are not known.
    """

    parcel: IntArray
    building: IntArray
    part: FloatArray
    footprint_m2: FloatArray
    sure: BoolArray
    maybe: BoolArray
    is_cut_off: BoolArray

    def at(self, keep: BoolArray) -> BuildingsOn:
        """Return some of the pairs."""
        return BuildingsOn(
            self.parcel[keep], self.building[keep], self.part[keep], self.footprint_m2[keep], self.sure[keep],
            self.maybe[keep], self.is_cut_off,
        )  # fmt: skip


def buildings_on(
    parcels: Parcels, layer: Layer, uses: Collection[str] | None = None, least_m2: float = 0.0
) -> BuildingsOn:
    """Return the buildings on each parcel of which the use counts or may count, with at least ``least_m2`` of footprint.

    ``uses``: the uses that count, None = all.
    """
    parcel, building, shared, _ = overlaps(parcels, layer).by_feature()
    used, of_used = np.unique(building, return_inverse=True)
    footprint = shapely.area(shapes_of(layer).at(used))[of_used]
    sure, maybe = matching(layer.table, {} if uses is None else {"use": ColumnFilter(one_of=tuple(uses))})
    found = BuildingsOn(
        parcel, building, np.minimum(shared / footprint, 1.0), footprint, sure[building],
        maybe[building], uncovered_area(parcels, layer.coverage) > _LEAST_UNKNOWN_M2,
    )  # fmt: skip
    return found.at((found.sure | found.maybe) & (found.footprint_m2 >= least_m2))


def _column(layer: Layer, name: str, rows: IntArray) -> FloatArray:
    """Return an optional column of numbers for some rows; NaN = not known."""
    if name not in layer.table:
        return np.full(len(rows), np.nan)
    return layer.table[name].to_numpy(dtype=np.float64, na_value=np.nan)[rows]


def _total(values: FloatArray, parcel: IntArray, n: int) -> FloatArray:
    """Return the sums of values per parcel, (n,)."""
    return np.bincount(parcel, weights=values, minlength=n).astype(np.float64)


def floor_area_on(parcels: Parcels, layer: Layer, uses: Collection[str] | None, least_m2: float) -> Measurement:
    """Return the floor area in m2 of the buildings that count; evidence = the building with most of it."""
    on = buildings_on(parcels, layer, uses, least_m2)
    floor = _column(layer, "floor_area_m2", on.building) * on.part
    return _summed(on, floor, np.nan_to_num(floor), layer)


def dwellings_on(parcels: Parcels, layer: Layer) -> Measurement:
    """Return the number of dwellings of the buildings on each parcel; evidence = the building with most of them."""
    on = buildings_on(parcels, layer)
    on = on.at(on.part >= STANDS_FROM)
    number = _column(layer, "n_dwellings", on.building)
    is_dwelling = layer.table["use"].eq("dwelling").to_numpy(dtype=bool, na_value=False)[on.building]
    return _summed(on, number, np.where(np.isnan(number), is_dwelling.astype(np.float64), number), layer)


def _summed(on: BuildingsOn, amount: FloatArray, least: FloatArray, layer: Layer) -> Measurement:
    """Return the sums of amounts (NaN = not known) per parcel: the value counts ``least`` of what is not known."""
    n = len(on.is_cut_off)
    value = _total(np.where(on.sure, least, 0.0), on.parcel, n)
    open_ended = np.zeros(n, dtype=bool)
    open_ended[on.parcel[np.isnan(amount)]] = True
    upper = _total(np.nan_to_num(amount), on.parcel, n)
    order = np.lexsort((-on.building, np.where(on.sure, least, -1.0)))  # last write wins: most, then the lowest row
    order = order[on.sure[order]]
    evidence = np.full(n, -1, dtype=np.int64)
    evidence[on.parcel[order]] = layer.table.index.to_numpy(dtype=np.int64)[on.building[order]]
    return Measurement(
        value, evidence, lower=value, upper=np.where(open_ended | on.is_cut_off, np.inf, np.maximum(upper, value))
    )
