"""Writes what follows from the models and the criteria: the schema of a policy file and two pages of documentation.

``python -m suitability.report.policy_reference`` writes them; a test fails when they are stale.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from suitability.core.config import documents
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import LANGS, catalogue
from suitability.criteria import REGISTRY
from suitability.policy.json_schema import meaning, policy_schema
from suitability.policy.model import CONVERSIONS, LocationType, Permit, Policy, Rule, SomeOf
from suitability.policy.portfolio import Cap, Concentration, Need, Size, Spacing, Spread
from suitability.policy.site import SiteRule
from suitability.policy.value_function import Scale
from suitability.report.wording.rules import citation_text

if TYPE_CHECKING:
    from suitability.core.types import Params
    from suitability.criteria.base import Criterion

ROOT: Final = Path(__file__).parents[2]
INTRO: Final = "docs/_policy-format-intro.md"

#: The models of a policy file with a heading each, in the order of the page.
SECTIONS: Final[tuple[tuple[str, type[Params]], ...]] = (
    ("The policy", Policy), ("A location type: `location_types`", LocationType), ("Its permit: `permit`", Permit),
    ("A rule: `rules`", Rule), ("Some of several checks: `some_of`", SomeOf),
    ("Points in the ranking: `scale`", Scale), ("Parcels taken together: `sites`", SiteRule),
    ("A set of sites: `portfolio`, kind `spacing`", Spacing), ("A set of sites: `portfolio`, kind `cap`", Cap),
    ("A set of sites: `portfolio`, kind `spread`", Spread), ("A set of sites: `portfolio`, kind `size`", Size),
    ("A set of sites: `portfolio`, kind `concentration`", Concentration), ("A need: `need`", Need),
)  # fmt: skip

_BOUNDS: Final = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_MARK: Final = "<!-- Made by `make docs` from the code; a change made here is lost. -->"


def made_files() -> dict[str, str]:
    """Return the content of each file, by its place in the repository."""
    return {
        "config/policy.schema.json": json.dumps(policy_schema(REGISTRY), indent=1, ensure_ascii=False) + "\n",
        "docs/criteria.md": criteria_page(),
        "docs/policy-format.md": format_page((ROOT / INTRO).read_text(encoding="utf-8")),
    }


def criteria_page() -> str:
    """Return the page on what can be measured."""
    links = [f"- [`{name}`](#{name}): {_docstring(criterion)[0]}" for name, criterion in REGISTRY.items()]
    head = [
        "# What can be measured", "", _MARK, "",
        "A rule of a policy names one of these criteria, gives its params, and holds what it measures against a limit.",
        "How a policy is written: [policy-format.md](policy-format.md).", "", *links,
    ]  # fmt: skip
    return "\n".join([*head, *(line for criterion in REGISTRY.values() for line in _criterion(criterion))]) + "\n"


def _docstring(criterion: Criterion) -> tuple[str, str]:
    """Return the first line of the docstring of a criterion's module, and the rest."""
    text = inspect.cleandoc(sys.modules[criterion.measure.__module__].__doc__ or "").replace("``", "`")
    first, _, rest = text.partition("\n")
    return first, rest.strip("\n")


def _criterion(criterion: Criterion) -> list[str]:
    first, rest = _docstring(criterion)
    listed = documents(ROOT / "config")
    converted = [unit for unit, (target, _) in CONVERSIONS.items() if target == criterion.unit]
    units = ", ".join(f"`{unit}`" for unit in [criterion.unit, *converted])
    lines = ["", f"## {criterion.id}", "", first, *(["", rest] if rest else []), ""]
    lines += [f"Units of the limit: {units}. Source: {citation_text(criterion.source, listed, 'en')}.", ""]
    lines += [*_params_table(criterion), "", *_needs(criterion), ""]
    lines += ["| what is said | Nederlands | English |", "|---|---|---|"]
    for reason in criterion.reasons:
        keys = [key for key in (reason, f"{reason}_none", f"{reason}_zero", f"{reason}_edge") if key in catalogue("nl")]
        lines += [_row(f"`{key.split('.')[1]}`", *(catalogue(lang)[key] for lang in LANGS)) for key in keys]
    return lines


