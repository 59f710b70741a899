"""Map of a poster as SVG, in millimetres on paper at a round scale; hatched, with a scale bar and a north arrow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.report.maps.base_map import largest_first
from suitability.report.maps.svg import (
    Projection,
    drawing,
    element,
    framed_layer,
    north_arrow,
    pattern,
    round_length,
    svg_text,
)  # fmt: skip
from suitability.report.style import COLOURS, HATCHES, OPACITY
from suitability.report.table import CLASSES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from suitability.core.types import FloatArray, GeometryArray
    from suitability.report.public.gate import PublicTable

#: Round scales: 1 to so much times a power of ten.
_ROUND: Final = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
_BAR_SHARE: Final = 0.25  # of the width of the map, at most
_BAR_PARTS: Final = 4

_SIMPLIFY_MM: Final = 0.08  # finer than the eye sees on paper, at A3
_LEAST_WATER_MM2: Final = 0.05
_MOST_NAMES: Final = 25
_NAME_MM: Final = (24.0, 7.0)  # what a name takes on an A3, roughly
_EDGE: Final = 0.01  # of the map, kept free around what is shown

_ABOVE_MM: Final = 5.0  # kept free above and below, on an A3
_LEAST_HEIGHT: Final = 0.7

#: Side of a hatch's tile in mm on an A3.
_TILE_MM: Final = 1.8
_INK: Final = "#1e1e1e"
_HATCH_MM: Final = 0.22
_PALE: Final = 0.88  # opacity of the ground under the scale bar and the arrow
_DECIMALS: Final = 3  # of a mm


@dataclass(frozen=True)
class Drawing:
    """A map on paper. ``svg``: mm; ``scale``: 1 to this; ``bar_m``: length of the scale bar in the world, in metres.

    ``bar``: where the bar begins, (x, y, length) in mm; ``names``: (text, x, y) in mm from the upper left corner.
    """

    svg: str
    width_mm: float
    height_mm: float
    scale: int
    bar_m: float
    bar: tuple[float, float, float]
    names: tuple[tuple[str, float, float], ...]


def draw(table: PublicTable, width_mm: float, height_mm: float, size: float) -> Drawing:
    """Return the map of a table, at most so wide and high; ``size``: 1 on an A3, the root of 8 on an A0.

    The map is as wide as asked for, and no higher than what is on it.
    """
    shapes = np.asarray(table.parcels.geometry, dtype=object)
    west, south, east, north = (float(side) for side in shapely.total_bounds(shapes))
    inside = 1.0 - 2 * _EDGE
    scale = round_scale(max((east - west) / (width_mm * inside), (north - south) / (height_mm * inside)) * 1000)
    mm_per_m = 1000.0 / scale
    needed = (north - south) * mm_per_m + 2 * _ABOVE_MM * size
    height_mm = round(min(height_mm, max(needed, _LEAST_HEIGHT * height_mm)), 1)
    left, top = (west + east) / 2 - width_mm / mm_per_m / 2, (south + north) / 2 + height_mm / mm_per_m / 2
    projection = Projection(left, top, mm_per_m, width_mm, height_mm, _DECIMALS)
    bar_m = round_length(width_mm * _BAR_SHARE / mm_per_m)
    bar = (5.0 * size, height_mm - 7.0 * size, bar_m * mm_per_m)
    root = _sheet(width_mm, height_mm)
    _add_patterns(root, size)
    paper = _Paper(projection, size, framed_layer(root, width_mm, height_mm))
    element(paper.layer, "rect", width=width_mm, height=height_mm, fill="#faf9f5")
    _draw_ground(table, paper)
    _draw_classes(table, shapes, paper)
    _draw_lines(table, paper)
    _draw_scale_bar(root, bar, size)
    _draw_north_arrow(root, width_mm, size)
    return Drawing(svg_text(root), width_mm, height_mm, scale, bar_m, bar, _names(table, paper))


def _sheet(width_mm: float, height_mm: float) -> Element:
    """Return a drawing of which a unit is a millimetre."""
    return drawing(
        width=f"{width_mm:.9g}mm", height=f"{height_mm:.9g}mm", viewBox=f"0 0 {width_mm:.9g} {height_mm:.9g}"
    )


def round_scale(least: float) -> int:
    """Return the next round scale: 1 to this is at least 1 to ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return round(next(step * power for step in _ROUND if step * power >= least * (1 - 1e-9)))


