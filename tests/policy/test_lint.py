"""Checking a policy: the errors of its newer forms, all together, and the warnings on probably unintended rules."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings

from suitability.core.layer_specs import LAYERS
from suitability.core.messages import LANGS, catalogue
from suitability.core.units import UNITS
from suitability.criteria import REGISTRY
from suitability.policy.lint import warnings_of
from suitability.policy.reader import policy_names, read_policy
from tests.conftest import examples
from tests.paths import ROOT
from tests.policy.edits import GOOD, edited, line_of, make_config, mistakes
from tests.properties.towns import scan_town, small_town_policy, towns
from tests.skins.command import run_here
from tests.tiny import MemorySource, facilities, named, square, vector

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from suitability.core.layer import Layers
    from suitability.policy.model import Policy


PARTS = """\
portfolio:
  - id: gap
    label: {nl: Afstand, en: Gap}
    kind: spacing
    at_least_m: 500
    location_types: [park]
    source: {document: plan-2025}
  - id: share
    label: {nl: Deel, en: Share}
    kind: spread
    within: municipality
    at_least: 60
    source: {document: plan-2025}
  - id: most
    label: {nl: Meest, en: Most}
    kind: cap
    per: street
    counts: beds
    at_most: 20
    assumption: {nl: zo, en: so}
need:
  - area: Town
    year: 2030
    counted: total
    low: 100
    high: 200
    short_stay: [10, 20]
    source: {document: plan-2025}
