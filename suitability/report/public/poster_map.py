"""The map of a poster as SVG, drawn in millimetres on paper at a round scale; hatched, with a scale bar and a north arrow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.report.public.style import HATCHES, OPACITY, Hatch
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, GeometryArray
    from suitability.report.public.gate import PublicTable

#: Round scales: 1 to so much times a power of ten.
_ROUND: Final = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
_BARS: Final = (5.0, 2.0, 1.0)
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
    paper = _Paper(left, top, mm_per_m, _SIMPLIFY_MM / mm_per_m, size, (width_mm, height_mm))
    bar_m = _bar_length(width_mm * _BAR_SHARE / mm_per_m)
    bar = (5.0 * size, height_mm - 7.0 * size, bar_m * mm_per_m)
    parts = [
        _sheet(width_mm, height_mm),
        f"<defs>{_patterns(size)}<clipPath id='frame'><rect width='{width_mm}' height='{height_mm}'/></clipPath></defs>",
        f'<g clip-path="url(#frame)"><rect width="{width_mm}" height="{height_mm}" fill="#faf9f5"/>',
        *_ground(table, paper),
        *_classes(table, shapes, paper),
        *_lines(table, paper),
        "</g>",
        _scale_bar(bar, size),
        _north_arrow(width_mm, size),
        "</svg>",
    ]
    return Drawing("".join(parts), width_mm, height_mm, scale, bar_m, bar, _names(table, paper))


def _sheet(width_mm: float, height_mm: float) -> str:
    """Return the opening of an SVG of which a unit is a millimetre."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}mm" height="{height_mm}mm"'
        f' viewBox="0 0 {width_mm} {height_mm}">'
    )