@dataclass(frozen=True)
class _Paper:
    """The map on its paper, in mm; ``size``: 1 on an A3, the root of 8 on an A0."""

    projection: Projection
    size: float
    layer: Element

    def mm(self, xy: FloatArray) -> FloatArray:
        """Return places (k, 2) in EPSG:28992 in mm from the upper left corner."""
        return np.round(self.projection.xy(xy), _DECIMALS)

    def simplified(self, shapes: GeometryArray) -> GeometryArray:
        """Return shapes without what nobody sees at this scale."""
        return np.asarray(shapely.simplify(shapes, _SIMPLIFY_MM / self.projection.scale), dtype=object)

    def fill(self, name: str, shapes: GeometryArray, fill: str, opacity: float = 1.0) -> None:
        """Draw areas."""
        path = self.projection.path(shapes)
        element(self.layer, "path", class_=name, d=path, fill=fill, fill_opacity=opacity, fill_rule="evenodd")

    def stroke(self, name: str, shapes: GeometryArray, colour: str, width_mm: float, dash: str = "none") -> None:
        """Draw lines, or the outlines of areas; ``width_mm`` and ``dash`` as on an A3."""
        element(
            self.layer, "path", class_=name, d=self.projection.path(shapes), fill="none", stroke=colour,
            stroke_width=width_mm * self.size, stroke_linejoin="round", stroke_linecap="round", stroke_dasharray=dash,
        )  # fmt: skip


def _draw_ground(table: PublicTable, paper: _Paper) -> None:
    """Draw built-up area and water; what is too small to see is left out."""
    for name, colour in (("settlements", "#ece7df"), ("water", "#b9d7ea")):
        if name in table.background:
            shapes = paper.simplified(table.background[name].geometry.to_numpy())
            large = shapely.area(shapes) * paper.projection.scale**2 > _LEAST_WATER_MM2
            paper.fill(name, shapes[large], colour)


def _draw_classes(table: PublicTable, shapes: GeometryArray, paper: _Paper) -> None:
    """Draw the merged area of each class with its hatch over it; what fails comes first."""
    column = "verdict_class" if "verdict_class" in table.parcels else "verdict"
    named = table.parcels[column].to_numpy()
    for name in reversed(CLASSES):
        here = named == name
        if not here.any():
            continue
        area = shapely.union_all(shapes[here], grid_size=table.profile.grid_m)
        merged = paper.simplified(np.array([area], dtype=object))
        paper.fill(name, merged, COLOURS[name], OPACITY[name])
        if HATCHES[name]:
            paper.fill(HATCHES[name], merged, f"url(#{HATCHES[name]})")


def _draw_lines(table: PublicTable, paper: _Paper) -> None:
    """Draw roads, the municipal boundary, facilities and released sites."""
    base = table.background
    if "roads" in base:
        for kind, colour, width in (("other", "#8d8d8d", 0.12), ("main", "#5a5a5a", 0.75), ("main", "#fff6d8", 0.5)):
            paper.stroke(
                kind, paper.simplified(base["roads"].geometry.to_numpy()[base["roads"]["kind"] == kind]), colour, width
            )
    if "municipality" in base:
        dash = f"{2.4 * paper.size:g} {1.4 * paper.size:g}"
        paper.stroke("municipality", base["municipality"].geometry.to_numpy(), "#3b2a55", 0.6, dash)
    if "facilities" in base:
        dots = element(paper.layer, "g", fill="#1f3d7a", stroke="#fff", stroke_width=0.35 * paper.size)
        spots = paper.mm(shapely.get_coordinates(base["facilities"].geometry.to_numpy()))
        for x, y in spots.tolist():
            element(dots, "circle", cx=x, cy=y, r=paper.size)
    if len(table.sites):
        for colour, width in (("#fff", 1.4), ("#5b2a86", 0.8)):
            paper.stroke("sites", table.sites.geometry.to_numpy(), colour, width)