def _params_table(criterion: Criterion) -> list[str]:
    schema = criterion.params.model_json_schema()
    fields = schema.get("properties", {})
    if not fields:
        return ["No params."]
    needed = schema.get("required", [])
    lines = ["| param | form | needed | meaning |", "|---|---|---|---|"]
    return lines + [
        _row(f"`{name}`", form_of(field), "yes" if name in needed else "", field.get("description", ""))
        for name, field in fields.items()
    ]


def _needs(criterion: Criterion) -> list[str]:
    if callable(criterion.needs):
        return ["Layers: of the policy's choice; which, follows from the params."]
    if not criterion.needs:
        return ["Layers: the parcels only."]
    lines = ["| layer | columns read |", "|---|---|"]
    for need in criterion.needs:
        columns = {**LAYERS[need.layer].columns, **LAYERS[need.layer].optional}
        lines.append(
            _row(f"`{need.layer}`", ", ".join(f"`{c}` ({columns[c]})" for c in need.columns) or LAYERS[need.layer].kind)
        )
    return lines


def format_page(intro: str) -> str:
    """Return the page on how a policy is written: a hand-written part, and every field of every model."""
    parts = [intro.rstrip("\n"), "", "## All fields", "", _MARK]
    for heading, model in SECTIONS:
        parts += ["", f"### {heading}", "", *_fields_table(model)]
    return "\n".join(parts) + "\n"


def _fields_table(model: type[Params]) -> list[str]:
    schema = model.model_json_schema()
    if "properties" not in schema:  # a model that holds itself is among its own definitions
        schema = schema["$defs"][model.__name__]
    needed = set(schema.get("required", [])) - ({"id"} if model is Policy else set())
    lines = ["| key | form | needed | meaning |", "|---|---|---|---|"]
    return lines + [
        _row(
            f"`{name}`",
            form_of(field),
            "yes" if name in needed else "",
            field.get("description") or meaning(model.__name__, name),
        )
        for name, field in schema["properties"].items()
    ]


def form_of(field: dict[str, Any]) -> str:
    """Return what may stand in a field, in short."""
    choices = field.get("anyOf") or field.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(form_of(part) for part in choices if part.get("type") != "null"))
    if "$ref" in field:
        return _WORDS.get(field["$ref"].rsplit("/", 1)[1], "keys with values")
    if "enum" in field or "const" in field:
        return " or ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field["type"] == "array":
        items = field.get("items") or field["prefixItems"][0]
        return f"{'two of' if 'prefixItems' in field else 'list of'}: {form_of(items)}"
    if field["type"] == "object":
        more = field.get("additionalProperties")
        return f"table of: {form_of(more)}" if isinstance(more, dict) else "keys with values"
    return _plain_form(field)


def _plain_form(field: dict[str, Any]) -> str:
    """Return what a text or number may be."""
    if field.get("pattern"):
        return "name of small letters, digits and `_`"
    if field.get("format") == "date":
        return "date"
    word = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}[
        field["type"]
    ]
    bounds = ", ".join(f"{sign} {field[key]:g}" for key, sign in _BOUNDS.items() if key in field)
    return f"{word} {bounds}".strip()


_WORDS: Final = {
    "LocalText": "`nl` and `en`", "Citation": "`document`, `article`", "Limit": "`at_most`, `at_least` or `between`, and `unit`",
    "Check": "check", "Rule": "rule", "LocationType": "location type", "Permit": "permit", "Need": "need",
    "SomeOf": "`at_least` and `checks`", "Params": "keys with values", "Spacing": "spacing", "Cap": "cap", "Spread": "spread",
    "Scale": "`worst`, `best` and `unit`", "SiteRule": "keys with values", "Size": "size", "Concentration": "concentration",
}  # fmt: skip


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Write the files that are stale."""
    for name, text in made_files().items():
        path = ROOT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
