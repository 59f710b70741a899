"""Content of the card of one submitted site, as plain texts shared by HTML and PDF."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from suitability.core.measurement import Outcome
from suitability.core.messages import enumeration, long_date, message, number, quantity
from suitability.core.types import Citation
from suitability.report.cards.impact import added_texts
from suitability.report.cards.map import Named, draw_map
from suitability.report.explain import explain, route_of
from suitability.report.table import CLASSES, classes_of
from suitability.report.wording.receipt import note_text
from suitability.report.wording.rules import (
    citation_text,
    criterion_of,
    limit_text,
    missing_names,
    object_names,
    stale_text,
)
from suitability.selection.need import needs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suitability.core.messages import Lang
    from suitability.policy.model import Check, Rule
    from suitability.report.explain import CheckFacts, ParcelFacts
    from suitability.submissions.receipt import Receipt
    from suitability.submissions.score import Scored

Documents = dict[str, dict[str, object]]
_OVERLAPS_SHOWN: Final = 4
_NEAR: Final = "bij "  # how the sources label a parcel without an address of its own
_EFFECTS: Final = ("exclude", "restrict", "score", "note")
_HASH: Final = 8
_BESIDE_M: Final = 1.0
_SHARE_SHOWN: Final = 0.005


def card_facts(scored: Scored, at: int, documents: Documents, lang: Lang) -> dict[str, Any]:
    """Return all texts of the card of site ``at``, and its map as SVG. Nothing about persons is in it."""
    receipt, scan = scored.receipts[at], scored.scan
    facts = explain(scan, receipt.site_id, lang)
    kind = CLASSES[int(classes_of(scan)[at])]
    decides, route = _decides(scored, facts, lang), _route(scored, facts, lang)
    cited = _Cited()
    drawing = draw_map(scan, scan.parcels.geometry[at], decides, route, lang)
    return {
        "lang": lang,
        "words": {key: message(f"card.{key}", lang) for key in _WORDS},
        "heading": _heading(scored, at, facts, lang),
        "verdict": {"kind": kind, "head": message(f"card.verdict.{kind}", lang), "sense": _sense(facts, lang)},
        "consequences": [message("card.consequence", lang, text=text) for text in dict.fromkeys(facts.consequences)],
        "changes": [
            _said(rule, fact, lang)
            for rule, fact in facts.rules
            if rule.effect == "exclude" and fact.outcome == Outcome.FAIL
        ],
        "alternative": _alternative(scored, at, lang),
        "brings": [*_brings(scored, at, lang), *_conditions(facts)],
        "check": list(_to_check(scored, facts, lang)),
        "groups": _groups(facts, cited, lang),
        "documents": list(cited.lines(documents, lang)),
        "notes": [note_text(note, lang) for note in receipt.notes],
        "map": drawing.svg,
        "map_alt": _alt(drawing.width_m, decides, route, lang),
        "beyond": list(drawing.beyond),
        "data": list(_data(scored, lang)),
        "assumptions": _assumptions(facts, lang),
    }


_WORDS: Final = (
    "title", "change", "nearby", "check", "brings", "rules", "rules.rule", "rules.outcome", "rules.measured", "rules.limit", "rules.margin",
    "notes", "map", "data", "not_personal",
)  # fmt: skip


def _heading(scored: Scored, at: int, facts: ParcelFacts, lang: Lang) -> dict[str, str]:
    receipt, run = scored.receipts[at], scored.scan.run
    over = list(scored.overlaps[at])
    parcels = enumeration(over[:_OVERLAPS_SHOWN], lang) if len(over) <= _OVERLAPS_SHOWN else ", ".join(over[:_OVERLAPS_SHOWN])  # fmt: skip
    if len(over) > _OVERLAPS_SHOWN:
        parcels += " " + message("card.overlaps.more", lang, n=number(len(over) - _OVERLAPS_SHOWN, lang))
    is_parcel = len(receipt.parcel_ids) == 1 or receipt.label or facts.label.startswith(_NEAR)
    label = _near_in_words(facts.label if is_parcel or not facts.label else _NEAR + facts.label, lang)
    place = label or facts.parcel_id
    if label and facts.settlement not in label:
        place = message("card.place", lang, label=label, settlement=facts.settlement)
    policy = scored.scan.policy
    return {
        "number": message("card.number", lang, number=number(receipt.number, lang)),
        "reference": message("card.reference", lang, reference=receipt.reference) if receipt.reference else "",
        "place": place,
        "size": message("card.size", lang, site=facts.parcel_id, area=quantity(facts.area_m2, "m2", lang)),
        "given": _given(receipt, lang),
        "overlaps": message("card.overlaps", lang, parcels=parcels) if over and over != [facts.parcel_id] else "",
        "page": message("card.page", lang, site=facts.parcel_id),
        "date": long_date(run.started.date(), lang),
        "day": run.started.date().isoformat(),
        "run": message(
            "card.run", lang, date=long_date(run.started.date(), lang), policy=policy.title.in_(lang),
            policy_hash=run.policy_sha256[:_HASH], area=run.area, code=run.code,
        ),
    }  # fmt: skip


def _given(receipt: Receipt, lang: Lang) -> str:
    """Return how the place was given; the corners of a drawing say nothing to a reader."""
    if receipt.kind == "shape":
        return message("card.given.shape", lang)
    return message("card.given", lang, kind=message(f"submission.kind.{receipt.kind}", lang), given=receipt.given)


def _sense(facts: ParcelFacts, lang: Lang) -> str:
    hard = [fact.outcome for rule, fact in facts.rules if rule.effect == "exclude"]
    if not hard:
        return message("card.sense.nothing", lang)
    open_ = [fact.outcome for rule, fact in facts.rules if rule.effect in {"exclude", "restrict"}]
    if facts.outcome == Outcome.FAIL:
        n = sum(outcome == Outcome.FAIL for outcome in hard) or sum(outcome != Outcome.PASS for outcome in hard)
        return message("card.sense.fail", lang, n=number(n, lang), all=number(len(hard), lang))
    if facts.outcome == Outcome.UNKNOWN:
        n = sum(outcome == Outcome.UNKNOWN for outcome in open_)
        return message("card.sense.unknown", lang, n=number(n, lang), all=number(len(open_), lang))
    return message("card.sense.pass", lang, n=number(len(hard), lang))


def _said(rule: Rule, fact: CheckFacts, lang: Lang) -> str:
    return message("card.check.rule", lang, label=rule.label.in_(lang), sentence=fact.sentence)


def _alternative(scored: Scored, at: int, lang: Lang) -> str:
    """Return the nearest place that passes, for one that does not; empty for one that does."""
    outlook = scored.outlook
    row, metres = int(outlook.alternative[at]), float(outlook.alternative_m[at])
    if scored.scan.verdicts.best[at] == Outcome.PASS:
        return ""
    if row < 0:
        return message("card.alternative.none", lang, area=scored.around.area.name)
    frame, parcel = scored.around.frame, str(scored.around.parcels.ids[row])
    label = frame["label"].iloc[row] if "label" in frame else None
    known = message("card.alternative.at", lang, label=_without_near(label)) if isinstance(label, str) and label else ""
    if metres < _BESIDE_M:
        return message("card.alternative.beside", lang, parcel=parcel, label=known)
    return message("card.alternative", lang, parcel=parcel, label=known, metres=quantity(metres, "m", lang))


def _without_near(label: str) -> str:
    return label.removeprefix(_NEAR)


def _near_in_words(label: str, lang: Lang) -> str:
    """Return the label of a parcel; one that says "bij" (near) an address says so in the language of the card."""
    return message("card.near", lang, label=_without_near(label)) if label.startswith(_NEAR) else label


def _brings(scored: Scored, at: int, lang: Lang) -> Iterator[str]:
    outlook, policy = scored.outlook, scored.scan.policy
    beds = float(outlook.beds[at])
    yield message("card.beds.none", lang) if math.isnan(beds) else message("card.beds", lang, beds=quantity(beds, "beds", lang))  # fmt: skip
    for need in needs_of(policy, scored.scan.area.name):
        fields = {"low": number(need.low, lang), "high": number(need.high, lang)}
        yield message("card.need", lang, area=need.area, year=need.year, **fields)
    yield from added_texts(scored.added[at], lang)
    n = number(outlook.n_passing, lang)
    if not math.isnan(outlook.larger[at]):
        yield message("card.larger", lang, share=_share(float(outlook.larger[at]), lang), n=n)
    if outlook.better[at] == 0:
        yield message("card.better.zero", lang)
    elif not math.isnan(outlook.better[at]):
        yield message("card.better", lang, share=_share(float(outlook.better[at]), lang), n=n)
    elif not outlook.is_weighed:
        yield message("card.better.none", lang)


def _assumptions(facts: ParcelFacts, lang: Lang) -> list[str]:
    """Return what was assumed, each text once with the rules that it is about."""
    labels: dict[str, list[str]] = {}
    for rule, _ in facts.rules:
        if rule.assumption is not None:
            labels.setdefault(rule.assumption.in_(lang), []).append(rule.label.in_(lang))
    return [message("card.data.assumption", lang, label="; ".join(names), text=text) for text, names in labels.items()]


def _share(share: float, lang: Lang) -> str:
    return quantity(share, "1", lang, more_decimals=1 if 0 < share < _SHARE_SHOWN else 0)


def _conditions(facts: ParcelFacts) -> list[str]:
    return [] if facts.outcome == Outcome.FAIL else list(facts.conditions)


def _to_check(scored: Scored, facts: ParcelFacts, lang: Lang) -> Iterator[str]:
    """Yield what the test could not decide, and what no test of one place can."""
    unknown = [(rule, fact) for rule, fact in facts.rules if fact.outcome == Outcome.UNKNOWN]
    yield from (_said(rule, fact, lang) for rule, fact in unknown if rule.effect in {"exclude", "restrict"})
    others = [rule.label.in_(lang) for rule, _ in unknown if rule.effect not in {"exclude", "restrict"}]
    if others:
        yield message("card.check.others", lang, labels="; ".join(others))
    together = [rule.label.in_(lang) for rule in scored.scan.policy.portfolio]
    if together:
        yield message("card.check.set", lang, label="; ".join(together))
    yield message("card.check.permit", lang)


class _Cited:
    """The documents that a card cites, by number, so that a rule names an article and the title stands once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def text(self, check: Check, lang: Lang) -> str:
        """Return where a check is written: its document by number, and the article."""
        if check.source is None:
            return message("card.assumed", lang) if check.assumption else ""
        n = self._numbers.setdefault(check.source.document, len(self._numbers) + 1)
        return f"[{n}] {check.source.article}" if check.source.article else f"[{n}]"

    def lines(self, documents: Documents, lang: Lang) -> Iterator[str]:
        """Yield the documents with their numbers."""
        for document, n in self._numbers.items():
            yield f"[{n}] {citation_text(Citation(document=document), documents, lang)}"


