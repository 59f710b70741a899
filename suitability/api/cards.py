"""The card of a parcel or a site, as values: the facts that ``suitability explain`` writes out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from suitability.core.messages import message
from suitability.report.table import CLASSES, classes_of
from suitability.report.wording.rules import citation_text, limit_text

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.model import Check
    from suitability.report.explain import CheckFacts, ParcelFacts
    from suitability.scan.run import Scan


class CheckCard(BaseModel):
    """Result of one check. `value`, `margin` and `limit` in `unit`; null = unknown or none there: see `sentence`."""

    id: str
    label: str
    outcome: str = Field(description="pass, unknown or fail")
    sentence: str
    value: float | None
    margin: float | None = Field(description="To spare (above 0) or short (below 0).")
    unit: str
    limit: str
    object: str = Field(description="What decided, such as the nearest shop; empty where nothing did.")
    access_leg_m: float | None
    source: str
    assumption: str
    caution: str
    parts: list[CheckCard] = Field(description="The checks inside this one.")


class RuleCard(CheckCard):
    """One rule of the policy on one parcel."""

    effect: str = Field(description="exclude, restrict, score or note")


class Card(BaseModel):
    """Verdict on a parcel, with its reasons."""

    parcel_id: str
    label: str
    settlement: str
    area_m2: float
    verdict: str = Field(description="pass, unknown or fail")
    verdict_class: str = Field(description="pass, pass_restricted, unknown, near_miss or fail")
    verdict_text: str
    near_miss: bool
    location_type: str
    fits: list[str] = Field(description="All location types that it suits.")
    consequences: list[str]
    conditions: list[str] = Field(description="What a person must still see to.")
    deciding_rule: str | None = Field(description="The id of the rule that decided.")
    rules: list[RuleCard]


def card_of(scan: Scan, facts: ParcelFacts, documents: dict[str, dict[str, object]], lang: Lang) -> Card:
    """Return the card of one parcel of a scan."""
    kind = CLASSES[int(classes_of(scan)[facts.index])]
    return Card(
        parcel_id=facts.parcel_id,
        label=facts.label,
        settlement=facts.settlement,
        area_m2=facts.area_m2,
        verdict=facts.outcome.name.lower(),
        verdict_class=kind,
        verdict_text=message(f"outcome.{kind}", lang),
        near_miss=facts.near_miss,
        location_type=facts.location_type,
        fits=list(facts.fits),
        consequences=list(dict.fromkeys(facts.consequences)),
        conditions=list(facts.conditions),
        deciding_rule=facts.deciding,
        rules=[
            RuleCard(effect=rule.effect, **dict(_check_card(rule, fact, documents, lang))) for rule, fact in facts.rules
        ],
    )


def _check_card(check: Check, fact: CheckFacts, documents: dict[str, dict[str, object]], lang: Lang) -> CheckCard:
    return CheckCard(
        id=check.id,
        label=check.label.in_(lang),
        outcome=fact.outcome.name.lower(),
        sentence=fact.sentence,
        value=number_or_none(fact.value),
        margin=number_or_none(fact.margin),
        unit=fact.unit,
        limit=limit_text(check.limit, lang) if check.limit else "",
        object=fact.object_name,
        access_leg_m=None if fact.access_leg_m is None else number_or_none(fact.access_leg_m),
        source=citation_text(check.source, documents, lang),
        assumption=check.assumption.in_(lang) if check.assumption else "",
        caution=check.caution.in_(lang) if check.caution else "",
        parts=[_check_card(part.check, part, documents, lang) for part in fact.parts],
    )


def number_or_none(value: float) -> float | None:
    """Return a number that JSON knows: NaN and infinity are none."""
    return float(value) if math.isfinite(value) else None
