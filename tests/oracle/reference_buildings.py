"""Floor area, dwellings and beds of buildings, slow and obvious: one parcel at a time, each building looked at by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import shapely

from tests.oracle.known import Known
from tests.oracle.reference_areas import says

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layers
    from tests.oracle.known import MeasureOne


class Buildings:
    """Buildings as rows, found by their bounding box."""

    def __init__(self, layers: Layers) -> None:
        self.rows = list(layers["buildings"].frame.itertuples())
        self.tree = shapely.STRtree([row.geometry for row in self.rows])
        self.coverage = layers["buildings"].coverage

    def on(self, parcel: BaseGeometry) -> list[tuple[Any, float]]:
        """Return the buildings that share ground with a parcel, each with its part."""
        parts = [
            (row, row.geometry.intersection(parcel).area) for row in (self.rows[i] for i in self.tree.query(parcel))
        ]
        return [(row, min(area / row.geometry.area, 1.0)) for row, area in parts if area > 1e-6]

    def is_cut_off(self, parcel: BaseGeometry) -> bool:
        """Return whether a parcel has ground of which the buildings are not known."""
        return bool(parcel.difference(self.coverage).area > 0.01)


def floor_area(layers: Layers, params: Any) -> MeasureOne:
    """Return the floor area of the buildings of a use that counts, each for its part on the parcel."""
    buildings = Buildings(layers)
    wanted = None if params.uses is None else {"use": type("Filter", (), {"one_of": params.uses})}

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        least, most = 0.0, math.inf if buildings.is_cut_off(parcel) else 0.0
        for row, part in buildings.on(parcel):
            answer = says(wanted, row)
            if row.geometry.area < params.least_building_m2 or answer == "no":
                continue
            known = getattr(row, "floor_area_m2", math.nan)
            most += math.inf if math.isnan(known) else known * part
            least += 0.0 if math.isnan(known) or answer == "maybe" else known * part
        return Known(least, least, max(least, most))

    return measure


def building_capacity(layers: Layers, params: Any) -> MeasureOne:
    """Return the whole beds in that floor area."""
    floor = floor_area(layers, params)

    def beds(area: float) -> float:
        whole = (
            area
            if math.isinf(area)
            else float((area + 1e-6 * params.floor_area_per_bed_m2) // params.floor_area_per_bed_m2)
        )
        return min(whole, params.max_beds or math.inf)

    return lambda parcel_id, parcel: Known(*(beds(area) for area in floor(parcel_id, parcel)))


def dwellings(layers: Layers, _params: Any) -> MeasureOne:
    """Return the dwellings in buildings that stand on the parcel for at least half of their footprint."""
    buildings = Buildings(layers)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        least, most = 0.0, math.inf if buildings.is_cut_off(parcel) else 0.0
        for row, part in buildings.on(parcel):
            number = getattr(row, "n_dwellings", math.nan)
            if part >= 0.5:
                most += math.inf if math.isnan(number) else number
                least += float(row.use == "dwelling") if math.isnan(number) else number
        return Known(least, least, max(least, most))

    return measure


def room_capacity(layers: Layers, params: Any) -> MeasureOne:
    """Return the persons in those dwellings."""
    of = dwellings(layers, params)

    def persons(number: float) -> float:
        return min(number * params.persons_per_dwelling, params.max_beds or math.inf)

    return lambda parcel_id, parcel: Known(*(persons(number) for number in of(parcel_id, parcel)))
