"""Overlap of a drawn site with parcels equals a plain intersection with each of them, however spiky the drawing."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from suitability.spatial.overlaps import covered_area, overlaps
from suitability.spatial.parcels import Parcels
from suitability.submissions.parcel_overlap import _MOST_CORNERS, shared_ground
from tests.tiny import vector

SIDE = 12


def town() -> Parcels:
    """Return parcels of 10 m in a square, with a hole in one and one in two parts."""
    x, y = np.meshgrid(np.arange(SIDE) * 10.0, np.arange(SIDE) * 10.0)
    squares = shapely.box(x.ravel(), y.ravel(), x.ravel() + 10, y.ravel() + 10)
    squares[40] = shapely.difference(squares[40], shapely.buffer(shapely.centroid(squares[40]), 3))
    squares[50] = shapely.union_all([squares[50], shapely.box(300, 300, 310, 310)])
    return Parcels(np.array([f"p{i}" for i in range(len(squares))], dtype=object), squares)


def star(n: int, middle: tuple[float, float], inner: float, outer: float) -> shapely.Polygon:
    """Return a polygon with n spikes."""
    angle = np.linspace(0, 2 * np.pi, 2 * n, endpoint=False)
    radius = np.where(np.arange(2 * n) % 2, outer, inner)
    return shapely.Polygon(np.column_stack([middle[0] + np.cos(angle) * radius, middle[1] + np.sin(angle) * radius]))


stars = st.builds(
    star,
    st.sampled_from([2, 5, 60, 65, 400]),
    st.tuples(st.floats(-5, 125), st.floats(-5, 125)),
    st.floats(0.01, 30),
    st.floats(31, 120),
)
boxes = st.builds(lambda x, y, w, h: shapely.box(x * 5, y * 5, (x + w) * 5, (y + h) * 5), *[st.integers(0, 20)] * 2, *[st.integers(1, 20)] * 2)  # fmt: skip


@given(st.lists(st.one_of(stars, boxes), min_size=1, max_size=3))
def test_it_is_what_plain_cutting_gives(sites: list[shapely.Polygon]) -> None:
    """The same pairs, neighbours that only touch included, and the same areas."""
    parcels, drawn = town(), np.array(sites, dtype=object)
    site, row = parcels.tree.query(drawn, predicate="intersects")
    plain = dict(zip(zip(site.tolist(), row.tolist(), strict=True), shapely.area(shapely.intersection(drawn[site], parcels.geometry[row])), strict=True))  # fmt: skip
    found = shared_ground(drawn, parcels)
    pairs = list(zip(found.site.tolist(), found.row.tolist(), strict=True))
    assert pairs == sorted(pairs)
    quick = dict(zip(pairs, found.area_m2, strict=True))
    assert {pair for pair, area in quick.items() if area > 1e-6} == {pair for pair, area in plain.items() if area > 1e-6}  # fmt: skip
    assert all(abs(quick[pair] - plain[pair]) < 1e-6 for pair in quick if pair in plain)
    if max(shapely.get_num_coordinates(drawn)) <= _MOST_CORNERS:
        assert quick.keys() == plain.keys()


@pytest.mark.parametrize("n", [3, 150, 900])
def test_a_parcel_of_many_corners_is_measured_like_any_other(n: int) -> None:
    """Cut in pieces or not, a layer covers the same m2 of it; small parcels beside it are left as they are."""
    spiky = star(n, (60.0, 60.0), 20.0, 80.0)
    parcels = Parcels(np.array(["s", "t"], dtype=object), np.array([spiky, shapely.box(0, 0, 7, 7)], dtype=object))
    zones = vector("zoning", list(town().geometry[:100:2]))
    covered = covered_area(overlaps(parcels, zones), 2)
    ground = shapely.union_all(zones.frame.geometry.to_numpy())
    assert covered == pytest.approx(shapely.area(shapely.intersection(parcels.geometry, ground)))


def test_nothing_drawn_shares_nothing() -> None:
    """No site, no pair."""
    found = shared_ground(np.empty(0, dtype=object), town())
    assert len(found.site) == len(found.row) == len(found.area_m2) == 0
