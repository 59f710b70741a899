"""Facility minutes: over the streets from home to the nearest facility, legs included.

On foot 6 km/h is 100 m a minute, so that minutes are hundreds of metres.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import at, facilities, graph_of, measure, outcomes, polygon, square, streets

WALK: dict[str, Any] = {
    "facility_kind": "supermarket", "mode": "walk", "speed_kmh": 6, "access_speed_kmh": 6, "snap_limit_m": 250,
    "horizon_min": 120,
}  # fmt: skip
HOME = square(0, 0)  # its centre is (10, 10)
STREET = graph_of([(0, 0), (3000, 0)], [(0, 1)])


def minutes(shapes: list[object], graph: object, shops: object, **changed: Any) -> object:
    """Return the measured minutes over one graph, or over a layer of streets."""
    layer = graph if hasattr(graph, "spec") else streets(graph)
    return measure("facility_minutes", shapes, layer, shops, **{**WALK, **changed})


def test_known_answer_with_both_legs() -> None:
    """10 m to the street, 490 m along it and 40 m to the door: 540 m on foot."""
    found = minutes([HOME], STREET, facilities(("Jumbo", 500, -40)))
    assert found.value == pytest.approx([5.4])
    assert found.details["access_leg_m"] == pytest.approx([10])
    assert found.details["network_m"] == pytest.approx([490])
    assert list(found.evidence) == [0]
    assert REGISTRY["facility_minutes"].unit == "min"


def test_legs_have_their_own_speed() -> None:
    """By bicycle at 12 km/h the street goes twice as fast, the legs are walked."""
    found = minutes([HOME], STREET, facilities(("Jumbo", 510, -40)), mode="bicycle", speed_kmh=12)
    assert found.value == pytest.approx([5 / 2 + 0.5])
    assert found.details["network_m"] == pytest.approx([500])


def test_parcel_on_limit() -> None:
    """Exactly 15 minutes passes, 1 mm further fails."""
    on, beyond = (minutes([HOME], STREET, facilities(("Jumbo", x, 0))) for x in (1500, 1500.001))
    assert outcomes(on, at_most=15) == ["pass"]
    assert outcomes(beyond, at_most=15) == ["fail"]


def test_shop_across_canal() -> None:
    """60 m as the crow flies, 2 km over the bridge; without the bridge out of reach, which is not 0 minutes."""
    banks = [(0, 0), (1000, 0), (0, 50), (1000, 50)]
    shop = facilities(("Overkant", 10, 60))
    bridge = minutes([HOME], graph_of(banks, [(0, 1), (2, 3), (1, 3)]), shop)
    assert bridge.value == pytest.approx([(10 + 990 + 50 + 990 + 10) / 100])
    assert outcomes(bridge, at_most=15) == ["fail"]
    none = minutes([HOME], graph_of(banks, [(0, 1), (2, 3)]), shop)
    assert np.isposinf(none.value[0])
    assert list(none.evidence) == [-1]
    assert outcomes(none, at_most=15) == ["fail"]


@pytest.mark.parametrize("x", [20.0, 80.0])
def test_one_way_street(x: float) -> None:
    """By bicycle one goes round the block against a one-way street, but straight along it; on foot always straight."""
    corners = [(0, 0), (100, 0), (100, 300), (0, 300)]
    block = [(0, 1), (1, 2), (2, 3), (3, 0)]
    layer = streets(graph_of(corners, block), graph_of(corners, block, one_way=[0]))
    home, shop = [square(x - 10, -30)], facilities(("Jumbo", 100 - x, 0))
    legs, direct, around = 20, 60, 800 - 60
    assert minutes(home, layer, shop).value == pytest.approx([(legs + direct) / 100])
    by_bicycle = minutes(home, layer, shop, mode="bicycle")
    assert by_bicycle.value == pytest.approx([(legs + (direct if x == 20.0 else around)) / 100])


def test_one_way_between_home_and_shop_on_different_segments() -> None:
    """The way there counts, not the way back: one-way away from home is open, towards home is closed."""
    places = [(0, 0), (200, 0), (400, 0), (200, 500)]
    there = graph_of(places, [(0, 1), (1, 2)], one_way=[0, 1])
    back = graph_of(places, [(1, 0), (2, 1)], one_way=[0, 1])
    shop = facilities(("Jumbo", 300, 0))
    assert minutes([HOME], there, shop).value == pytest.approx([3])
    assert np.isposinf(minutes([HOME], back, shop).value[0])


def test_segment_drawn_against_its_only_direction() -> None:
    """A segment that may only be travelled from head to tail is the same street drawn the other way."""
    graph = graph_of([(0, 0), (200, 0), (400, 0)], [(1, 0), (2, 1)])
    reverse = replace(graph, forward=np.zeros(2, dtype=bool))
    assert minutes([HOME], reverse, facilities(("Jumbo", 300, 0))).value == pytest.approx([3])
    assert np.isposinf(minutes([square(290, 0)], reverse, facilities(("Jumbo", 100, 0))).value[0])


def test_same_segment_both_ways() -> None:
    """Home and shop on one segment: the part between them, in either direction, never via an end."""
    for home_x, shop_x in ((1000, 1300), (1300, 1000)):
        found = minutes([square(home_x - 10, 0)], STREET, facilities(("Jumbo", shop_x, 0)))
        assert found.value == pytest.approx([3.1])


def test_same_place_on_the_street() -> None:
    """A shop across the street costs only the two legs."""
    assert minutes([HOME], STREET, facilities(("Jumbo", 10, -15))).value == pytest.approx([0.25])


def test_snapped_at_a_node() -> None:
    """Home and shop that join the network exactly at a node, also at the end of one-way streets."""
    places = [(10, 0), (310, 0), (310, 400)]
    for one_way in ((), (0, 1)):
        found = minutes([HOME], graph_of(places, [(0, 1), (1, 2)], one_way=one_way), facilities(("J", 320, 400)))
        assert found.value == pytest.approx([(10 + 300 + 400 + 10) / 100])


def test_at_the_far_node_of_a_closed_direction() -> None:
    """At the head of a one-way segment one is on the crossing, and may leave by any other street."""
    places = [(-500, 0), (10, 0), (10, -300)]
    graph = graph_of(places, [(0, 1), (1, 2)], one_way=[0])
    assert minutes([HOME], graph, facilities(("J", 10, -300))).value == pytest.approx([3.1])


def test_zero_length_edge() -> None:
    """A segment without length joins its ends for free, and can be snapped to."""
    places = [(0, 0), (100, 0), (100, 0), (300, 0)]
    graph = graph_of(places, [(0, 1), (1, 2), (2, 3)])
    assert minutes([HOME], graph, facilities(("J", 300, 0))).value == pytest.approx([3])
    only = graph_of([(10, 0), (10, 0)], [(0, 1)])
    assert minutes([HOME], only, facilities(("J", 10, -10))).value == pytest.approx([0.2])


def test_of_parallel_arcs_the_shortest_counts() -> None:
    """Two streets between the same crossings are not added up, whatever their order or direction."""
    places = [(0, 0), (100, 0), (200, 0), (300, 0)]
    graph = graph_of(places, [(0, 1), (1, 2), (1, 2), (2, 1), (2, 3)])
    for lengths in ([100, 150, 100, 170, 100], [100, 100, 170, 150, 100]):
        longer = replace(graph, length_m=np.array(lengths, dtype=float))
        assert minutes([HOME], longer, facilities(("J", 290, 0))).value == pytest.approx([2.9])


def test_several_facilities_the_nearest_in_time_counts() -> None:
    """A shop behind the canal is nearer in a straight line, the one along the street in time; rows stay the layer's."""
    banks = graph_of([(0, 0), (1000, 0), (0, 50), (1000, 50)], [(0, 1), (2, 3), (1, 3)])
    places = facilities(("Overkant", 10, 60), ("Verderop", 400, 0), ("Ver", 900, 0))
    found = minutes([HOME, square(880, 0)], banks, places)
    assert list(found.evidence) == [1, 2]
    assert found.value == pytest.approx([4, 0.2])


