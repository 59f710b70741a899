"""Scales and the joining of parcels, as a policy file writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from suitability.criteria import REGISTRY
from suitability.policy.lint import warnings_of
from suitability.policy.reader import read_policy
from tests.policy.edits import GOOD, line_of, make_config, mistakes

if TYPE_CHECKING:
    from pathlib import Path

SITES = """\
sites:
  shared_boundary_m: 10
  location_types: [park]
  at_most_parcels: 4
  source: {document: plan-2025}
"""
SCALED = GOOD.replace(
    "    near_miss: 0.5\n",
    "    near_miss: 0.5\n    weight: 2\n    scale: {worst: 15, best: 1, unit: km, assumption: {nl: zo, en: so}}\n",
)
TEXT = SCALED + SITES


def test_a_scale_is_read_in_the_unit_that_is_measured(tmp_path: Path) -> None:
    """Kilometres become metres; a wish without a weight weighs 1."""
    policy = read_policy("with", REGISTRY, make_config(tmp_path, **{"with": TEXT}))
    scale = policy.rules[0].scale
    assert scale is not None
    assert (scale.worst, scale.best, scale.worst_beyond, scale.unit) == (15_000, 1_000, None, "m")
    assert policy.weights == {"near_work": 2, "shop": 1}
    assert policy.sites is not None
    assert (policy.sites.shared_boundary_m, policy.sites.same_designation) == (10, True)


def test_an_overlay_can_replace_and_withdraw_them(tmp_path: Path) -> None:
    """The block as a whole; nothing = every parcel is a site of its own."""
    over = "extends: base\ntitle: {nl: Over, en: Over}\nin_force: 2026-01-01\nrules: []\nsites: null\n"
    assert read_policy("over", REGISTRY, make_config(tmp_path, base=TEXT, over=over)).sites is None


def test_numbers_that_nobody_decided_are_warned_of(tmp_path: Path) -> None:
    """Of a scale and of the joining too."""
    text = TEXT.replace("  source: {document: plan-2025}\n", "  assumption: {nl: zo, en: so}\n")
    assert text.endswith("assumption: {nl: zo, en: so}\n")
    policy = read_policy("with", REGISTRY, make_config(tmp_path, **{"with": text}))
    assert {(w.where.rule, w.where.field) for w in warnings_of(policy)} >= {("near_work", "scale"), ("", "sites")}


#: What is replaced, by what, at which text the mistake must point, and what the sentence must hold.
MISTAKES = {
    "flat": ("best: 1,", "best: 15,", "    scale: {worst", "worst and best are the same number"),
    "endless": ("worst: 15,", "worst: .inf,", "    scale: {worst", "made of finite numbers"),
    "not_beyond": ("best: 1,", "best: 1, worst_beyond: 5,", "    scale: {worst", "worst_beyond does not lie beyond best"),
    "unit": ("unit: km, assumption", "unit: min, assumption", "    scale: {worst", "the unit 'min' is not possible here. Use 'm'"),
    "no_why": (", assumption: {nl: zo, en: so}}", "}", "    scale: {worst", "a scale has a source or an assumption"),
    "unknown_key": ("best: 1,", "bst: 1,", "    scale: {worst", "the key 'bst' does not exist"),
    "scale_document": ("assumption: {nl: zo, en: so}}", "source: {document: plan}}", "    scale: {worst", "the document 'plan' is not known"),
    "group": ("    effect: score\n", "    effect: score\n    scale: {worst: 1, best: 2, unit: m, assumption: {nl: a, en: b}}\n", "  - id: shop\n", "Give each of its parts a 'scale'"),
    "unbounded": ("  at_most_parcels: 4\n", "", "sites:\n", "how large a site may become"),
    "sites_why": ("  at_most_parcels: 4\n  source: {document: plan-2025}\n", "  at_most_parcels: 4\n", "sites:\n", "a source or an assumption"),
    "sites_type": ("location_types: [park]", "location_types: [prk]", "  location_types: [prk]", "the location type 'prk' does not exist"),
    "sites_document": ("at_most_parcels: 4\n  source: {document: plan-2025}", "at_most_parcels: 4\n  source: {document: plan}", "  source: {document: plan}\n", "the document 'plan' is not known"),
    "sites_key": ("shared_boundary_m: 10", "shared_boundary: 10", "  shared_boundary: 10", "the key 'shared_boundary' does not exist"),
    "sites_number": ("shared_boundary_m: 10", "shared_boundary_m: 0", "  shared_boundary_m: 0", "0 is not possible here. Choose a number > 0"),
    "weight": ("weight: 2", "weight: -2", "    weight: -2", "-2 is not possible here. Choose a number ≥ 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_every_mistake_is_one_sentence_with_its_line(name: str, tmp_path: Path) -> None:
    """File, line and what was expected, once and in both languages."""
    old, new, points_at, holds = MISTAKES[name]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    config = make_config(tmp_path, bad=text)
    (sentence,) = mistakes(config)
    assert f"line {line_of(text, points_at.lstrip(chr(10)))}" in sentence
    assert holds in sentence
    assert len(mistakes(config, lang="nl")) == 1
