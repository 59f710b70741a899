"""Small OpenStreetMap extracts for tests: cut from the real one, or written by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import osmium
import pyproj

from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KAMPEN: Final = ROOT / "layers" / "demo_data" / "source" / "kampen.osm.pbf"
KINDS: Final = ROOT / "config" / "facilities.yaml"
_TO_DEGREES: Final = pyproj.Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
Xy = tuple[float, float]


def degrees(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) of a box in EPSG:28992."""
    (west, east), (south, north) = _TO_DEGREES.transform(bounds[::2], bounds[1::2])
    return west, south, east, north


def cut_extract(to: Path, bounds: tuple[float, float, float, float]) -> Path:
    """Write what of the real extract lies in a box of EPSG:28992: nodes inside, and ways and relations that have some.

    LookupSources keep the numbers of nodes outside, which the file does not hold, as the plainest of tools cut.
    """
    west, south, east, north = degrees(bounds)
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(west, south, east, north))
    header.set("osmosis_replication_timestamp", "2023-01-30T01:00:12Z")
    kept: set[tuple[str, int]] = set()
    with osmium.SimpleWriter(str(to), header=header) as writer:
        for item in osmium.FileProcessor(str(KAMPEN)):
            if item.is_node():
                place = item.location
                inside = west <= place.lon <= east and south <= place.lat <= north
            elif item.is_way():
                inside = any(("n", node.ref) in kept for node in item.nodes)
            else:
                inside = any((member.type, member.ref) in kept for member in item.members)
            if inside:
                kept.add((item.type_str(), item.id))
                writer.add(item)
    return to


@dataclass
class Sketch:
    """An extract drawn in metres east and north of (190000, 507000); ``size`` of its box in metres, from -100 on."""

    size: float = 2000.0
    dated: bool = True
    boxed: bool = True
    lines: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    n: int = 0

    def node(self, at: Xy, /, **tags: str) -> int:
        """Draw a point and return its number."""
        lon, lat = _TO_DEGREES.transform(190_000 + at[0], 507_000 + at[1])
        self.n += 1
        self.lines.append(f'<node id="{self.n}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{_tags(tags)}</node>')
        return self.n

    def way(self, nodes: Sequence[int], /, **tags: str) -> int:
        """Draw a way over nodes, which need not exist."""
        refs = "".join(f'<nd ref="{ref}"/>' for ref in nodes)
        self.n += 1
        self.relations.append(f'<way id="{self.n}" version="1">{refs}{_tags(tags)}</way>')
        return self.n

    def area(self, left: float, bottom: float, width: float, height: float, /, **tags: str) -> int:
        """Draw a rectangle."""
        corners = [(left, bottom), (left + width, bottom), (left + width, bottom + height), (left, bottom + height)]
        nodes = [self.node(corner) for corner in corners]
        return self.way([*nodes, nodes[0]], **tags)

    def relation(self, members: Sequence[tuple[int, str]], /, **tags: str) -> int:
        """Join ways with their roles."""
        parts = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        self.n += 1
        self.relations.append(f'<relation id="{self.n}" version="1">{parts}{_tags(tags)}</relation>')
        return self.n

    def ground(self) -> None:
        """Strew nodes, so that the box is no empty land."""
        for x, y in np.stack(np.meshgrid(*[np.arange(-50, self.size - 100, 150)] * 2), -1).reshape(-1, 2):
            self.node((float(x), float(y)))

    def write(self, folder: Path, name: str = "small.osm") -> Path:
        """Write the extract."""
        self.ground()
        west, south, east, north = degrees((189_900, 506_900, 189_900 + self.size, 506_900 + self.size))
        bounds = f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>' if self.boxed else ""
        lines = self.lines
        if self.dated:
            lines = [line.replace('version="1"', 'version="1" timestamp="2024-05-06T07:08:09Z"') for line in lines]
        path = folder / name
        text = "\n".join(['<?xml version="1.0"?><osm version="0.6">', bounds, *lines, *self.relations, "</osm>"])
        path.write_text(text, encoding="utf-8")
        return path


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())