def test_only_the_kind_asked_for() -> None:
    """A school nearby is no supermarket; evidence keeps its row in the whole layer."""
    both = facilities(("School", 20, 0), ("Jumbo", 500, 0))
    both.frame["facility_kind"] = ["school", "supermarket"]
    found = minutes([HOME], STREET, both)
    assert found.value == pytest.approx([5])
    assert list(found.evidence) == [1]


def test_facility_too_far_from_the_street() -> None:
    """A shop further than the snap limit from any street cannot be used; at the limit it can."""
    assert np.isposinf(minutes([HOME], STREET, facilities(("J", 100, -250.001))).value[0])
    assert minutes([HOME], STREET, facilities(("J", 100, -250))).value == pytest.approx([3.5])
    found = minutes([HOME], STREET, facilities(("Weiland", 100, -300), ("J", 800, 0)))
    assert list(found.evidence) == [1]


def test_far_from_network() -> None:
    """A parcel of which the boundary lies beyond the snap limit is unknown, and its leg is reported."""
    shop = facilities(("J", 500, 0))
    found = minutes([square(0, 250), square(0, 250.001), square(0, 600)], STREET, shop)
    assert found.value[0] == pytest.approx(2.6 + 4.9)
    assert np.isnan(found.value[1:]).all()
    assert list(found.evidence) == [0, -1, -1]
    assert outcomes(found, at_most=15) == ["pass", "unknown", "unknown"]
    assert found.details["access_leg_m"] == pytest.approx([260, 260.001, 610])


