"""From codes and numbers to the sentences of one rule on one parcel or on many, through the message catalogue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.core.messages import (
    HA_FROM_M2,
    KM_FROM_M,
    age,
    enumeration,
    has_message,
    message,
    quantity,
    shown_unit,
)
from suitability.core.units import DECIMALS
from suitability.criteria import REGISTRY
from suitability.scan.judge import NOT_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from suitability.core.layer import Layers
    from suitability.core.messages import Lang
    from suitability.core.types import Citation, FloatArray, IntArray
    from suitability.criteria.base import Criterion
    from suitability.policy.model import Check, Limit, LocationType
    from suitability.scan.run import Scan
    from suitability.scan.run_record import RunRecord

OUTCOME_KEYS = {Outcome.FAIL: "outcome.fail", Outcome.UNKNOWN: "outcome.unknown", Outcome.PASS: "outcome.pass"}

_EXACT_DECIMALS = 9  # of a number so close to its limit that every decimal may be needed to tell them apart


def criterion_of(check: Check) -> Criterion:
    """Return the criterion that a check measures by."""
    return REGISTRY[str(check.criterion)]


def limit_text(limit: Limit, lang: Lang) -> str:
    """Return a limit as people say it: at most 15 min, or the answer that is asked for. It is shown whole, never rounded."""
    low, high = (whole_quantity(value, limit.unit, lang) for value in (limit.numbers[0], limit.largest))
    if limit.unit == "answer":
        return high
    if limit.between is not None:
        return message("limit.between", lang, low=low, high=high)
    return message("limit.at_most" if limit.at_most is not None else "limit.at_least", lang, value=high)


def whole_quantity(value: float, unit: str, lang: Lang) -> str:
    """Return a number of a limit with its unit, shown whole, never rounded."""
    return quantity(value, unit, lang, more_decimals=_decimals_to_show_whole(value, unit))


def _decimals_to_show_whole(value: float, unit: str) -> int:
    """Return how many more decimals than its own, or fewer, ``quantity`` needs to show a number as the policy writes it."""
    decimals = int(_shown_decimals(np.array([value]), unit)[0])
    fewest = -DECIMALS[shown_unit(value, unit)]
    return next((n for n in range(fewest, 4) if np.isclose(np.round(value, decimals + n), value, rtol=1e-12)), 4)


def citation_text(citation: Citation | None, documents: dict[str, dict[str, object]], lang: Lang) -> str:
    """Return document and article, or nothing where a rule has no document."""
    if citation is None:
        return ""
    title = documents[citation.document]["title"]
    name = title[lang] if isinstance(title, dict) else str(title)
    return name if citation.article is None else f"{name}, {citation.article}"


def object_names(check: Check, layers: Layers, evidence: IntArray, lang: Lang) -> NDArray[np.object_]:
    """Return for each evidence row the name of the object, shape of ``evidence``; empty where there is none."""
    words, codes = object_words(check, layers, evidence, lang)
    return words[codes]


def object_words(
    check: Check, layers: Layers, evidence: IntArray, lang: Lang
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the different names of objects, the last one empty, and which each evidence row has, shape of ``evidence``."""
    none = np.array([""], dtype=object), np.zeros(evidence.shape, dtype=np.int64)
    named_by = criterion_of(check).evidence_of(check.params)
    if named_by is None or named_by[0] not in layers:
        return none
    name, columns = named_by
    is_named = np.zeros(evidence.max(initial=-1) + 1, dtype=bool)
    is_named[evidence[evidence >= 0]] = True
    rows, table = np.flatnonzero(is_named), layers[name].table
    at = table.index.get_indexer(pd.Index(rows))
    named = [table[column].array.take(at) for column in columns]
    first_of, which = different(*named)
    texts = []
    for values in zip(
        *(column.take(first_of) for column in named), strict=True
    ):  # one per name, not per object or parcel
        first, *others = ("" if value is None or value != value else str(value) for value in values)  # noqa: PLR0124 (NaN)
        known = [message(f"evidence.{c}", lang, value=v) for c, v in zip(columns[1:], others, strict=True) if v]
        texts.append(" ".join([first or message("value.unnamed", lang), *known]))
    word_of_row = np.full(len(is_named) + 1, len(texts))  # the last is that of no object, -1
    word_of_row[rows] = which
    return np.array([*texts, ""], dtype=object), word_of_row[evidence]


def deciding_checks(scan: Scan, check: Check) -> list[tuple[Check, NDArray[np.bool_]]]:
    """Return the measuring checks under ``check`` and for which parcels each of them decided."""
    everywhere = np.ones(len(scan.parcels), dtype=bool)
    if not check.children:
        return [(check, everywhere)]
    child = scan.findings[check.id].child
    pairs = []
    for i, part in enumerate(check.children):
        pairs += [(leaf, (child == i) & mask) for leaf, mask in deciding_checks(scan, part)]
    return pairs


