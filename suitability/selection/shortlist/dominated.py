"""Sites that a best set can do without: a programme with fewer columns and the same least cost.

Two sites are alike when they stand in the same rows with the same numbers, but for the rows about one of them alone.
Of two that are alike one dominates when its beds cost no more and it can hold whatever number the other can. A best set
that holds a site with ``k`` dominators, and fewer than ``k`` other sites, can hold one of these instead and costs no
more. So where no best set has more than ``k`` sites, sites with ``k`` dominators or more are left out. Of the dominators
of such a site the first ``k`` are never left out themselves: whatever dominates them dominates it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

    from suitability.core.types import BoolArray, FloatArray, IntArray


def needed(matrix: sparse.csr_array, upper: FloatArray, cost: FloatArray, beds: FloatArray, k: int) -> BoolArray:
    """Return which sites to keep, shape (n,), when no best set has more than ``k`` sites.

    Columns: n sites (0 or 1), n numbers of beds, and others. ``upper`` (rows,): matrix @ columns is at most this.
    ``cost`` per column; ``beds`` (n,): the most beds of each site.
    """
    n = len(beds)
    own, site = _own_rows(matrix, n)
    least, most, free = _range_of_beds(matrix, upper, own, site, beds)
    alike = _alike(matrix, own, cost, least, n)
    keep = ~free
    order = np.lexsort((np.arange(n), cost[n : 2 * n], alike))
    order = order[free[order]]
    first = np.searchsorted(alike[order], alike[order], side="left")
    for value in np.unique(most[order]):
        at_least = np.r_[0, np.cumsum(most[order] >= value)]
        here = np.flatnonzero(most[order] == value)
        dominators = at_least[here] - at_least[first[here]]
        keep[order[here[dominators < k]]] = True
    return keep


def _own_rows(matrix: sparse.csr_array, n: int) -> tuple[BoolArray, IntArray]:
    """Return which rows are about one site alone, and about which; of other rows that number says nothing."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    about = np.where(matrix.indices < 2 * n, matrix.indices % n, -1 - matrix.indices)
    lowest, highest = np.full(matrix.shape[0], np.iinfo(np.int64).max), np.full(matrix.shape[0], np.iinfo(np.int64).min)
    np.minimum.at(lowest, row, about)
    np.maximum.at(highest, row, about)
    return (lowest == highest) & (lowest >= 0), lowest


def _range_of_beds(
    matrix: sparse.csr_array, upper: FloatArray, own: BoolArray, site: IntArray, beds: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the least and most beds of each site when chosen, and whether its own rows say no more than that."""
    n = len(beds)
    rows = np.flatnonzero(own)
    entry = matrix[rows].tocoo()
    of_site, of_beds = np.zeros(len(rows)), np.zeros(len(rows))
    is_site = entry.col < n
    np.add.at(of_site, entry.row[is_site], entry.data[is_site])
    np.add.at(of_beds, entry.row[~is_site], entry.data[~is_site])
    least, most, free = np.zeros(n), beds.astype(np.float64), np.ones(n, dtype=bool)
    which = site[rows]
    # With the site chosen a row says beds <= or >= a number; where it is not, beds = 0 must be allowed.
    room = upper[rows] - of_site
    np.logical_and.at(free, which, (of_beds != 0) & (upper[rows] >= 0))
    above, below = of_beds > 0, of_beds < 0
    np.minimum.at(most, which[above], room[above] / of_beds[above])
    np.maximum.at(least, which[below], room[below] / of_beds[below])
    return least, most, free


def _alike(matrix: sparse.csr_array, own: BoolArray, cost: FloatArray, least: FloatArray, n: int) -> IntArray:
    """Return a number per site, the same for sites in the same rows with the same numbers, least and price of a site."""
    columns = matrix[np.flatnonzero(~own)].tocsc()
    columns.sort_indices()
    start, at, value = columns.indptr, columns.indices, columns.data
    numbers: dict[tuple[bytes | float, ...], int] = {}
    found = np.empty(n, dtype=np.int64)
    for i in range(n):
        x, b = slice(start[i], start[i + 1]), slice(start[n + i], start[n + i + 1])
        key = at[x].tobytes(), value[x].tobytes(), at[b].tobytes(), value[b].tobytes(), float(cost[i]), float(least[i])
        found[i] = numbers.setdefault(key, len(numbers))
    return found
