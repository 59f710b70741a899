"""Map on a card: SVG drawn from the layers of the scan, without tiles and without requests.

Hatching, line and label say what colour says. One unit of the drawing is 0.1 mm on a card whose map is 90 mm wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.messages import message, number, quantity
from suitability.report.maps.svg import (
    Projection,
    drawing,
    element,
    framed_layer,
    north_arrow,
    pattern,
    round_length,
    svg_text,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import StreetGraph
    from suitability.core.messages import Lang
    from suitability.core.types import GeometryArray
    from suitability.scan.run import Scan

WIDTH: Final = 900.0
HEIGHT: Final = 720.0
_LEAST_M: Final = 260.0
_MOST_M: Final = 2_600.0  # wide enough to show the way to a shop; further objects are named with their direction
_PARCELS_UP_TO_M: Final = 900.0
_AROUND: Final = 1.25  # the window is so much larger than what it shows
_SIDES: Final = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
_FONT: Final = "Libertinus Serif, system-ui, sans-serif"
_LONGEST_NAME: Final = 44
_STREETS_NAMED: Final = 9
_LETTER: Final = 11.0  # width of a letter of a street name in the drawing
_DECIMALS: Final = 1

_PAPER: Final = "#fbfaf6"
_PARCEL: Final = "#a9a292"
_WATER: Final = "#5b9cc9"
_DECIDES: Final = "#7a1fa2"
_ROUTE: Final = "#b3410e"
_ROUTE_DASH: Final = "16 9"
_ROAD: Final = (("#8d8d8d", 8.0), ("#ffffff", 5.0))  # the casing, and the road in it

#: Hatches: name, ground, line and its path on a tile.
_TILE: Final = 24.0
_PATTERNS: Final = (
    ("site", "#ffd84d", "#000000", "M-4,4 l8,-8 M0,24 l24,-24 M20,28 l8,-8"),
    ("decides", "#f1ddf8", _DECIDES, "M0,0 l24,24 M0,24 l24,-24"),
    ("water", "#cfe6f5", _WATER, "M0,12 q6,-6 12,0 t12,0"),
)


@dataclass(frozen=True)
class Named:
    """A geometry in EPSG:28992 with what it is called."""

    geometry: BaseGeometry
    name: str


@dataclass(frozen=True)
class Drawing:
    """The map as SVG text, and what lies out of view as sentences; ``width_m`` is how wide it is in the field."""

    svg: str
    beyond: tuple[str, ...]
    width_m: float


def draw_map(scan: Scan, site: BaseGeometry, decides: Named | None, route: Named | None, lang: Lang) -> Drawing:
    """Return the map around a site, with what decides and the route where they are near enough."""
    shown = [one for one in (decides, route) if one is not None]
    window = _window(site, [one.geometry for one in shown])
    beyond = tuple(_out_of_view(one, site, window, lang) for one in shown if not one.geometry.intersects(window))
    sheet = _Sheet(window)
    width_m = window.bounds[2] - window.bounds[0]
    sheet.ground(scan, width_m)
    if decides is not None:
        sheet.shape(decides.geometry, fill="url(#decides)", stroke=_DECIDES, width=5, radius=13)
    if route is not None:
        sheet.line(route.geometry, "#ffffff", 11)
        sheet.line(route.geometry, _ROUTE, 6, dash=_ROUTE_DASH)
    sheet.shape(site, fill="url(#site)", stroke="#000000", width=7, radius=12)
    sheet.street_names(scan)
    sheet.furniture(width_m, lang)
    svg = sheet.text(_legend(scan, decides, route, width_m, lang))
    return Drawing(svg, beyond, width_m)


def _window(site: BaseGeometry, others: list[BaseGeometry]) -> BaseGeometry:
    """Return the box of the map: around the site and whatever else still fits, in the proportions of the drawing."""
    kept: list[BaseGeometry] = [site]
    for other in sorted(others, key=lambda one: float(one.distance(site))):
        x0, y0, x1, y1 = shapely.total_bounds(np.array([*kept, _near_part(other, site)], dtype=object))
        if max(x1 - x0, (y1 - y0) * WIDTH / HEIGHT) * _AROUND <= _MOST_M:
            kept.append(_near_part(other, site))
    x0, y0, x1, y1 = shapely.total_bounds(np.array(kept, dtype=object))
    width = max((x1 - x0) * _AROUND, (y1 - y0) * _AROUND * WIDTH / HEIGHT, _LEAST_M)
    x, y, height = (x0 + x1) / 2, (y0 + y1) / 2, width * HEIGHT / WIDTH
    window: BaseGeometry = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return window


def _near_part(other: BaseGeometry, site: BaseGeometry) -> BaseGeometry:
    """Return a route whole, and of an area the point nearest to the site: a whole zone need not fit."""
    if other.geom_type in {"LineString", "Point"}:
        return other
    nearest: BaseGeometry = shapely.get_point(shapely.shortest_line(other, site), 0)
    return nearest


def _out_of_view(one: Named, site: BaseGeometry, window: BaseGeometry, lang: Lang) -> str:
    there, here = one.geometry.centroid, window.centroid
    turn = np.degrees(np.arctan2(there.x - here.x, there.y - here.y)) % 360
    side = _SIDES[int((turn + 22.5) // 45) % 8]
    metres = quantity(float(one.geometry.distance(site)), "m", lang)
    return message("card.map.beyond", lang, metres=metres, side=message(f"card.side.{side}", lang), name=one.name)


def _legend(
    scan: Scan, decides: Named | None, route: Named | None, width_m: float, lang: Lang
) -> list[tuple[str, str]]:
    """Return (what is drawn, its words) in the order of importance."""
    entries = [("site", message("card.map.site", lang))]
    if decides is not None:
        entries.append(("decides", message("card.map.object.named", lang, name=_short(decides.name))))
    if route is not None:
        entries.append(("route", message("card.map.route", lang, name=_short(route.name))))
    if width_m <= _PARCELS_UP_TO_M:
        entries.append(("parcel", message("card.map.parcel", lang)))
    entries.append(("road", message("card.map.road", lang)))
    if "water" in scan.layers:
        entries.append(("water", message("card.map.water", lang)))
    return entries


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


class _Sheet:
    """The drawing as it grows."""

    def __init__(self, window: BaseGeometry) -> None:
        left, _, right, top = window.bounds
        self.window = window
        self.projection = Projection(left, top, WIDTH / (right - left), WIDTH, HEIGHT, _DECIMALS)
        self.root = drawing()
        for name, fill, line, path in _PATTERNS:
            tile = pattern(self.root, name, _TILE)
            element(tile, "rect", width=_TILE, height=_TILE, fill=fill, fill_opacity=0.85)
            element(tile, "path", d=path, stroke=line, stroke_width=2.2, fill="none")
        element(self.root, "rect", width=WIDTH, height=HEIGHT, fill=_PAPER)
        self.layer = framed_layer(self.root, WIDTH, HEIGHT)

    def ground(self, scan: Scan, width_m: float) -> None:
        """Draw water, parcels and roads."""
        if "water" in scan.layers:
            near = self._near(scan.layers["water"].frame.geometry.to_numpy())
            for shape in shapely.intersection(near, self.window):
                self.shape(shape, fill="url(#water)", stroke=_WATER, width=1.5)
        if width_m <= _PARCELS_UP_TO_M:
            near = self._near(scan.layers["parcels"].frame.geometry.to_numpy())
            self._path(near, fill="none", stroke=_PARCEL, stroke_width=1.6)
        roads = self._roads(scan)
        for colour, width in _ROAD:
            self._path(roads, fill="none", stroke=colour, stroke_width=width, stroke_linecap="round")

    def _roads(self, scan: Scan) -> GeometryArray:
        if "public_roads" in scan.layers:
            return self._near(scan.layers["public_roads"].frame.geometry.to_numpy())
        if (graph := _street_graph(scan)) is None:
            return np.zeros(0, dtype=object)
        found: GeometryArray = graph.segments[graph.tree.query(self.window)]
        return found

    def _near(self, shapes: GeometryArray) -> GeometryArray:
        near: GeometryArray = shapes[shapely.intersects(shapely.box(*shapely.bounds(shapes).T), self.window)]
        return near

    def shape(self, geometry: BaseGeometry, *, fill: str, stroke: str, width: float, radius: float = 0.0) -> None:
        """Draw an area, a line, or a point as a mark."""
        if geometry.is_empty:
            return
        if geometry.geom_type == "Point":
            x, y = self.projection.xy(shapely.get_coordinates(geometry))[0].tolist()
            element(self.layer, "circle", cx=x, cy=y, r=radius, fill=fill, stroke=stroke, stroke_width=width)
            return
        _, bottom, _, top = self.window.bounds
        kept = shapely.intersection(geometry, self.window.buffer((top - bottom) / 10))
        areas = np.array([kept], dtype=object)
        self._path(areas, fill=fill, stroke=stroke, stroke_width=width, fill_rule="evenodd")

    def line(self, geometry: BaseGeometry, stroke: str, width: float, dash: str = "none") -> None:
        """Draw a line, dashed or whole."""
        lines = np.array([geometry], dtype=object)
        self._path(
            lines, fill="none", stroke=stroke, stroke_width=width, stroke_linejoin="round", stroke_dasharray=dash
        )

    def _path(self, shapes: GeometryArray, **style: str | float) -> None:
        if path := self.projection.path(shapes):
            element(self.layer, "path", d=path, **style)

    def street_names(self, scan: Scan) -> None:
        """Write the names of the longest streets in view along them, each once and none over another."""
        lines, names = self._named_streets(scan)
        parts, owner = shapely.get_parts(shapely.intersection(lines, self.window), return_index=True)
        is_line = shapely.get_dimensions(parts) == 1
        parts, names = parts[is_line], names[owner[is_line]]
        length = shapely.length(parts)
        taken: list[BaseGeometry] = [shapely.box(0, HEIGHT - 80, 300, HEIGHT), shapely.box(WIDTH - 100, 0, WIDTH, 120)]
        written: set[str] = set()
        for k in np.argsort(-length):
            name = str(names[k])
            too_short = length[k] * self.projection.scale < len(name) * _LETTER
            if name in written or len(written) >= _STREETS_NAMED or too_short:
                continue
            if (box := self._along(parts[k], name, taken)) is not None:
                taken.append(box)
                written.add(name)

    def _named_streets(self, scan: Scan) -> tuple[GeometryArray, GeometryArray]:
        """Return the streets in view with their names: of the layer of roads, else of the network."""
        if "public_roads" in scan.layers and "name" in scan.layers["public_roads"].frame:
            frame = scan.layers["public_roads"].frame
            near = shapely.intersects(frame.geometry.to_numpy(), self.window) & frame["name"].notna().to_numpy()
            return frame.geometry.to_numpy()[near], frame["name"].to_numpy(dtype=object)[near]
        if (graph := _street_graph(scan)) is None:
            return np.zeros(0, dtype=object), np.zeros(0, dtype=object)
        here = graph.tree.query(self.window)
        here = here[graph.name[here] >= 0]
        codes = np.unique(graph.name[here])
        lines = [shapely.line_merge(shapely.multilinestrings(graph.segments[here[graph.name[here] == c]])) for c in codes]  # fmt: skip
        return np.array(lines, dtype=object), np.array([graph.names[c] for c in codes], dtype=object)

    def _along(self, line: BaseGeometry, name: str, taken: list[BaseGeometry]) -> BaseGeometry | None:
        """Write a name along the middle of a line where there is room, and return the room it takes."""
        half = len(name) * _LETTER / 2 / self.projection.scale
        middle = line.length / 2
        ends = shapely.get_coordinates(
            shapely.line_interpolate_point(
                np.array([line] * 3, dtype=object), np.array([middle - half, middle, middle + half])
            )
        )
        (x0, y0), (x, y), (x1, y1) = self.projection.xy(ends)
        turn = float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))
        turn = turn + 180 if turn < -90 else turn - 180 if turn > 90 else turn  # noqa: PLR2004 (never upside down)
        room = shapely.LineString([(x0, y0), (x1, y1)]).buffer(14)
        if any(room.intersects(other) for other in taken) or not shapely.box(0, 0, WIDTH, HEIGHT).contains(room):
            return None
        place = element(self.layer, "g", transform=f"translate({x:.1f},{y:.1f}) rotate({turn:.1f})")
        _label(place, 0, 7, name, 22, stroke="#ffffff", stroke_width=6, stroke_linejoin="round")
        _label(place, 0, 7, name, 22)
        return room

    def furniture(self, width_m: float, lang: Lang) -> None:
        """Draw the scale bar, the arrow to the north and the frame."""
        metres = round_length(width_m / 4)
        length = metres * self.projection.scale
        pale: dict[str, str | float] = {"fill": "#ffffff", "fill_opacity": 0.9}
        element(self.layer, "rect", x=16, y=HEIGHT - 66, width=length + 36, height=52, **pale)
        bar = f"M34,{HEIGHT - 38:g}v14h{length:.1f}v-14"
        element(self.layer, "path", d=bar, fill="none", stroke="#000000", stroke_width=4)
        _label(self.layer, 34 + length / 2, HEIGHT - 36, f"{number(metres, lang)} m", 24)
        element(self.layer, "rect", x=WIDTH - 76, y=12, width=62, height=92, **pale)
        north_arrow(self.layer, (WIDTH - 45, 24), 44, "#000000")
        _label(self.layer, WIDTH - 45, 96, message("card.map.north", lang), 28)
        element(self.root, "rect", width=WIDTH, height=HEIGHT, fill="none", stroke="#000000", stroke_width=3)

    def text(self, legend: list[tuple[str, str]]) -> str:
        """Return the whole drawing with its legend below as text."""
        y = HEIGHT + 34.0
        x = 0.0
        for kind, words in legend:
            wide = 76 + len(words) * 11.5
            if x and x + wide > WIDTH:
                x, y = 0.0, y + 40
            _swatch(self.root, kind, x, y)
            _label(self.root, x + 58, y + 9, words, 25, "start")
            x += wide
        self.root.set("viewBox", f"-2 -2 {WIDTH + 4:g} {y + 26:g}")
        return svg_text(self.root)


def _street_graph(scan: Scan) -> StreetGraph | None:
    """Return the streets for bicycles, else of another mode; None without streets."""
    if "streets" not in scan.layers:
        return None
    graphs = scan.layers["streets"].streets
    return graphs.get("bicycle") or next(iter(graphs.values()))


def _label(
    parent: Element, x: float, y: float, words: str, size: float, anchor: str = "middle", **style: str | float
) -> None:
    element(
        parent, "text", x=x, y=y, font_size=size, text_anchor=anchor, font_family=_FONT, fill="#000000", **style
    ).text = words


def _swatch(parent: Element, kind: str, x: float, y: float) -> None:
    """Draw how a thing of the legend looks on the map."""
    areas = {
        "site": ("url(#site)", "#000000", 5), "decides": ("url(#decides)", _DECIDES, 4), "water": ("url(#water)", _WATER, 1.5),
        "parcel": (_PAPER, _PARCEL, 2),
    }  # fmt: skip
    if kind in areas:
        fill, stroke, width = areas[kind]
        element(parent, "rect", x=x + 3, y=y - 13, width=44, height=26, fill=fill, stroke=stroke, stroke_width=width)
        return
    lines = {"route": [(_ROUTE, 6.0, _ROUTE_DASH)], "road": [(colour, width, "none") for colour, width in _ROAD]}
    for stroke, width, dash in lines[kind]:
        element(parent, "path", d=f"M{x + 3:g},{y:g}h44", stroke=stroke, stroke_width=width, stroke_dasharray=dash)
