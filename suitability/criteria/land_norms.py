"""Norms of usable land, shared by the criteria that ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from suitability.core.types import Params
from suitability.criteria.base import Need
from suitability.spatial.usable_land import LandRules, usable_land

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels
    from suitability.spatial.usable_land import UsableLand


class LandNorms(Params):
    """Strips that stay free, and the least width of what remains."""

    setback_m: float = Field(ge=0, description="strip along the boundary of the parcel that stays free, in metres")
    building_margin_m: float = Field(ge=0, description="strip around buildings that stays free, in metres")
    water_margin_m: float = Field(ge=0, description="strip along water that stays free, in metres")
    road_margin_m: float = Field(ge=0, description="strip along public roads that stays free, in metres")
    least_width_m: float = Field(gt=0, description="what is narrower than this is not usable, in metres")


def land_of(parcels: Parcels, layers: Layers, norms: LandNorms) -> UsableLand:
    """Return the largest usable piece of each parcel by these norms."""
    return usable_land(
        parcels,
        layers,
        LandRules(
            norms.setback_m, norms.building_margin_m, norms.water_margin_m, norms.road_margin_m, norms.least_width_m
        ),
    )


def land_needs(norms: LandNorms) -> tuple[Need, ...]:
    """Return the layers that usable land is cut from, and how far beyond the area they are looked for."""
    return (
        Need("buildings", reach=lambda _params, _limit: norms.building_margin_m),
        Need("water", reach=lambda _params, _limit: norms.water_margin_m),
        Need("public_roads", ("width_m",), reach=lambda _params, _limit: norms.road_margin_m + _WIDEST_ROAD_M / 2),
    )


_WIDEST_ROAD_M: Final = 60.0
