"""The streets of a tiling: copies of the embedded ones, joined where two copies meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from benchmarks.tiles import STEP_M, Grid
from layers.demo import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Ends of streets this near the edge of what is drawn were cut off there.
_EDGE_M: Final = 400.0
_ALL_WAYS: Final = 0b1111  # on foot and by bicycle, there and back
_WALK, _BICYCLE = 0, 2


@dataclass(frozen=True)
class Streets:
    """The embedded streets: nodes (k, 2) in metres, pieces sorted by tail; ``name`` as they are written."""

    node_xy: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    flags: NDArray[np.int8]
    name: pa.Array

    @classmethod
    def embedded(cls) -> Streets:
        """Return the streets of the embedded municipality."""
        nodes, edges = (
            pq.read_table(HERE / f"streets_{part}.parquet", use_threads=False) for part in ("nodes", "edges")
        )
        tail, head, flags = (edges.column(column).to_numpy() for column in ("tail", "head", "flags"))
        node_xy = np.column_stack([nodes.column("x").to_numpy(), nodes.column("y").to_numpy()])
        return cls(node_xy, tail.astype(np.int64), head.astype(np.int64), flags, edges.column("name").combine_chunks())

    def joints(self, axis: int) -> NDArray[np.int64]:
        """Return pairs (m, 2) of a node of one copy and the node of the next copy along ``axis`` that it is joined to.

        Both are ends of streets at the edge that hang together with most others, each the nearest to the other.
        """
        low, high = self.node_xy[:, axis].min(), self.node_xy[:, axis].max()
        ends = self._well_connected() & (np.bincount(np.concatenate([self.tail, self.head])) == 1)
        here = np.flatnonzero(ends & (self.node_xy[:, axis] > high - _EDGE_M))
        there = np.flatnonzero(ends & (self.node_xy[:, axis] < low + _EDGE_M))
        moved = self.node_xy[there].copy()
        moved[:, axis] += STEP_M[axis]
        onward = cKDTree(moved).query(self.node_xy[here])[1]
        back = cKDTree(self.node_xy[here]).query(moved)[1]
        mutual = back[onward] == np.arange(len(here))
        return np.column_stack([here[mutual], there[onward[mutual]]])

    def _well_connected(self) -> NDArray[np.bool_]:
        """Return which nodes lie in the largest part that can be walked, and cycled, both ways."""
        k = len(self.node_xy)
        found = np.ones(k, dtype=bool)
        for bit in (_WALK, _BICYCLE):
            both = ((self.flags >> bit) & 3) == 3  # noqa: PLR2004 (there and back)
            graph = coo_matrix((np.ones(both.sum()), (self.tail[both], self.head[both])), shape=(k, k))
            part = connected_components(graph, directed=False)[1]
            found &= part == np.bincount(part).argmax()
        return found


def node_tables(streets: Streets, grid: Grid) -> Iterator[pa.Table]:
    """Give the nodes of each copy."""
    for shift in grid.shifts:
        x, y = (streets.node_xy + shift).T
        yield pa.table({"x": x, "y": y})


def edge_tables(streets: Streets, grid: Grid) -> Iterator[pa.Table]:
    """Give the pieces of each copy, with those that join it to the copies east and north of it, sorted by tail."""
    k = len(streets.node_xy)
    number = {(int(column), int(row)): i for i, (column, row) in enumerate(grid.cells)}
    joints = [((1, 0), streets.joints(0)), ((0, 1), streets.joints(1))]
    for (column, row), i in number.items():
        tail, head = [streets.tail + i * k], [streets.head + i * k]
        for (east, north), pairs in joints:
            j = number.get((column + east, row + north))
            if j is not None:
                tail.append(pairs[:, 0] + i * k)
                head.append(pairs[:, 1] + j * k)
        more = sum(map(len, tail)) - len(streets.tail)
        tails, heads = np.concatenate(tail), np.concatenate(head)
        flags = np.concatenate([streets.flags, np.full(more, _ALL_WAYS, dtype=np.int8)])
        names = pa.concat_arrays([streets.name, pa.nulls(more, streets.name.type)])
        order = np.lexsort((heads, tails))
        yield pa.table(
            {
                "tail": tails[order].astype(np.int32),
                "head": heads[order].astype(np.int32),
                "flags": flags[order],
                "name": names.take(pa.array(order)),
            }
        )