def round_scale(least: float) -> int:
    """Return the next round scale: 1 to this is at least 1 to ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return round(next(step * power for step in _ROUND if step * power >= least * (1 - 1e-9)))


def _bar_length(most_m: float) -> float:
    """Return the longest of 1, 2 or 5 times a power of ten metres that fits."""
    power = 10.0 ** math.floor(math.log10(most_m))
    return next(step * power for step in _BARS if step * power <= most_m * (1 + 1e-9))


@dataclass(frozen=True)
class _Paper:
    """From metres in EPSG:28992 to millimetres from the upper left corner of the map."""

    left: float
    top: float
    mm_per_m: float
    tolerance_m: float
    size: float
    extent_mm: tuple[float, float]

    def mm(self, xy: FloatArray) -> FloatArray:
        """Return corners (k, 2) in mm, down the page."""
        flipped = np.column_stack([xy[:, 0] - self.left, self.top - xy[:, 1]])
        return np.round(flipped * self.mm_per_m, 3)

    def shown(self) -> shapely.Geometry:
        """Return the part of the world that is on the paper."""
        width, height = (mm / self.mm_per_m for mm in self.extent_mm)
        return shapely.box(self.left, self.top - height, self.left + width, self.top)

    def path(self, shapes: GeometryArray) -> str:
        """Return the path of polygons or lines."""
        parts = shapely.get_parts(np.asarray(shapes, dtype=object))
        closed = bool(len(parts)) and shapely.get_dimensions(parts[0]) == 2  # noqa: PLR2004
        if closed:
            parts = shapely.get_rings(parts)
        xy, which = shapely.get_coordinates(parts, return_index=True)
        mm = self.mm(xy)
        texts = [f"{x:g} {y:g}" for x, y in mm.tolist()]
        starts = np.flatnonzero(np.diff(which, prepend=-1)).tolist()
        ends = [*starts[1:], len(texts)] if starts else []
        return "".join(
            f"M{'L'.join(texts[begin:end])}{'Z' if closed else ''}" for begin, end in zip(starts, ends, strict=True)
        )


def _ground(table: PublicTable, paper: _Paper) -> list[str]:
    """Return built-up area and water; water too small to see is left out."""
    parts = []
    for name, colour in (("settlements", "#ece7df"), ("water", "#b9d7ea")):
        if name in table.background:
            shapes = shapely.simplify(table.background[name].geometry.to_numpy(), paper.tolerance_m)
            large = shapely.area(shapes) * paper.mm_per_m**2 > _LEAST_WATER_MM2
            parts.append(f'<path class="{name}" d="{paper.path(shapes[large])}" fill="{colour}" fill-rule="evenodd"/>')
    return parts


def _classes(table: PublicTable, shapes: GeometryArray, paper: _Paper) -> list[str]:
    """Return per class its merged area, what fails first, with its hatch over it."""
    column = "verdict_class" if "verdict_class" in table.parcels else "verdict"
    named = table.parcels[column].to_numpy()
    parts = []
    for name in reversed(CLASSES):
        here = named == name
        if not here.any():
            continue
        area = shapely.simplify(shapely.union_all(shapes[here], grid_size=table.profile.grid_m), paper.tolerance_m)
        path = paper.path(np.array([area], dtype=object))
        parts.append(
            f'<path class="{name}" d="{path}" fill="{COLOURS[name]}" fill-opacity="{OPACITY[name]}" fill-rule="evenodd"/>'
        )
        if HATCHES[name]:
            parts.append(f'<path d="{path}" fill="url(#{HATCHES[name]})" fill-rule="evenodd"/>')
    return parts


def _lines(table: PublicTable, paper: _Paper) -> list[str]:
    """Return roads, the municipal boundary, facilities and released sites."""
    parts, size, ground = [], paper.size, table.background
    if "roads" in ground:
        roads = ground["roads"]
        for kind, stroke, width in (("other", "#8d8d8d", 0.12), ("main", "#5a5a5a", 0.75), ("main", "#fff6d8", 0.5)):
            lines = shapely.simplify(roads.geometry.to_numpy()[roads["kind"] == kind], paper.tolerance_m)
            parts.append(_stroke(kind, paper.path(lines), stroke, width * size))
    if "municipality" in ground:
        border = ground["municipality"].geometry.to_numpy()
        dash = f' stroke-dasharray="{2.4 * size} {1.4 * size}"'
        parts.append(_stroke("municipality", paper.path(border), "#3b2a55", 0.6 * size, dash))
    if "facilities" in ground:
        spots = paper.mm(shapely.get_coordinates(ground["facilities"].geometry.to_numpy()))
        dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="{1.0 * size:g}"/>' for x, y in spots.tolist())
        parts.append(f'<g fill="#1f3d7a" stroke="#fff" stroke-width="{0.35 * size:g}">{dots}</g>')
    if len(table.sites):
        path = paper.path(table.sites.geometry.to_numpy())
        parts += [_stroke("sites", path, "#fff", 1.4 * size), _stroke("sites", path, "#5b2a86", 0.8 * size)]
    return parts


def _stroke(name: str, path: str, colour: str, width_mm: float, more: str = "") -> str:
    return (
        f'<path class="{name}" d="{path}" fill="none" stroke="{colour}" stroke-width="{width_mm:g}"'
        f' stroke-linejoin="round" stroke-linecap="round"{more}/>'
    )


def _patterns(size: float) -> str:
    """Return the hatches as patterns of square tiles, in mm on the paper."""
    side, pen = _TILE_MM * size, _HATCH_MM * size
    up = f"M{-side} {side}L{side} {-side}M0 {side}L{side} 0M0 {2 * side}L{2 * side} 0"
    down = f"M{-side} 0L{side} {2 * side}M0 0L{side} {side}M0 {-side}L{2 * side} {side}"
    inside: dict[Hatch, str] = {
        "dots": f'<circle cx="{side / 2}" cy="{side / 2}" r="{0.28 * size}" fill="{_INK}"/>',
        "up": f'<path d="{up}" stroke="{_INK}" stroke-width="{pen}"/>',
        "cross": f'<path d="{up}{down}" stroke="{_INK}" stroke-width="{pen}"/>',
    }
    return "".join(
        f'<pattern id="{name}" width="{side}" height="{side}" patternUnits="userSpaceOnUse">{drawn}</pattern>'
        for name, drawn in inside.items()
    )


def swatch(name: str, width_mm: float, height_mm: float, size: float) -> str:
    """Return the swatch of a class in the legend as SVG, in mm, with the same hatch as on the map."""
    box = f'width="{width_mm}" height="{height_mm}"'
    hatch = f'<rect {box} fill="url(#{HATCHES[name]})"/>' if HATCHES[name] else ""
    return (
        f'{_sheet(width_mm, height_mm)}<defs>{_patterns(size)}</defs><rect {box} fill="#fff"/>'
        f'<rect {box} fill="{COLOURS[name]}" fill-opacity="{OPACITY[name]}"/>{hatch}'
        f'<rect {box} fill="none" stroke="#333" stroke-width="{0.5 * size}"/></svg>'
    )


def _scale_bar(bar: tuple[float, float, float], size: float) -> str:
    """Return the bar in alternating parts on a pale ground; its figures are text of the page."""
    x, y, length = bar
    thick, part = 1.6 * size, length / _BAR_PARTS
    boxes = "".join(
        f'<rect x="{x + i * part:.3f}" y="{y}" width="{part:.3f}" height="{thick}" stroke="{_INK}"'
        f' stroke-width="{0.15 * size}" fill="{_INK if i % 2 == 0 else "#fff"}"/>'
        for i in range(_BAR_PARTS)
    )
    ground = (
        f'<rect x="{x - 3 * size}" y="{y - 6.5 * size}" width="{length + 14 * size}" height="{11 * size}"'
        f' fill="#fff" fill-opacity=".88"/>'
    )
    return f'{ground}<g id="scale-bar">{boxes}</g>'


def _north_arrow(width_mm: float, size: float) -> str:
    """Return an arrow to the north of the grid; its letter is text of the page."""
    x, top = width_mm - 9 * size, 9.5 * size
    return (
        f'<circle cx="{x}" cy="{top + 3 * size}" r="{8 * size}" fill="#fff" fill-opacity=".88"/>'
        f'<path d="M{x} {top - 0.5 * size}L{x + 3 * size} {top + 8.5 * size}L{x} {top + 6.6 * size}L{x - 3 * size} {top + 8.5 * size}Z"'
        f' fill="{_INK}"/>'
    )


def _names(table: PublicTable, paper: _Paper) -> tuple[tuple[str, float, float], ...]:
    """Return names of settlements, the largest first, none over another and none off the paper."""
    if "settlements" not in table.background:
        return ()
    frame = table.background["settlements"]
    frame = frame.assign(geometry=shapely.intersection(frame.geometry.to_numpy(), paper.shown()))
    frame = frame[~frame.geometry.is_empty]
    frame = frame.iloc[np.argsort(-frame.geometry.area.to_numpy(), kind="stable")].drop_duplicates("name")
    spots = paper.mm(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))
    wide, high = (side * paper.size for side in _NAME_MM)
    kept: list[tuple[str, float, float]] = []
    for name, (x, y) in zip(frame["name"], spots.tolist(), strict=True):
        clear = all(abs(x - other_x) > wide or abs(y - other_y) > high for _, other_x, other_y in kept)
        on_paper = wide / 2 < x < paper.extent_mm[0] - wide / 2 and high < y < paper.extent_mm[1] - high
        if name and clear and on_paper and len(kept) < _MOST_NAMES:
            kept.append((str(name), x, y))
    return tuple(kept)
