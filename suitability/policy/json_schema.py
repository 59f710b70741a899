"""The JSON Schema of a policy file, made from the models and the criteria, so that an editor completes and checks one.

It knows the form; names that must exist elsewhere (documents, location types) are left to ``check-policy``.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from suitability.policy.model import CONVERSIONS, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.criteria.base import Criterion

Schema = dict[str, Any]

#: Model and field -> what it means, for fields that do not say so themselves.
MEANINGS: Final[dict[str, dict[str, str]]] = {
    "Policy": {
        "id": "name of the policy; taken from the name of the file",
        "title": "name of the policy, for people",
        "in_force": "date from which the policy holds",
        "extends": "name of the policy this one is laid over: its rules by id, other keys replaced",
        "summary": "what the policy comes down to, in a sentence",
        "location_types": "kinds of place with rules of their own, in order of preference; none = every place alike",
        "rules": "what a parcel is tested against; their order is that of the funnel",
        "sites": "when adjoining parcels are taken together; left out = every parcel is a site of its own",
        "portfolio": "rules on sites together: spacing, caps, spread",
        "need": "workers to be housed, per area and year",
    },
    "LocationType": {
        "id": "name for `applies_to`",
        "label": "name for people",
        "form": "housing form: units on free land, a building converted, rooms in a dwelling; left out = what holds most beds",
        "permit": "how long a permit holds at such a place",
        "max_stay": "how long one person may stay",
        "stays": "lengths of stay that it can serve: short, mid, long; left out = all",
        "conditions": "what a person must still see to, at every such place",
        "source": "document and article",
        "assumption": "why, where no document says so",
    },
    "Permit": {
        "years": "years a permit holds",
        "extension_years": "years by which it can be extended once",
        "permanent": "true: without end",
    },
    "Rule": {
        "id": "name of the rule, unique in the policy",
        "label": "name for people",
        "criterion": "what is measured: one of docs/criteria.md",
        "params": "choices of that criterion, and tables as `scale:NAME/COLUMN`",
        "limit": "what the measured value is held against",
        "any_of": "checks of which one must hold, in place of a criterion",
        "all_of": "checks that must all hold, in place of a criterion",
        "some_of": "checks of which a number must hold, in place of a criterion",
        "near_miss": "so little short, in the unit of the limit, is a near miss",
        "source": "document and article; this or `assumption` is needed beside a criterion",
        "assumption": "what was assumed, and why",
        "caution": "what to mind when reading the result",
        "effect": "what failing does: take the parcel off, limit its use, count in a score, or only be noted",
        "applies_to": "ids of location types; empty = all",
        "on_unknown": "what is done with a parcel of which this is not known",
        "scale": "what the measured value is worth in the ranking; left out = all when the limit is met, else nothing",
        "weight": "how heavily it counts in the ranking, against the other weights; left out = 1 for a wish, else 0",
        "consequence": "what the use is limited to; with effect `restrict` only, and then needed",
    },
    "SomeOf": {"at_least": "how many must hold", "checks": "the checks; each looks like a rule without effect"},
    "Limit": {
        "at_most": "the value may be this at most",
        "at_least": "the value must be this at least",
        "between": "smallest and largest value",
        "unit": "unit of the number: that of the criterion, or km, ha, % or h",
    },
    "Citation": {"document": "id in config/documents.yaml", "article": "article, section or annex"},
    "LocalText": {"nl": "text in Dutch", "en": "text in English"},
    "Spacing": {}, "Cap": {}, "Spread": {}, "Size": {}, "Concentration": {}, "Need": {},
}  # fmt: skip
_OF_SETS: Final = {
    "id": "name of the rule, unique among these", "label": "name for people", "source": "document and article",
    "assumption": "what was assumed, and why", "caution": "what to mind", "kind": "which kind of rule this is",
    "per": "the area within which is counted", "counts": "what is added up",
    "of": "the base of which `at_most` is a share; left out = a number", "within": "where the workers live, seen from their work",
    "counting": "which sites count along",
    "area": "name of the municipality, subregion, region or province", "year": "year of the need", "counted": "all workers, or those beyond today's",
    "low": "workers in the lowest scenario", "high": "workers in the highest scenario",
}  # fmt: skip


def meaning(model: str, name: str) -> str:
    """Return what a field means when its model does not say so; empty where nobody has said."""
    own = MEANINGS["Rule" if model == "Check" else model] if model in MEANINGS or model == "Check" else {}
    return own.get(name, _OF_SETS.get(name, ""))


def policy_schema(criteria: Mapping[str, Criterion]) -> Schema:
    """Return the schema of a policy file as plain values."""
    schema = Policy.model_json_schema()
    definitions: dict[str, Schema] = schema.pop("$defs")
    del definitions["Params"]
    definitions["Limit"]["oneOf"] = [{"required": [kind]} for kind in ("at_most", "at_least", "between")]
    for name, definition in definitions.items():
        _describe(name, definition)
    _describe("Policy", schema)
    _bind_params(definitions, criteria)
    _overlays(definitions, criteria)
    schema["required"] = []
    whole = {"required": ["title", "in_force", "rules"], "properties": {"rules": {"items": {"$ref": "#/$defs/Rule"}}}}
    partial = {
        "properties": {"rules": {"items": {"anyOf": [{"$ref": "#/$defs/RuleChange"}, {"$ref": "#/$defs/Rule"}]}}}
    }
    schema["properties"]["rules"].pop("items")
    schema |= {"if": {"required": ["extends"]}, "then": partial, "else": whole}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Policy"}
    made: Schema = _plain({**schema, **head, "$defs": definitions})
    return made


def _describe(model: str, definition: Schema) -> None:
    for name, field in definition.get("properties", {}).items():
        field["description"] = field.get("description") or meaning(model, name)


def _bind_params(definitions: dict[str, Schema], criteria: Mapping[str, Criterion]) -> None:
    """Tie the params and the unit of a check to its criterion."""
    for name, criterion in criteria.items():
        params = criterion.params.model_json_schema()
        definitions.update(params.pop("$defs", {}))
        definitions[f"params.{name}"] = params
    branches = [_branch(criterion, f"#/$defs/params.{name}") for name, criterion in criteria.items()]
    forms = [{"required": [form]} for form in ("criterion", "any_of", "all_of", "some_of")]
    for check in ("Check", "Rule"):
        properties = definitions[check]["properties"]
        properties["criterion"] = {"enum": list(criteria), "description": properties["criterion"]["description"]}
        properties["params"] = {"type": "object", "description": properties["params"]["description"]}
        definitions[check] |= {"oneOf": forms, "allOf": branches}


def _branch(criterion: Criterion, reference: str) -> Schema:
    units = [criterion.unit, *(unit for unit, (target, _) in CONVERSIONS.items() if target == criterion.unit)]
    unit: Schema = {"properties": {"unit": {"enum": units}}}
    then: Schema = {"properties": {"params": {"$ref": reference}, "limit": unit, "scale": unit}}
    needed = ["limit"]
    if any(field.is_required() for field in criterion.params.model_fields.values()):
        needed.append("params")
    then["required"] = needed
    return {"if": {"properties": {"criterion": {"const": criterion.id}}, "required": ["criterion"]}, "then": then}


def _overlays(definitions: dict[str, Schema], criteria: Mapping[str, Criterion]) -> None:
    """Add a rule of which an extending policy names only what it changes; its params are those of any criterion."""
    change = copy.deepcopy(definitions["Rule"])
    for key in ("oneOf", "allOf"):
        del change[key]
    change |= {"title": "RuleChange", "required": ["id"]}
    change["description"] = "A rule of the extended policy, with only the keys that change."
    partial = [{**definitions[f"params.{name}"], "required": []} for name in criteria]
    change["properties"]["params"] |= {"anyOf": partial}
    definitions["RuleChange"] = change


def _plain(node: Any) -> Any:  # noqa: ANN401 (any part of a schema)
    """Return a schema that older editors know too: no tuples by position, no empty titles; tables may be references."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _plain(value) for key, value in node.items() if key != "discriminator"}
    if "prefixItems" in made:
        made["items"] = made.pop("prefixItems")[0]
    if isinstance(made.get("title"), str) and "properties" not in made:
        del made["title"]
    if isinstance(made.get("additionalProperties"), dict) and "properties" not in made:
        said = {"description": made.pop("description")} if "description" in made else {}
        reference = {"type": "string", "pattern": "^scale:.+/.+$"}
        return {**said, "anyOf": [made, reference]}
    return made
