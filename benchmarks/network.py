"""The network step: nearest facility from every node, for ten sets of facilities and two modes.

Side by side in one run: this package, SciPy as one would first write it (one search per facility, then the minimum),
and NetworkX with one multi-source search per set, once for the distances alone and once for what this package returns
too: which facility is the nearest, and the way to it. All get the same reversed graph with the facilities joined in;
building it is not counted for any.
"""

from __future__ import annotations

import statistics

import networkx as nx
import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from benchmarks.timing import seconds, spread
from layers import open_source
from suitability.network import Snap, _with_destinations, reach_from_nodes, snap
from suitability.specs import LAYERS
from suitability.types import Area, StreetGraph

KINDS = 10
PER_KIND = 14
RUNS = 5


def run() -> None:
    """Print the times, the ratios and the largest difference between the three."""
    graphs = open_source("demo").load(LAYERS["streets"], Area.everywhere()).streets
    rng = np.random.default_rng(1)
    work = [(graph, _places(graph, rng)) for graph in graphs.values() for _ in range(KINDS)]
    print(f"Network step: {KINDS} sets of {PER_KIND} facilities per mode")
    for mode, graph in graphs.items():
        print(f"  {mode}: {len(graph.node_xy)} nodes, {len(graph.tail)} segments")
    ours = seconds(lambda: _ours(work), RUNS)
    plain = seconds(lambda: _plain_scipy(work), RUNS)
    built = [_networkx_graph(graph, at) for graph, at in work]
    oracle = seconds(lambda: _networkx(built), 3)
    same = seconds(lambda: [nx.multi_source_dijkstra(graph, set(sources)) for graph, sources, _ in built], 3)
    rows = {"this package": ours, "plain SciPy": plain, "NetworkX, distances": oracle, "NetworkX, same answer": same}
    for name, times in rows.items():
        ratio = statistics.median(times) / statistics.median(ours)
        print(f"  {name:22s} {spread(times)}  {ratio:7.1f} x")
    differences = [_difference(a, b) for a, b in zip(_ours(work), _networkx(built), strict=True)]
    print(f"  largest difference from NetworkX: {max(differences):.2e} m")


def _places(graph: StreetGraph, rng: np.random.Generator) -> Snap:
    low, high = graph.node_xy.min(axis=0), graph.node_xy.max(axis=0)
    return snap(graph, shapely.points(rng.uniform(low, high, size=(PER_KIND, 2))))


def _ours(work: list[tuple[StreetGraph, Snap]]) -> list[np.ndarray]:
    return [reach_from_nodes(graph, at, at.leg_m).metres for graph, at in work]


def _plain_scipy(work: list[tuple[StreetGraph, Snap]]) -> list[np.ndarray]:
    found = []
    for graph, at in work:
        k = len(graph.node_xy)
        matrix = _with_destinations(graph, at, at.leg_m)
        found.append(dijkstra(matrix, indices=np.arange(k, matrix.shape[0])).min(axis=0)[:k])
    return found


def _networkx_graph(graph: StreetGraph, at: Snap) -> tuple[nx.DiGraph, list[int], int]:
    k = len(graph.node_xy)
    matrix = _with_destinations(graph, at, at.leg_m).tocoo()
    built = nx.DiGraph()
    built.add_weighted_edges_from(zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True))
    return built, list(range(k, matrix.shape[0])), k


def _networkx(built: list[tuple[nx.DiGraph, list[int], int]]) -> list[dict[int, float]]:
    return [nx.multi_source_dijkstra_path_length(graph, set(sources)) for graph, sources, _ in built]


def _difference(ours: np.ndarray, oracle: dict[int, float]) -> float:
    theirs = np.array([oracle.get(node, np.inf) for node in range(len(ours))])
    reached = np.isfinite(ours)
    if (reached != np.isfinite(theirs)).any():
        return np.inf
    return float(np.abs(ours[reached] - theirs[reached]).max(initial=0.0))
