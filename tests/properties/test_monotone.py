"""Monotone changes: stricter limits, less data, one shop more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from suitability.core.measurement import Outcome
from suitability.core.types import CRS
from suitability.policy.model import Check, Limit, Policy
from suitability.scan.run import judge_all
from tests.conftest import examples
from tests.properties.hiding import known_within, without
from tests.properties.towns import SIDE, scan_town, small_town_policy, towns
from tests.tiny import at, point

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.core.layer import Layers
    from suitability.core.measurement import Findings
    from suitability.scan.judge import Verdicts
    from suitability.scan.run import Scan

METRES = st.integers(-200, SIDE + 200)
LAYERS = ("zoning", "building_plots", "recreation_parks", "facilities", "employers", "businesses", "noise", "streets",
          "public_roads", "declarations", "buildings", "water")  # fmt: skip


def stricter(limit: Limit, share: float) -> Limit:
    """Return a limit that allows less, by a share of its own size; a range narrows to its middle."""
    if limit.between is not None:
        low, high = limit.between
        return limit.model_copy(update={"between": (low + share * (high - low) / 2, high - share * (high - low) / 2)})
    step = share * max(abs(limit.largest), 10.0)
    if limit.at_most is not None:
        return limit.model_copy(update={"at_most": limit.at_most - step})
    return limit.model_copy(update={"at_least": limit.numbers[0] + step})


def with_limit(policy: Policy, check_id: str, change: Callable[[Limit], Limit]) -> Policy:
    """Return the policy with the limit of one check changed, however deep it lies."""

    def changed(check: Check) -> Check:
        if check.id == check_id and check.limit is not None:
            return check.model_copy(update={"limit": change(check.limit)})
        return check.with_children(tuple(changed(child) for child in check.children)) if check.children else check

    return policy.model_copy(update={"rules": tuple(changed(rule) for rule in policy.rules)})


def judged_again(scan: Scan, policy: Policy) -> tuple[dict[str, Findings], Verdicts]:
    """Return findings and verdicts of the same measurements under another policy."""
    return judge_all(policy, {check.id: scan.findings[check.id].measurement for check in scan.policy.checks()})


def assert_stricter_adds_none(scan: Scan, share: float) -> None:
    """Make the limit of each check stricter in turn: neither check nor verdict gets better for any parcel."""
    owner = {leaf.id: rule for rule in scan.policy.rules for leaf in rule.leaves()}
    for check in scan.policy.checks():
        tight = with_limit(scan.policy, check.id, lambda limit: stricter(limit, share))
        findings, verdicts = judged_again(scan, tight)
        for name in (check.id, owner[check.id].id):
            assert (findings[name].outcome <= scan.findings[name].outcome).all(), name
        if owner[check.id].effect == "exclude":
            assert (verdicts.best <= scan.verdicts.best).all(), check.id
        else:  # a restriction, wish or note that falls never takes a parcel off the list
            assert ((verdicts.best == Outcome.FAIL) == (scan.verdicts.best == Outcome.FAIL)).all(), check.id


@given(towns(), st.floats(0, 0.9))
def test_a_stricter_limit_never_adds_a_parcel(layers: Layers, share: float) -> None:
    """Not in any small town, by however little or much."""
    assert_stricter_adds_none(scan_town(layers), share)


@pytest.mark.parametrize("policy", ["kadaster-scan", "hardenberg-2025"])
def test_a_stricter_limit_never_adds_a_parcel_of_the_demo(policy: str, scan_of: Callable[[str], Scan]) -> None:
    """Nor in the demo municipality."""
    assert_stricter_adds_none(scan_of(policy), 0.1)


def assert_only_less_known(before: Scan, after: Scan) -> None:
    """Decided outcomes stay or become unknown; unknown ones stay unknown; so no parcel begins to pass or fail."""
    for name, finding in before.findings.items():
        outcome = after.findings[name].outcome
        moved = (outcome != finding.outcome) & (outcome != Outcome.UNKNOWN)
        assert not moved.any(), f"{name}: {finding.outcome[moved]} became {outcome[moved]}"
    began = (after.verdicts.outcome == Outcome.PASS) & (before.verdicts.outcome != Outcome.PASS)
    ended = (after.verdicts.outcome == Outcome.FAIL) & (before.verdicts.outcome != Outcome.FAIL)
    assert not began.any()
    assert not ended.any()


@given(towns())
@settings(max_examples=examples(15))
def test_hiding_a_layer_decides_nothing(layers: Layers) -> None:
    """Without any one of the layers, no parcel begins to pass, and none begins to fail."""
    before = scan_town(layers)
    for name in LAYERS:
        assert_only_less_known(before, scan_town(without(layers, name)))


@given(layers=towns(), one=st.tuples(METRES, METRES), other=st.tuples(METRES, METRES), drop_rows=st.booleans())
@settings(max_examples=examples(25))
def test_knowing_less_decides_nothing(
    layers: Layers, one: tuple[int, int], other: tuple[int, int], *, drop_rows: bool
) -> None:
    """With any one layer known in a smaller place only, its rows elsewhere dropped or not, nothing new is decided."""
    (left, right), (bottom, top) = (sorted(pair) for pair in zip(one, other, strict=True))
    place, before = box(*at(left, bottom), *at(right + 10, top + 10)), scan_town(layers)
    for name in LAYERS:
        assert_only_less_known(before, scan_town(known_within(layers, name, place, drop_rows=drop_rows)))


@given(towns(), st.integers(100, 1000))
def test_knowing_less_all_around_decides_nothing(layers: Layers, shrink_m: int) -> None:
    """With every layer known in a smaller place only, as with a smaller extract, nothing new is decided."""
    place = shapely.box(*at(-shrink_m + 300, -shrink_m + 300), *at(SIDE + 700 - shrink_m, SIDE + 700 - shrink_m))
    less = layers
    for name in LAYERS:
        less = known_within(less, name, place, drop_rows=True)
    assert_only_less_known(scan_town(layers), scan_town(less))


@given(towns(), st.tuples(METRES, METRES))
def test_one_shop_more_never_lengthens_a_trip(layers: Layers, where: tuple[int, int]) -> None:
    """A new supermarket may shorten trips, by bicycle and on foot, and changes no rule from pass to fail."""
    shops = layers["facilities"]
    new = {"facility_kind": ["supermarket"], "name": ["new"]}
    row = gpd.GeoDataFrame(new, geometry=[point(*where)], crs=CRS)
    more = gpd.GeoDataFrame(pd.concat([shops.frame, row], ignore_index=True), crs=CRS) if len(shops.frame) else row
    before, after = scan_town(layers), scan_town({**layers, "facilities": replace(shops, data=more)})
    for check in small_town_policy().checks():
        if check.criterion == "facility_minutes":
            was, is_now = before.findings[check.id], after.findings[check.id]
            assert (np.isnan(was.value) == np.isnan(is_now.value)).all()
            assert not (is_now.value > was.value + 1e-9).any()
            assert not (is_now.measurement.upper > was.measurement.upper + 1e-9).any()
            assert not ((was.outcome == Outcome.PASS) & (is_now.outcome == Outcome.FAIL)).any()


@given(towns(), st.floats(0, 10))
def test_words_and_weights_move_no_verdict(layers: Layers, weight: float) -> None:
    """Other labels, titles, sentences, sources and weights: the same findings and verdicts."""
    other = {"nl": "iets anders", "en": "something else"}

    def renamed(check: Check) -> dict[str, Any]:
        words = {"label": other, "assumption": other, "caution": other}
        plain = check.model_dump(exclude={"any_of", "all_of", "some_of"})
        parts: dict[str, Any] = {
            kind: [renamed(child) for child in getattr(check, kind)] for kind in ("any_of", "all_of")
        }
        if check.some_of:
            parts["some_of"] = {"at_least": check.needed, "checks": [renamed(child) for child in check.children]}
        consequence = {"consequence": other} if plain.get("consequence") else {}
        return {**plain, "params": check.params, **parts, **words, **consequence}

    policy = small_town_policy()
    rules = [{**renamed(rule), "weight": weight} for rule in policy.rules]
    changed = Policy.model_validate({**policy.model_dump(exclude={"rules"}), "title": other, "rules": rules})
    assert changed != policy
    before, after = scan_town(layers, policy), scan_town(layers, changed)
    for name in vars(before.verdicts):
        assert np.array_equal(getattr(before.verdicts, name), getattr(after.verdicts, name)), name
    for name, finding in before.findings.items():
        assert np.array_equal(finding.margin, after.findings[name].margin, equal_nan=True)


def test_a_scan_makes_no_sentences(monkeypatch: pytest.MonkeyPatch, scan_of: Callable[[str], Scan]) -> None:
    """With an empty catalogue of messages the verdicts are the same: no text takes part in them."""
    scan = scan_of("kadaster-scan")
    monkeypatch.setattr("suitability.core.messages.catalogue", lambda _lang: {})
    _, verdicts = judged_again(scan, scan.policy)
    assert np.array_equal(verdicts.outcome, scan.verdicts.outcome)
