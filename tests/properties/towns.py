"""Small towns of 600 by 600 m drawn at random, with every layer, for properties that hold of any town."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from layers.clip import cut, windows
from suitability.core.layer import Area
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.run import run_scan
from tests.tiny import MemorySource, at, graph_of, make_layer, named, raster, streets, vector

if TYPE_CHECKING:
    from random import Random

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer, Layers, LayerSpec, StreetGraph
    from suitability.policy.model import Policy
    from suitability.scan.run import Scan

SIDE = 600
CELLS, CELL_M = 30, 20

Place = tuple[float, float]


@cache
def small_town_policy() -> Policy:
    """Return the policy that asks every criterion, with limits that bite in a small town."""
    return read_policy(str(Path(__file__).parent / "small_town.yaml"), REGISTRY)


def scan_town(layers: Layers, policy: Policy | None = None, area: Area | None = None) -> Scan:
    """Return the scan of a town; without an area all of it."""
    return run_scan(policy or small_town_policy(), CutSource(layers), area or Area.everywhere())


class Town(dict[str, "Layer"]):
    """Layers by name, short to print."""

    def __repr__(self) -> str:
        rows = {name: len(layer.frame) for name, layer in self.items() if layer.spec.kind == "vector"}
        return f"Town({rows}, coverage {self['parcels'].coverage.wkt})"


class CutSource(MemorySource):
    """A source that cuts its layers to the area and its reach, and says so in their coverage."""

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return a layer; what was cut off is no longer covered."""
        layer, bounds = self.layers[spec.name], area.bounds()
        if bounds is None or spec.kind != "vector":
            return layer
        coverage = shapely.intersection(layer.coverage, box(*bounds))
        kinds = windows(layer.kind_coverage, area)
        return replace(layer, data=cut(layer.frame, spec, area), coverage=coverage, kind_coverage=kinds)


