"""The criteria: one import and one line each, nothing else. How to add one: docs/adding-a-criterion.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from suitability.criteria import (
    building_plot_share,
    capacity,
    declared,
    declared_number,
    distance_to,
    employer_distance,
    facility_minutes,
    noise_level,
    nuisance_clearance,
    overlap_area,
    overlap_share,
    parcel_area,
    parcel_width,
    recreation_overlap,
    road_frontage,
    total_within,
    zoning_share,
)

if TYPE_CHECKING:
    from suitability.criteria.base import Criterion

_CRITERIA: Final = (
    zoning_share.CRITERION,
    recreation_overlap.CRITERION,
    building_plot_share.CRITERION,
    facility_minutes.CRITERION,
    employer_distance.CRITERION,
    nuisance_clearance.CRITERION,
    noise_level.CRITERION,
    road_frontage.CRITERION,
    parcel_area.CRITERION,
    capacity.CRITERION,
    declared.CRITERION,
    overlap_share.CRITERION,
    distance_to.CRITERION,
    overlap_area.CRITERION,
    total_within.CRITERION,
    declared_number.CRITERION,
    parcel_width.CRITERION,
)

REGISTRY: Final[dict[str, Criterion]] = {criterion.id: criterion for criterion in _CRITERIA}
