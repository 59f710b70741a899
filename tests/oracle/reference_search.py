"""The kernels of the network step, slow and obvious: SciPy's Dijkstra once per destination, Shapely's index per point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from suitability.spatial.network import Snap

if TYPE_CHECKING:
    from suitability.core.layer import StreetGraph
    from suitability.core.types import FloatArray, GeometryArray, IntArray
    from suitability.spatial.kernels.shortest_path import Search


def with_destinations(asked: Search) -> csr_array:
    """Return the arcs as a matrix, with one more node per destination, from which arcs lead to where it joins.

    A stored zero is a real arc of length 0; of parallel arcs only the shortest is kept.
    """
    arcs, joins = asked.arcs, asked.joins
    nodes = len(arcs.starts) - 1
    source = np.concatenate([np.repeat(np.arange(nodes), np.diff(arcs.starts)), nodes + joins.goal])
    target = np.concatenate([arcs.targets, joins.node])
    metres = np.concatenate([arcs.metres, joins.metres])
    order = np.lexsort((metres, target, source))
    source, target, metres = source[order], target[order], metres[order]
    first = np.ones(len(source), dtype=bool)
    first[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    size = nodes + int(joins.goal.max(initial=-1)) + 1
    starts = np.searchsorted(source[first], np.arange(size + 1))
    return csr_array((metres[first], target[first].astype(np.int32), starts.astype(np.int32)), shape=(size, size))


def search(asked: Search) -> tuple[FloatArray, IntArray]:
    """Return metres and nearest destination per node: the least over one search per destination, the lowest of equals."""
    nodes = len(asked.arcs.starts) - 1
    matrix = with_destinations(asked)
    goals = np.arange(nodes, matrix.shape[0])
    if len(goals) == 0:
        return np.full(nodes, np.inf), np.full(nodes, -1)
    each = np.asarray(dijkstra(matrix, indices=goals, limit=asked.limit_m))[:, :nodes]
    metres = each.min(axis=0)
    return metres, np.where(np.isfinite(metres), each.argmin(axis=0), -1)


def snap(graph: StreetGraph, points: GeometryArray) -> Snap:
    """Return where each point joins the graph."""
    n = len(points)
    tree = shapely.STRtree(graph.segments)
    (point, segment), distance = tree.query_nearest(points, all_matches=True, return_distance=True)
    order = np.lexsort((-segment, -point))  # last write wins: of equally near segments, the lowest
    nearest_segment, leg = np.zeros(n, dtype=np.int64), np.full(n, np.inf)
    nearest_segment[point[order]], leg[point[order]] = segment[order], distance[order]
    return Snap(nearest_segment, fraction(graph.segments[nearest_segment], points), leg)


def fraction(lines: GeometryArray, points: GeometryArray) -> FloatArray:
    """Return how far along its line each point projects, 0 to 1."""
    along, length = shapely.line_locate_point(lines, points), shapely.length(lines)
    return np.clip(np.where(length > 0, along / np.where(length > 0, length, 1.0), 0.0), 0.0, 1.0)
