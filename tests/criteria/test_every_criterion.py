"""Properties that hold for every criterion, whatever it measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely

from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.reader import policy_names, read_policy
from suitability.scan.run import evaluate
from suitability.spatial.parcels import Parcels
from tests.paths import CONFIG
from tests.tiny import (
    facilities,
    graph_of,
    line,
    make_layer,
    named,
    parcels_of,
    point,
    polygon,
    raster,
    square,
    streets,
    vector,
)  # fmt: skip

if TYPE_CHECKING:
    from suitability.core.layer import Layer
    from suitability.policy.model import Check

SHAPES = [square(0, 0), square(100, 0, 35), square(0, 100, 8), polygon((50, 50), (90, 50), (50, 90)), square(300, 300)]


def drawn() -> dict[str, Layer]:
    """Return every layer with a few things in it."""
    return named(
        vector("zoning", [square(-50, -50, 160)], designation=["agrarisch"], designation_code=["Agrarisch"]),
        vector("building_plots", [square(-10, -10, 60)]),
        vector("recreation_parks", [square(90, -5, 20)], name=["Park"], park_kind=["camp_site"]),
        facilities(("Jumbo", 300, 5), ("Aldi", 20, -5)),
        vector(
            "employers",
            [square(0, 400), point(150, 10)],
            name=["Kas", "Loods"],
            jobs=[200, 20],
            sector=["glastuinbouw", "logistiek"],
        ),
        vector("settlements", [square(90, -20, 60)], name=["Dorp"]),
        vector("buildings", [square(5, 5, 12), square(95, 20, 30)], use=["dwelling", "farm"]),
        vector("water", [square(-40, -40, 42)]),
        vector("businesses", [square(0, 400), point(150, 10)], name=["Kas", "X"], environmental_category=["2", None]),
        raster([[50.0] * 40] * 40, top=400),
        streets(graph_of([(0, -10), (300, -10), (300, 300)], [(0, 1), (1, 2)], names=["A", "B"])),
        vector("public_roads", [line((0, -1), (300, -1))], name=["A"], width_m=[6.0], road_class=["residential"]),
        make_layer("declarations", pd.DataFrame({"parcel_id": ["p1"], "question": ["landscape"], "answer": [1]})),
    )


def emptied(layer: Layer) -> Layer:
    """Return the layer without any row, cell or street."""
    if layer.spec.kind == "graph":
        nothing = graph_of(np.empty((0, 2)), [])
        return streets(nothing)
    if layer.spec.kind == "raster":
        return raster(np.empty((0, 0)))
    return layer.where(np.zeros(len(layer.data), dtype=bool))


def questions() -> dict[str, Check]:
    """Return every question that the shipped policies ask, once: criterion, params and limit."""
    found: dict[str, tuple[str, Check]] = {}
    for name in policy_names(CONFIG):
        for check in read_policy(name, REGISTRY, CONFIG).checks():
            found.setdefault(f"{check.criterion} {check.params!r} {check.limit!r}", (f"{name}-{check.id}", check))
    return dict(found.values())


def checks() -> list[Any]:
    """Return every question as a case."""
    return [pytest.param(check, id=name) for name, check in questions().items()]


def test_the_checks_ask_every_criterion() -> None:
    """The tests below hold for all of them."""
    assert {check.criterion for check in questions().values()} == set(REGISTRY)


@pytest.mark.parametrize("check", checks())
def test_one_number_per_parcel_in_parcel_order(check: Check) -> None:
    """Length, type and order are those of the parcels; the input is not changed; a second call gives the same."""
    criterion, layers, parcels = REGISTRY[str(check.criterion)], drawn(), parcels_of(*SHAPES)
    before = {name: layer.fingerprint for name, layer in drawn().items()}, parcels_of(*SHAPES).fingerprint
    found = criterion.measure(parcels, layers, check.params)
    again = criterion.measure(parcels, layers, check.params)
    assert found.value.shape == (len(SHAPES),)
    assert np.array_equal(found.value, again.value, equal_nan=True)
    assert before == ({name: layer.fingerprint for name, layer in layers.items()}, parcels.fingerprint)
    for i, shape in enumerate(SHAPES):
        alone = criterion.measure(Parcels(parcels.ids[[i]], np.array([shape], dtype=object)), layers, check.params)
        assert alone.value[0] == pytest.approx(found.value[i], nan_ok=True)
        assert alone.evidence[0] == found.evidence[i]


@pytest.mark.parametrize("check", checks())
def test_missing_layer_is_unknown(check: Check) -> None:
    """Without a layer that it needs, a criterion knows nothing of any parcel: never pass, never fail."""
    for need in REGISTRY[str(check.criterion)].needs_of(check.params):
        layers = drawn()
        del layers[need.layer]
        found = evaluate(parcels_of(*SHAPES), layers, check)
        assert set(found.outcome) == {Outcome.UNKNOWN}
        assert np.isnan(found.margin).all()


@pytest.mark.parametrize("check", checks())
def test_empty_layers_do_not_break(check: Check) -> None:
    """A layer without rows gives answers: facts where it is complete, unknown where nothing can be said."""
    criterion = REGISTRY[str(check.criterion)]
    for need in criterion.needs_of(check.params):
        layers = drawn()
        layers[need.layer] = emptied(layers[need.layer])
        found = evaluate(parcels_of(*SHAPES), layers, check)
        assert (found.evidence[np.isinf(found.value)] == -1).all()


@pytest.mark.parametrize("check", checks())
def test_no_parcels(check: Check) -> None:
    """No parcels give no numbers, and no error."""
    nothing = Parcels(np.array([], dtype=object), np.array([], dtype=object))
    assert len(evaluate(nothing, drawn(), check).outcome) == 0


def quicker() -> list[Check]:
    """Return those checks of which the criterion has a quicker way for callers that ask no further than a number."""
    asked = read_policy("hardenberg-2025", REGISTRY).checks()
    return [check for check in asked if check.criterion and REGISTRY[check.criterion].measure_up_to is not None]


def test_some_criterion_has_a_quicker_way() -> None:
    """Or the test below says nothing."""
    assert quicker()


@pytest.mark.parametrize("most", [-1e6, -50.0, 0.0, 0.5, 7.5, 100.0, 1e6])
@pytest.mark.parametrize("check", quicker(), ids=lambda check: check.id)
def test_a_bounded_measurement_is_the_same_up_to_its_bound(check: Check, most: float) -> None:
    """The quicker way of measuring and the whole one, both cut off at the number: value, bounds and object."""
    criterion, layers, parcels = REGISTRY[str(check.criterion)], drawn(), parcels_of(*SHAPES)
    assert criterion.measure_up_to is not None
    found = criterion.measure_up_to(parcels, layers, check.params, most).up_to(most)
    whole = criterion.measure(parcels, layers, check.params).up_to(most)
    for part in ("value", "evidence", "lower", "upper"):
        assert np.array_equal(getattr(found, part), getattr(whole, part), equal_nan=True), part


@pytest.mark.parametrize("check", checks())
def test_evidence_names_a_row_of_its_layer(check: Check) -> None:
    """Evidence is a row of the layer the declaration names, or -1."""
    criterion, layers = REGISTRY[str(check.criterion)], drawn()
    found = criterion.measure(parcels_of(*SHAPES), layers, check.params)
    named_by = criterion.evidence_of(check.params)
    if named_by is None:
        named_rows = {row for need in criterion.needs_of(check.params) if layers[need.layer].spec.kind in {"vector", "table"}
                      for row in layers[need.layer].frame.index}  # fmt: skip
    else:
        frame = layers[named_by[0]].frame
        assert set(named_by[1]) <= set(frame.columns)
        named_rows = set(frame.index)
    assert set(found.evidence[found.evidence >= 0]) <= named_rows


@pytest.mark.parametrize("check", checks())
def test_the_ring_may_start_anywhere(check: Check) -> None:
    """The ring of a parcel may start anywhere and run either way: the same, as far as a criterion measures."""
    criterion, layers = REGISTRY[str(check.criterion)], drawn()
    turned = [shapely.Polygon(np.roll(np.array(s.exterior.coords)[:-1], 1, axis=0)[::-1]) for s in SHAPES]
    found = criterion.measure(parcels_of(*SHAPES), layers, check.params)
    other = criterion.measure(parcels_of(*turned), layers, check.params)
    searched_m = 0.002 if criterion.id in {"parcel_width", "usable_width"} else 0.0
    assert other.value == pytest.approx(found.value, abs=searched_m or None, nan_ok=True)
