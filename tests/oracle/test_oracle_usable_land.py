"""Usable land on a sample of the embedded municipality, against the slow and obvious reference."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from layers import open_source
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.criteria import REGISTRY
from suitability.scan.run import parcels_of
from suitability.spatial.parcels import Parcels
from tests.conftest import examples
from tests.oracle.reference import measure_all

NORMS = {"setback_m": 2, "building_margin_m": 3, "water_margin_m": 5, "road_margin_m": 2, "least_width_m": 6}
#: Off by rounding: the two draw other straight edges in round corners, and one searches circles to within 1 mm.
WITHIN = {"usable_land": 0.5, "usable_width": 0.05, "road_access": 0.05}


@pytest.mark.parametrize("criterion", sorted(WITHIN))
def test_a_sample_of_the_demo_equals_the_reference(criterion: str) -> None:
    """Value and both bounds; some of the sample have a usable piece, some have none, and of some it is not sure."""
    demo = open_source("demo")
    layers = {name: demo.load(LAYERS[name], Area.everywhere()) for name in ("buildings", "water", "public_roads")}
    every = parcels_of(demo.load(LAYERS["parcels"], Area.everywhere()))
    rows = np.random.default_rng(20_250_708).choice(len(every), examples(150), replace=False)
    parcels = Parcels(every.ids[rows], every.at(rows))
    params = REGISTRY[criterion].params.model_validate(NORMS)
    found = REGISTRY[criterion].measure(parcels, layers, params)
    check = SimpleNamespace(criterion=criterion, params=params)
    expected = np.array(measure_all(SimpleNamespace(parcels=parcels, layers=layers), check))
    for i, name in enumerate(("value", "lower", "upper")):
        np.testing.assert_allclose(getattr(found, name), expected[:, i], rtol=0, atol=WITHIN[criterion], err_msg=name)
    some = np.isfinite(found.value) & (found.value > 0)
    assert 0 < some.sum() < len(rows)
    assert (found.lower < found.upper).any()
