"""Reasons of all parcels as templates and values: compact, and word for word those of the scan.

A map of 24,000 parcels holds a few dozen templates; the values that fill them repeat, so each is kept once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from suitability.core.messages import has_message, message
from suitability.report.wording.rules import deciding_checks, leaf_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray, GeometryArray, IntArray
    from suitability.scan.run import Scan

#: Fields that differ from parcel to parcel; each is a gap in the template: a sign of Unicode's private area.
GAPS: Final = {"value": "\ue000", "margin": "\ue001", "object": "\ue002", "shortfall": "\ue003"}

_GAP: Final = re.compile("[\ue000-\ue003]")


@dataclass(frozen=True)
class Reasons:
    """``template`` (n,): place of each parcel's sentence in ``templates``; ``filled`` (n, 4): what goes in its gaps.

    Both are places in lists of different texts; -1 = nothing.
    """

    templates: tuple[str, ...]
    fillings: tuple[str, ...]
    template: IntArray
    filled: IntArray

    def texts(self) -> GeometryArray:
        """Return the sentence of each parcel, shape (n,)."""
        rows = np.column_stack([self.template, self.filled])
        different, which = np.unique(rows, axis=0, return_inverse=True)
        made = [self._text(int(row[0]), row[1:]) for row in different]
        texts: GeometryArray = np.array(made, dtype=object)[which.reshape(-1)] if made else np.empty(0, dtype=object)
        return texts

    def _text(self, template: int, filled: IntArray) -> str:
        if template < 0:
            return ""
        gaps = list(GAPS.values())
        return _GAP.sub(lambda gap: self.fillings[filled[gaps.index(gap[0])]], self.templates[template])


def deciding_reasons(scan: Scan, lang: Lang, may_name: BoolArray, named_layers: tuple[str, ...]) -> Reasons:
    """Return the reasons of a scan. ``may_name`` (r,): rules that may be named; of another only that it is not shown.

    Objects of layers outside ``named_layers`` are not called by name.
    """
    n = len(scan.parcels)
    template, filled = np.full(n, -1, dtype=np.int64), np.full((n, len(GAPS)), -1, dtype=np.int64)
    templates: dict[str, int] = {}
    fillings: dict[str, int] = {}
    called = {name: _instead_of_name(name, lang) for name in scan.layers if name not in named_layers}
    for j, rule in enumerate(scan.policy.rules):
        decided = scan.verdicts.deciding == j
        if not decided.any():
            continue
        if not may_name[j]:
            template[decided] = templates.setdefault(message("public.rule_not_shown", lang), len(templates))
            continue
        for leaf, mask in deciding_checks(scan, rule):
            rows = np.flatnonzero(decided & mask)
            if not len(rows):
                continue
            said, which = leaf_sentences(scan, leaf, rows, lang, called)
            codes = np.full((len(said), 1 + len(GAPS)), -1, dtype=np.int64)
            for i, sentence in enumerate(said):
                gaps = {name: gap for name, gap in GAPS.items() if name in sentence.fields}
                text = message(sentence.key, lang, **{**_clean(sentence.fields), **gaps})
                codes[i, 0] = templates.setdefault(text, len(templates))
                for k, (name, gap) in enumerate(GAPS.items()):
                    if gap in text:
                        filling = _GAP.sub("", sentence.fields[name])
                        codes[i, 1 + k] = fillings.setdefault(filling, len(fillings))
            template[rows], filled[rows] = codes[which, 0], codes[which, 1:]
    return Reasons(tuple(templates), tuple(fillings), template, filled)


def _instead_of_name(layer: str, lang: Lang) -> str:
    """Return what an object of a layer is called when it may not be named."""
    key = f"public.one_of.{layer}"
    return message(key if has_message(key) else "public.unnamed_object", lang)


def _clean(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields without the signs that stand for gaps."""
    return {name: _GAP.sub("", text) for name, text in fields.items()}


def area_reasons(n_parcels: list[str], lang: Lang) -> Reasons:
    """Return the reasons of areas in which parcels fail for one rule: how many parcels, and not which."""
    texts = [message("public.area_reason", lang, n=n) for n in n_parcels]
    code, different = pd.factorize(np.array(texts, dtype=object))
    return Reasons(tuple(different), (), code.astype(np.int64), np.full((len(texts), len(GAPS)), -1, dtype=np.int64))


def joined(one: Reasons, other: Reasons) -> Reasons:
    """Return the reasons of ``one`` and then those of ``other``."""
    shifted = np.where(other.filled >= 0, other.filled + len(one.fillings), -1)
    return Reasons(
        one.templates + other.templates,
        one.fillings + other.fillings,
        np.concatenate([one.template, np.where(other.template >= 0, other.template + len(one.templates), -1)]),
        np.concatenate([one.filled, shifted]),
    )


def of_rows(reasons: Reasons, rows: IntArray) -> Reasons:
    """Return the reasons of some parcels: nothing that only other parcels say remains."""
    template, filled = reasons.template[rows], reasons.filled[rows]
    templates, fillings = np.unique(template[template >= 0]), np.unique(filled[filled >= 0])
    return Reasons(
        tuple(reasons.templates[i] for i in templates),
        tuple(reasons.fillings[i] for i in fillings),
        np.where(template >= 0, np.searchsorted(templates, template), -1),
        np.where(filled >= 0, np.searchsorted(fillings, filled), -1),
    )
