"""Norms for land that can be used, as a policy writes them, and the layers that say what stands on land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from suitability.core.types import Params
from suitability.criteria.base import Need
from suitability.spatial.distances import WIDEST_HALF_ROAD_M
from suitability.spatial.usable_land import Margins

if TYPE_CHECKING:
    from collections.abc import Callable


class LandNorms(Params):
    """Strips of a parcel that stay free, and the least width of the rest."""

    setback_m: float = Field(ge=0, description="strip along the boundary that stays free, in metres")
    building_margin_m: float = Field(ge=0, description="strip around buildings that stays free, in metres")
    water_margin_m: float = Field(ge=0, description="strip along water that stays free, in metres")
    road_margin_m: float = Field(ge=0, description="strip along public roads that stays free, in metres")
    least_width_m: float = Field(ge=0.1, description="land that is narrower does not count, in metres")

    @property
    def margins(self) -> Margins:
        """The same as the engine asks for them."""
        return Margins(
            self.setback_m, self.building_margin_m, self.water_margin_m, self.road_margin_m, self.least_width_m
        )


def land_needs(of: Callable[[Any], LandNorms] = lambda params: params) -> tuple[Need, ...]:
    """Return the layers of what stands on land; ``of``: the norms in the params of a rule."""
    return (
        Need("buildings", reach=lambda params, _limit: of(params).building_margin_m),
        Need("water", reach=lambda params, _limit: of(params).water_margin_m),
        Need("public_roads", ("width_m",), reach=lambda params, _limit: of(params).road_margin_m + WIDEST_HALF_ROAD_M),
    )


#: Of a criterion whose params are norms.
LAND_NEEDS: Final = land_needs()
