"""Two pages and the schema of a policy file, generated from the code: up to date, true and complete."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from suitability.criteria import REGISTRY
from suitability.policy.json_schema import meaning
from suitability.policy.reader import policy_names, read_policy
from suitability.report.policy_reference import INTRO, SECTIONS, form_of, made_files
from tests.paths import ROOT
from tests.policy.edits import DOCUMENTS, GOOD, edited, make_config
from tests.policy.test_lint import WHOLE

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = [ROOT / "config" / f"{name}.yaml" for name in policy_names(ROOT / "config")]
MADE = ("config/policy.schema.json", "docs/criteria.md", "docs/policy-format.md")


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    """Return the validator of the schema as it is in the repository."""
    return Draft7Validator(json.loads((ROOT / MADE[0]).read_text(encoding="utf-8")))


def as_json(text: str) -> Any:
    """Return a YAML text as an editor's schema check sees it: dates are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def said_of(schema: Draft7Validator, text: str) -> str:
    """Return the position and message of each finding of the schema; empty when in order."""
    error = best_match(schema.iter_errors(as_json(text)))
    return "" if error is None else f"{error.json_path}: {error.message}"


@pytest.mark.parametrize("name", MADE)
def test_made_files_are_up_to_date(name: str) -> None:
    """Run ``make docs`` after a change of a criterion, a model or a sentence."""
    assert (ROOT / name).read_text(encoding="utf-8") == made_files()[name], "stale: run `make docs`"


def test_no_other_file_is_made() -> None:
    """The list here is the list there."""
    assert tuple(made_files()) == MADE


def test_the_schema_is_a_schema(schema: Draft7Validator) -> None:
    """By the rules of its own draft; without what older editors do not know."""
    Draft7Validator.check_schema(schema.schema)
    assert "prefixItems" not in json.dumps(schema.schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_policies_match_the_schema(path: Path, schema: Draft7Validator) -> None:
    """Whole ones, and those laid over another."""
    assert said_of(schema, path.read_text(encoding="utf-8")) == ""


def test_a_good_policy_and_an_overlay_match(schema: Draft7Validator) -> None:
    """Tables by reference, units that convert, and rules of which only a key changes."""
    assert said_of(schema, GOOD) == ""
    assert (
        said_of(schema, "extends: good\nrepeals: [clear]\nrules:\n  - {id: near_work, params: {min_jobs: 5}}\n") == ""
    )
    assert said_of(schema, WHOLE) == ""


#: Text replaced, and its replacement.
MISTAKES = {
    "misspelt_key": ("near_miss: 0.5", "near_mis: 0.5"),
    "misspelt_param": ("min_jobs: 10", "min_job: 10"),
    "misspelt_in_child": ("allowed: [wonen]", "alowed: [wonen]"),
    "misspelt_at_top": ("in_force:", "in_forse:"),
    "unknown_criterion": ("employer_distance", "employer_distanc"),
    "no_criterion": ("    criterion: employer_distance\n", ""),
    "limit_missing": ("    limit: {at_most: 15, unit: km}\n", ""),
    "limit_twice": ("at_most: 15", "at_most: 15, at_least: 1"),
    "limit_of_wrong_unit": ("at_most: 15, unit: km", "at_most: 15, unit: min"),
    "limit_without_unit": ("{at_most: 15, unit: km}", "{at_most: 15}"),
    "limit_not_a_number": ("at_most: 15", "at_most: far"),
    "between_one": ("[100, 200]", "[100]"),
    "params_missing": ("    params: {min_jobs: 10}\n", ""),
    "number_too_small": ("min_jobs: 10", "min_jobs: 0"),
    "unknown_effect": ("effect: exclude", "effect: forbid"),
    "pass_on_unknown": ("effect: score", "effect: score\n    on_unknown: pass"),
    "no_table": ("scale:distances/quiet", "distances"),
    "one_language": ("{nl: Werk, en: Work}", "{nl: Werk}"),
    "bad_identifier": ("id: near_work", "id: Near work"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_the_schema_marks_a_mistake(name: str, schema: Draft7Validator) -> None:
    """An editor underlines these errors."""
    assert said_of(schema, edited(*MISTAKES[name])) != ""


def test_an_overlay_with_an_unknown_param_is_marked(schema: Draft7Validator) -> None:
    """Though the criterion stands in the base, no criterion has such a param."""
    assert said_of(schema, "extends: good\nrules:\n  - {id: near_work, params: {min_job: 5}}\n") != ""
    assert said_of(schema, "extends: good\nrules:\n  - {id: near_work, efect: note}\n") != ""
    assert said_of(schema, "extends: good\nrules:\n  - {effect: note}\n") != ""


def test_every_criterion_is_on_the_page() -> None:
    """Under its own name, with its params, units, layers and sentences."""
    text = (ROOT / "docs" / "criteria.md").read_text(encoding="utf-8")
    sections = dict(
        zip(
            re.findall(r"^## (.+)$", text, re.MULTILINE),
            re.split(r"^## .+$", text, flags=re.MULTILINE)[1:],
            strict=True,
        )
    )
    assert list(sections) == list(REGISTRY)
    for name, criterion in REGISTRY.items():
        assert f"`{criterion.unit}`" in sections[name]
        for param, field in criterion.params.model_fields.items():
            assert f"| `{param}` |" in sections[name]
            assert str(field.description) in sections[name]
        for reason in criterion.reasons:
            assert f"| `{reason.split('.')[1]}` |" in sections[name]


def test_every_field_says_what_it_means() -> None:
    """In its model, or in the table beside the schema; and what may stand in it."""
    for _, model in SECTIONS:
        schema = model.model_json_schema()
        properties = schema.get("properties") or schema["$defs"][model.__name__]["properties"]
        for name, field in properties.items():
            assert field.get("description") or meaning(model.__name__, name), (model, name)
            assert form_of(field)


def test_the_worked_example_is_in_order(schema: Draft7Validator, tmp_path: Path) -> None:
    """The example on the page can be copied into a file and used."""
    example = re.findall(r"```yaml\n(.+?)```", (ROOT / INTRO).read_text(encoding="utf-8"), flags=re.DOTALL)[0]
    config = make_config(tmp_path, example=example)
    (config / "documents.yaml").write_text(
        DOCUMENTS + (ROOT / "config" / "documents.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    policy = read_policy("example", REGISTRY, config)
    assert [rule.effect for rule in policy.rules] == ["exclude", "restrict", "score"]
    assert said_of(schema, example) == ""


@pytest.mark.parametrize("page", ["criteria.md", "policy-format.md"])
def test_links_lead_somewhere(page: str) -> None:
    """To files that exist and headings of the page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target[1:] in headings if target.startswith("#") else (ROOT / "docs" / target).is_file(), target
