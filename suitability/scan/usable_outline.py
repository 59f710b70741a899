"""Outline of the largest usable piece of parcels, under the norms by which their policy counts usable land."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.criteria.land_norms import LandNorms
from suitability.spatial.usable_land import STANDING, usable_land

if TYPE_CHECKING:
    from suitability.core.types import GeometryArray, IntArray
    from suitability.policy.model import Policy
    from suitability.scan.run import Scan


def land_norms_of(policy: Policy) -> LandNorms | None:
    """Return the norms of the first check of a policy that has any; None where none counts usable land."""
    asked = (check.params for check in policy.checks())
    found = (params if isinstance(params, LandNorms) else getattr(params, "land", None) for params in asked)
    return next((norms for norms in found if norms is not None), None)


def usable_outlines(scan: Scan, rows: IntArray) -> GeometryArray | None:
    """Return the outlines of the largest usable piece of some parcels, as polygons in EPSG:28992, in the shape of ``rows``.

    An empty polygon where a parcel has none. None where the policy counts no usable land, or the scan lacks a layer that says
    what stands there. What the scan measured is not measured again.
    """
    norms = land_norms_of(scan.policy)
    if norms is None or any(name not in scan.layers for name in STANDING):
        return None
    return usable_land(scan.parcels, scan.layers, norms.margins).outlines(rows)