def test_large_parcel_counts_the_leg_from_its_centre() -> None:
    """A field that touches the street is known, but one walks from its middle."""
    field = polygon((0, 0), (800, 0), (800, 800), (0, 800))
    found = minutes([field], STREET, facilities(("J", 500, 0)))
    assert found.details["access_leg_m"] == pytest.approx([400])
    assert found.value == pytest.approx([5])


def test_parcel_with_hole() -> None:
    """The centre of a ring lies in its hole, so a point on the ring is used: the leg is not that of the hole."""
    ring = polygon((0, 0), (90, 0), (90, 90), (0, 90), holes=[[(5, 5), (85, 5), (85, 85), (5, 85)]])
    leg = minutes([ring], STREET, facilities(("J", 500, 0))).details["access_leg_m"][0]
    assert leg <= 5 or leg >= 85 or leg == pytest.approx(45)
    hook = polygon((0, 0), (100, 0), (100, 4), (4, 4), (4, 100), (0, 100))  # its centroid lies outside it
    point_leg = minutes([hook], STREET, facilities(("J", 500, 0))).details["access_leg_m"][0]
    centroid_leg = hook.centroid.y - at(0, 0)[1]
    assert point_leg != pytest.approx(centroid_leg, abs=0.1)


def test_dead_end() -> None:
    """Into a dead end and out again counts both ways: from its end the whole length, and a shop at its end is reached."""
    places = [(0, 0), (500, 0), (500, 300), (1000, 0)]
    graph = graph_of(places, [(0, 1), (1, 2), (1, 3)])
    assert minutes([square(490, 300)], graph, facilities(("J", 1000, 0))).value == pytest.approx([8.1])
    assert minutes([HOME], graph, facilities(("J", 500, 300))).value == pytest.approx([8])


def test_horizon() -> None:
    """Beyond the horizon nothing is sought: none found, and a limit beyond the horizon cannot be answered."""
    found = minutes([HOME], STREET, facilities(("J", 1500, 0)), horizon_min=10)
    assert np.isposinf(found.value[0])
    assert outcomes(found, at_most=9) == ["fail"]
    assert outcomes(found, at_most=12) == ["unknown"]


def test_outside_coverage() -> None:
    """A shop 12 minutes away passes though the data ends nearby; one 18 minutes away could be beaten by one unseen."""
    edge = box(*at(-200, -5000), *at(5000, 5000))
    layer = streets(STREET, coverage=edge)
    near, far = (facilities(("J", x, 0), coverage=edge) for x in (1200, 1800))
    assert outcomes(minutes([HOME], layer, near), at_most=15) == ["pass"]
    assert outcomes(minutes([HOME], layer, far), at_most=15) == ["unknown"]
    inland = [square(2990, 1600)]
    assert outcomes(
        minutes(inland, graph_of([(0, 0), (3000, 0), (3000, 3000)], [(0, 1), (1, 2)]), far), at_most=15
    ) == ["fail"]


def test_unknown_streets_could_shorten_a_known_way() -> None:
    """Facilities are known everywhere, streets only here: a way round outside the map is bounded by the straight line."""
    canal = graph_of([(0, 0), (2000, 0), (2000, 300), (0, 300)], [(0, 1), (1, 2), (2, 3)])
    shop = facilities(("Overkant", 10, 310))
    wide, narrow = box(*at(-3000, -3000), *at(3000, 3000)), box(*at(-100, -100), *at(3000, 3000))
    assert outcomes(minutes([HOME], streets(canal, coverage=wide), shop), at_most=15) == ["fail"]
    assert outcomes(minutes([HOME], streets(canal, coverage=narrow), shop), at_most=15) == ["unknown"]


def test_the_nearest_street_may_lie_beyond_the_data() -> None:
    """When the edge of the data is nearer than the nearest known street, the place where one joins is not known."""
    known = box(*at(-2000, -2000), *at(15, 2000))
    layer = streets(graph_of([(-500, -50), (0, -50)], [(0, 1)]), coverage=known)
    shop = facilities(("J", -100, -50))
    assert outcomes(minutes([HOME], layer, shop), at_most=15) == ["unknown"]
    assert outcomes(minutes([square(-120, -60)], layer, shop), at_most=15) == ["pass"]
    at_the_edge = facilities(("J", 5, 30))  # the shop, too, joins the network who knows where
    assert outcomes(minutes([square(-120, -60)], layer, at_the_edge), at_most=15) == ["unknown"]
    assert outcomes(minutes([square(-120, -60)], layer, facilities(("J", 5, 30), ("K", -400, -50))), at_most=15) == [
        "pass"
    ]


