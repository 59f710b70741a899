"""Reading a policy: tables and bases are filled in, and all errors are reported together, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from suitability.core.config import config_folder, documents
from suitability.core.errors import PolicyError, SourceError
from suitability.core.messages import LANGS
from suitability.criteria import REGISTRY
from suitability.criteria.employer_distance import EmployerDistance
from suitability.policy.reader import policy_names, read_policy
from tests.paths import CONFIG
from tests.policy.edits import GOOD, edited, line_of, make_config, mistakes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_good_policy_is_typed_and_in_the_measured_units(tmp_path: Path) -> None:
    """Params become their model; limits and near misses are converted to the unit of the criterion."""
    policy = read_policy("good", REGISTRY, make_config(tmp_path))
    assert policy.id == "good"
    work, clear, shop = policy.rules
    assert work.params == EmployerDistance(min_jobs=10)
    assert (work.limit.at_most, work.limit.unit, work.near_miss) == (15_000, "m", 500)
    assert clear.params.guideline_m == {"1": 10, "2": 30}
    assert shop.any_of[0].limit.at_least == 0.5
    assert shop.any_of[0].near_miss == pytest.approx(0.1)
    assert shop.any_of[1].limit.between == (100, 200)


def test_near_miss_converts_when_the_limit_is_zero(tmp_path: Path) -> None:
    """A band of 0,5 km beside a limit of 0 km is 500 m."""
    config = make_config(tmp_path, zero=edited("at_most: 15, unit: km", "at_most: 0, unit: km"))
    assert read_policy("zero", REGISTRY, config).rules[0].near_miss == 500


def test_same_text_same_hash(tmp_path: Path) -> None:
    """Comments and order of keys do not change the meaning of a policy; a number does."""
    config = make_config(
        tmp_path, same="# comment\n" + GOOD, other=edited("at_most: 15, unit: km", "at_most: 15000, unit: m"),
        more=edited("at_most: 15, unit: km", "at_most: 16, unit: km"),
    )  # fmt: skip
    hashes = {
        n: read_policy(n, REGISTRY, config).model_copy(update={"id": "x"}).sha256 for n in ("good", "same", "more")
    }
    assert hashes["good"] == hashes["same"] != hashes["more"]


def test_extends_lays_rules_over_by_id(tmp_path: Path) -> None:
    """A rule with a known id changes only the keys it names, params by name; a new id is added at the end."""
    overlay = """\
extends: good
title: {nl: Ander, en: Other}
in_force: 2026-01-01
rules:
  - id: near_work
    params: {min_jobs: 100}
  - id: more
    label: {nl: Meer, en: More}
    criterion: parcel_area
    params: {setback_m: 1}
    limit: {at_least: 1, unit: ha}
    effect: note
    source: {document: plan-2025}
