"""The network step: the nearest facility from every crossing, for ten kinds of facilities and two modes.

Side by side in one run, on the streets of the embedded municipality and on those of many copies of it, joined at the
seams, a million crossings in all: this package; SciPy's Dijkstra as it is best used (one search per kind from all its
facilities at once, up to the limit); NetworkX with one multi-source search per kind. Of both the distances alone are
asked; this package always returns the nearest facility too. All search as far, over the same reversed graph with
the facilities joined in. Making that graph is not counted for any, and is timed apart for this package. Processor time
is printed beside wall time: it does not depend on what else the machine is doing.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from benchmarks.timing import seconds, spread, whole_process
from layers import open_source
from layers.osm.streets import morton_order
from suitability.core.layer import Area, StreetGraph
from suitability.core.layer_specs import LAYERS
from suitability.spatial.kernels.shortest_path import Arcs, Joins, Search, next_nodes, search, search_all
from suitability.spatial.network import Reach, metres_per_minute, reach_each, snap
from tests.oracle import reference_search

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = 10
PER_KIND = 14  # in one municipality
RUNS = 5
MILLION = 1_000_000
SEAM_M = 20.0  # between two copies
STRIP_M = 60.0  # nodes within it of the edge are joined to the next copy
PARTS = ("node", "metres", "goal")  # of the joins
#: Half an hour on foot, a quarter of an hour by bicycle, in metres (config/kadaster-scan.yaml).
LIMIT_M = {"walk": 30 * metres_per_minute(5.0), "bicycle": 15 * metres_per_minute(15.0)}


def run() -> None:
    """Print times, ratios, peak memory and the largest difference, for the municipality and for a million crossings."""
    streets = open_source("demo").load(LAYERS["streets"], Area.everywhere()).streets
    for least in (0, MILLION):
        for mode, graph in streets.items():
            copies = max(math.ceil(least / len(graph.node_xy)), 1)
            _compare(mode, tiled(graph, copies), copies)


def _compare(mode: str, graph: StreetGraph, copies: int) -> None:
    rng = np.random.default_rng(1)
    places = [_places(graph, PER_KIND * copies, rng) for _ in range(KINDS)]
    began = time.perf_counter()
    at = [snap(graph, points) for points in places]
    reaches = reach_each([(graph, each, each.leg_m) for each in at], LIMIT_M[mode])
    whole = time.perf_counter() - began
    print(f"Network step, {mode}: {len(graph.node_xy):,} nodes, {KINDS} kinds of {PER_KIND * copies} facilities")
    print(f"  first time, joining places and making the graph's rows included: {whole:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "searches.npz")
        _write(file, [reach.search for reach in reaches])
        done = {name: _in_its_own_process(name, file) for name in CONTENDERS}
    ours = statistics.median(done["this package"].times)
    for name, one in done.items():
        ratio = statistics.median(one.times) / ours
        memory = f"{one.peak_mb:5.0f} MB, {one.peak_mb - one.start_mb:4.0f} of it for the search"
        print(
            f"  {name:27s} {spread(one.times)}  {ratio:6.1f} x  processor {one.processor_s:7.3f} s  {memory}  {_difference(reaches, one)}"
        )


@dataclass(frozen=True)
class Done:
    """Result of one contender: wall seconds per run, processor seconds of one, memory at the start and at most, metres per kind and node."""

    times: list[float]
    processor_s: float
    start_mb: float
    peak_mb: float
    metres: np.ndarray


def _difference(reaches: list[Reach], one: Done) -> str:
    """Return the largest difference from this package's metres, as text."""
    ours = np.array([reach.metres for reach in reaches])
    reached = np.isfinite(ours)
    if (reached != np.isfinite(one.metres)).any():
        return "other nodes reached"
    return f"largest difference {np.abs(ours[reached] - one.metres[reached]).max(initial=0.0):.1e} m"


def _in_its_own_process(name: str, file: Path) -> Done:
    out = file.with_name("done.npz")
    whole_process([sys.executable, "-m", "benchmarks.network", name, str(file), str(out)], {})
    with np.load(out) as found:
        return Done(found["times"].tolist(), float(found["processor_s"]), *found["memory_mb"].tolist(), found["metres"])


