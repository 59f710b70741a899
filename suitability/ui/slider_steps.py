"""At which numbers a limit can be tried: round ones over its range, the policy's own among them, each with its words."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from suitability.policy.what_if import range_of
from suitability.report.wording.rules import whole_quantity

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.model import Check, Limit

#: Smallest step of a slider, by the criterion's unit; others move by one.
_SMALLEST: Final = {"1": 0.01, "min": 0.5}
_MOST_STEPS: Final = 120
_DIGITS: Final = 9


def steps_of(check: Check, lang: Lang) -> dict[float, str]:
    """Return the numbers that a check's limit can be moved to, in the criterion's unit, in order, and what each is called."""
    if check.limit is None:
        return {}
    low, high = range_of(check)
    return dict(_steps(check.limit, low, high, lang))


@lru_cache(maxsize=1024)
def _steps(limit: Limit, low: float, high: float, lang: Lang) -> tuple[tuple[float, str], ...]:
    step = _round_step(max((high - low) / _MOST_STEPS, _SMALLEST.get(limit.unit, 1.0)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    numbers = {round(i * step, _DIGITS) for i in range(first, last + 1)} - set(limit.numbers)
    own = dict.fromkeys(limit.numbers, True)
    words: dict[str, float] = {}
    for number in [
        *own,
        *sorted({*numbers, low, high} - set(own)),
    ]:  # of two that read the same, the policy's own stays
        words.setdefault(whole_quantity(number, limit.unit, lang), number)
    return tuple(sorted((number, said) for said, number in words.items()))


def _round_step(step: float) -> float:
    """Return the next 1, 2 or 5 with zeros."""
    size = 10.0 ** math.floor(math.log10(step))
    return next(round(n * size, _DIGITS) for n in (1, 2, 5, 10) if n * size >= step * (1 - 1e-9))