"""
_RULES = GOOD.replace("    label: {nl: park, en: park}\n", "    label: {nl: park, en: park}\n    permit: {years: 10}\n")
_BEFORE, _AFTER = _RULES.split("    any_of:\n")
WHOLE = _BEFORE + "    some_of:\n      at_least: 1\n      checks:\n" + textwrap.indent(_AFTER, "  ") + PARTS

#: Text replaced, its replacement, the text at which the error must point, and the words of the sentence.
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "kind": ("kind: spacing", "kind: spaceing", "- id: gap", "'spaceing' is not possible here. Choose from: 'spacing', 'cap', 'spread'"),
    "two_bounds": ("at_least: 60", "at_least: 60\n    at_most: 80", "- id: share", "exactly one of at_least and at_most"),
    "share_over_100": ("at_least: 60", "at_least: 160", "at_least: 160", "160 is not possible here. Choose a number ≤ 100"),
    "no_distance": ("at_least_m: 500", "at_least_m: 0", "at_least_m: 0", "0 is not possible here. Choose a number > 0"),
    "counted_thing": ("counts: beds", "counts: bed", "counts: bed", "'bed' is not possible here. Choose from: 'sites'"),
    "set_without_source": ("    assumption: {nl: zo, en: so}\nneed", "need", "- id: most", "a source or an assumption"),
    "low_over_high": ("low: 100", "low: 300", "- area: Town", "low is more than high"),
    "far_year": ("year: 2030", "year: 20300", "year: 20300", "20300 is not possible here. Choose a number ≤ 2100"),
    "one_scenario": ("[10, 20]", "[10]", "[10]", "Give at least 2"),
    "too_many_needed": ("at_least: 1\n", "at_least: 3\n", "some_of", "at_least is more than the number of checks"),
    "none_needed": ("at_least: 1\n", "at_least: 0\n", "at_least: 0\n", "0 is not possible here. Choose a number ≥ 1"),
    "permit_without_term": ("permit: {years: 10}", "permit: {}", "permit: {}", "a number of years or is permanent"),
    "permit_both": ("years: 10", "years: 10, permanent: true", "permit:", "a number of years or is permanent"),
    "permit_misspelt": ("years: 10", "yeers: 10", "yeers", "Did you mean 'years'?"),
    "document_of_a_set": ("portfolio:", "portfolio:", "", ""),
    "type_of_a_set": ("location_types: [park]", "location_types: [parc]", "[parc]", "the location type 'parc' does not exist. Choose from: park"),
    "double_set": ("- id: most", "- id: gap", "- id: gap\n    label: {nl: Meest", "'gap' occurs more than once"),
    "repeals_nothing": ("in_force:", "repeals: [near_work]\nin_force:", "repeals:", "there is nothing to repeal"),
    "key_of_a_set": ("at_least_m: 500", "atleast_m: 500", "atleast_m", "Did you mean 'at_least_m'?"),
}  # fmt: skip
MISTAKES["document_of_a_set"] = (
    "[park]\n    source: {document: plan-2025}\n  - id: share", "[park]\n    source: {document: plan-2026}\n  - id: share",
    "document: plan-2026", "the document 'plan-2026' is not known",
)  # fmt: skip


def test_the_whole_is_in_order(tmp_path: Path) -> None:
    """The policy into which the errors are put has none itself."""
    assert mistakes(make_config(tmp_path, bad=WHOLE)) == []


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_every_mistake_is_one_sentence_with_its_line(name: str, tmp_path: Path) -> None:
    """In k of n, sets of sites, need, permits and repeals: file, line, the value found and the value expected."""
    old, new, points_at, holds = MISTAKES[name]
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    config = make_config(tmp_path, bad=text)
    english = mistakes(config)
    assert len(english) == len(mistakes(config, lang="nl")) == 1, english
    assert english[0].startswith(f"bad.yaml, line {line_of(text, points_at)}"), (english, line_of(text, points_at))
    assert holds in english[0], english


def test_twelve_mistakes_give_twelve_sentences_at_the_command_line(tmp_path: Path) -> None:
    """In one run, on standard error, in both languages; the code of the shell is 2."""
    chosen = [
        "kind",
        "two_bounds",
        "set_without_source",
        "low_over_high",
        "too_many_needed",
        "permit_without_term",
        "repeals_nothing",
    ]
    text = WHOLE + "  - {area: Other, year: soon, counted: total, low: 1, high: 2, source: {document: plan-2025}}\n"
    edits = [MISTAKES[name][:2] for name in chosen]
    edits += [
        ("min_jobs: 10", "min_job: 10"),
        ("unit: km", "unit: min"),
        ("near_miss: 0.5", "near_mis: 0.5"),
        ("effect: score", "effect: scores"),
    ]
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    config = make_config(tmp_path, bad=text)
    for lang in LANGS:
        done = check(config / "bad.yaml", "--lang", lang, config=config)
        assert done.returncode == 2
        sentences = done.stderr.strip().splitlines()
        told = "\n".join(sentences)
        assert len(sentences) == len(edits) + 1 == 12, told
        assert all(re.search(r"bad\.yaml, (line|regel) \d+", sentence) for sentence in sentences)
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("repeals", ["[near_werk]", "[near_work, near_werk]"])
def test_an_unknown_rule_cannot_be_repealed(repeals: str, tmp_path: Path) -> None:
    """The rules there are stand in the sentence, and the likely one."""
    found = mistakes(make_config(tmp_path, bad=f"extends: good\nrepeals: {repeals}\n"))
    assert len(found) == 1
    assert found[0].startswith("bad.yaml, line 2")
    assert "the rule 'near_werk' does not exist" in found[0]
    assert "Did you mean 'near_work'?" in found[0]


def test_a_policy_without_rules_is_a_mistake(tmp_path: Path) -> None:
    """There would be nothing to scan by; nor when all rules are repealed."""
    for text in (GOOD[: GOOD.index("rules:")] + "rules: []\n", "extends: good\nrepeals: [near_work, clear, shop]\n"):
        found = mistakes(make_config(tmp_path, bad=text))
        assert len(found) == 1
        assert "Give at least 1" in found[0]


def check(file: Path, *more: str, config: Path) -> subprocess.CompletedProcess[str]:
    """Run ``check-policy``."""
    return run_here("check-policy", str(file), *more, SUITABILITY_CONFIG=str(config))


def warned(policy: Policy, source: Any = None) -> set[tuple[str, str]]:
    """Return rule and kind of each warning; each must be a sentence in both languages."""
    found = warnings_of(policy, source, "x.yaml")
    for warning in found:
        texts = [warning.text(lang) for lang in LANGS]
        assert texts[0] != texts[1]
        assert all(text.startswith("x.yaml, ") and text.endswith(".") and "{" not in text for text in texts)
    return {(warning.where.rule, warning.key) for warning in found}


def policy_of(text: str, folder: Path) -> Policy:
    """Return the policy that a text holds."""
    return read_policy("other", REGISTRY, make_config(folder, other=text))


def test_numbers_that_rest_on_an_assumption_only(tmp_path: Path) -> None:
    """Of rules, of sets of sites and of permits; a number with a document beside its assumption is left alone."""
    assert warned(policy_of(WHOLE, tmp_path)) == {(name, "only_assumed") for name in ("clear", "most", "park")}
    cited = WHOLE.replace(
        "    assumption: {nl: zo, en: so}", "    assumption: {nl: zo, en: so}\n    source: {document: plan-2025}"
    )
    cited = cited.replace("permit: {years: 10}", "permit: {years: 10}\n    source: {document: plan-2025}")
    assert warned(policy_of(cited, tmp_path)) == set()


#: Text replaced in the good policy, its replacement, and the warning.
IDLE = {
    "share_of_nothing": ('{at_least: 50, unit: "%"}', '{at_least: 0, unit: "%"}', ("shop_zone", "never_fails")),
    "share_of_all": ('{at_least: 50, unit: "%"}', '{at_most: 100, unit: "%"}', ("shop_zone", "never_fails")),
    "more_than_all": ('{at_least: 50, unit: "%"}', '{at_least: 120, unit: "%"}', ("shop_zone", "never_holds")),
    "any_distance": ("{at_most: 15, unit: km}", "{at_least: 0, unit: km}", ("near_work", "never_fails")),
    "below_zero": ("{at_most: 15, unit: km}", "{at_most: -1, unit: km}", ("near_work", "never_holds")),
    "any_area": ("{between: [100, 200], unit: m2}", "{at_least: 0, unit: m2}", ("shop_area", "never_fails")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(IDLE))
def test_limits_that_never_bite(name: str, tmp_path: Path) -> None:
    """No parcel can fail them, or none can meet them."""
    old, new, warning = IDLE[name]
    assert warned(policy_of(edited(old, new), tmp_path)) == {("clear", "only_assumed"), warning}


def test_zero_is_a_real_limit_where_values_can_be_negative(tmp_path: Path) -> None:
    """Spare metres to a guideline distance are negative within it; exactly 0 m of overlap is a strict limit."""
    assert ("clear", "never_fails") not in warned(policy_of(GOOD, tmp_path))
    assert ("near_work", "never_fails") not in warned(policy_of(edited("at_most: 15", "at_most: 0"), tmp_path))


@pytest.mark.parametrize(("limit", "is_beyond"), [(20, False), (21, True)])
def test_a_limit_beyond_what_is_searched(limit: int, is_beyond: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Trips are searched up to the horizon: a limit beyond it cannot be decided."""
    rule = f"""\
  - id: shop_by_bicycle
    label: {{nl: Fiets, en: Bicycle}}
    criterion: facility_minutes
    params: {{facility_kind: supermarket, mode: bicycle, speed_kmh: 15, access_speed_kmh: 5, snap_limit_m: 150, horizon_min: 20}}
    limit: {{at_most: {limit}, unit: min}}
    effect: note
    source: {{document: plan-2025}}
"""
    found = warned(policy_of(GOOD + rule, tmp_path))
    assert (("shop_by_bicycle", "beyond_horizon") in found) == is_beyond


