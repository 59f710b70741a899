"""Criteria: one file and one registry line each. How to add one: docs/adding-a-criterion.md."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from suitability.criteria.base import Criterion

#: The registry, in the order of docs/criteria.md. A name is that of the file and of the criterion in it.
_NAMES: Final = (
    "zoning_share",
    "recreation_overlap",
    "building_plot_share",
    "facility_minutes",
    "employer_distance",
    "nuisance_clearance",
    "noise_level",
    "road_frontage",
    "parcel_area",
    "capacity",
    "declared",
    "overlap_share",
    "distance_to",
    "overlap_area",
    "total_within",
    "declared_number",
    "parcel_width",
    "usable_land",
    "usable_width",
    "built_share",
    "road_access",
)

REGISTRY: Final[dict[str, Criterion]] = {name: import_module(f"{__name__}.{name}").CRITERION for name in _NAMES}
