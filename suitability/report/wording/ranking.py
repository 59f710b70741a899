"""The ranking in sentences, through the message catalogue."""

from __future__ import annotations

import math
from string import ascii_uppercase
from typing import TYPE_CHECKING

import numpy as np

from suitability.core.messages import enumeration, message, number

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.model import Check
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.ranking.robustness import Firmness, Unseating

_TIED = 1e-9  # a change of weight that is no change


def score_text(low: float, high: float, lang: Lang) -> str:
    """Return a score of 0 to 1 as points of 100; a range where something is not known."""
    said = [number(value * 100, lang, 1) for value in (low, high)]
    return said[0] if said[0] == said[1] else message("ranking.range", lang, low=said[0], high=said[1])


def mark(k: int) -> str:
    """Return what stands for the k-th rule above a column: A, B and so on."""
    return ascii_uppercase[k] if k < len(ascii_uppercase) else str(k + 1)


def share_text(share: float, lang: Lang, decimals: int = 0) -> str:
    """Return a share of 0 to 1 as per cent."""
    return f"{number(share * 100, lang, decimals)}%"


def ranking_lines(ranking: Ranking, firmness: Firmness, lang: Lang) -> list[str]:
    """Return what to say of a ranking beside its table: its weights, and how firm it stands."""
    frame = ranking.sites.frame
    n_parcels = frame["n_parcels"].to_numpy()
    counts = {"total": len(frame), "n_joined": int((n_parcels > 1).sum()), "n_parcels": int(n_parcels.sum())}
    lines = [message("ranking.sites", lang, **{name: number(n, lang) for name, n in counts.items()})]
    if not len(frame):
        return [message("ranking.no_sites", lang)]
    if not ranking.rules:
        return [*lines, message("ranking.no_weights", lang)]
    lines.append(message("ranking.weights", lang))
    for k, (rule, weight) in enumerate(zip(ranking.rules, ranking.weights, strict=True)):
        fields = {"mark": mark(k), "rule": rule.label.in_(lang), "share": share_text(weight, lang, 1)}
        lines.append(message("ranking.weight", lang, **fields))
    assumed = [rule.label.in_(lang) for rule in ranking.rules if any(_is_assumed(leaf) for leaf in rule.leaves())]
    if assumed:
        lines.append(message("ranking.assumed", lang, rules=enumeration(assumed, lang)))
    return [*lines, *_ties(ranking, lang), *_firmness_lines(ranking, firmness, lang)]


def _is_assumed(check: Check) -> bool:
    return check.scale is not None and check.scale.source is None


def _ties(ranking: Ranking, lang: Lang) -> list[str]:
    place = ranking.place
    first = int((place == 1).sum())
    return [message("ranking.ties", lang, n=number(first, lang), place=1)] if first > 1 else []


def _firmness_lines(ranking: Ranking, firmness: Firmness, lang: Lang) -> list[str]:
    first = int(ranking.order[0])
    site = ranking.site_ids[first]
    lines = [
        message(
            "ranking.in_top", lang, site=site, top=number(firmness.top, lang), draws=number(firmness.draws, lang),
            share=share_text(firmness.in_top_any[first], lang), near=share_text(firmness.in_top_near[first], lang),
        ),
        *[unseating_text(ranking, each, lang) for each in firmness.unseated],
    ]  # fmt: skip
    if not firmness.unseated:
        lines.append(message("ranking.never_unseated", lang, site=site))
    n, total = int((firmness.beaten_by < 0).sum()), len(ranking.low)
    lines.append(message("ranking.unbeaten", lang, n=number(n, lang), total=number(total, lang)))
    return [*lines, _check_text(ranking, firmness, lang)]


def unseating_text(ranking: Ranking, each: Unseating, lang: Lang) -> str:
    """Return the sentence on the weight that takes a site from the first place."""
    label = next(rule.label.in_(lang) for rule in ranking.rules if rule.id == each.rule_id)
    if abs(each.needed - each.weight) < _TIED:
        return message("ranking.unseated_at_once", lang, site=each.site_id, overtaker=each.overtaker, rule=label)
    key = "unseated_more" if each.needed > each.weight else "unseated_less"
    return message(
        f"ranking.{key}", lang, site=each.site_id, overtaker=each.overtaker, rule=label,
        weight=share_text(each.weight, lang, 1), needed=share_text(each.needed, lang, 1),
    )  # fmt: skip


def _check_text(ranking: Ranking, firmness: Firmness, lang: Lang) -> str:
    check, place = firmness.check, ranking.place
    if math.isnan(check.spearman):
        return message("ranking.cross_check_none", lang)
    most = int(np.argmax(np.abs(check.place - place)))
    return message(
        "ranking.cross_check", lang, site=ranking.site_ids[most], place=number(int(place[most]), lang),
        other=number(int(check.place[most]), lang), spearman=number(check.spearman, lang, 2),
        kendall=number(check.kendall, lang, 2),
    )  # fmt: skip