def _add_patterns(root: Element, size: float) -> None:
    """Define the hatches as patterns of square tiles, in mm on the paper."""
    side, pen = _TILE_MM * size, _HATCH_MM * size
    up = f"M{-side:.9g} {side:.9g}L{side:.9g} {-side:.9g}M0 {side:.9g}L{side:.9g} 0M0 {2 * side:.9g}L{2 * side:.9g} 0"
    down = f"M{-side:.9g} 0L{side:.9g} {2 * side:.9g}M0 0L{side:.9g} {side:.9g}M0 {-side:.9g}L{2 * side:.9g} {side:.9g}"
    element(pattern(root, "dots", side), "circle", cx=side / 2, cy=side / 2, r=0.28 * size, fill=_INK)
    element(pattern(root, "up", side), "path", d=up, stroke=_INK, stroke_width=pen)
    element(pattern(root, "cross", side), "path", d=up + down, stroke=_INK, stroke_width=pen)


def swatch(name: str, width_mm: float, height_mm: float, size: float) -> str:
    """Return the swatch of a class in the legend as SVG, in mm, with the same hatch as on the map."""
    root = _sheet(width_mm, height_mm)
    _add_patterns(root, size)
    element(root, "rect", width=width_mm, height=height_mm, fill="#fff")
    element(root, "rect", width=width_mm, height=height_mm, fill=COLOURS[name], fill_opacity=OPACITY[name])
    if HATCHES[name]:
        element(root, "rect", width=width_mm, height=height_mm, fill=f"url(#{HATCHES[name]})")
    element(root, "rect", width=width_mm, height=height_mm, fill="none", stroke="#333", stroke_width=0.5 * size)
    return svg_text(root)


def _draw_scale_bar(root: Element, bar: tuple[float, float, float], size: float) -> None:
    """Draw the bar in alternating parts on a pale ground; its figures are text of the page."""
    x, y, length = bar
    part = length / _BAR_PARTS
    element(
        root, "rect", x=x - 3 * size, y=y - 6.5 * size, width=length + 14 * size, height=11 * size, fill="#fff",
        fill_opacity=_PALE,
    )  # fmt: skip
    boxes = element(root, "g", id="scale-bar")
    for i in range(_BAR_PARTS):
        element(
            boxes, "rect", x=f"{x + i * part:.3f}", y=y, width=f"{part:.3f}", height=1.6 * size, stroke=_INK,
            stroke_width=0.15 * size, fill="#fff" if i % 2 else _INK,
        )  # fmt: skip


def _draw_north_arrow(root: Element, width_mm: float, size: float) -> None:
    """Draw the arrow on a pale disc; its letter is text of the page."""
    x, y = width_mm - 9 * size, 9 * size
    element(root, "circle", cx=x, cy=y + 3.5 * size, r=8 * size, fill="#fff", fill_opacity=_PALE)
    north_arrow(root, (x, y), 9 * size, _INK)


def _names(table: PublicTable, paper: _Paper) -> tuple[tuple[str, float, float], ...]:
    """Return names of settlements, the largest first, none over another and none off the paper."""
    if "settlements" not in table.background:
        return ()
    frame = table.background["settlements"]
    frame = frame.assign(geometry=shapely.intersection(frame.geometry.to_numpy(), paper.projection.window))
    frame = largest_first(frame[~frame.geometry.is_empty])
    spots = paper.mm(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))
    wide, high = (side * paper.size for side in _NAME_MM)
    width_mm, height_mm = paper.projection.width, paper.projection.height
    kept: list[tuple[str, float, float]] = []
    for name, (x, y) in zip(frame["name"], spots.tolist(), strict=True):
        clear = all(abs(x - other_x) > wide or abs(y - other_y) > high for _, other_x, other_y in kept)
        on_paper = wide / 2 < x < width_mm - wide / 2 and high < y < height_mm - high
        if name and clear and on_paper and len(kept) < _MOST_NAMES:
            kept.append((str(name), x, y))
    return tuple(kept)