@dataclass(frozen=True)
class Pen:
    """Draws places. With ``uneven`` no two distances are alike, so that nothing lies exactly as near as another."""

    random: Random
    uneven: bool

    def number(self, low: int, high: int) -> int:
        """Return a whole number."""
        return self.random.randint(low, high)

    def metre(self, low: int, high: int) -> float:
        """Return a coordinate: on a grid of 10 m, or a little beside it."""
        coordinate = self.number(low // 10, high // 10) * 10
        return coordinate + (self.number(-3999, 3999) / 1000 if self.uneven else 0.0)

    def place(self, low: int = 0, high: int = SIDE) -> Place:
        """Return a place in town."""
        return self.metre(low, high), self.metre(low, high)

    def block(self, largest: int, low: int = 0) -> Polygon:
        """Return a rectangle, a hook, or a block with a yard in it."""
        x, y = self.place(low, SIDE - 20)
        w, h = self.metre(20, largest), self.metre(20, largest)
        form = self.number(0, 3)
        if form == 0:
            corners = [(x, y), (x + w, y), (x + w, y + h / 4), (x + w / 4, y + h / 4), (x + w / 4, y + h), (x, y + h)]
            return Polygon([at(*corner) for corner in corners])
        outline = box(*at(x, y), *at(x + w, y + h))
        if form == 1:
            yard = box(*at(x + w / 8, y + h / 8), *at(x + w * 6 / 8, y + h * 7 / 8))
            return outline.difference(yard)
        return outline

    def blocks(self, most: int, largest: int, least: int = 0) -> list[Polygon]:
        """Return some blocks."""
        return [self.block(largest, low=-50) for _ in range(self.number(least, most))]

    def some(self, values: list[Any], n: int) -> list[Any]:
        """Return n of the values, with repetition."""
        return self.random.choices(values, k=n)

    def points_or_blocks(self, most: int) -> list[BaseGeometry]:
        """Return some things, half of them points."""
        return [Point(at(*self.place())) if self.number(0, 1) else self.block(60) for _ in range(self.number(0, most))]


@st.composite
def towns(draw: Any, *, uneven: bool = False, most_parcels: int = 6) -> Layers:
    """Draw a town: its layers by name, all complete within one coverage that may end inside the town."""
    pen = Pen(draw(st.randoms(use_true_random=True)), uneven)
    west, south, east, north = pen.some([-60.0, 50.0, 300.0, 3000.0, 3000.0, 3000.0, 3000.0], 4)
    coverage = box(*at(-west, -south), *at(SIDE + east, SIDE + north))
    shapes = pen.blocks(most_parcels, 80, least=1)
    names = [f"p{i}" for i in range(len(shapes))]
    zones, plots, parks = pen.blocks(8, 600), pen.blocks(8, 600), pen.blocks(2, 200)
    employers, businesses = pen.points_or_blocks(3), pen.points_or_blocks(3)
    lines = [LineString([at(*pen.place()), at(*pen.place()), at(*pen.place())]) for _ in range(pen.number(0, 3))]
    lines = [line for line in lines if line.length > 0]
    asked = pen.number(0, len(names))
    nodes = _crossings(pen)
    town = Town(named(
        vector("parcels", shapes, coverage, parcel_id=names),
        vector("zoning", zones, coverage, designation_code=["x"] * len(zones),
               designation=pen.some(["agrarisch", "agrarisch", "wonen", "natuur", None], len(zones))),
        vector("building_plots", plots, coverage),
        vector("recreation_parks", parks, coverage, name=["Park"] * len(parks),
               park_kind=pen.some(["camp_site", "caravans"], len(parks))),
        _shops(pen, coverage),
        vector("employers", employers, coverage, name=["Kas"] * len(employers), jobs=pen.some([5, 10, 99], len(employers))),
        vector("businesses", businesses, coverage, name=["Loods"] * len(businesses),
               environmental_category=pen.some(["1", "2", "3.1", None], len(businesses))),
        _noise(pen, coverage),
        streets(_graph(pen, nodes), _graph(pen, nodes), coverage),
        vector("public_roads", lines, coverage, name=["Weg"] * len(lines), width_m=pen.some([0.0, 6.0, 20.0], len(lines)),
               road_class=pen.some(["residential", "residential", "cycleway", None], len(lines))),
        make_layer("declarations", pd.DataFrame(
            {"parcel_id": names[:asked], "question": ["landscape"] * asked, "answer": pen.some([0, 1], asked)}), coverage),
    ))  # fmt: skip
    buildings, water = pen.blocks(8, 40), pen.blocks(2, 120)
    n = len(buildings)
    built = vector(
        "buildings", buildings, coverage, use=pen.some(["dwelling", "farm", "office", None], n),
        floor_area_m2=pen.some([90.0, 400.0, 2000.0, None], n), n_dwellings=pen.some([0.0, 0.0, 1.0, 2.0, None], n),
    )  # fmt: skip
    return Town({**town, **named(built, vector("water", water, coverage))})


def _shops(pen: Pen, coverage: BaseGeometry) -> Layer:
    """Return facilities; now and then some kinds are known further out or nowhere, and those of schools alone."""
    n = pen.number(0, 4)
    layer = vector(
        "facilities", [Point(at(*pen.place())) for _ in range(n)], coverage,
        facility_kind=pen.some(["supermarket", "supermarket", "school"], n), name=[f"shop {i}" for i in range(n)],
    )  # fmt: skip
    further = {"supermarket": coverage.buffer(500), "school": coverage}
    known = [
        {},
        {},
        further,
        {"supermarket": coverage.buffer(500)},
        {"school": coverage},
        {"school": coverage, "*": coverage},
    ]
    return replace(layer, kind_coverage=known[pen.number(0, len(known) - 1)])


def _crossings(pen: Pen) -> list[Place]:
    """Return crossings on a grid of at least 3 by 3, moved about."""
    return [(x + pen.metre(-60, 60), y + pen.metre(-60, 60)) for x in (80, 300, 520) for y in (80, 300, 520)]


def _graph(pen: Pen, nodes: list[Place]) -> StreetGraph:
    """Return streets between neighbouring crossings, some left out, some one way."""
    pairs = [(i, j) for i in range(9) for j in (i + 1, i + 3) if j < 9 and not (j == i + 1 and j % 3 == 0)]
    kept = [pair if pen.number(0, 1) else pair[::-1] for pair in pairs if pen.number(0, 5)] or [(0, 1)]
    one_way = [i for i in range(len(kept)) if pen.number(0, 3) == 0]
    return graph_of(nodes, kept, one_way)


def _noise(pen: Pen, coverage: BaseGeometry) -> Layer:
    """Return a grid of nine levels, some of them without data."""
    levels = pen.some([45.0, 50.0, 55.0, 58.0, 61.0, 70.0, float("nan")], 9)
    third = CELLS // 3
    grid = [[levels[row // third * 3 + column // third] for column in range(CELLS)] for row in range(CELLS)]
    return replace(raster(grid, top=SIDE, cell_m=CELL_M), coverage=coverage)