def test_words_that_no_layer_holds(tmp_path: Path) -> None:
    """Only with a source, and only for layers that it offers; each word is reported separately."""
    policy = policy_of(edited("allowed: [wonen]", "allowed: [wonen, wonnen, groen]"), tmp_path)
    zones = vector("zoning", [square(0, 0, 10)], designation=["wonen"], designation_code=["W"])
    source = MemorySource(named(vector("parcels", [square(0, 0, 5)], parcel_id=["a"]), zones))
    assert warned(policy) == {("clear", "only_assumed")}
    assert warned(policy, source) == {("clear", "only_assumed"), ("shop_zone", "nowhere")}
    said = [w.text("en") for w in warnings_of(policy, source, "x.yaml") if w.key == "nowhere"]
    assert said == [
        f"x.yaml, rule shop_zone, params.allowed: '{word}' occurs nowhere in the column 'designation' of these data;"
        " there is: wonen. Check the spelling."
        for word in ("wonnen", "groen")
    ]
    assert warned(policy, MemorySource(named(facilities(("x", 0.0, 0.0))))) == {("clear", "only_assumed")}


@pytest.mark.parametrize("name", policy_names(ROOT / "config"))
def test_no_shipped_policy_has_an_idle_limit(name: str) -> None:
    """The limits of shipped policies take effect, and their search distances suffice."""
    assert {key for _, key in warned(read_policy(name, REGISTRY))} <= {"only_assumed"}


def test_the_choosing_params_name_columns_of_their_layers() -> None:
    """A param that chooses rows by a column names a column that a layer of its criterion has."""
    choosing = [criterion for criterion in REGISTRY.values() if criterion.chooses]
    assert len(choosing) == 12
    for criterion in choosing:
        for column in filter(None, criterion.chooses.values()):
            assert not callable(criterion.needs)
            assert any(
                column in {*LAYERS[need.layer].columns, *LAYERS[need.layer].optional} for need in criterion.needs
            )


@given(towns())
@settings(max_examples=examples(10))
def test_measured_values_lie_in_the_range_that_warnings_presume(layers: Layers) -> None:
    """In a town drawn at random no criterion measures below 0, or a share above 1, unless it is said to."""
    scan = scan_town(layers)
    for item in small_town_policy().checks():
        value = scan.findings[item.id].value
        criterion = REGISTRY[item.criterion]
        unit = UNITS[criterion.unit]
        assert criterion.is_signed or not (value < unit.lowest - 1e-9).any(), item.id
        assert unit.highest == 1.0 or criterion.unit not in {"1", "answer"}
        assert not (np.isfinite(value) & (value > unit.highest + 1e-9)).any(), item.id


def test_every_warning_has_its_sentences() -> None:
    """The keys that the module gives are those in the catalogue."""
    text = (ROOT / "suitability" / "policy" / "lint.py").read_text(encoding="utf-8")
    of_catalogue = {key.removeprefix("warning.") for key in catalogue("nl") if key.startswith("warning.")}
    assert of_catalogue == {"only_assumed", "never_fails", "never_holds", "beyond_horizon", "nowhere"}
    assert all(f'"{key}"' in text for key in of_catalogue)


@pytest.mark.parametrize("lang", LANGS)
def test_at_the_command_line(lang: str, tmp_path: Path) -> None:
    """In order comes first; warnings are marked, on standard error, and change nothing of the exit code."""
    config = make_config(tmp_path)
    done = check(config / "good.yaml", "--lang", lang, "--source", "demo", config=config)
    assert done.returncode == 0
    assert {"nl": "in orde", "en": "in order"}[lang] in done.stdout
    mark = {"nl": "Let op: ", "en": "Note: "}[lang]
    assert done.stderr.startswith(mark)
    assert all(line.startswith(mark) for line in done.stderr.strip().splitlines())
