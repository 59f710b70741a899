"""From ``.osm.pbf`` to a street graph: this package, and OSMnx, which reads XML only; each in a process of its own.

The extract is that of the embedded municipality, copied a few times beside itself so that there is something to read.
This package reads the whole of it. OSMnx reads it as XML, made before and not counted: once of the roads alone, as one
who knows OSMnx prepares it, and once of all there is, as one who does not; then every building becomes a street. Peak
memory is that of the whole process, imports included.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import osmium

from benchmarks.contest import FIRST, Entry, busy, contest, enter

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: Final = 2
RUNS: Final = 3
SOURCE: Final = Path(__file__).parent.parent / "layers" / "demo_data" / "source" / "kampen.osm.pbf"
_STEP_DEGREES: Final = 0.15  # wider than the extract
_ROADS, _ALL = "OSMnx through XML, roads only", "OSMnx through XML, all there is"
_EXTRACT, _ROADS_XML, _ALL_XML = "extract.osm.pbf", "roads.osm", "extract.osm"


def run() -> None:
    """Print times and memory, and how large the graphs are."""
    if not SOURCE.is_file():
        print(f"From .osm.pbf to graph: {SOURCE} is not there, nothing measured (it comes with the repository)")
        return
    folder = _extracts(COPIES)
    size = (folder / _EXTRACT).stat().st_size / 1e6
    print(f"From .osm.pbf to graph: {size:.1f} MB, {COPIES} copies of the embedded extract{busy()}")
    entries = contest("benchmarks.pbf", list(ENTRANTS), folder, RUNS, once=[_ROADS, _ALL])
    for entry in entries[1:]:
        _compare(entries[0], entry)


def _compare(ours: Entry, other: Entry) -> None:
    if ours.answer is None or other.answer is None:
        return
    print(
        f"  {other.name}: memory {other.peak_mb / ours.peak_mb:.1f} x ours; {other.answer[0]:.0f} nodes, "
        f"ours {ours.answer[0]:.0f} (on foot)"
    )


def _extracts(copies: int) -> Path:
    """Return a folder with the copies as ``.osm.pbf`` and as XML, written only when it is not there."""
    home = Path(os.environ.get("SUITABILITY_BENCHMARKS") or Path(tempfile.gettempdir(), "suitability-benchmarks"))
    folder = home / f"extract-{copies}"
    if folder.is_dir():
        return folder
    building = folder.with_name(f"{folder.name}.part")
    building.mkdir(parents=True, exist_ok=True)
    _write(building / _EXTRACT, copies, roads_only=False)
    _write(building / _ROADS_XML, copies, roads_only=True)
    _write(building / _ALL_XML, copies, roads_only=False)
    building.rename(folder)
    return folder


def _write(path: Path, copies: int, *, roads_only: bool) -> None:
    """Write the copies, each object with a number of its own; relations make no streets and are left out."""
    ways = {way.id: ([node.ref for node in way.nodes], dict(way.tags))
            for way in osmium.FileProcessor(str(SOURCE), osmium.osm.WAY)
            if not roads_only or "highway" in way.tags}  # fmt: skip
    used = {ref for refs, _ in ways.values() for ref in refs}
    nodes = {node.id: (node.location.lon, node.location.lat, dict(node.tags))
             for node in osmium.FileProcessor(str(SOURCE), osmium.osm.NODE)
             if not roads_only or node.id in used}  # fmt: skip
    apart = 1 + max(*nodes, *ways)
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    try:
        for i in range(copies):
            for key, (lon, lat, tags) in nodes.items():
                place = (lon + i * _STEP_DEGREES, lat)
                writer.add_node(osmium.osm.mutable.Node(id=key + i * apart, location=place, tags=tags))
        for i in range(copies):
            for key, (refs, tags) in ways.items():
                moved = [ref + i * apart for ref in refs]
                writer.add_way(osmium.osm.mutable.Way(id=key + i * apart, nodes=moved, tags=tags))
    finally:
        writer.close()


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    from layers.osm.streets import read_streets  # noqa: PLC0415 (its memory is not to count for the other)

    def work() -> np.ndarray:
        graph = read_streets(folder / _EXTRACT)["walk"]
        return np.array([len(graph.node_xy), len(graph.tail)])

    return work


def _osmnx(xml: str) -> Callable[[Path], Callable[[], np.ndarray]]:
    def prepare(folder: Path) -> Callable[[], np.ndarray]:
        import osmnx  # noqa: PLC0415 (a peer that need not be installed)

        def work() -> np.ndarray:
            graph = osmnx.graph_from_xml(folder / xml, simplify=False, retain_all=True)
            graph = osmnx.project_graph(graph, to_crs="EPSG:28992")
            return np.array([graph.number_of_nodes(), graph.number_of_edges()])

        return work

    return prepare


ENTRANTS: Final = {FIRST: _ours, _ROADS: _osmnx(_ROADS_XML), _ALL: _osmnx(_ALL_XML)}

if __name__ == "__main__":
    enter(ENTRANTS)
