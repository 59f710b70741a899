"""Every criterion once more, slow and obvious, straight from the layers: the vectorised engine must equal it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle import reference_areas, reference_buildings, reference_distances, reference_travel
from tests.oracle.known import NOTHING

if TYPE_CHECKING:
    from suitability.policy.model import Check
    from suitability.scan.run import Scan
    from tests.oracle.known import Known

_LAND = ("buildings", "water", "public_roads")
_SIMPLE = {
    "zoning_share": (reference_areas.zoning_share, ("zoning",)),
    "recreation_overlap": (reference_areas.recreation_overlap, ("recreation_parks",)),
    "building_plot_share": (reference_areas.building_plot_share, ("building_plots",)),
    "parcel_area": (reference_areas.parcel_area, ()),
    "noise_level": (reference_areas.noise_level, ("noise",)),
    "employer_distance": (reference_distances.employer_distance, ("employers",)),
    "nuisance_clearance": (reference_distances.nuisance_clearance, ("businesses",)),
    "road_frontage": (reference_distances.road_frontage, ("public_roads",)),
    "parcel_width": (reference_areas.parcel_width, ()),
    "usable_land": (reference_areas.usable_land, _LAND),
    "usable_width": (reference_areas.usable_width, _LAND),
    "built_share": (reference_areas.built_share, ("buildings",)),
    "road_access": (reference_areas.road_access, _LAND),
    "floor_area": (reference_buildings.floor_area, ("buildings",)),
    "dwellings": (reference_buildings.dwellings, ("buildings",)),
    "building_capacity": (reference_buildings.building_capacity, ("buildings",)),
    "room_capacity": (reference_buildings.room_capacity, ("buildings",)),
    "declared_number": (reference_distances.declared, ("declarations",)),
    "declared": (reference_distances.declared, ("declarations",)),
}
CRITERIA = {*_SIMPLE, "capacity", "facility_minutes", "overlap_share", "overlap_area", "distance_to", "total_within"}


def measure_all(scan: Scan, check: Check) -> list[Known]:
    """Return the measurements of one check, parcel by parcel; a missing layer gives no information."""
    parcels = dict(zip(scan.parcels.ids, scan.parcels.geometry, strict=True))
    if check.criterion == "facility_minutes":
        measure, needs = None, ("streets", "facilities")
    elif check.criterion == "capacity":
        make, needs = reference_areas.capacity, _LAND if check.params.land else ()
    elif check.criterion == "distance_to":
        make, needs = reference_distances.distance_to, (check.params.layer,)
    elif check.criterion == "total_within":
        make, needs = reference_distances.total_within, (check.params.layer,)
    elif check.criterion == "overlap_area":
        make, needs = reference_areas.overlap_area, (check.params.layer,)
    elif check.criterion == "overlap_share":
        make, needs = reference_areas.overlap_share, (check.params.layer,)
    else:
        make, needs = _SIMPLE[str(check.criterion)]
    if any(name not in scan.layers for name in needs):
        return [NOTHING for _ in parcels]
    if check.criterion == "facility_minutes":
        measure = reference_travel.facility_minutes(scan.layers, check.params, parcels)
    else:
        measure = make(scan.layers, check.params)
    return [measure(parcel_id, shape) for parcel_id, shape in parcels.items()]
