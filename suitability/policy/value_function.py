"""A fixed scale: what a measured value is worth in the ranking, whatever the other sites are."""

from __future__ import annotations

import math
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from suitability.core.local_text import LocalText
from suitability.core.types import Citation, FloatArray, Params


class Scale(Params):
    """From 0 points at ``worst`` in a straight line to 1 point at ``best``; beyond them no less and no more.

    With ``worst_beyond`` the best value is an ideal one: beyond it the points fall again, to 0 there.
    """

    worst: float = Field(description="the value that gives no points")
    best: float = Field(description="the value that gives all points")
    worst_beyond: float | None = Field(
        default=None,
        description="value on the other side of `best` that gives no points either: then `best` is an ideal",
    )
    unit: str = Field(description="unit of these numbers: that of the criterion, or km, ha, % or h")
    source: Citation | None = Field(default=None, description="document and article; this or `assumption` is needed")
    assumption: LocalText | None = Field(default=None, description="what was assumed, and why")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        numbers = [n for n in (self.worst, self.best, self.worst_beyond) if n is not None]
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("scale_number")
        if self.worst == self.best:
            raise ValueError("scale_flat")
        if self.worst_beyond is not None and (self.worst_beyond - self.best) * (self.best - self.worst) <= 0:
            raise ValueError("scale_order")
        if self.source is None and self.assumption is None:
            raise ValueError("scale_source")
        return self

    def times(self, factor: float, unit: str) -> Scale:
        """Return the same scale in another unit, of which ``factor`` go into this one."""
        beyond = None if self.worst_beyond is None else self.worst_beyond * factor
        update = {"worst": self.worst * factor, "best": self.best * factor, "worst_beyond": beyond, "unit": unit}
        return self.model_copy(update=update)

    def points(self, value: FloatArray) -> FloatArray:
        """Return the points, 0 to 1, of values in the scale's unit, same shape; infinite values are allowed."""
        rising = np.clip((value - self.worst) / (self.best - self.worst), 0.0, 1.0)
        if self.worst_beyond is None:
            return np.asarray(rising, dtype=np.float64)
        falling = np.clip((value - self.worst_beyond) / (self.best - self.worst_beyond), 0.0, 1.0)
        return np.asarray(np.minimum(rising, falling), dtype=np.float64)

    def points_between(self, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the least and the most points of any value from ``lower`` to ``upper``, each of their shape."""
        at_ends = self.points(lower), self.points(upper)
        through_best = (lower <= self.best) & (self.best <= upper)
        return np.minimum(*at_ends), np.where(through_best, 1.0, np.maximum(*at_ends))
