"""The policies as values: title, in force, rules with their limits and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from suitability.report.wording.rules import citation_text, limit_text

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.model import Check, Policy


class PolicyLine(BaseModel):
    """One policy in the list."""

    id: str
    title: str
    in_force: str = Field(description="Date from which it holds, YYYY-MM-DD.")
    n_rules: int
    in_use: bool = Field(description="Whether parcels and submitted places are judged by this one here.")


class PolicyList(BaseModel):
    """The policies that this service knows."""

    policies: list[PolicyLine]


class CheckText(BaseModel):
    """A check of a policy. `limit` is null where the checks inside it decide."""

    id: str
    label: str
    criterion: str | None
    limit: str | None = Field(description="In words, with its unit.")
    limit_numbers: list[float]
    limit_unit: str | None
    source: str
    assumption: str
    caution: str
    form: str | None = Field(description="any_of, all_of or some_of: how the checks inside are combined.")
    parts: list[CheckText]


class RuleText(CheckText):
    """One rule of a policy."""

    effect: str = Field(description="exclude, restrict, score or note")
    applies_to: list[str] = Field(description="Location types; empty = all.")
    on_unknown: str
    consequence: str


class PolicyText(PolicyLine):
    """A policy as a whole."""

    summary: str
    sha256: str
    extends: str | None
    location_types: list[str]
    rules: list[RuleText]


def policy_line(policy: Policy, in_use: str, lang: Lang) -> PolicyLine:
    """Return a policy as a line; ``in_use``: the id of the one that is used."""
    return PolicyLine(
        id=policy.id, title=policy.title.in_(lang), in_force=policy.in_force.isoformat(),
        n_rules=len(policy.rules), in_use=policy.id == in_use,
    )  # fmt: skip


def policy_text(policy: Policy, in_use: str, documents: dict[str, dict[str, object]], lang: Lang) -> PolicyText:
    """Return a policy with all its rules."""
    return PolicyText(
        **dict(policy_line(policy, in_use, lang)),
        summary=policy.summary.in_(lang) if policy.summary else "",
        sha256=policy.sha256,
        extends=policy.extends,
        location_types=[kind.label.in_(lang) for kind in policy.location_types],
        rules=[
            RuleText(
                **dict(_check_text(rule, documents, lang)),
                effect=rule.effect,
                applies_to=list(rule.applies_to),
                on_unknown=rule.on_unknown,
                consequence=rule.consequence.in_(lang) if rule.consequence else "",
            )
            for rule in policy.rules
        ],
    )


def _check_text(check: Check, documents: dict[str, dict[str, object]], lang: Lang) -> CheckText:
    limit = check.limit
    return CheckText(
        id=check.id,
        label=check.label.in_(lang),
        criterion=check.criterion,
        limit=None if limit is None else limit_text(limit, lang),
        limit_numbers=[] if limit is None else list(limit.numbers),
        limit_unit=None if limit is None else limit.unit,
        source=citation_text(check.source, documents, lang),
        assumption=check.assumption.in_(lang) if check.assumption else "",
        caution=check.caution.in_(lang) if check.caution else "",
        form=check.form if check.children else None,
        parts=[_check_text(part, documents, lang) for part in check.children],
    )