def test_the_coverage_of_one_kind() -> None:
    """A chain's own list of shops may be complete further out than the map of everything else."""
    small, large = box(*at(-100, -100), *at(100, 100)), box(*at(-5000, -5000), *at(5000, 5000))
    shops = facilities(coverage=small)
    assert outcomes(minutes([HOME], STREET, shops), at_most=15) == ["unknown"]
    known = replace(shops, kind_coverage={"supermarket": large})
    assert outcomes(minutes([HOME], STREET, known), at_most=15) == ["fail"]


def test_empty_layers() -> None:
    """No shops in complete data is a fail; no streets at all means that nobody can be placed: unknown."""
    nothing = graph_of(np.empty((0, 2)), [])
    assert outcomes(minutes([HOME], STREET, facilities()), at_most=15) == ["fail"]
    assert outcomes(minutes([HOME], nothing, facilities(("J", 5, 5))), at_most=15) == ["unknown"]
    assert outcomes(minutes([HOME], nothing, facilities()), at_most=15) == ["unknown"]


def test_many_shops_on_one_segment() -> None:
    """Of several shops on the home's own segment the nearest ahead or behind counts, its leg included."""
    shops = facilities(("A", 700, 0), ("B", 1250, 0), ("C", 900, 180), ("D", 1400, 0))
    found = minutes([square(990, -20)], STREET, shops)
    assert found.value == pytest.approx([(10 + 250) / 100])
    assert list(found.evidence) == [1]


def test_a_detour_may_beat_the_segment_itself() -> None:
    """A winding segment that is longer than the way round is not taken just because both lie on it."""
    graph = graph_of([(0, 0), (1000, 0)], [(0, 1), (0, 1)])
    winding = replace(graph, length_m=np.array([5000.0, 1000.0]))
    found = minutes([HOME], winding, facilities(("J", 990, 0)))
    assert found.value == pytest.approx([(10 + 50 + 1000 + 50) / 100])


def test_the_nth_nearest() -> None:
    """The second nearest of three shops, and that shop is the evidence; of a fourth there is none."""
    shops = facilities(("Near", 100, -40), ("Far", 900, -40), ("Middle", 500, -40))
    found = minutes([HOME, square(880, 0)], STREET, shops, nth=2)
    assert found.value == pytest.approx([5.4, 4.4])  # to Middle: 490 and 390 m of street
    assert list(found.evidence) == [2, 2]
    assert found.details["network_m"] == pytest.approx([490, 390])
    none = minutes([HOME], STREET, shops, nth=4)
    assert np.isposinf(none.value[0])
    assert list(none.evidence) == [-1]
    assert outcomes(none, at_most=10) == ["fail"]


def test_the_nth_nearest_where_the_list_ends() -> None:
    """Shops beyond the end of the list may be any number: the second could be as near as the end itself."""
    coverage = box(*at(-300, -300), *at(600, 300))
    known = streets(STREET)
    near = facilities(("Near", 100, -40), ("Far", 500, -40), coverage=coverage)
    found = minutes([HOME], known, near, nth=2)
    assert found.value == pytest.approx([5.4])
    assert found.upper == pytest.approx([5.4])
    assert found.lower == pytest.approx([2.9])  # the list ends 290 m from the middle
    assert outcomes(found, at_most=5.4) == ["pass"]
    assert outcomes(found, at_most=4) == ["unknown"]
    assert outcomes(found, at_most=2) == ["fail"]


def test_the_nth_nearest_is_never_before_the_one_before_it() -> None:
    """Value and bounds rise with n, at the edge of the streets too."""
    coverage = box(*at(-80, -120), *at(560, 200))
    shops = facilities(("A", 100, -40), ("B", 500, -40), ("C", 300, 90), coverage=coverage)
    homes = [square(x, 0) for x in range(0, 520, 40)]
    found = [
        minutes(homes, streets(STREET, coverage=coverage), shops, **({"nth": n} if n > 1 else {})) for n in (1, 2, 3)
    ]
    for one, more in itertools.pairwise(found):
        assert (one.value <= more.value).all()
        assert (one.lower <= more.lower + 1e-9).all()
        assert (one.upper <= more.upper).all()
