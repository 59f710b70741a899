"""When adjoining parcels may be taken together as one site, as a policy declares it. Values only."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from suitability.core.local_text import LocalText
from suitability.core.types import Citation, Params


class SiteRule(Params):
    """Rule for joining neighbouring parcels into sites, with their largest size. Without it every parcel is its own site."""

    shared_boundary_m: float = Field(
        gt=0, allow_inf_nan=False, description="metres of boundary that two parcels must share"
    )
    same_designation: bool = Field(
        default=True, description="true: only parcels of which most of the land has the same zoning designation"
    )
    location_types: tuple[str, ...] = Field(
        default=(), description="location types it holds for, empty = all; parcels of others stay single"
    )
    at_most_parcels: int | None = Field(default=None, ge=1, description="no more parcels than this in one site")
    at_most_m2: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="no more land than this in one site, in m2"
    )
    at_most_beds: int | None = Field(default=None, ge=1, description="no more beds than this in one site")
    source: Citation | None = Field(default=None, description="document and article")
    assumption: LocalText | None = Field(default=None, description="what was assumed, and why")
    caution: LocalText | None = Field(default=None, description="what to mind when reading the result")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_most_parcels is None and self.at_most_m2 is None and self.at_most_beds is None:
            raise ValueError("site_growth")
        if self.source is None and self.assumption is None:
            raise ValueError("source_missing")
        return self
