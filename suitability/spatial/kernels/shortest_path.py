"""The way from every crossing to the nearest of many destinations: one search over the streets against their direction.

A bucket queue (Dial 1969; Meyer and Sanders 2003, "delta-stepping"): labels wait in buckets of equal width, and within
a bucket a node is looked at again when its label falls, so no order inside it can matter. The answer is Dijkstra's, to
the last bit: ``d[v] = min(d[u] + metres(u, v))`` has one solution in floating point too, because adding a length never
makes a sum smaller. Of destinations at exactly the same metres the lowest counts, however nodes are numbered.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from suitability.core.types import BoolArray, FloatArray

    #: Labels that wait: the first entry per bucket, -1 = none; per entry its node, its metres and the next one in its
    #: bucket; and which entries are free, from the number of waiting ones on.
    _Queue = tuple[NDArray[np.int32], NDArray[np.int32], FloatArray, NDArray[np.int32], NDArray[np.int32]]

#: Buckets per mean length of an arc: more leaves fewer labels to correct, fewer leaves fewer empty buckets to pass.
#: Measured on the streets of the demo, tiled to a million nodes: 16 to 64 differ by less than 32 does from run to run, 4
#: takes a tenth more and 1 a third.
_BUCKETS_PER_ARC: Final = 32.0
_MOST_BUCKETS: Final = 1 << 16  # one very long ferry may not make the ring of buckets larger than this
_FIRST_ROOM: Final = 1024  # labels that wait at one time; it grows
_LAST_BUCKET: Final = float(1 << 60)  # lengths that no bucket number can hold share one


@dataclass(frozen=True)
class Arcs:
    """Arcs as compressed rows: those from node u are ``starts[u]`` up to ``starts[u + 1]`` of the other two.

    ``starts`` (k + 1,), ``targets`` (a,), ``metres`` (a,), 0 or more and finite. Parallel arcs and loops do no harm.
    """

    starts: NDArray[np.int32]
    targets: NDArray[np.int32]
    metres: FloatArray

    @cached_property
    def buckets(self) -> tuple[float, int]:
        """The width of a bucket in metres, and how many of them hold every arc from a bucket; a power of two."""
        longest = float(self.metres.max(initial=0.0))
        mean = float(self.metres.mean()) if len(self.metres) else 0.0
        width = max(mean / _BUCKETS_PER_ARC, longest / (_MOST_BUCKETS - 2)) or 1.0
        return width, 1 << int(np.ceil(np.log2(longest / width + 2)))


def reversed_arcs(
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    length_m: FloatArray,
    forward: BoolArray,
    backward: BoolArray,
    nodes: int,
) -> Arcs:
    """Return the arcs of streets against their direction. Arrays (m,) as in ``StreetGraph``; ``nodes``: how many.

    Raises ``ValueError`` on lengths that are none and on nodes that there are not: compiled code does not check.
    """
    if not (np.isfinite(length_m).all() and (length_m >= 0).all()):
        raise ValueError("lengths of streets must be finite and 0 or more")
    ends = np.concatenate([tail, head])
    if len(ends) and not 0 <= ends.min() <= ends.max() < nodes:
        raise ValueError(f"streets must run between nodes 0 to {nodes - 1}")
    return Arcs(*_rows(tail, head, length_m, forward, backward, nodes))


@dataclass(frozen=True)
class Joins:
    """Joins of destinations to the network: destination ``goal[i]`` lies ``metres[i]`` beyond node ``node[i]``. (j,)."""

    node: NDArray[np.int32]
    metres: FloatArray
    goal: NDArray[np.int32]


@dataclass(frozen=True)
class Search:
    """Search request: arcs, destinations and the limit in metres."""

    arcs: Arcs
    joins: Joins
    limit_m: float = np.inf


@dataclass(frozen=True)
class Found:
    """Per node (k,): metres to the nearest destination, inf = none within the limit; which one it is, -1 = none."""

    metres: FloatArray
    goal: NDArray[np.int32]


def search(asked: Search) -> Found:
    """Return the way from every node to its nearest destination. Raises ``ValueError`` on lengths that are none."""
    arcs, joins = asked.arcs, asked.joins
    if not (np.isfinite(joins.metres).all() and (joins.metres >= 0).all()):
        raise ValueError("metres from a node to a destination must be finite and 0 or more")
    order = np.argsort(joins.metres, kind="stable")
    order = order[: np.searchsorted(joins.metres[order], asked.limit_m, side="right")]
    nodes = len(arcs.starts) - 1
    found = np.full(nodes, np.inf), np.full(nodes, -1, dtype=np.int32)
    width, buckets = arcs.buckets
    none, state = np.empty(0, dtype=np.int32), np.zeros(3, dtype=np.int64)
    queue = _with_room((np.full(buckets, -1, dtype=np.int32), none, np.empty(0), none, none), _FIRST_ROOM + len(order))
    rows, ends = (arcs.starts, arcs.targets, arcs.metres), (joins.node[order], joins.metres[order], joins.goal[order])
    while not _sweep(rows, ends, found, queue, (asked.limit_m, 1.0 / width), state):
        queue = _with_room(queue, 2 * len(queue[-1]))
    return Found(*found)


def _with_room(queue: _Queue, size: int) -> _Queue:
    """Return the queue with ``size`` entries, the old ones first."""
    first, node, metres, following, free = queue
    more = size - len(free)
    numbers = np.arange(len(free), size, dtype=np.int32)
    return (
        first,
        np.append(node, np.zeros(more, dtype=np.int32)),
        np.append(metres, np.zeros(more)),
        np.append(following, np.zeros(more, dtype=np.int32)),
        np.append(free, numbers),
    )


def search_all(asked: Sequence[Search]) -> list[Found]:
    """Return the answer to each search, in their order: in as many threads as there are processors."""
    threads = min(len(asked), _processors())
    if threads <= 1:
        return [search(each) for each in asked]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(search, asked))


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def next_nodes(asked: Search, found: Found) -> NDArray[np.int32]:
    """Return the following node on the way from each node, shape (k,); -1 = arrived, or no way.

    Of several ways of equal length the one over the lowest node, and never in a circle.
    """
    arcs, joins = asked.arcs, asked.joins
    there = (found.metres[joins.node] == joins.metres) & (found.goal[joins.node] == joins.goal)
    arrived = np.zeros(len(found.metres), dtype=np.bool_)
    arrived[joins.node[there]] = True
    following = np.full(len(arrived), -1, dtype=np.int32)
    args = ((arcs.starts, arcs.targets, arcs.metres), found.metres, found.goal, arrived, following)
    _follow(*args, np.arange(len(arrived), dtype=np.int32), True)
    is_settled = arrived | (following >= 0)
    open_ends = ((found.goal >= 0) & ~is_settled).any()
    settled = np.flatnonzero(is_settled & open_ends).astype(np.int32)
    while len(settled):  # over arcs without length one step at a time away from what is settled: no circle closes
        settled = np.sort(_follow(*args, settled, False))
    return following


@kernel
def _rows(
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    length_m: FloatArray,
    forward: BoolArray,
    backward: BoolArray,
    nodes: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:  # pragma: no cover (compiled)
    """Return the arcs against the direction of travel as compressed rows, by counting."""
    starts = np.zeros(nodes + 1, dtype=np.int32)
    for i in range(len(tail)):
        starts[head[i] + 1] += forward[i]
        starts[tail[i] + 1] += backward[i]
    for u in range(nodes):
        starts[u + 1] += starts[u]
    free = starts[:-1].copy()
    targets, metres = np.empty(starts[-1], dtype=np.int32), np.empty(starts[-1])
    for i in range(len(tail)):
        if forward[i]:
            targets[free[head[i]]], metres[free[head[i]]] = tail[i], length_m[i]
            free[head[i]] += 1
        if backward[i]:
            targets[free[tail[i]]], metres[free[tail[i]]] = head[i], length_m[i]
            free[tail[i]] += 1
    return starts, targets, metres


@step
def _bucket(metres: float, per_metre: float) -> int:  # pragma: no cover (compiled)
    """Return the number of the bucket of a label."""
    return int(min(metres * per_metre, _LAST_BUCKET))


@kernel
def _sweep(
    arcs: tuple[NDArray[np.int32], NDArray[np.int32], FloatArray],
    joins: tuple[NDArray[np.int32], FloatArray, NDArray[np.int32]],
    found: tuple[FloatArray, NDArray[np.int32]],
    queue: _Queue,
    limits: tuple[float, float],
    state: NDArray[np.int64],
) -> bool:  # pragma: no cover (compiled)
    """Lower the labels in ``found`` until none can fall; False = out of room, call again with a longer ``queue``.

    ``joins`` sorted by metres, none beyond the limit. The buckets form a ring. A label that fell is not taken out of its
    old bucket: it is passed over there. ``state``: how many wait, how many have joined, and the bucket.
    """
    (starts, targets, lengths), (metres, goal), (limit_m, per_metre) = arcs, found, limits
    first, entry_node, entry_m, entry_next, free = queue
    join_m, ring = joins[1], len(first) - 1
    waiting, joined, bucket = state
    while waiting > 0 or joined < len(join_m):
        if waiting == 0:
            bucket = _bucket(join_m[joined], per_metre)
        if joined < len(join_m) and _bucket(join_m[joined], per_metre) <= bucket:
            waiting, joined = _join(joins, found, queue, per_metre, bucket, waiting, joined)
        while first[bucket & ring] >= 0:
            entry = first[bucket & ring]
            u, label = entry_node[entry], entry_m[entry]
            if waiting - 1 + starts[u + 1] - starts[u] + len(join_m) - joined > len(free):
                state[0], state[1], state[2] = waiting, joined, bucket
                return False
            first[bucket & ring] = entry_next[entry]
            waiting -= 1
            free[waiting] = entry
            if label > metres[u]:
                continue
            for arc in range(starts[u], starts[u + 1]):
                v, further = targets[arc], label + lengths[arc]
                if further <= limit_m and (further < metres[v] or (further == metres[v] and goal[u] < goal[v])):
                    metres[v], goal[v] = further, goal[u]
                    slot = min(_bucket(further, per_metre), bucket + ring) & ring
                    entry = free[waiting]
                    entry_node[entry], entry_m[entry], entry_next[entry] = v, further, first[slot]
                    first[slot] = entry
                    waiting += 1
        bucket += 1
    return True


@step
def _join(
    joins: tuple[NDArray[np.int32], FloatArray, NDArray[np.int32]],
    found: tuple[FloatArray, NDArray[np.int32]],
    queue: _Queue,
    per_metre: float,
    bucket: int,
    waiting: int,
    joined: int,
) -> tuple[int, int]:  # pragma: no cover (compiled)
    """Put the labels of the destinations up to a bucket into it; return how many wait, and how many have joined."""
    (join_node, join_m, join_goal), (metres, goal) = joins, found
    first, entry_node, entry_m, entry_next, free = queue
    slot = bucket & (len(first) - 1)
    while joined < len(join_m) and _bucket(join_m[joined], per_metre) <= bucket:
        v, label, g = join_node[joined], join_m[joined], join_goal[joined]
        if label < metres[v] or (label == metres[v] and g < goal[v]):
            metres[v], goal[v] = label, g
            entry = free[waiting]
            entry_node[entry], entry_m[entry], entry_next[entry] = v, label, first[slot]
            first[slot] = entry
            waiting += 1
        joined += 1
    return waiting, joined


@kernel
def _follow(
    arcs: tuple[NDArray[np.int32], NDArray[np.int32], FloatArray],
    metres: FloatArray,
    goal: NDArray[np.int32],
    arrived: BoolArray,
    following: NDArray[np.int32],
    settled: NDArray[np.int32],
    nearer: bool,
) -> NDArray[np.int32]:  # pragma: no cover (compiled)
    """Let nodes without a following one follow the first of ``settled`` they can; return which did.

    ``nearer``: only where that one is truly nearer to the goal.
    """
    starts, targets, lengths = arcs
    done = np.empty(len(arrived), dtype=np.int32)
    count = 0
    for u in settled:
        if goal[u] < 0:
            continue
        for arc in range(starts[u], starts[u + 1]):
            v = targets[arc]
            if following[v] >= 0 or arrived[v] or goal[v] != goal[u] or metres[u] + lengths[arc] != metres[v]:
                continue
            if not nearer or metres[u] < metres[v]:
                following[v] = u
                done[count] = v
                count += 1
    return done[:count].copy()