def _most_mb() -> float:
    """Return the most memory that this process has held; what its parent held before it began is not in it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _write(file: Path, searches: list[Search]) -> None:
    arcs = searches[0].arcs
    joins = {f"{part}{i}": getattr(each.joins, part) for i, each in enumerate(searches) for part in PARTS}
    np.savez(file, starts=arcs.starts, targets=arcs.targets, metres=arcs.metres, limit_m=searches[0].limit_m, **joins)


def _read(file: Path) -> list[Search]:
    with np.load(file) as kept:
        arcs, limit_m = Arcs(kept["starts"], kept["targets"], kept["metres"]), float(kept["limit_m"])
        return [Search(arcs, Joins(*(kept[f"{part}{i}"] for part in PARTS)), limit_m) for i in range(KINDS)]


Metres = list[np.ndarray]
#: Seconds on the wall of each run, and processor seconds of one.
Clock = tuple[list[float], float]
Contender = Callable[[list[Search]], tuple[Clock, Metres]]


def _clocked(work: Callable[[], object]) -> Clock:
    work()  # loads the compiled code, which is not counted
    began = time.process_time()
    times = seconds(work, RUNS)
    return times, (time.process_time() - began) / (RUNS + 1)


def _ours(searches: list[Search]) -> tuple[Clock, Metres]:
    return _clocked(lambda: search_all(searches)), [found.metres for found in search_all(searches)]


def _one_thread(searches: list[Search]) -> tuple[Clock, Metres]:
    return _clocked(lambda: [search(each) for each in searches]), [search(each).metres for each in searches]


def _ways_too(searches: list[Search]) -> tuple[Clock, Metres]:
    def work() -> Metres:
        found = search_all(searches)
        for asked, one in zip(searches, found, strict=True):
            next_nodes(asked, one)
        return [one.metres for one in found]

    return _clocked(work), work()


def _scipy(searches: list[Search], *, ways: bool = False) -> tuple[Clock, Metres]:
    nodes = len(searches[0].arcs.starts) - 1
    built = [reference_search.with_destinations(asked) for asked in searches]

    def work() -> Metres:
        found = [
            dijkstra(
                matrix, indices=np.arange(nodes, matrix.shape[0]), min_only=True, limit=searches[0].limit_m,
                return_predecessors=ways,
            )
            for matrix in built
        ]  # fmt: skip
        return [(each[0] if ways else each)[:nodes] for each in found]

    return _clocked(work), work()


def _networkx(searches: list[Search]) -> tuple[Clock, Metres]:
    """Search once: it takes long. The facilities of one kind are in the graph at a time, put in when no clock runs."""
    arcs, limit_m = searches[0].arcs, searches[0].limit_m
    nodes = len(arcs.starts) - 1
    graph = nx.DiGraph()
    source = np.repeat(np.arange(nodes), np.diff(arcs.starts))
    graph.add_weighted_edges_from(_shortest(source, arcs.targets, arcs.metres))
    spent, on_processor, metres = 0.0, 0.0, []
    for asked in searches:
        ends = asked.joins
        graph.add_weighted_edges_from(_shortest(nodes + ends.goal, ends.node, ends.metres))
        sources = set((nodes + ends.goal).tolist())
        began, processor_began = time.perf_counter(), time.process_time()
        lengths = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=limit_m)
        spent += time.perf_counter() - began
        on_processor += time.process_time() - processor_began
        metres.append(np.array([lengths.get(node, np.inf) for node in range(nodes)]))
        graph.remove_nodes_from(sources)
    return ([spent], on_processor), metres


def _shortest(source: np.ndarray, target: np.ndarray, metres: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """Return arcs such that of parallel ones the shortest comes last, and stays."""
    order = np.argsort(-metres, kind="stable")
    return zip(source[order].tolist(), target[order].tolist(), metres[order].tolist(), strict=True)


CONTENDERS: dict[str, Contender] = {
    "this package": _ours,
    "this package, one thread": _one_thread,
    "this package, the ways too": _ways_too,
    "plain SciPy, distances only": _scipy,
    "plain SciPy, the ways too": partial(_scipy, ways=True),
    "NetworkX, distances only": _networkx,
}


def _places(graph: StreetGraph, many: int, rng: np.random.Generator) -> np.ndarray:
    """Return so many points near streets, somewhere in the built-up land."""
    chosen = graph.node_xy[rng.integers(0, len(graph.node_xy), many)]
    return np.asarray(shapely.points(chosen + rng.uniform(-50, 50, chosen.shape)))


def tiled(graph: StreetGraph, copies: int) -> StreetGraph:
    """Return copies of the streets in a square, joined at the seams by short two-way streets, in Morton order."""
    side, k, m = math.ceil(math.sqrt(copies)), len(graph.node_xy), len(graph.tail)
    low, high = graph.node_xy.min(axis=0), graph.node_xy.max(axis=0)
    step = high - low + SEAM_M
    cells = np.array([(i % side, i // side) for i in range(copies)])
    xy = np.concatenate([graph.node_xy + cell * step for cell in cells])
    first = np.repeat(np.arange(copies) * k, m)
    seams = _seams(graph.node_xy, cells, step)
    tail, head = (
        np.concatenate([np.tile(ends, copies) + first, more])
        for ends, more in ((graph.tail, seams[0]), (graph.head, seams[1]))
    )
    across = np.ones(len(seams[0]), dtype=bool)
    order = morton_order(xy)
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order))
    return StreetGraph(
        node_xy=xy[order],
        tail=number[tail],
        head=number[head],
        length_m=np.concatenate([np.tile(graph.length_m, copies), np.hypot(*(xy[seams[0]] - xy[seams[1]]).T)]),
        forward=np.concatenate([np.tile(graph.forward, copies), across]),
        backward=np.concatenate([np.tile(graph.backward, copies), across]),
        name=np.concatenate([np.tile(graph.name, copies), np.full(len(across), -1)]).astype(np.int32),
        names=graph.names,
    )


def _seams(node_xy: np.ndarray, cells: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return which nodes to join across the seams, (2, s): those near the edge of one copy, with the nearest beyond."""
    k, number = len(node_xy), {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    pairs = [np.empty((2, 0), dtype=np.int64)]
    for axis, ahead in ((0, (1, 0)), (1, (0, 1))):
        along = node_xy[:, axis]
        near, beyond = np.flatnonzero(along > along.max() - STRIP_M), np.flatnonzero(along < along.min() + STRIP_M)
        shift = np.array(ahead) * step
        mate = beyond[cKDTree(node_xy[beyond] + shift).query(node_xy[near])[1]]
        for (x, y), i in number.items():
            if (j := number.get((x + ahead[0], y + ahead[1]))) is not None:
                pairs.append(np.stack([near + i * k, mate + j * k]))
    return np.concatenate(pairs, axis=1)


if __name__ == "__main__":
    name, given, out = sys.argv[1:]
    searches = _read(Path(given))
    start_mb = _most_mb()
    (times, processor_s), metres = CONTENDERS[name](searches)
    np.savez(out, times=times, processor_s=processor_s, memory_mb=(start_mb, _most_mb()), metres=np.array(metres))