"""
    policy = read_policy("other", REGISTRY, make_config(tmp_path, other=overlay))
    assert [rule.id for rule in policy.rules] == ["near_work", "clear", "shop", "more"]
    assert policy.rules[0].params == EmployerDistance(min_jobs=100)
    assert policy.rules[0].limit.at_most == 15_000
    assert policy.title.en == "Other"
    assert policy.extends == "good"
    assert policy.rules[3].limit.at_least == 10_000


def test_an_error_in_the_base_is_reported_with_the_file_of_the_base(tmp_path: Path) -> None:
    """Lines belong to the file in which they stand."""
    bad = edited("min_jobs: 10", "min_jobs: many")
    config = make_config(tmp_path, bad=bad, top="extends: bad\nrules:\n  - id: clear\n    efect: note\n")
    found = mistakes(config, "top")
    assert len(found) == 2
    assert any(
        text.startswith(f"bad.yaml, line {line_of(bad, 'min_jobs')}, rule near_work, params.min_jobs:")
        for text in found
    )
    assert any(text.startswith("top.yaml, line 4, rule clear, efect:") for text in found)


#: Text replaced, its replacement, the text at which the error must point, and the words of the sentence.
MISTAKES = {
    "misspelt_key": ("near_miss: 0.5", "near_mis: 0.5", "near_mis:", "the key 'near_mis' does not exist", "Did you mean 'near_miss'?"),
    "misspelt_param": ("min_jobs: 10", "min_job: 10", "min_job:", "the key 'min_job' does not exist", "Did you mean 'min_jobs'?"),
    "misspelt_in_child": ("allowed: [wonen]", "alowed: [wonen]", "alowed", "the key 'alowed' does not exist", "'allowed'?"),
    "misspelt_at_top": ("in_force:", "in_forse:", "in_forse", "the key 'in_forse' does not exist", "'in_force'?"),
    "misspelt_in_type": ("  - id: park\n    label", "  - id: park\n    lable", "lable", "Choose from: id, label, form, permit", "'label'?"),
    "misspelt_in_limit": ("at_most: 15", "at_mst: 15", "at_mst", "Choose from: at_most, at_least, between, unit", "'at_most'?"),
    "misspelt_in_part": ("near_miss: 10\n", "nearmiss: 10\n", "nearmiss", "the key 'nearmiss' does not exist", "'near_miss'?"),
    "limit_without_unit": ("{at_most: 15, unit: km}", "{at_most: 15}", "{at_most: 15}", "the key 'unit' is missing"),
    "limit_of_wrong_unit": ("at_most: 15, unit: km", "at_most: 15, unit: min", "unit: min", "the unit 'min' is not possible here. Use 'm'"),
    "limit_not_a_number": ("at_most: 15", "at_most: far", "at_most: far", "'far' is not a number"),
    "limit_infinite": ("at_most: 15", "at_most: .inf", "at_most: .inf", "a limit is a finite number"),
    "limit_twice": ("at_most: 15", "at_most: 15, at_least: 1", "at_most: 15", "exactly one of at_most, at_least and between"),
    "limit_missing": ("    limit: {at_most: 15, unit: km}\n", "", "- id: near_work", "the limit is missing"),
    "between_order": ("[100, 200]", "[200, 100]", "[200, 100]", "the smallest number comes first"),
    "between_one": ("[100, 200]", "[100]", "[100]", "[100] is too few. Give at least 2"),
    "between_three": ("[100, 200]", "[1, 2, 3]", "[1, 2, 3]", "[1, 2, 3] is too many. Give at most 2"),
    "between_no_list": ("[100, 200]", "100", "between: 100", "'100' is not a list"),
    "unknown_criterion": ("employer_distance", "employer_distanc", "employer_distanc", "the criterion 'employer_distanc' does not exist", "'employer_distance'?"),
    "no_criterion": ("    criterion: employer_distance\n", "", "- id: near_work", "exactly one of criterion, any_of and all_of"),
    "unknown_effect": ("effect: exclude", "effect: forbid", "effect: forbid", "'forbid' is not possible here. Choose from: ", "exclude"),
    "unknown_document": ("document: plan-2025", "document: plan-2026", "document: plan-2026", "the document 'plan-2026' is not known"),
    "unknown_type": ("[park]", "[parc]", "[parc]", "the location type 'parc' does not exist. Choose from: park"),
    "unknown_table": ("scale:distances/quiet", "scale:distance/quiet", "scale:distance/", "the table 'distance' does not exist. Choose from: distances"),
    "unknown_column": ("scale:distances/quiet", "scale:distances/loud", "scale:distances/loud", "Choose from: quiet, busy"),
    "category_not_in_table": ('highest_category: "2"', 'highest_category: "6"', "params:\n", "highest_category is not in the table"),
    "no_source": ("    assumption: {nl: zo, en: so}\n", "", "- id: clear", "a source or an assumption"),
    "one_language": ("{nl: Werk, en: Work}", "{nl: Werk}", "{nl: Werk}", "the key 'en' is missing"),
    "no_text": ("label: {nl: Werk, en: Work}", "label: Werk", "label: Werk", "'Werk' is not possible here. Put keys with values"),
    "bad_date": ("2025-07-08", "soon", "soon", "'soon' is not a date. Give a date such as"),
    "date_with_time": ("2025-07-08", "2025-07-08 10:30:00", "2025-07-08 10", "Give a date such as"),
    "impossible_date": ("2025-07-08", "2025-13-08", "2025-13-08", "2025-13-08"),
    "bad_identifier": ("id: near_work", "id: Near work", "id: Near work", "Use small letters, digits and _"),
    "number_too_small": ("min_jobs: 10", "min_jobs: 0", "min_jobs: 0", "0 is not possible here. Choose a number ≥ 1"),
    "number_not_whole": ("min_jobs: 10", "min_jobs: 1.5", "min_jobs: 1.5", "'1.5' is not a whole number"),
    "negative_band": ("near_miss: 0.5", "near_miss: -1", "near_miss: -1", "-1 is not possible here. Choose a number ≥ 0"),
    "consequence_missing": ("effect: score", "effect: restrict", "- id: shop\n", "only a rule with effect 'restrict'"),
    "params_no_mapping": ("params: {min_jobs: 10}", "params: 10", "params: 10", "'10' is not possible here. Put keys with values"),
    "empty_list": ("allowed: [wonen]", "allowed: []", "allowed: []", "[] is too few. Give at least 1"),
    "rules_no_list": (GOOD[GOOD.index("rules:"):], "rules: none\n", "rules: none", "'none' is not a list"),
    "group_with_limit": ("    effect: score\n", "    effect: score\n    limit: {at_most: 1, unit: m}\n", "- id: shop\n", "has no limit or params itself"),
    "pass_on_unknown": ("effect: score", "effect: score\n    on_unknown: pass", "on_unknown: pass", "'pass' is not possible here. Choose from: "),
    "unknown_document_in_part": ("source: {document: plan-2025}\n      - id", "source: {document: nowhere}\n      - id", "document: nowhere", "the document 'nowhere' is not known"),
    "double_id": ("id: shop_area", "id: near_work", "id: near_work\n        label: {nl: Vlak", "'near_work' occurs more than once"),
    "duplicate_key": ("near_miss: 0.5", "effect: note", "effect: exclude", "the key 'effect' is here twice"),
}  # fmt: skip


def test_a_number_from_a_table(tmp_path: Path) -> None:
    """`scale:NAME/COLUMN/KEY` takes one number; a key that is not there is reported with those that are."""
    text = edited("min_jobs: 10", "min_jobs: scale:sizes/jobs/large")
    config = make_config(tmp_path, good=text, bad=text.replace("jobs/large", "jobs/huge"))
    (config / "scales" / "sizes.yaml").write_text("columns:\n  jobs: {small: 5, large: 250}\n", encoding="utf-8")
    assert read_policy("good", REGISTRY, config).rules[0].params == EmployerDistance(min_jobs=250)
    where = f"bad.yaml, line {line_of(text, 'min_jobs')}"
    assert mistakes(config) == [f"{where}: the table 'sizes/jobs/huge' does not exist. Choose from: small, large."]


def test_a_wrong_part_is_not_counted_as_absent(tmp_path: Path) -> None:
    """Of two parts one is misspelt: that is the error, not that there is one part too few."""
    some = """  - id: one_of_two
    label: {nl: Een van twee, en: One of two}
    effect: note
    assumption: {nl: zo, en: so}
    some_of:
      at_least: 1
      checks:
        - {id: a, label: {nl: A, en: A}, criterion: parcel_area, params: {setback_m: 0}, limit: {at_least: 1, unit: m2}, assumption: {nl: zo, en: so}}
        - {id: b, label: {nl: B, en: B}, criterion: parcel_area, params: {setback_m: 0}, limit: {at_least: 1, unit: m2}, near: 2, assumption: {nl: zo, en: so}}
