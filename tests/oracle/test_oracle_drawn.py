"""Shapes that the demo may lack: what makes work for the engine, against one plain intersection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shapely.geometry import Polygon, box

from tests.tiny import at, measure, point, square, vector

if TYPE_CHECKING:
    import numpy as np

ROUND = point(0, 0).buffer(500, quad_segs=1000)  # 4,000 corners: cut in pieces before it is used
PARCELS = [box(*at(x, y), *at(x + 130, y + 130)) for x in range(-600, 600, 130) for y in range(-600, 600, 130)]


def share(parcels: list[Polygon], *zones: Polygon) -> np.ndarray:
    """Return the share of parcels in zones."""
    layer = vector("zoning", zones, designation=["wonen"] * len(zones), designation_code=["Wonen"] * len(zones))
    return measure("zoning_share", parcels, layer, allowed=["wonen"]).value


def test_a_zone_of_very_many_corners() -> None:
    """Cut in pieces it covers what it covered whole, on every side of its middle, with a hole in it too."""
    for zone in (ROUND, ROUND.difference(point(100, 100).buffer(150, quad_segs=500))):
        expected = [parcel.intersection(zone).area / parcel.area for parcel in PARCELS]
        assert share(PARCELS, zone) == pytest.approx(expected, abs=1e-9)
        assert {0.0, 1.0} < {round(value, 6) for value in expected}


def test_a_hole_of_the_zone_inside_the_parcel() -> None:
    """The whole boundary lies in the zone, and part of the land does not."""
    pierced = square(-50, -50, 200).difference(square(5, 5, 10))
    assert share([square(0, 0)], pierced) == pytest.approx([0.75])


def test_a_zone_inside_the_parcel() -> None:
    """No boundaries meet at all; and the other way round the parcel lies wholly inside."""
    assert share([square(0, 0, 100), square(10, 10, 5)], square(5, 5, 20)) == pytest.approx([0.04, 1])
