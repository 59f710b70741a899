"""Trial of a limit (what-if): same result as a full run with that limit, and the saved file agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from layers import open_source
from suitability.core.errors import PolicyError
from suitability.core.layer import Area
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.policy.what_if import (
    changed_limits,
    limits_as_text,
    limits_from_text,
    overlay_text,
    range_of,
    with_limits,
)
from suitability.scan.longlist import make_longlist
from suitability.scan.run import find_area, rejudge, run_scan
from tests.properties.towns import SIDE, CutSource, small_town_policy, towns
from tests.tiny import at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.layer import Layers
    from suitability.policy.model import Policy
    from suitability.scan.run import Scan

TITLE = {"nl": "Proef", "en": "Trial"}
TILE = Area("tile", box(*at(100, 100), *at(SIDE - 100, SIDE)))
SHIPPED = ["kadaster-scan", "hardenberg-2025", "arnhem-nijmegen-2022", "bollenstreek-2022", "demo-nearby"]


def numbers_of(policy: Policy) -> dict[str, tuple[float, ...]]:
    """Return the limits of a policy by check."""
    return {check.id: check.limit.numbers for check in policy.checks() if check.limit}


def same(one: Scan, other: Scan) -> None:
    """Check that two scans say the same of every parcel, and count the same."""
    assert (one.parcels.ids == other.parcels.ids).all()
    for name, finding in one.findings.items():
        assert (finding.outcome == other.findings[name].outcome).all(), name
    for name in ("outcome", "best_type", "restricted", "deciding", "near_miss"):
        assert np.array_equal(getattr(one.verdicts, name), getattr(other.verdicts, name)), name
    assert dict(one.run.counts) == dict(other.run.counts)
    assert make_longlist(one).funnel == make_longlist(other).funnel


@given(towns(), st.data())
def test_a_moved_limit_equals_a_full_run(layers: Layers, data: st.DataObject) -> None:
    """Any limits within their range, in a town that is read with its reach: nothing needs measuring again."""
    policy = small_town_policy()
    limits = {}
    for check in policy.checks():
        low, high = range_of(check)
        shares = [data.draw(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])) for _ in numbers_of(policy)[check.id]]
        limits[check.id] = tuple(low + share * (high - low) for share in shares)
    changed = with_limits(policy, limits)
    source = CutSource(layers)
    if not len(source.load(layers["parcels"].spec, TILE).frame):
        return
    prepared = run_scan(policy, source, TILE, roomy=True)
    same(rejudge(prepared, changed), run_scan(changed, source, TILE))
    same(rejudge(prepared, policy), run_scan(policy, source, TILE))


@pytest.mark.parametrize(("name", "factor"), [("kadaster-scan", 1.25), ("demo-nearby", 0.75)])
def test_on_the_demo(name: str, factor: float) -> None:
    """Every limit a quarter more or less, in the embedded municipality."""
    policy, source = read_policy(name, REGISTRY), open_source("demo")
    prepared = run_scan(policy, source, roomy=True)
    limits = {check: tuple(n * factor for n in numbers) for check, numbers in numbers_of(policy).items()}
    changed = with_limits(policy, limits)
    same(rejudge(prepared, changed), run_scan(changed, source, find_area(source)))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_saved_file_is_the_changed_policy(name: str, tmp_path: Path) -> None:
    """Every limit changed, one by one and all together: the overlay reads back as the policy that was tried."""
    policy = read_policy(name, REGISTRY)
    every = {check: tuple(n * 0.9 for n in numbers) for check, numbers in numbers_of(policy).items()}
    for limits in [*({check: numbers} for check, numbers in every.items()), every]:
        path = tmp_path / "trial.yaml"
        path.write_text(overlay_text(policy, limits, TITLE), encoding="utf-8")
        read = read_policy(str(path), REGISTRY)
        assert read.rules == with_limits(policy, limits).rules
        assert read.extends == name
        assert read.title.en == "Trial"


def test_between_keeps_its_order() -> None:
    """Two numbers given the wrong way round are put in order; the kind of limit stays."""
    policy = small_town_policy()
    beds = next(check for check in with_limits(policy, {"beds": (50, 10)}).checks() if check.id == "beds")
    assert beds.limit is not None
    assert beds.limit.between == (10, 50)


def test_what_differs() -> None:
    """Only limits with another number than the policy's own count as changed."""
    policy = small_town_policy()
    assert changed_limits(policy, {"near_work": (350.0,), "road": (4.0,), "beds": (3.0, 45.0)}) == {"road": (4.0,)}


def test_unknown_check_is_refused() -> None:
    """A rule that is not there, and one that does not measure itself."""
    with pytest.raises(PolicyError) as caught:
        with_limits(small_town_policy(), {"facilities": (1.0,), "nowhere": (1.0,)})
    assert "facilities, nowhere" in caught.value.sentences("en")[0]


def test_the_scan_itself_stays_as_it_was(scan_of: Callable[[str], Scan]) -> None:
    """Judging again makes a new scan: two people with different limits do not see each other's."""
    scan = scan_of("kadaster-scan")
    before = dict(scan.run.counts)
    other = rejudge(scan, with_limits(scan.policy, {"zoning": (0.0,)}))
    assert dict(scan.run.counts) == before
    assert other.run.counts["pass"] > before["pass"]
    assert other.run.policy_sha256 != scan.run.policy_sha256


@pytest.mark.parametrize("name", SHIPPED)
def test_limits_in_a_link_come_back_as_they_were(name: str) -> None:
    """Every limit moved to an end of its range, to the last digit."""
    policy = read_policy(name, REGISTRY)
    ends = {check.id: range_of(check) for check in policy.checks() if check.limit}
    limits = {
        check.id: ends[check.id] if check.limit.between else (ends[check.id][1] / 3,)
        for check in policy.checks()
        if check.limit
    }
    assert limits_from_text(policy, limits_as_text(limits)) == changed_limits(policy, limits)


@pytest.mark.parametrize("text", ["", "far", "nan", "inf", "-1", "1e9", "5_6", "1;2", "0x10"])
def test_a_limit_in_a_link_that_cannot_be_tried(text: str) -> None:
    """No number, one beyond the measured range, or two where one is asked; and a rule that is not there."""
    policy = read_policy("kadaster-scan", REGISTRY)
    with pytest.raises(PolicyError) as caught:
        limits_from_text(policy, {"facilities_bicycle": text, "nowhere": "1", "environment": "3"})
    assert [problem.key for problem in caught.value.problems] == ["limit_in_link", "unknown_rule"]