"""
    found = mistakes(make_config(tmp_path, bad=GOOD + some))
    assert len(found) == 1
    assert "rule b, near: the key 'near' does not exist" in found[0]


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_every_mistake_is_one_sentence_with_its_line(name: str, tmp_path: Path) -> None:
    """File, line, the value found, the value expected: once, in both languages, without technical terms."""
    old, new, points_at, *holds = MISTAKES[name]
    text = edited(old, new)
    config = make_config(tmp_path, bad=text)
    english, dutch = mistakes(config), mistakes(config, lang="nl")
    assert len(english) == len(dutch) == 1, english
    assert english[0].startswith(f"bad.yaml, line {line_of(text, points_at)}"), (english, line_of(text, points_at))
    assert all(part in english[0] for part in holds), english
    assert dutch[0] != english[0]


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Twelve errors of different kinds, in form, meaning and reference, are reported together and in both languages."""
    chosen = ["misspelt_param", "limit_of_wrong_unit", "unknown_type", "bad_identifier", "unknown_column", "negative_band",
              "misspelt_in_child", "between_order", "unknown_document_in_part", "bad_date", "one_language", "misspelt_in_type"]  # fmt: skip
    text = GOOD
    for name in chosen:
        old, new = MISTAKES[name][:2]
        assert old in text
        text = text.replace(old, new, 1)
    config = make_config(tmp_path, bad=text)
    for lang in LANGS:
        assert len(mistakes(config, lang=lang)) == len(chosen)
    for name in chosen:
        _, _, points_at, *holds = MISTAKES[name]
        line = f"bad.yaml, line {line_of(text, points_at)}"
        assert any(s.startswith(line) and holds[0] in s for s in mistakes(config)), name


