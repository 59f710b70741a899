"""Result of a vote with its disagreement: never a mean alone.

Weights lie on the scale of ``events.LOWEST_WEIGHT`` to ``HIGHEST_WEIGHT``. The measures of disagreement are conventions
of this project, chosen because each can be explained in one sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING, Final

from suitability.workshop.events import HIGHEST_WEIGHT, LOWEST_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from suitability.workshop.events import Choice
    from suitability.workshop.state import State

#: A vote on a weight is split when at least this share chooses the lowest third of the scale and as many the highest.
SPLIT_SHARE: Final = 0.25

#: A vote on a site is split when at least this share of all voters is for and as many against.
SPLIT_SITE_SHARE: Final = 1 / 3

_THIRD: Final = (HIGHEST_WEIGHT - LOWEST_WEIGHT) / 3


@dataclass(frozen=True)
class WeightTally:
    """The votes on one weight. ``n`` voters; ``spread``: population standard deviation; ``by_party``: medians.

    Without votes every number is None.
    """

    n: int
    median: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    by_party: Mapping[str, float] | None = None
    is_split: bool = False


@dataclass(frozen=True)
class SiteTally:
    """The votes on one site. ``by_party``: votes per choice; ``is_split``: for and against are both large."""

    counts: Mapping[Choice, int]
    by_party: Mapping[str, Mapping[Choice, int]]
    is_split: bool

    @property
    def n(self) -> int:
        """Number of votes."""
        return sum(self.counts.values())

    @property
    def is_between_parties(self) -> bool:
        """True if one party as a whole is rather for and another rather against."""
        leaning = [counts["for"] - counts["against"] for counts in self.by_party.values()]
        return any(lean > 0 for lean in leaning) and any(lean < 0 for lean in leaning)


def tally_weight(state: State, rule: str) -> WeightTally:
    """Return what the votes on the weight of a rule come to."""
    votes = state.weights(rule)
    values = list(votes.values())
    if not values:
        return WeightTally(0)
    parties: defaultdict[str, list[float]] = defaultdict(list)
    for who, value in votes.items():
        parties[_party(state, who)].append(value)
    low = sum(value <= LOWEST_WEIGHT + _THIRD for value in values)
    high = sum(value >= HIGHEST_WEIGHT - _THIRD for value in values)
    return WeightTally(
        n=len(values), median=median(values), mean=fmean(values), low=min(values), high=max(values),
        spread=pstdev(values), by_party={party: median(those) for party, those in sorted(parties.items())},
        is_split=min(low, high) >= SPLIT_SHARE * len(values),
    )  # fmt: skip


def tally_site(state: State, site: str) -> SiteTally:
    """Return what the votes on a site come to."""
    votes = state.votes(site)
    parties: defaultdict[str, Counter[Choice]] = defaultdict(Counter)
    for who, act in votes.items():
        parties[_party(state, who)][act.choice] += 1
    counts = Counter(act.choice for act in votes.values())
    is_split = bool(votes) and min(counts["for"], counts["against"]) >= SPLIT_SITE_SHARE * len(votes)
    return SiteTally(_three(counts), {party: _three(those) for party, those in sorted(parties.items())}, is_split)


def _three(counts: Counter[Choice]) -> dict[Choice, int]:
    return {"for": counts["for"], "against": counts["against"], "unsure": counts["unsure"]}


def _party(state: State, who: UUID) -> str:
    return state.participants[who].party