def reason_texts(scan: Scan, check: Check, rows: IntArray, lang: Lang) -> NDArray[np.object_]:
    """Return the sentence on a check for each of the parcels ``rows``; equal sentences are made once."""
    texts = np.full(len(rows), "", dtype=object)
    for leaf, decided in deciding_checks(scan, check):
        here = np.flatnonzero(decided[rows])
        if len(here):
            texts[here] = _leaf_texts(scan, leaf, rows[here], lang)
    return texts


def _leaf_texts(scan: Scan, check: Check, rows: IntArray, lang: Lang) -> NDArray[np.object_]:
    said, which = leaf_sentences(scan, check, rows, lang)
    return np.array([message(sentence.key, lang, **sentence.fields) for sentence in said], dtype=object)[which]


@dataclass(frozen=True)
class Sentence:
    """A sentence as a key of the catalogue and what is filled in."""

    key: str
    fields: Mapping[str, str]


def leaf_sentences(
    scan: Scan, check: Check, rows: IntArray, lang: Lang, called: Mapping[str, str] | None = None
) -> tuple[list[Sentence], IntArray]:
    """Return the different sentences of a measuring check on the parcels ``rows``, and which each parcel has.

    ``called``: layers whose objects are not named, and what each object is called instead.
    """
    finding, criterion = scan.findings[check.id], criterion_of(check)
    names = object_names(check, scan.layers, finding.evidence[rows], lang)
    evidence = criterion.evidence_of(check.params)
    if called and evidence is not None and evidence[0] in called:
        names = np.where(names == "", "", called[evidence[0]])
    code, codes = pd.factorize(names)
    value, margin = _as_shown(finding.value[rows], finding.margin[rows], check, criterion.unit)
    reason = finding.reason[rows]
    first, which = different(reason, value, margin, code)
    say = _Sentences(scan, check, lang)
    return [say.of(int(reason[i]), float(value[i]), float(margin[i]), str(codes[code[i]])) for i in first], which


def different(*columns: NDArray[Any] | pd.Series) -> tuple[IntArray, IntArray]:
    """Return the first row of each different combination, and which combination each row is; NaN equals NaN."""
    which = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code, values = pd.factorize(column, use_na_sentinel=False)
        which = pd.factorize(which * len(values) + code)[0].astype(np.int64)
    first = np.zeros(which.max(initial=-1) + 1, dtype=np.int64)
    first[which[::-1]] = np.arange(len(which))[::-1]
    return first, which


def _as_shown(value: FloatArray, margin: FloatArray, check: Check, unit: str) -> tuple[FloatArray, FloatArray]:
    """Return values and margins rounded to what a sentence shows of them, so that equal sentences are made once.

    Close to the limit nothing is rounded off: there more decimals may be shown.
    """
    limits = check.limit.numbers if check.limit else ()
    decimals, margin_decimals = _shown_decimals(value, unit), _shown_decimals(margin, unit)
    close = np.zeros(len(value), dtype=bool)
    for limit in limits:
        close |= np.abs(value - limit) <= 10.0**-decimals
    exact = (np.round(value, _EXACT_DECIMALS), np.round(margin, _EXACT_DECIMALS))
    return (
        np.where(close, exact[0], _rounded(value, decimals)),
        np.where(close, exact[1], _rounded(margin, margin_decimals)),
    )


def _shown_decimals(values: FloatArray, unit: str) -> FloatArray:
    """Return per value the decimals, in the criterion's own unit, that ``quantity`` shows of it: -2 for 15,2 km."""
    decimals = np.full(len(values), float(DECIMALS[unit] + 2 * (unit == "1")))
    if unit == "m":
        decimals[np.abs(values) >= KM_FROM_M] = DECIMALS["km"] - 3
    elif unit == "m2":
        decimals[np.abs(values) >= HA_FROM_M2] = DECIMALS["ha"] - 4
    return decimals


def _rounded(values: FloatArray, decimals: FloatArray) -> FloatArray:
    """Return values rounded to a number of decimals of their own."""
    rounded = values.copy()
    for n in np.unique(decimals):
        here = decimals == n
        rounded[here] = np.round(values[here], int(n))
    return rounded


