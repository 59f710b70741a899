"""Sets of sites of which only one can be chosen: one row for many pairs that lie too near to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suitability.core.types import IntArray


def cliques_of(first: IntArray, second: IntArray, n: int) -> list[list[int]]:
    """Return sets of mutually conflicting sites that together hold every pair (first[i], second[i]), by site number.

    Greedy: from each pair that no set holds yet, sites join while they conflict with all in it. A row per set says the
    same of whole numbers as a row per pair and is far tighter for fractions (Padberg, "On the facial structure of set
    packing polyhedra", Mathematical Programming 5, 1973).
    """
    near: list[set[int]] = [set() for _ in range(n)]
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        near[a].add(b)
        near[b].add(a)
    open_pairs = [{b for b in each if b > a} for a, each in enumerate(near)]
    found: list[list[int]] = []
    for a in range(n):
        while open_pairs[a]:
            clique = [a]
            common = near[a]
            start = min(open_pairs[a])
            while common:
                joins = start if len(clique) == 1 else min(common, key=lambda c: (-len(near[c]), c))
                clique.append(joins)
                common = common & near[joins]
            clique.sort()
            for i, one in enumerate(clique):
                open_pairs[one].difference_update(clique[i + 1 :])
            found.append(clique)
    return found
