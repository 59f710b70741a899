"""Facilities of several sources, each with kinds of its own: merged and measured as the obvious loop says."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from layers.first_of import FirstOf
from suitability.core.layer import OTHER_KINDS, Area, Layer
from suitability.core.layer_specs import LAYERS
from suitability.criteria import REGISTRY
from tests.oracle.known import complete
from tests.oracle.reference_distances import distance_to, total_within
from tests.oracle.reference_travel import facility_minutes
from tests.tiny import MemorySource, at, graph_of, measure, point, square, streets, vector

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("supermarket", "school", "doctor", "gym")
GROUNDS = tuple(
    box(*at(left, bottom), *at(left + 1500, bottom + 1500)) for left in (-900, -300) for bottom in (-900, 0)
)
TOWN = streets(
    graph_of([(0, 0), (300, 0), (600, 0), (0, 300), (300, 300), (600, 300)], [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (2, 5)]),
    coverage=box(*at(-1000, -1000), *at(1600, 1600)),
)  # fmt: skip
HOMES = [square(x, y) for x in range(20, 600, 140) for y in (40, 200, 340)]


def drawn(random: Random) -> Layer:
    """Return a source's facilities: of the kinds that it lists, and now and then of one more."""
    listed = random.sample([*KINDS, OTHER_KINDS], k=random.randint(0, 3))
    may_have = [kind for kind in KINDS if kind in listed or OTHER_KINDS in listed or not listed] or [KINDS[0]]
    n = random.randint(0, 5)
    rows = random.choices([*may_have, random.choice(KINDS)], k=n)
    places = [point(random.randint(0, 600), random.randint(0, 300)) for _ in range(n)]
    layer = vector("facilities", places, random.choice(GROUNDS), facility_kind=rows, name=[f"n{i}" for i in range(n)])
    kinds = {kind: random.choice(GROUNDS) for kind in listed}
    everywhere = shapely.intersection_all([layer.coverage, *kinds.values()])
    coverage = everywhere if not kinds or random.random() < 0.5 else shapely.Polygon()
    return Layer(layer.spec, layer.data, coverage, layer.provenance, kinds)


def rows_of(layer: Layer, kind: str) -> list[str]:
    """Return the places of one kind, in the order of the rows."""
    return [row.geometry.wkt for row in layer.frame.itertuples() if row.facility_kind == kind]


def first_that_knows(layers: list[Layer], kind: str) -> Layer | None:
    """Return the first layer that lists a kind, or every kind."""
    for layer in layers:
        if not layer.kind_coverage or kind in layer.kind_coverage or OTHER_KINDS in layer.kind_coverage:
            return layer
    return None


@pytest.mark.parametrize("seed", range(60))
def test_each_kind_comes_from_the_first_that_knows_it(seed: int) -> None:
    """Rows and coverage of every kind; of a kind that none knows, the rows that there are, complete nowhere."""
    random = Random(seed)
    layers = [drawn(random) for _ in range(random.randint(2, 3))]
    merged = FirstOf([MemorySource({"facilities": layer}, str(i)) for i, layer in enumerate(layers)]).load(
        LAYERS["facilities"], Area.everywhere()
    )
    for kind in KINDS:
        giver = first_that_knows(layers, kind)
        if giver is None:
            expected = [place for layer in layers for place in rows_of(layer, kind)]
            assert (rows_of(merged, kind), merged.coverage_of(kind).is_empty) == (expected, True)
        else:
            assert rows_of(merged, kind) == rows_of(giver, kind)
            assert merged.coverage_of(kind).equals(complete(giver, [kind]))
            assert shapely.area(shapely.difference(merged.coverage, merged.coverage_of(kind))) < 1e-6
    assert merged.frame.index.is_unique
    assert merged.frame.index.is_monotonic_increasing


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize(
    ("criterion", "reference", "params"),
    [
        ("facility_minutes", facility_minutes, {"facility_kind": "supermarket", "mode": "walk", "speed_kmh": 5, "access_speed_kmh": 5, "snap_limit_m": 250, "horizon_min": 30}),
        ("facility_minutes", facility_minutes, {"facility_kind": "gym", "mode": "walk", "speed_kmh": 5, "access_speed_kmh": 5, "snap_limit_m": 250, "horizon_min": 30, "nth": 2}),
        ("distance_to", distance_to, {"layer": "facilities", "where": {"facility_kind": {"in": ["school", "gym"]}}, "measured_from": "boundary", "measured_to": "boundary"}),
        ("distance_to", distance_to, {"layer": "facilities", "where": {"facility_kind": {"not_in": ["school"]}}, "measured_from": "middle", "measured_to": "boundary"}),
        ("distance_to", distance_to, {"layer": "facilities", "measured_from": "boundary", "measured_to": "boundary"}),
        ("total_within", total_within, {"layer": "facilities", "where": {"facility_kind": {"in": ["doctor"]}}, "radius_m": 200}),
        ("total_within", total_within, {"layer": "facilities", "radius_m": 200}),
    ],
    ids=["minutes", "minutes_to_second", "distance_to_two_kinds", "distance_but_one_kind", "distance", "total_of_kind", "total"],
)  # fmt: skip
def test_measured_as_the_loop_says(
    seed: int, criterion: str, reference: Callable[..., Any], params: dict[str, Any]
) -> None:
    """Value and bounds of every parcel; where a kind is not known, there may always be one that is nearer."""
    random = Random(seed)
    sources = [MemorySource({"facilities": drawn(random)}, str(i)) for i in range(random.randint(1, 3))]
    shops = FirstOf(sources).load(LAYERS["facilities"], Area.everywhere())
    found = measure(criterion, HOMES, shops, TOWN, **params)
    asked = REGISTRY[criterion].params.model_validate(params)
    layers = {"facilities": shops, "streets": TOWN}
    homes = {str(i): shape for i, shape in enumerate(HOMES)}
    make = reference(layers, asked, homes) if criterion == "facility_minutes" else reference(layers, asked)
    expected = np.array([make(name, shape) for name, shape in homes.items()])
    for i, name in enumerate(("value", "lower", "upper")):
        np.testing.assert_allclose(getattr(found, name), expected[:, i], atol=1e-6, err_msg=name)