class _Sentences:
    """Sentences of one measuring check; parts that do not depend on the parcel are computed once."""

    def __init__(self, scan: Scan, check: Check, lang: Lang) -> None:
        if check.limit is None:
            raise TypeError(f"{check.id} measures nothing")
        self.criterion, self.limit, self.lang = criterion_of(check), check.limit, lang
        self.limit_said, self.label = limit_text(check.limit, lang), check.label.in_(lang)
        needed = [need.layer for need in self.criterion.needs_of(check.params)]
        self.layer = message(f"layer.{needed[0]}", lang).lower() if needed else ""
        self.missing = _lacking(scan, check, lang)

    def of(self, reason: int, value: float, margin: float, name: str) -> Sentence:
        """Return the sentence where the check measured ``value`` and names the object ``name``."""
        if reason == NOT_KNOWN and self.missing is not None:
            return Sentence("reason.no_layer", {"layer": self.missing})
        unit, lang = self.criterion.unit, self.lang
        decimals = _decimals_to_tell_apart(value, self.limit.largest, unit, lang)
        return Sentence(
            self._key(reason, value),
            {
                "value": quantity(value, unit, lang, more_decimals=decimals),
                "limit": self.limit_said,
                "margin": quantity(abs(margin), unit, lang, more_decimals=decimals),
                "object": name,
                "shortfall": quantity(max(-value, 0.0), unit, lang),
                "label": self.label,
                "layer": self.layer,
            },
        )

    def _key(self, reason: int, value: float) -> str:
        """Return the key of the sentence: within, beyond or unknown, and whether anything was found."""
        key = self.criterion.reasons[reason]
        if reason != NOT_KNOWN:
            if value == 0 and has_message(f"{key}_zero"):  # nothing there, where "0 m2" would not say so
                return f"{key}_zero"
            return f"{key}_none" if math.isinf(value) else key
        if math.isinf(value):
            return "reason.edge_of_data_none"
        if math.isnan(value):
            return key
        # something was found, but not enough to decide
        return f"{key}_edge" if has_message(f"{key}_edge") else "reason.edge_of_data"


def _decimals_to_tell_apart(value: float, limit: float, unit: str, lang: Lang) -> int:
    """Return how many more decimals show that a value is not its limit: 15,0 min against 15 min misleads."""
    if not np.isfinite(value) or value == limit:
        return 0
    return next(
        (
            n
            for n in range(4)
            if quantity(value, unit, lang, more_decimals=n) != quantity(limit, unit, lang, more_decimals=n)
        ),
        3,
    )


def condition_texts(kind: LocationType, lang: Lang) -> list[str]:
    """Return under what conditions a location type is allowed: term of the permit, length of stay and the rest."""
    said = []
    if kind.permit is not None:
        years = kind.permit.years
        more = kind.permit.extension_years
        key = "permanent" if years is None else "extended" if more else "years"
        fields = {"years": f"{years or 0:g}", "more": f"{more:g}", "total": f"{(years or 0) + more:g}"}
        said.append(message(f"condition.permit.{key}", lang, **fields))
    if kind.max_stay is not None:
        said.append(message("condition.stay", lang, text=kind.max_stay.in_(lang)))
    return [*said, *(condition.in_(lang) for condition in kind.conditions)]


def consequence_texts(scan: Scan, index: int, lang: Lang) -> list[str]:
    """Return the consequences that apply to a parcel: what its use is limited to."""
    rules = (scan.policy.rules[j] for j in np.flatnonzero(scan.verdicts.restricted[index]))
    return [rule.consequence.in_(lang) for rule in rules if rule.consequence is not None]


def _lacking(scan: Scan, check: Check, lang: Lang) -> str | None:
    """Return the layer, or the kinds of row in it, that a check needs and no source has; None where it has all."""
    for need in criterion_of(check).needs_of(check.params):
        if need.layer == "declarations":  # a person was not asked yet
            continue
        if need.layer not in scan.layers:
            return message(f"layer.{need.layer}", lang)
        kinds = sorted(need.kinds(check.params) or ())
        unknown = [kind for kind in kinds if not scan.layers[need.layer].knows(kind)]
        if unknown:
            return _of_kinds(need.layer, unknown, lang)
    return None


def _of_kinds(layer: str, kinds: Iterable[str], lang: Lang) -> str:
    return message("layer_of_kinds", lang, layer=message(f"layer.{layer}", lang), kinds=", ".join(kinds))


def missing_names(run: RunRecord, lang: Lang) -> list[str]:
    """Return what the policy asks for and no source has: the names of layers, and of layers with the kinds they lack."""
    whole = [message(f"layer.{name}", lang) for name in run.missing]
    return whole + [_of_kinds(layer, kinds, lang) for layer, kinds in sorted(run.missing_kinds.items())]


def stale_text(run: RunRecord, lang: Lang) -> str:
    """Return which layers are older than they may be, and how old; empty where none is."""
    if not run.stale:
        return ""
    by_age: dict[str, list[str]] = {}
    for name in run.stale:
        by_age.setdefault(age(run.age_days(name), lang), []).append(message(f"layer.{name}", lang).lower())
    if len(by_age) == 1 and len(run.stale) == len(run.layers):
        return message("stale.all", lang, age=next(iter(by_age)))
    said = [message("stale.layer", lang, layers=enumeration(layers, lang), age=old) for old, layers in by_age.items()]
    return message("stale", lang, layers="; ".join(said))
