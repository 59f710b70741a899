"""Usable land: properties of any town, and the outline that maps draw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from suitability.core.types import CRS
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.usable_outline import land_norms_of, usable_outlines
from suitability.spatial.parcels import Parcels
from suitability.spatial.usable_land import Margins, UsableLand, usable_land
from tests.properties.hiding import known_within, without
from tests.properties.towns import SIDE, scan_town, small_town_policy, towns
from tests.tiny import at, named, parcels_of, square, vector

if TYPE_CHECKING:
    from suitability.core.layer import Layers

MARGINS = Margins(setback_m=1, building_m=2, water_m=3, road_m=1, least_width_m=5)
PLACE = st.tuples(st.integers(0, SIDE - 40), st.integers(0, SIDE - 40))
#: Round corners are drawn with straight edges, not always the same ones.
DRAWN_M2 = 0.1


def shapes_in(layers: Layers) -> Parcels:
    """Return the parcels of a town, measured afresh."""
    return parcels_of(*layers["parcels"].frame.geometry)


def with_building(layers: Layers, place: tuple[int, int]) -> Layers:
    """Return the town with one more building."""
    there = layers["buildings"]
    row = gpd.GeoDataFrame({"use": ["other"]}, geometry=[square(*place, 13.0)], crs=CRS)
    more = gpd.GeoDataFrame(pd.concat([there.frame, row], ignore_index=True), crs=CRS) if len(there.frame) else row
    provenance = replace(there.provenance, sha256=f"{there.provenance.sha256} {place}")
    return {**layers, "buildings": replace(there, data=more, provenance=provenance)}


@given(towns(uneven=True), PLACE)
def test_a_building_more_never_adds_land(layers: Layers, place: tuple[int, int]) -> None:
    """Neither what is there nor what is there at least."""
    was = usable_land(shapes_in(layers), layers, MARGINS)
    now = usable_land(shapes_in(layers), with_building(layers, place), MARGINS)
    assert (now.area_m2 <= was.area_m2 + DRAWN_M2).all()
    assert (now.lower_m2 <= was.lower_m2 + DRAWN_M2 + 0.1 * MARGINS.least_width_m).all()


@given(towns(uneven=True), st.randoms(use_true_random=False))
def test_each_parcel_is_measured_by_itself(layers: Layers, random: Any) -> None:
    """In any order, and in any parts: the same numbers to the last digit."""
    parcels = shapes_in(layers)
    rows = np.arange(len(parcels))
    random.shuffle(rows)
    whole = usable_land(parcels, layers, MARGINS)
    for part in (rows, rows[: len(rows) // 2], rows[len(rows) // 2 :]):
        found = usable_land(Parcels(parcels.ids[part], parcels.geometry[part]), layers, MARGINS)
        for name in ("area_m2", "lower_m2", "unsure"):
            assert np.array_equal(getattr(found, name), getattr(whole, name)[part]), name
        assert shapely.equals_exact(found.outlines(np.arange(len(part))), whole.outlines(part)).all()


@given(towns(uneven=True), PLACE, st.integers(50, 400), st.sampled_from(["buildings", "water", "public_roads"]))
def test_knowing_less_never_makes_a_place_larger_for_sure(
    layers: Layers, place: tuple[int, int], side: int, name: str
) -> None:
    """With a layer known in a smaller place only, what is sure does not grow, and what may be does not shrink."""
    window = box(*at(*place), *at(place[0] + side, place[1] + side))
    was = usable_land(shapes_in(layers), layers, MARGINS)
    now = usable_land(shapes_in(layers), known_within(layers, name, window, drop_rows=True), MARGINS)
    assert (now.lower_m2 <= was.lower_m2 + DRAWN_M2 + 0.1 * MARGINS.least_width_m).all()
    assert (now.area_m2 >= was.area_m2 - DRAWN_M2).all()
    covered = shapely.covers(shapely.buffer(window, -60), shapes_in(layers).geometry)
    assert np.array_equal(now.lower_m2[covered], was.lower_m2[covered])


@given(st.floats(20, 60), st.floats(20, 60), st.floats(-0.001, 0.001), st.floats(-0.001, 0.001), st.integers(0, 3))
def test_a_corner_moved_by_a_millimetre(w: float, h: float, dx: float, dy: float, which: int) -> None:
    """The area moves by no more than the perimeter times the way that the corner moved, where nothing is too narrow."""
    corners = [at(0, 0), at(w, 0), at(w, h), at(0, h)]
    moved = [(x + dx, y + dy) if i == which else (x, y) for i, (x, y) in enumerate(corners)]
    margins = replace(MARGINS, least_width_m=0.1)
    layers = named(
        vector("buildings", [square(5, 5, 4)], use=["dwelling"]), vector("water", [square(-5, 0, 6)]),
        vector("public_roads", [], name=[], width_m=[]),
    )  # fmt: skip
    found = usable_land(parcels_of(Polygon(corners), Polygon(moved)), layers, margins)
    perimeter = shapely.length(Polygon(corners))
    assert abs(found.area_m2[1] - found.area_m2[0]) <= perimeter * np.hypot(dx, dy) + 1e-3


@given(towns(uneven=True))
def test_the_outline_is_what_an_opening_leaves(layers: Layers) -> None:
    """The piece by itself: inside the parcel, clear of all that stands there, as large as measured and open throughout."""
    parcels = shapes_in(layers)
    found = usable_land(parcels, layers, MARGINS)
    outlines = found.outlines(np.arange(len(parcels)))
    assert np.allclose(shapely.area(outlines), found.area_m2)
    roads = layers["public_roads"].frame
    taken = shapely.union_all([
        *shapely.buffer(layers["buildings"].frame.geometry.to_numpy(), MARGINS.building_m - 0.02),
        *shapely.buffer(layers["water"].frame.geometry.to_numpy(), MARGINS.water_m - 0.02),
        *shapely.buffer(roads.geometry.to_numpy(), roads["width_m"].to_numpy() / 2 + MARGINS.road_m - 0.05),
    ])  # fmt: skip
    free = shapely.difference(shapely.buffer(parcels.geometry, 0.02 - MARGINS.setback_m), taken)
    assert shapely.area(shapely.difference(outlines, free)).max() < DRAWN_M2
    radius = MARGINS.least_width_m / 2 - 0.02
    opened = shapely.buffer(shapely.buffer(outlines, -radius, quad_segs=64), radius, quad_segs=64)
    assert shapely.area(shapely.difference(outlines, opened)).max() < 2 * DRAWN_M2


def test_the_work_is_shared() -> None:
    """Asked twice with the same margins it is the same; with other margins or another layer it is not."""
    layers = named(
        vector("buildings", [], use=[]), vector("water", []), vector("public_roads", [], name=[], width_m=[])
    )
    parcels = parcels_of(square(0, 0))
    first = usable_land(parcels, layers, MARGINS)
    assert isinstance(first, UsableLand)
    assert usable_land(parcels, layers, replace(MARGINS)) is first
    assert usable_land(parcels, layers, replace(MARGINS, water_m=4)) is not first
    assert usable_land(parcels, {**layers, "water": vector("water", [square(9, 9)])}, MARGINS) is not first


@given(towns())
def test_outlines_of_a_scan(layers: Layers) -> None:
    """By the norms of the first rule that has any, in the shape of the rows asked for; none without a layer they need."""
    scan = scan_town(layers)
    rows = np.arange(len(scan.parcels))[::-1]
    outlines = usable_outlines(scan, rows)
    assert outlines is not None
    assert np.allclose(shapely.area(outlines), scan.findings["usable"].value[rows])
    assert usable_outlines(scan_town(without(layers, "water")), rows) is None


@pytest.mark.parametrize(("policy", "has"), [("showcase", True), ("base", False)])
def test_policies_with_and_without_norms(policy: str, *, has: bool) -> None:
    """A policy that counts no usable land has no outline to draw; norms may also stand in a rule for beds."""
    assert (land_norms_of(read_policy(policy, REGISTRY)) is not None) == has
    beds = tuple(rule for rule in small_town_policy().rules if rule.id == "beds_on_usable")
    assert land_norms_of(small_town_policy().model_copy(update={"rules": beds})) == beds[0].params.land
