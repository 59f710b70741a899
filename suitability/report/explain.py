"""One parcel: the facts of its card, and the card as text that a councillor understands."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.config import config_folder
from suitability.core.config import documents as known_documents
from suitability.core.errors import Problem, SubmissionError
from suitability.core.measurement import Outcome
from suitability.core.messages import enumeration, long_date, message, quantity
from suitability.report.wording.rules import (
    OUTCOME_KEYS,
    citation_text,
    condition_texts,
    consequence_texts,
    criterion_of,
    missing_names,
    object_names,
    reason_texts,
    stale_text,
)

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.model import Check, Rule
    from suitability.scan.run import Scan
    from suitability.spatial.route import Route

#: Designations that a wrong one is compared with: of a province not all.
_COMPARED: Final = 20_000

_MARKS = {Outcome.PASS: "+", Outcome.UNKNOWN: "?", Outcome.FAIL: "-"}


@dataclass(frozen=True)
class CheckFacts:
    """Result of one check for the parcel. ``value`` and ``margin`` in ``unit``; ``parts``: the checks inside it."""

    check: Check
    outcome: Outcome
    value: float
    margin: float
    unit: str
    object_name: str
    sentence: str
    access_leg_m: float | None
    parts: tuple[CheckFacts, ...]


@dataclass(frozen=True)
class ParcelFacts:
    """The card of one parcel: verdict, deciding rule and every rule that applies to its best location type."""

    parcel_id: str
    index: int
    label: str
    settlement: str
    area_m2: float
    outcome: Outcome
    near_miss: bool
    location_type: str
    fits: tuple[str, ...]
    consequences: tuple[str, ...]
    conditions: tuple[str, ...]
    deciding: str | None
    rules: tuple[tuple[Rule, CheckFacts], ...]


def explain(scan: Scan, parcel_id: str, lang: Lang = "nl") -> ParcelFacts:
    """Return the facts of one parcel: verdict, deciding rule, and value, margin and sentence of every rule that applies.

    Values and margins are in the unit of each rule, areas in square metres. Raises ``SubmissionError`` when the scan has
    no such parcel, with a designation that resembles it.

    Example: ``explain(scan, "afgeleid-12345", "en").outcome``
    """
    index = scan.index_of(parcel_id)
    if index is None:
        fields = {"found": parcel_id, "area": scan.area.name, "expected": _resembling(parcel_id, scan)}
        raise SubmissionError(Problem("PARCEL_ID", "unknown_parcel", fields))
    verdicts, policy = scan.verdicts, scan.policy
    kind = int(verdicts.best_type[index])
    fits = tuple(
        place.label.in_(lang) for t, place in enumerate(policy.types) if verdicts.outcome[index, t] == Outcome.PASS
    )
    rules = tuple(
        (rule, _check_facts(scan, rule, index, lang))
        for j, rule in enumerate(policy.rules)
        if verdicts.applies[kind, j]
    )
    deciding = int(verdicts.deciding[index])
    return ParcelFacts(
        parcel_id=parcel_id,
        index=index,
        label=_text_of(scan, "label", index),
        settlement=_text_of(scan, "settlement", index) or message("outlying_area", lang),
        area_m2=float(scan.parcels.areas[index]),
        outcome=Outcome(int(verdicts.best[index])),
        near_miss=bool(verdicts.near_miss[index]),
        location_type=policy.types[kind].label.in_(lang),
        fits=fits,
        consequences=tuple(consequence_texts(scan, index, lang)),
        conditions=tuple(condition_texts(policy.types[kind], lang)),
        deciding=policy.rules[deciding].id if deciding >= 0 else None,
        rules=rules,
    )


def _resembling(parcel_id: str, scan: Scan) -> str:
    """Return an existing designation that resembles the one that was given."""
    ids = [str(name) for name in scan.parcels.ids]
    close = difflib.get_close_matches(parcel_id, ids[:_COMPARED], n=1, cutoff=0.0)
    return close[0] if close else ids[0]


def _text_of(scan: Scan, column: str, index: int) -> str:
    if column not in scan.frame:
        return ""
    value = scan.frame[column].iloc[index]
    return value if isinstance(value, str) else ""


def _check_facts(scan: Scan, check: Check, index: int, lang: Lang) -> CheckFacts:
    finding = scan.findings[check.id]
    row = np.array([index], dtype=np.int64)
    leaf = check
    while leaf.children:
        leaf = leaf.children[int(scan.findings[leaf.id].child[index])]
    decided = scan.findings[leaf.id]
    criterion = criterion_of(leaf)
    leg = decided.measurement.details.get("access_leg_m")
    return CheckFacts(
        check=check,
        outcome=Outcome(int(finding.outcome[index])),
        value=float(decided.value[index]),
        margin=float(decided.margin[index]),
        unit=criterion.unit,
        object_name=str(object_names(leaf, scan.layers, decided.evidence[row], lang)[0]),
        sentence=str(reason_texts(scan, check, row, lang)[0]),
        access_leg_m=None if leg is None else float(leg[index]),
        parts=tuple(_check_facts(scan, child, index, lang) for child in check.children),
    )


def route_of(scan: Scan, check: Check, index: int) -> Route | None:
    """Return the route behind the value of one check for one parcel, in EPSG:28992; None where there is none."""
    if check.children:
        return None
    criterion = criterion_of(check)
    row = int(scan.findings[check.id].evidence[index])
    missing = any(need.layer not in scan.layers for need in criterion.needs_of(check.params))
    if criterion.route is None or row < 0 or missing:
        return None
    return criterion.route(scan.parcels, index, scan.layers, check.params, row)


def travel_note(scan: Scan, check: Check, index: int, lang: Lang) -> str:
    """Return the trip in words: access leg, metres of street and the streets by name; empty where there is no trip."""
    route = route_of(scan, check, index)
    if route is None:
        return ""
    return message(
        "explain.travel",
        lang,
        leg=quantity(route.access_leg_m, "m", lang),
        leg_min=quantity(route.access_min, "min", lang),
        network=quantity(route.network_m, "m", lang),
        streets=", ".join(route.streets) or message("value.unnamed", lang),
    )


def card_text(
    scan: Scan, facts: ParcelFacts, documents: dict[str, dict[str, object]] | None = None, lang: Lang = "nl"
) -> str:
    """Return the card of a parcel as plain text: the verdict, every rule with its reason and article, and the data used.

    ``documents``: what citations name, by id; default ``documents.yaml`` of the config folder.

    Example: ``print(card_text(scan, explain(scan, "afgeleid-12345", "en"), lang="en"))``
    """
    documents = known_documents(config_folder()) if documents is None else documents
    lines = [_heading(facts, lang), "", *_verdict_lines(scan, facts, lang), ""]
    for effect in ("exclude", "restrict", "score", "note"):
        chosen = [(rule, fact) for rule, fact in facts.rules if rule.effect == effect]
        if chosen:
            lines.append(message(f"explain.section.{effect}", lang))
            for rule, fact in chosen:
                lines += _rule_lines(scan, rule, fact, facts.index, documents, lang)
            lines.append("")
    return "\n".join([*lines, *_data_lines(scan, lang)])


def _heading(facts: ParcelFacts, lang: Lang) -> str:
    said = [part for part in facts.label.split(", ") if part]  # an address may end in its settlement
    place = ", ".join(said if facts.settlement in said else [*said, facts.settlement])
    return message(
        "explain.heading", lang, parcel=facts.parcel_id, place=place, area=quantity(facts.area_m2, "m2", lang)
    )


def _verdict_lines(scan: Scan, facts: ParcelFacts, lang: Lang) -> list[str]:
    policy = scan.policy
    verdict = message(OUTCOME_KEYS[facts.outcome], lang).upper()
    lines = [message("explain.verdict", lang, verdict=verdict, policy=policy.title.in_(lang))]
    if not policy.deciding_rules:
        lines.append(message("explain.excludes_nothing", lang))
    rule = next((rule for rule, _ in facts.rules if rule.id == facts.deciding), None)
    if rule is not None:
        key = {Outcome.FAIL: "failed", Outcome.UNKNOWN: "unknown", Outcome.PASS: "tightest"}[facts.outcome]
        lines.append(message(f"explain.deciding.{key}", lang, rule=rule.label.in_(lang)))
    if policy.location_types:
        fits = enumeration(facts.fits, lang) or message("explain.fits_none", lang, best=facts.location_type)
        lines.append(message("explain.fits", lang, types=fits))
    lines += [message("explain.consequence", lang, text=text) for text in dict.fromkeys(facts.consequences)]
    if facts.outcome != Outcome.FAIL and facts.conditions:
        lines += [message("explain.conditions", lang), *(f"  - {text}" for text in facts.conditions)]
    if facts.near_miss:
        lines.append(message("explain.near_miss", lang))
    return lines


def _rule_lines(
    scan: Scan,
    rule: Check,
    fact: CheckFacts,
    index: int,
    documents: dict[str, dict[str, object]],
    lang: Lang,
    depth: int = 1,
) -> list[str]:
    pad = "  " * depth
    outcome = message(f"rule.{fact.outcome.name.lower()}", lang)
    lines = [f"{pad}[{_MARKS[fact.outcome]}] {rule.label.in_(lang)}: {outcome}"]
    if fact.parts:
        lines.append(f"{pad}    {message(f'explain.{rule.form}', lang, n=rule.needed)}")
        for part in fact.parts:
            lines += _rule_lines(scan, part.check, part, index, documents, lang, depth + 1)
    else:
        lines.append(f"{pad}    {fact.sentence}")
        travel = travel_note(scan, rule, index, lang)
        lines += [f"{pad}    {travel}"] if travel else []
    source = citation_text(rule.source, documents, lang)
    lines += [f"{pad}    {message('explain.source', lang, source=source)}"] if source else []
    lines += (
        [f"{pad}    {message('explain.assumption', lang, text=rule.assumption.in_(lang))}"] if rule.assumption else []
    )
    lines += [f"{pad}    {message('explain.caution', lang, text=rule.caution.in_(lang))}"] if rule.caution else []
    return lines


def _data_lines(scan: Scan, lang: Lang) -> list[str]:
    """Return what the data is, how old, and what in it is derived or assumed."""
    lines = [message("explain.data", lang)]
    for name, layer in sorted(scan.layers.items()):
        source = layer.provenance
        text = f"  {message(f'layer.{name}', lang)}: {source.source}, {long_date(source.reference_date, lang)}, {message(f'standing.{source.standing}', lang)}"
        lines.append(f"{text}. {source.note.get(lang, '')}".rstrip(". ") + ".")
    stale = stale_text(scan.run, lang)
    lines += [f"  {stale}"] if stale else []
    lines += [f"  {message('explain.no_layer', lang, layer=name)}" for name in missing_names(scan.run, lang)]
    return lines
