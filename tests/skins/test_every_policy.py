"""Every shipped policy, for every size of need: rank, propose and score answer in sentences, never with an error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from shapely.geometry import box

import suitability as su
from suitability.core.config import config_folder
from suitability.policy.reader import policy_names
from suitability.selection.shortlist.best_set import NoCandidates, Shortlist
from tests.paths import CONFIG

if TYPE_CHECKING:
    from suitability.selection.ranking.order import Ranking

POLICIES = policy_names(CONFIG)
#: A business park at the edge of Kampen, and greenhouses and farms in the Koekoekspolder.
PLACE = su.Area("edge", box(187_600, 508_200, 189_300, 509_600) | box(192_500, 509_000, 194_000, 510_500))


@cache
def ranking(policy: str) -> Ranking:
    """Return the ranked sites of a place in the demo municipality under a policy."""
    return su.rank_scan(
        su.run_scan(su.read_policy(policy, config=config_folder(CONFIG)), su.open_source("demo"), PLACE)
    )


@pytest.mark.parametrize("beds", [0, 1, 300, 1_000_000])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_proposal_or_one_sentence_why_not(policy: str, beds: int) -> None:
    """A set has the beds asked for; without one there is a reason that names something to do."""
    found = su.shortlist(ranking(policy), beds, lang="en")
    if isinstance(found.found, Shortlist):
        assert found.found.beds >= beds
        assert len(found.table) == len(found.found.ids)
    else:
        assert len(found.table) == 0
        assert found.lines[0].startswith("No proposal is possible: ")
        if isinstance(found.found, NoCandidates):
            assert len(found.lines) == 1


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "base"])
def test_every_policy_but_the_base_can_propose_a_set(policy: str) -> None:
    """Thirty beds in a place with a business park, greenhouses, farms and an office."""
    found = su.shortlist(ranking(policy), 30)
    assert isinstance(found.found, Shortlist)
    assert found.found.beds >= 30


def test_the_base_says_that_it_counts_no_beds() -> None:
    """And what to add."""
    found = su.shortlist(ranking("base"), 30, lang="en")
    assert isinstance(found.found, NoCandidates)
    assert "Add a rule that counts beds to the policy" in str(found)


def test_where_nothing_is_suitable_the_rule_is_named() -> None:
    """With its label: every parcel of the place falls by this rule alone."""
    policy = su.read_policy("kadaster-scan")
    rule = next(rule for rule in policy.rules if rule.id == "zoning")
    strict = rule.model_copy(update={"params": rule.params.model_copy(update={"allowed": ("cultuur en ontspanning",)})})
    scan = su.run_scan(policy.model_copy(update={"rules": (strict,)}), su.open_source("demo"), PLACE)
    found = su.shortlist(su.rank_scan(scan), 30, lang="en")
    assert isinstance(found.found, NoCandidates)
    assert f"Without the rule '{rule.label.en}'" in str(found)
