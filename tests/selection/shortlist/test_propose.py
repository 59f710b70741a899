"""Reasons for proposing no shortlist: one message each, with its count, before any search; the same in every skin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import suitability as su
from suitability.core.messages import LANGS
from suitability.criteria.capacity import Capacity
from suitability.policy.model import Limit, Rule
from suitability.policy.portfolio import Size
from suitability.report.wording.shortlist import ChoiceWords, limit_text
from suitability.selection.ranking.order import rank_scan
from suitability.selection.shortlist.best_set import Shortlist
from suitability.selection.shortlist.choice import Demand, Wanted
from suitability.selection.shortlist.from_scan import SIZE_ASKED, candidates_of
from suitability.selection.shortlist.propose import NoProposal, Proposed, propose
from suitability.selection.shortlist.rules import most_by_rule
from tests.selection.ranking.scored import policy_of, scan_of
from tests.selection.shortlist.instances import PREFERENCES, draw_town
from tests.skins.small import area_rule, both, small_scan
from tests.tiny import square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.messages import Lang
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.candidates import Candidates


def beds_rule() -> Rule:
    """Return a rule that counts a bed per 20 m² of floor on half of the parcel."""
    norms = Capacity(
        floor_area_per_bed_m2=20, storeys=1, built_share=0.5, green_share=0, spaces_per_bed=0, space_m2=25, setback_m=0
    )
    return Rule(
        id="room", label=both("Ruimte"), criterion="capacity", params=norms, limit=Limit(at_least=0, unit="beds"),
        effect="exclude", assumption=both("for a test"),
    )  # fmt: skip


def asked(rules: Sequence[Rule], beds: int = 10, sides: Sequence[float] = (30.0,)) -> tuple[Any, Ranking, Candidates]:
    """Return the answer to a need in a scan of four square parcels."""
    ranking = rank_scan(small_scan("abcd", sides, rules))
    candidates = candidates_of(ranking, None)
    return propose(ranking, candidates, Wanted((Demand(beds),)), PREFERENCES), ranking, candidates


def test_a_policy_without_a_rule_that_counts_beds_says_so() -> None:
    """Four suitable sites and no norm: that is said, whatever was asked."""
    for beds in (0, 1, 1_000_000):
        found, *_ = asked([area_rule("large_enough", "Groot", 400.0)], beds)
        assert found == NoProposal("norm", {"n": 4, "criterion": "capacity"})


def test_where_no_parcel_is_suitable_the_rule_that_removes_most_is_named() -> None:
    """Sides of 30, 30, 10 and 30 m: at least 1,000 m² removes all four, at most 100 m² three."""
    strict = area_rule("large", "Groot", 1000.0)
    other = area_rule("small", "Klein", 1.0).model_copy(update={"limit": Limit(at_most=100.0, unit="m2")})
    found, *_ = asked([other, strict, beds_rule()], sides=(30.0, 30.0, 10.0, 30.0))
    assert found == NoProposal("site", {"n": 4, "rule": both("Groot"), "by_rule": 4})


def test_sites_without_room_for_one_bed_are_counted() -> None:
    """Parcels of 25 m² with 0.5 built and 20 m² per bed: half a bed fits on each, so none can be chosen."""
    found, _, candidates = asked([beds_rule()], sides=(5.0,))
    assert len(candidates) == 0
    assert found == NoProposal("beds", {"n": 4, "unknown": 0, "small": 4, "rule": both("Ruimte")})


def test_a_type_whose_form_no_rule_counts_is_named() -> None:
    """A rule for units counts no bed where the type is for conversion of a building."""
    policy = policy_of(beds_rule().model_copy(update={"applies_to": ("barn",)}), types=("barn",))
    kinds = tuple(kind.model_copy(update={"form": "building"}) for kind in policy.location_types)
    ranking = rank_scan(scan_of(policy.model_copy(update={"location_types": kinds}), [square(0, 0, 40)]))
    found = propose(ranking, candidates_of(ranking, None), Wanted((Demand(10),)), PREFERENCES)
    assert isinstance(found, NoProposal)
    assert (found.key, found.fields["n"]) == ("norm_of_type", 1)


def test_nothing_asked_and_more_than_fits_are_said_before_any_search() -> None:
    """0 beds; and one bed more than the sites have together, where the whole number is proposed."""
    _, _, candidates = asked([beds_rule()])
    room = int(candidates.most.sum())
    assert room > 0
    assert asked([beds_rule()], 0)[0] == NoProposal("need")
    assert isinstance(asked([beds_rule()], room)[0], Proposed)
    found, *_ = asked([beds_rule()], room + 1)
    assert found == NoProposal("room", {"demand": Demand(room + 1), "room": room, "n": 4})


def test_a_limit_per_site_is_named_beside_the_site_and_in_the_explanation() -> None:
    """At most 3 per site: four sites give 12, each says what would fit; 13 is refused with the rule and both numbers."""
    _, ranking, candidates = asked([beds_rule()])
    rule = Size(kind="size", id="few", label=both("Hoogstens 3"), at_most=3, assumption=both("for a test"))
    fits = int(candidates.most[0])
    assert fits > 3
    found = propose(ranking, candidates, Wanted((Demand(12),)), PREFERENCES, rules=[rule])
    assert isinstance(found, Proposed)
    sites = found.sets[0].chosen
    assert {(site.at_most, site.limited_by, site.beds) for site in sites} == {(3, "few", 3)}
    assert limit_text(sites[0], "en") == f"room for {fits}, the policy proposes at most 3"
    assert limit_text(replace(sites[0], limited_by=SIZE_ASKED), "en") == f"room for {fits}, at most 3 was asked"
    refused = propose(ranking, candidates, Wanted((Demand(13),)), PREFERENCES, rules=[rule])
    fields = {"demand": Demand(13), "room": 12, "n": 4, "rule": both("Hoogstens 3"), "without": 4 * fits}
    assert refused == NoProposal("room_capped", fields)


@pytest.mark.parametrize("lang", LANGS)
def test_every_explanation_is_one_sentence_with_what_to_do(lang: Lang) -> None:
    """No field is left open and no key shown, in either language."""
    label = both("Regel")
    fields = {
        "n": 4, "by_rule": 3, "rule": label, "unknown": 2, "small": 1, "criterion": "capacity", "types": (label, label),
        "area": "Kampen", "demand": Demand(1500), "room": 1200, "without": 1300,
    }  # fmt: skip
    words = ChoiceWords((), {}, lang)
    for key in ("assessed", "beds", "need", "norm", "norm_of_type", "parcels", "room", "room_capped", "site"):
        (line,) = words.refusal(NoProposal(key, fields))
        assert not {"{", "}", "shortlist.no", "LocalText"} & set(line.split())
        assert "{" not in line
        assert line.endswith(".")


def test_the_most_beds_under_the_rules_are_those_of_plain_python() -> None:
    """Over many towns: each site at most its smallest limit, and none where it is below the least."""
    for seed in range(30):
        town = draw_town(seed)
        kinds = sorted(set(town.candidates.frame["location_type"].astype("str")))
        rules = [
            Size(kind="size", id="a", label=both("a"), at_most=12, assumption=both("t")),
            Size(kind="size", id="b", label=both("b"), at_least=4, at_most=20, location_types=(kinds[0],), assumption=both("t")),
            Size(kind="size", id="c", label=both("c"), at_most=1, ambition=True, assumption=both("t")),
        ]  # fmt: skip
        most, by = most_by_rule(rules, town.candidates)
        for i, (kind, fits) in enumerate(
            zip(town.candidates.frame["location_type"], town.candidates.most, strict=True)
        ):
            expected = min(int(fits), 12)
            if str(kind) == kinds[0] and expected < 4:
                expected = 0
            assert most[i] == expected
            assert (by[i] >= 0) == (expected != fits)
    assert np.all(most <= town.candidates.most)


def test_the_library_says_the_same() -> None:
    """A need in a policy without a norm: no rows, the sentence as the proposal and as its text."""
    ranking = rank_scan(small_scan("abcd", (30.0,), [area_rule("large_enough", "Groot", 400.0)]))
    proposal = su.shortlist(ranking, 10, lang="en")
    assert isinstance(proposal.found, NoProposal)
    assert len(proposal.table) == 0
    assert str(proposal).startswith(
        "This policy does not say how many people fit on a site (suitable sites: 4). Add a rule"
    )
    assert not isinstance(proposal.found, Shortlist)
