"""Measurements and findings: one value per parcel, and what a rule concludes from it. Arrays in parcel order, length n."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.types import CodeArray, FloatArray, IntArray


class Outcome(IntEnum):
    """Outcome of a rule or a verdict; the minimum combines all rules, the maximum any of them (Kleene logic)."""

    FAIL = 0
    UNKNOWN = 1
    PASS = 2


@dataclass(frozen=True)
class Measurement:
    """One number per parcel in the criterion's unit.

    ``value``: NaN = unknown; +inf = none there, and the data is complete.
    ``evidence``: row of the deciding object in its layer; -1 = none.
    ``lower``, ``upper``: where the true value must lie, given where the data is complete; both equal ``value``
    where the measurement is exact. They keep a shop behind the edge of the data from being counted as absent.
    ``details``: further numbers worth reporting, by name, for example ``access_leg_m``.
    """

    value: FloatArray
    evidence: IntArray
    lower: FloatArray
    upper: FloatArray
    details: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check lengths, types and that the value lies within its bounds."""
        n = len(self.value)
        for name, array in {"lower": self.lower, "upper": self.upper, **self.details}.items():
            if array.dtype != np.float64 or array.shape != (n,):
                raise TypeError(f"{name}: {array.dtype} {array.shape}, expected float64 ({n},)")
        if self.value.dtype != np.float64 or self.evidence.dtype != np.int64 or self.evidence.shape != (n,):
            raise TypeError("value must be float64 and evidence int64, of equal length")
        if np.isnan(self.lower).any() or np.isnan(self.upper).any():
            raise ValueError("bounds cannot be NaN: use -inf and +inf")
        if ((self.value < self.lower) | (self.value > self.upper)).any():
            raise ValueError("a value lies outside its own bounds")

    @classmethod
    def exact(
        cls, value: FloatArray, evidence: IntArray | None = None, details: Mapping[str, FloatArray] | None = None
    ) -> Measurement:
        """Return a measurement that is exact wherever it is not NaN."""
        unknown = np.isnan(value)
        return cls(
            value=value,
            evidence=np.full(len(value), -1, dtype=np.int64) if evidence is None else evidence,
            lower=np.where(unknown, -np.inf, value),
            upper=np.where(unknown, np.inf, value),
            details=details or {},
        )

    @classmethod
    def between(cls, value: FloatArray, lower: FloatArray, upper: FloatArray) -> Measurement:
        """Return a measurement that no row of a layer decides."""
        return cls(value=value, evidence=np.full(len(value), -1, dtype=np.int64), lower=lower, upper=upper)

    def up_to(self, cap: float) -> Measurement:
        """Return the measurement clipped at ``cap``: a larger value becomes +inf, "none up to there".

        The result depends only on what lies within the cap, however much further was searched.
        """
        if not np.isfinite(cap):
            return self
        beyond = self.value > cap
        return Measurement(
            value=np.where(beyond, np.inf, self.value),
            evidence=np.where(beyond, np.int64(-1), self.evidence),
            lower=np.where(beyond, np.minimum(self.lower, cap), self.lower),
            upper=np.where(beyond | (self.upper > cap), np.inf, self.upper),
            details=self.details,
        )

    @classmethod
    def unknown(cls, n: int) -> Measurement:
        """Return a measurement of which nothing is known, for n parcels."""
        return cls.exact(np.full(n, np.nan))


@dataclass(frozen=True)
class Findings:
    """Result of one rule for every parcel: outcome, measured value, margin and reason.

    ``margin`` is in the criterion's unit: positive = to spare, negative = short, NaN where the outcome is unknown.
    ``reason`` indexes the criterion's ``reasons``. ``child`` is, for a rule of rules, the child that decided; -1 else.
    """

    measurement: Measurement
    outcome: CodeArray
    margin: FloatArray
    reason: CodeArray
    child: CodeArray

    def __post_init__(self) -> None:
        """Check that margin and outcome agree and that all columns have one length."""
        n = len(self.measurement.value)
        if not (self.outcome.shape == self.margin.shape == self.reason.shape == self.child.shape == (n,)):
            raise ValueError("the columns of the findings differ in length")
        bad = (
            ((self.outcome == Outcome.PASS) & ~(self.margin >= 0))
            | ((self.outcome == Outcome.FAIL) & ~(self.margin <= 0))
            | ((self.outcome == Outcome.UNKNOWN) & ~np.isnan(self.margin))
        )
        if bad.any():
            raise ValueError(f"margin and outcome disagree for {int(bad.sum())} parcels")

    @property
    def value(self) -> FloatArray:
        """Measured values, shape (n,)."""
        return self.measurement.value

    @property
    def evidence(self) -> IntArray:
        """Rows of the deciding objects, shape (n,)."""
        return self.measurement.evidence
