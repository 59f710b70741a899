"""Rules on sets of sites and the need, as a policy file writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from suitability.core.config import config_folder, documents
from suitability.criteria import REGISTRY
from suitability.policy.portfolio import Cap, Spacing, Spread
from suitability.policy.reader import policy_names, read_policy
from tests.paths import CONFIG
from tests.policy.edits import GOOD, line_of, make_config, mistakes

if TYPE_CHECKING:
    from pathlib import Path

RULES = """\
portfolio:
  - id: apart
    kind: spacing
    label: {nl: Uit elkaar, en: Apart}
    at_least_m: 100
    location_types: [park]
    source: {document: plan-2025}
  - id: per_street
    kind: cap
    label: {nl: Per straat, en: Per street}
    per: street
    counts: dwellings
    at_most: 5
    of: dwellings
    source: {document: plan-2025}
  - id: near_work_80
    kind: spread
    label: {nl: Bij het werk, en: Near work}
    within: municipality
    at_least: 80
    ambition: true
    assumption: {nl: zo, en: so}
need:
  - area: Dorp
    year: 2030
    counted: total
    low: 10
    high: 20
    short_stay: [4, 8]
    source: {document: plan-2025}
"""


def test_each_kind_is_read_as_what_it_is(tmp_path: Path) -> None:
    """Numbers, kinds and what is left out: all standings count, and a rule is no wish unless it says so."""
    policy = read_policy("with", REGISTRY, make_config(tmp_path, **{"with": GOOD + RULES}))
    spacing, cap, spread = policy.portfolio
    assert isinstance(spacing, Spacing)
    assert (spacing.at_least_m, spacing.to, spacing.ambition) == (100, ("existing", "permitted", "chosen"), False)
    assert isinstance(cap, Cap)
    assert (cap.per, cap.counts, cap.at_most, cap.of, cap.areas) == ("street", "dwellings", 5, "dwellings", ())
    assert isinstance(spread, Spread)
    assert (spread.within, spread.at_least, spread.at_most, spread.ambition) == ("municipality", 80, None, True)
    (need,) = policy.need
    assert (need.low, need.high, need.short_stay, need.long_stay) == (10, 20, (4, 8), None)


def test_rules_on_sets_are_part_of_what_a_policy_says(tmp_path: Path) -> None:
    """Another number is another policy, also when no parcel is judged by it."""
    config = make_config(tmp_path, a=GOOD + RULES, b=GOOD + RULES.replace("at_least_m: 100", "at_least_m: 101"))
    one, other = (read_policy(name, REGISTRY, config).model_copy(update={"id": "x"}) for name in ("a", "b"))
    assert one.sha256 != other.sha256


def test_a_policy_that_extends_replaces_the_rules_on_sets(tmp_path: Path) -> None:
    """They are laid over whole, not by id; what the policy does not name stays."""
    over = "extends: base\ntitle: {nl: Over, en: Over}\nin_force: 2026-01-01\nrules: []\nneed: []\n"
    policy = read_policy("over", REGISTRY, make_config(tmp_path, base=GOOD + RULES, over=over))
    assert [rule.id for rule in policy.portfolio] == ["apart", "per_street", "near_work_80"]
    assert policy.need == ()


#: What is replaced, by what, at which text the mistake must point, and what the sentence must hold.
MISTAKES = {
    "unknown_kind": ("kind: cap", "kind: lid", "- id: per_street", "'lid' is not possible here. Choose from: 'spacing', 'cap', 'spread'"),
    "no_source": ("    source: {document: plan-2025}\n  - id: per_street", "  - id: per_street", "- id: apart", "a source or an assumption"),
    "no_distance": ("at_least_m: 100", "at_least_m: 0", "at_least_m: 0", "0 is not possible here"),
    "negative_cap": ("at_most: 5", "at_most: -5", "at_most: -5", "-5 is not possible here. Choose a number ≥ 0"),
    "two_bounds": ("at_least: 80", "at_least: 80\n    at_most: 90", "- id: near_work_80", "exactly one of at_least and at_most"),
    "no_bound": ("    at_least: 80\n", "", "- id: near_work_80", "exactly one of at_least and at_most"),
    "over_a_hundred": ("at_least: 80", "at_least: 180", "at_least: 180", "180 is not possible here. Choose a number ≤ 100"),
    "unknown_area": ("per: street", "per: strt", "per: strt", "'strt' is not possible here. Choose from: 'address'"),
    "unknown_base": ("of: dwellings", "of: beds", "of: beds", "'beds' is not possible here. Choose from: 'inhabitants'"),
    "low_over_high": ("high: 20", "high: 2", "- area: Dorp", "low is more than high"),
    "need_without_source": ("short_stay: [4, 8]\n    source: {document: plan-2025}\n", "short_stay: [4, 8]\n", "- area: Dorp", "the key 'source' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_every_mistake_is_one_sentence_with_its_line(name: str, tmp_path: Path) -> None:
    """File, line and what was expected, once and in both languages."""
    old, new, points_at, holds = MISTAKES[name]
    assert old in RULES
    text = GOOD + RULES.replace(old, new, 1)
    config = make_config(tmp_path, bad=text)
    english, dutch = mistakes(config), mistakes(config, lang="nl")
    assert len(english) == len(dutch) == 1, english
    assert english[0].startswith(f"bad.yaml, line {line_of(text, points_at)}"), (english, line_of(text, points_at))
    assert holds in english[0], english
    assert dutch[0] != english[0]


@pytest.mark.parametrize("name", policy_names(CONFIG))
def test_shipped_policies_cite_and_name_what_exists(name: str) -> None:
    """Rules on sets, the need and location types cite listed documents, name known types, and each id stands once."""
    policy = read_policy(name, REGISTRY, CONFIG)
    cited = [part.source for part in (*policy.portfolio, *policy.need, *policy.location_types) if part.source]
    assert {source.document for source in cited} <= set(documents(config_folder(CONFIG)))
    types = {kind.id for kind in policy.location_types}
    assert {kind for rule in policy.portfolio for kind in rule.location_types} <= types
    ids = [check.id for check in policy.checks()] + [rule.id for rule in policy.portfolio]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", policy_names(CONFIG))
def test_the_need_adds_up(name: str) -> None:
    """Short, mid and long stay together are the whole, but for rounding in the document."""
    for need in read_policy(name, REGISTRY, CONFIG).need:
        parts = [part for part in (need.short_stay, need.mid_stay, need.long_stay) if part is not None]
        if len(parts) == 3:
            assert abs(sum(low for low, _ in parts) - need.low) <= 1
            assert abs(sum(high for _, high in parts) - need.high) <= 1
