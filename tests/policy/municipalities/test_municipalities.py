"""Policies of other municipalities, as configuration alone: each allows what it should, and refuses what it should."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import yaml
from shapely.geometry import box

from suitability.core.config import config_folder, documents
from suitability.core.layer import Area, Layers
from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Outcome
from suitability.core.types import CRS
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.run import run_scan
from suitability.selection.portfolio import check_sites
from tests.paths import CONFIG
from tests.tiny import MemorySource, at, line, make_layer, named, vector

if TYPE_CHECKING:
    from suitability.policy.model import Policy

FOLDER = Path(__file__).parent

EXAMPLES: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / "examples.yaml").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem not in {"common", "examples"})
CASES = [pytest.param(name, case, id=f"{name}: {case['says']}") for name in NAMES for case in EXAMPLES[name]]

#: Layers that can be drawn, with what stands there when an example draws none.
DRAWN = ("zoning", "employers", "recreation_parks", "settlements", "businesses", "building_plots", "buildings")
SITE: dict[str, Any] = {
    "standing": "chosen", "location_type": "site", "address": "Dorpsstraat 1", "street": "Dorpsstraat",
    "settlement": "Dorp", "municipality": "Gemeente", "beds": 4, "dwellings": 1, "x": 0,
}  # fmt: skip
AREAS = pd.DataFrame(
    [("street", "Dorpsstraat", np.nan, 40), ("street", "Achterweg", np.nan, 20), ("settlement", "Dorp", 1000, 400)],
    columns=["level", "name", "inhabitants", "dwellings"],
)


def plot(x: float, y: float, width: float, height: float) -> Any:
    """Return a rectangle by its lower left corner and its size, in metres."""
    return box(*at(x, y), *at(x + width, y + height))


def layers_of(case: dict[str, Any]) -> Layers:
    """Return the layers of an example: what it draws, a road along y = 0, and the answers given."""
    drawn = [
        vector("parcels", [plot(*case["plot"])], parcel_id=["p0"]),
        vector("public_roads", [line((-500, 0), (500, 0))], name=["Dorpsstraat"], width_m=[0.0]),
        make_layer(
            "declarations",
            pd.DataFrame(
                [("p0", question, answer) for question, answer in case.get("answers", {}).items()],
                columns=["parcel_id", "question", "answer"],
            ),
        ),
    ]
    for name in DRAWN:
        rows = case.get(name, [])
        columns = {column: [row.get(column) for row in rows] for column in LAYERS[name].columns}
        drawn.append(vector(name, [plot(*row["plot"]) for row in rows], **columns))
    return named(*drawn)


def sites_of(case: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the sites of an example, squares of 10 m."""
    frame = pd.DataFrame([{"site_id": f"s{i}", **SITE, **row} for i, row in enumerate(case["sites"])])
    return gpd.GeoDataFrame(frame, geometry=[plot(x, 0, 10, 10) for x in frame["x"]], crs=CRS)


def falsehoods(policy: Policy, case: dict[str, Any]) -> list[str]:
    """Return what an example says that is not so; empty when it holds."""
    if "sites" in case:
        broken = {b.rule_id for b in check_sites(policy.portfolio, sites_of(case), AREAS) if b.outcome is Outcome.FAIL}
        return [] if broken == set(case["breaks"]) else [f"breaks {sorted(broken)}"]
    verdicts = run_scan(policy, MemorySource(layers_of(case)), Area.everywhere()).verdicts
    found: dict[str, Any] = {
        "outcome": Outcome(int(verdicts.best[0])).name.lower(),
        "as": policy.types[int(verdicts.best_type[0])].id,
        "by": policy.rules[int(verdicts.deciding[0])].id,
        "each": {
            kind.id: Outcome(int(outcome)).name.lower()
            for kind, outcome in zip(policy.types, verdicts.outcome[0], strict=True)
        },
    }
    return [f"{key}: {value}" for key, value in found.items() if key in case and case[key] != value]


def read(name: str) -> Policy:
    """Return one of the policies of this folder."""
    return read_policy(str(FOLDER / f"{name}.yaml"), REGISTRY, CONFIG)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_policy_says_what_the_sentence_says(name: str, case: dict[str, Any]) -> None:
    """A drawn parcel goes through the whole engine, a set of sites through the rules on sets."""
    assert falsehoods(read(name), case) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_of_its_own_can_be_left_out_unnoticed(name: str) -> None:
    """Without any one of the rules that the policy adds to the base, some example no longer holds."""
    policy, base = read(name), {rule.id for rule in read("common").rules}
    without = {
        rule.id: policy.model_copy(update={"rules": tuple(r for r in policy.rules if r is not rule)})
        for rule in policy.deciding_rules if rule.id not in base
    } | {
        rule.id: policy.model_copy(update={"portfolio": tuple(r for r in policy.portfolio if r is not rule)})
        for rule in policy.portfolio
    }  # fmt: skip
    for rule_id, shorter in without.items():
        assert any(falsehoods(shorter, case) for case in EXAMPLES[name]), rule_id


def test_ten_policies_each_with_an_example_either_way() -> None:
    """One that is allowed and one that is not, at least."""
    assert len(NAMES) == 10
    assert set(EXAMPLES) == set(NAMES)
    for name in NAMES:
        allowed = [case.get("outcome") == "pass" or case.get("breaks") == [] for case in EXAMPLES[name]]
        assert any(allowed), name
        assert not all(allowed), name


@pytest.mark.parametrize("name", NAMES)
def test_cites_only_documents_that_are_listed(name: str) -> None:
    """Rules on parcels, rules on sets and location types alike."""
    policy = read(name)
    cited = [part.source for part in (*policy.checks(), *policy.portfolio, *policy.location_types) if part.source]
    assert {source.document for source in cited} <= set(documents(config_folder(CONFIG)))