def _groups(facts: ParcelFacts, cited: _Cited, lang: Lang) -> list[dict[str, Any]]:
    """Return the rules by what they do: those that decide first."""
    groups = []
    for effect in _EFFECTS:
        rows = [row for rule, fact in facts.rules if rule.effect == effect for row in _rows(rule, fact, cited, lang, hard=effect == "exclude")]  # fmt: skip
        if rows:
            groups.append({"title": message(f"explain.section.{effect}", lang), "rows": rows})
    return groups


def _rows(check: Check, fact: CheckFacts, cited: _Cited, lang: Lang, *, hard: bool, depth: int = 0) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield the row of a rule and, of a rule of rules, those of its parts."""
    leaf = not fact.parts
    by_hand = leaf and any(need.layer == "declarations" for need in criterion_of(check).needs_of(check.params))
    open_ = by_hand and math.isnan(fact.value)
    has_limit = leaf and check.limit is not None and fact.unit != "answer" and not open_
    yield {
        "label": check.label.in_(lang),
        "depth": depth,
        "hard": hard,
        "outcome": fact.outcome.name.lower(),
        "said": message(f"rule.{fact.outcome.name.lower()}", lang),
        "value": message("card.unanswered", lang) if open_ else quantity(fact.value, fact.unit, lang) if leaf else "",
        "limit": limit_text(check.limit, lang) if has_limit and check.limit is not None else "",
        "margin": _margin(fact, lang) if leaf else "",
        "object": fact.object_name if leaf else "",
        "source": cited.text(check, lang),
    }
    for part in fact.parts:
        yield from _rows(part.check, part, cited, lang, hard=hard, depth=depth + 1)


def _margin(fact: CheckFacts, lang: Lang) -> str:
    if not math.isfinite(fact.margin) or fact.unit == "answer":
        return ""
    key = "card.margin.spare" if fact.margin >= 0 else "card.margin.short"
    return message(key, lang, value=quantity(abs(fact.margin), fact.unit, lang))


def _leaf_that_decided(scored: Scored, facts: ParcelFacts) -> Check | None:
    rule = next((rule for rule, _ in facts.rules if rule.id == facts.deciding), None)
    leaf: Check | None = rule
    while leaf is not None and leaf.children:
        leaf = leaf.children[int(scored.scan.findings[leaf.id].child[facts.index])]
    return leaf


def _decides(scored: Scored, facts: ParcelFacts, lang: Lang) -> Named | None:
    """Return the object that decides, with its name; None where no object does."""
    leaf, scan = _leaf_that_decided(scored, facts), scored.scan
    if leaf is None:
        return None
    evidence = criterion_of(leaf).evidence_of(leaf.params)
    row = int(scan.findings[leaf.id].evidence[facts.index])
    if evidence is None or row < 0 or evidence[0] not in scan.layers:
        return None
    name = str(object_names(leaf, scan.layers, np.array([row], dtype=np.int64), lang)[0])
    found = scan.layers[evidence[0]].frame.geometry.loc[[row]].to_numpy()
    return Named(shapely.force_2d(found[0]), name)


def _route(scored: Scored, facts: ParcelFacts, lang: Lang) -> Named | None:
    """Return a way over the streets: that of the deciding rule, or else of the first rule with one."""
    scan = scored.scan
    leaves = [leaf for rule, _ in facts.rules for leaf in rule.leaves()]
    decided = _leaf_that_decided(scored, facts)
    for leaf in sorted(leaves, key=lambda one: one is not decided):
        route = route_of(scan, leaf, facts.index)
        if route is not None and len(route.xy) > 1:
            row = scan.findings[leaf.id].evidence[[facts.index]]
            return Named(shapely.LineString(route.xy), str(object_names(leaf, scan.layers, row, lang)[0]))
    return None


def _alt(width_m: float, decides: Named | None, route: Named | None, lang: Lang) -> str:
    return message(
        "card.map.alt", lang, width=quantity(width_m, "m", lang),
        object="" if decides is None else message("card.map.alt.object", lang, name=decides.name),
        route="" if route is None else message("card.map.alt.route", lang, name=route.name),
    )  # fmt: skip


def _data(scored: Scored, lang: Lang) -> Iterator[str]:
    """Yield the data by source and date, what is missing or old, and what the parcels are where they are no real ones."""
    scan = scored.scan
    groups: dict[tuple[str, str], list[str]] = {}
    for name, layer in sorted(scan.layers.items()):
        about = layer.provenance
        said = message(f"layer.{name}", lang).lower()
        if about.standing != "observed":
            said = message("card.data.standing", lang, layer=said, standing=message(f"standing.{about.standing}", lang))
        groups.setdefault((about.attribution or about.source, long_date(about.reference_date, lang)), []).append(said)
    for (source, day), layers in groups.items():
        yield message("card.data.layer", lang, source=source, date=day, layers=enumeration(layers, lang))
    parcels = scan.layers["parcels"].provenance
    if parcels.standing != "observed" and parcels.note.get(lang):
        yield parcels.note[lang]
    if missing := missing_names(scan.run, lang):
        yield message("card.data.missing", lang, layers=enumeration([name.lower() for name in missing], lang))
    if stale := stale_text(scan.run, lang):
        yield stale
