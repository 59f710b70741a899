"""Conditions on a choice as rows of linear inequalities, in named groups that can be dropped or loosened one by one.

Columns: ``x`` (0 to n: is the site chosen), ``t`` (n to 2n: its beds), and further ones that ``Columns`` hands out.
Every row reads: coefficients times columns ≤ upper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from suitability.core.types import FloatArray, IntArray

Unit = Literal["beds", "sites", "dwellings", "m", "lock"]

Kind = Literal[
    "need",
    "max_beds",
    "min_sites",
    "max_sites",
    "lock_in",
    "lock_out",
    "spacing",
    "cap",
    "size",
    "concentration",
    "spread",
]


@dataclass(frozen=True)
class Rows:
    """Rows in coordinate form: ``value[k]`` stands in row ``row[k]`` and column ``column[k]``; ``upper`` per row."""

    row: IntArray
    column: IntArray
    value: FloatArray
    upper: FloatArray

    def __len__(self) -> int:
        return len(self.upper)

    def matrix(self, width: int) -> sparse.csr_array:
        """Return the coefficients as a sparse matrix of shape (rows, width)."""
        return sparse.csr_array((self.value, (self.row, self.column)), shape=(len(self.upper), width))


def one_row(columns: ArrayLike, values: ArrayLike, upper: float) -> Rows:
    """Return a single row."""
    at = np.asarray(columns, dtype=np.int64)
    given = np.broadcast_to(np.asarray(values, dtype=np.float64), at.shape)
    return Rows(np.zeros(len(at), dtype=np.int64), at, given.astype(np.float64), np.array([float(upper)]))


def many_rows(columns: ArrayLike, values: ArrayLike, upper: ArrayLike) -> Rows:
    """Return rows of equally many columns: ``columns`` and ``values`` (rows, k), ``upper`` (rows,)."""
    at = np.asarray(columns, dtype=np.int64)
    given = np.broadcast_to(np.asarray(values, dtype=np.float64), at.shape)
    row = np.repeat(np.arange(len(at)), at.shape[1]) if at.size else np.zeros(0, dtype=np.int64)
    return Rows(
        row, at.ravel(), given.astype(np.float64).ravel(), np.broadcast_to(upper, (len(at),)).astype(np.float64)
    )


def stacked(parts: Sequence[Rows]) -> Rows:
    """Return rows below each other."""
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return Rows(
        np.concatenate(
            [part.row + start for part, start in zip(parts, starts, strict=False)] or [np.zeros(0, np.int64)]
        ),
        np.concatenate([part.column for part in parts] or [np.zeros(0, np.int64)]),
        np.concatenate([part.value for part in parts] or [np.zeros(0)]),
        np.concatenate([part.upper for part in parts] or [np.zeros(0)]),
    )


@dataclass(frozen=True)
class Group:
    """One condition with a name: what a person would call it, and can decide to loosen.

    ``limit``: the number in it, in ``unit``; loosened by v it becomes ``limit + v`` where ``grows``, else ``limit - v``.
    ``loose``: the rows to which v is granted when it is loosened; None = the same as ``rows``.
    ``steps``: the v that make a difference, rising, where ``stepped(v)`` gives the rows for one; these are tighter than
    the loose ones. ``wish``: never a reason to refuse.
    """

    kind: Kind
    rows: Rows
    limit: float
    unit: Unit
    name: str = ""
    area: str = ""
    stay: str = ""
    grows: bool = True
    wish: bool = False
    loose: Rows | None = None
    steps: FloatArray | None = None
    stepped: Callable[[float], Rows] | None = None

    @property
    def loosened(self) -> Rows:
        """The rows of which every one may exceed its upper by the same v."""
        return self.rows if self.loose is None else self.loose

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Unique key of the condition."""
        return self.kind, self.name, self.area, self.stay


@dataclass
class Columns:
    """The columns so far: hands out further ones with their upper bound, and keeps rows that always hold."""

    n: int
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    fixed: list[Rows] = field(default_factory=list)

    def more(self, count: int, upper: float, *, whole: bool) -> IntArray:
        """Return ``count`` new columns between 0 and ``upper``."""
        start = 2 * self.n + len(self.upper)
        self.upper += [upper] * count
        self.whole += [whole] * count
        return np.arange(start, start + count, dtype=np.int64)

    @property
    def width(self) -> int:
        """Number of columns."""
        return 2 * self.n + len(self.upper)
