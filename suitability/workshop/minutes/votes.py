"""The tables of votes in the minutes: never a mean alone, always how far people are apart, and by party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.messages import message
from suitability.workshop.events import WeightSet
from suitability.workshop.minutes.blocks import Table
from suitability.workshop.votes import tally_site, tally_weight
from suitability.workshop.wording import weight_text

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.workshop.state import State
    from suitability.workshop.votes import SiteTally, WeightTally


def weight_block(state: State, rules: list[tuple[str, str]], lang: Lang) -> Table:
    """Return the votes on weights. ``rules``: id and label."""
    rows = []
    for rule, label in rules:
        tally, agreed = tally_weight(state, rule), state.newest(WeightSet, rule)
        parties = ", ".join(f"{party} {weight_text(value, lang)}" for party, value in (tally.by_party or {}).items())
        rows.append(
            (
                label, weight_text(agreed[1].value, lang) if agreed else message("minutes.none_agreed", lang),
                _or_dash(tally.median, lang), _range(tally, lang), str(tally.n), parties, _weight_word(tally, lang),
            )
        )  # fmt: skip
    keys = ("rule", "agreed", "median", "range", "voters", "by_party", "agreement")
    columns = tuple(message(f"minutes.column_{key}", lang) for key in keys)
    return Table(columns, tuple(rows), (4, 3, 2, 3, 3, 5, 3))


def site_block(state: State, sites: list[tuple[str, str]], lang: Lang) -> Table:
    """Return the votes on sites. ``sites``: id and label."""
    rows = []
    for site, label in sites:
        tally = tally_site(state, site)
        parties = "; ".join(
            f"{party}: {', '.join(_counted(choice, n, lang) for choice, n in counts.items() if n)}"
            for party, counts in tally.by_party.items()
        )
        counts = tuple(str(tally.counts[choice]) for choice in ("for", "against", "unsure"))
        rows.append((label, *counts, parties, _site_word(tally, lang)))
    keys = ("site", "for", "against", "unsure", "by_party", "agreement")
    columns = tuple(message(f"minutes.column_{key}", lang) for key in keys)
    return Table(columns, tuple(rows), (4, 1, 1, 1, 5, 3))


def _counted(choice: str, n: int, lang: Lang) -> str:
    return f"{n}\u00a0{message(f'workshop.choice_{choice}', lang)}"


def _or_dash(value: float | None, lang: Lang) -> str:
    return "–" if value is None else weight_text(value, lang)


def _range(tally: WeightTally, lang: Lang) -> str:
    if tally.low is None or tally.high is None or tally.spread is None:
        return "–"
    low, high, spread = (weight_text(value, lang) for value in (tally.low, tally.high, tally.spread))
    return f"{low}\u00a0–\u00a0{high} (±\u00a0{spread})"


def _weight_word(tally: WeightTally, lang: Lang) -> str:
    if not tally.n:
        return "–"
    return message("minutes.split" if tally.is_split else "minutes.not_split", lang)


def _site_word(tally: SiteTally, lang: Lang) -> str:
    words = [message("minutes.split", lang)] if tally.is_split else []
    words += [message("minutes.between_parties", lang)] if tally.is_between_parties else []
    return ", ".join(words) or message("minutes.not_split", lang)