def test_unknown_policy_suggests(tmp_path: Path) -> None:
    """A misspelt name gives the names that exist and the likely one."""
    config = make_config(tmp_path)
    with pytest.raises(PolicyError) as caught:
        read_policy("goud", REGISTRY, config)
    assert caught.value.sentences("nl") == [
        "--policy: het beleid 'goud' bestaat niet. Kies uit: good, of geef het pad naar een .yaml-bestand. Bedoelt u 'good'?"
    ]


def test_unreadable_files(tmp_path: Path) -> None:
    """A missing file, a folder in its place and a missing config folder are errors of the path."""
    config = make_config(tmp_path)
    (config / "map.yaml").mkdir()
    for name in (str(tmp_path / "none.yaml"), str(config / "map.yaml")):
        with pytest.raises(SourceError) as caught:
            read_policy(name, REGISTRY, config)
        assert len(caught.value.problems) == 1
    with pytest.raises(SourceError, match="does not exist"):
        config_folder(tmp_path / "nowhere")
    assert policy_names(config) == ["good"]


def test_config_folder_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SUITABILITY_CONFIG names the folder; without it, the one that comes with the package is found from anywhere."""
    config = make_config(tmp_path)
    monkeypatch.setenv("SUITABILITY_CONFIG", str(config))
    assert config_folder() == config
    assert read_policy("good", REGISTRY).id == "good"
    monkeypatch.delenv("SUITABILITY_CONFIG")
    monkeypatch.chdir(tmp_path.parent)
    assert (config_folder() / "documents.yaml").is_file()


@pytest.mark.parametrize("name", policy_names(CONFIG))
def test_shipped_policies(name: str) -> None:
    """Every shipped policy is valid, cites documents that exist, and states its assumptions or citations."""
    policy = read_policy(name, REGISTRY)
    known = documents(config_folder())
    for check in policy.checks():
        assert check.source is not None or check.assumption is not None
        assert check.source is None or check.source.document in known
        assert check.limit.unit == REGISTRY[check.criterion].unit
        assert isinstance(check.params, REGISTRY[check.criterion].params)
