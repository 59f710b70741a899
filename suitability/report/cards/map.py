"""The map on a card: drawn by ourselves from the layers of the scan, as SVG, without tiles and without requests.

Hatching, line and label repeat what colour shows. One unit of the drawing is 0.1 mm on a card whose
map is 90 mm wide; coordinates in EPSG:28992 are turned to it with the north up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from suitability.core.messages import message, number, quantity

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.messages import Lang
    from suitability.core.types import FloatArray, GeometryArray
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
        sheet.shape(decides.geometry, fill="url(#decides)", stroke="#7a1fa2", width=5, radius=13)
    if route is not None:
        sheet.line(route.geometry, "#ffffff", 11)
        sheet.line(route.geometry, "#b3410e", 6, dash="16 9")
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
    """The drawing as it grows; texts go in as text, never as markup."""

    def __init__(self, window: BaseGeometry) -> None:
        self.window = window
        self.left, self.bottom, right, self.top = window.bounds
        self.scale = WIDTH / (right - self.left)
        self.root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg"})
        defs = ET.SubElement(self.root, "defs")
        _hatching(defs, "site", "#ffd84d", "#000000", "M-4,4 l8,-8 M0,24 l24,-24 M20,28 l8,-8")
        _hatching(defs, "decides", "#f1ddf8", "#7a1fa2", "M0,0 l24,24 M0,24 l24,-24")
        _hatching(defs, "water", "#cfe6f5", "#5b9cc9", "M0,12 q6,-6 12,0 t12,0")
        clip = ET.SubElement(defs, "clipPath", {"id": "frame"})
        ET.SubElement(clip, "rect", {"width": f"{WIDTH:g}", "height": f"{HEIGHT:g}"})
        ET.SubElement(self.root, "rect", {"width": f"{WIDTH:g}", "height": f"{HEIGHT:g}", "fill": "#fbfaf6"})
        self.layer = ET.SubElement(self.root, "g", {"clip-path": "url(#frame)"})

    def ground(self, scan: Scan, width_m: float) -> None:
        """Draw water, parcels and roads."""
        if "water" in scan.layers:
            frame = scan.layers["water"].frame
            near = self._near(frame.geometry.to_numpy())
            for shape in shapely.intersection(near, self.window):
                self.shape(shape, fill="url(#water)", stroke="#5b9cc9", width=1.5)
        if width_m <= _PARCELS_UP_TO_M:
            near = self._near(scan.layers["parcels"].frame.geometry.to_numpy())
            self._path(near, {"fill": "none", "stroke": "#a9a292", "stroke-width": "1.6"})
        roads = self._roads(scan)
        self._path(roads, {"fill": "none", "stroke": "#8d8d8d", "stroke-width": "8", "stroke-linecap": "round"})
        self._path(roads, {"fill": "none", "stroke": "#ffffff", "stroke-width": "5", "stroke-linecap": "round"})

    def _roads(self, scan: Scan) -> GeometryArray:
        if "public_roads" in scan.layers:
            return self._near(scan.layers["public_roads"].frame.geometry.to_numpy())
        if "streets" not in scan.layers:
            return np.zeros(0, dtype=object)
        graphs = scan.layers["streets"].streets
        graph = graphs.get("bicycle") or next(iter(graphs.values()))
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
            x, y = self._xy(shapely.get_coordinates(geometry))[0]
            attributes = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{radius:g}", "fill": fill}
            ET.SubElement(self.layer, "circle", attributes | {"stroke": stroke, "stroke-width": f"{width:g}"})
            return
        kept = shapely.intersection(geometry, self.window.buffer((self.top - self.bottom) / 10))
        areas = np.array([kept], dtype=object)
        self._path(areas, {"fill": fill, "stroke": stroke, "stroke-width": f"{width:g}", "fill-rule": "evenodd"})

    def line(self, geometry: BaseGeometry, stroke: str, width: float, dash: str = "") -> None:
        """Draw a line, dashed or whole."""
        style = {"fill": "none", "stroke": stroke, "stroke-width": f"{width:g}", "stroke-linejoin": "round"}
        self._path(np.array([geometry], dtype=object), style | ({"stroke-dasharray": dash} if dash else {}))

    def _path(self, shapes: GeometryArray, style: dict[str, str]) -> None:
        parts = shapely.get_parts(shapes)
        polygons = shapely.get_dimensions(parts) == 2  # noqa: PLR2004 (areas)
        rings = np.concatenate([shapely.get_rings(parts[polygons]), parts[shapely.get_dimensions(parts) == 1]])
        xy, owner = shapely.get_coordinates(rings, return_index=True)
        if not len(xy):
            return
        pieces = np.split(self._xy(xy), np.flatnonzero(np.diff(owner)) + 1)
        path = "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in piece) for piece in pieces)
        ET.SubElement(self.layer, "path", {"d": path, **style})

    def _xy(self, xy: FloatArray) -> FloatArray:
        return np.column_stack([(xy[:, 0] - self.left) * self.scale, (self.top - xy[:, 1]) * self.scale])

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
            if name in written or len(written) >= _STREETS_NAMED or length[k] * self.scale < len(name) * _LETTER:
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
        if "streets" not in scan.layers:
            return np.zeros(0, dtype=object), np.zeros(0, dtype=object)
        graphs = scan.layers["streets"].streets
        graph = graphs.get("bicycle") or next(iter(graphs.values()))
        here = graph.tree.query(self.window)
        here = here[graph.name[here] >= 0]
        codes = np.unique(graph.name[here])
        lines = [shapely.line_merge(shapely.multilinestrings(graph.segments[here[graph.name[here] == c]])) for c in codes]  # fmt: skip
        return np.array(lines, dtype=object), np.array([graph.names[c] for c in codes], dtype=object)

    def _along(self, line: BaseGeometry, name: str, taken: list[BaseGeometry]) -> BaseGeometry | None:
        """Write a name along the middle of a line where there is room, and return the room it takes."""
        half = len(name) * _LETTER / 2 / self.scale
        middle = line.length / 2
        ends = shapely.get_coordinates(
            shapely.line_interpolate_point(
                np.array([line] * 3, dtype=object), np.array([middle - half, middle, middle + half])
            )
        )
        (x0, y0), (x, y), (x1, y1) = self._xy(ends)
        turn = float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))
        turn = turn + 180 if turn < -90 else turn - 180 if turn > 90 else turn  # noqa: PLR2004 (never upside down)
        room = shapely.LineString([(x0, y0), (x1, y1)]).buffer(14)
        if any(room.intersects(other) for other in taken) or not shapely.box(0, 0, WIDTH, HEIGHT).contains(room):
            return None
        place = ET.SubElement(self.layer, "g", {"transform": f"translate({x:.1f},{y:.1f}) rotate({turn:.1f})"})
        for style in ({"stroke": "#ffffff", "stroke-width": "6", "stroke-linejoin": "round"}, {}):
            _label(place, 0, 7, name, 22, "middle", style)
        return room

    def furniture(self, width_m: float, lang: Lang) -> None:
        """Draw the scale bar, the arrow to the north and the frame."""
        steps = [step * 10**power for power in range(4) for step in (1, 2, 5)]
        metres = max(step for step in steps if step <= width_m / 4)
        length = metres * self.scale
        box = {"x": "16", "y": f"{HEIGHT - 66:g}", "width": f"{length + 36:g}", "height": "52", "fill": "#ffffff"}
        ET.SubElement(self.layer, "rect", box | {"fill-opacity": "0.9"})
        bar = f"M34,{HEIGHT - 38:g}v14h{length:.1f}v-14"
        ET.SubElement(self.layer, "path", {"d": bar, "fill": "none", "stroke": "#000000", "stroke-width": "4"})
        _label(self.layer, 34 + length / 2, HEIGHT - 36, f"{number(metres, lang)} m", 24, "middle")
        arrow = ET.SubElement(self.layer, "g", {"transform": f"translate({WIDTH - 52:g},24)"})
        ET.SubElement(arrow, "rect", {"x": "-24", "y": "-12", "width": "62", "height": "92", "fill": "#ffffff", "fill-opacity": "0.9"})  # fmt: skip
        ET.SubElement(arrow, "path", {"d": "M7,0 L21,44 L7,34 L-7,44 Z", "fill": "#000000"})
        _label(arrow, 7, 72, message("card.map.north", lang), 28, "middle")
        frame = {
            "width": f"{WIDTH:g}",
            "height": f"{HEIGHT:g}",
            "fill": "none",
            "stroke": "#000000",
            "stroke-width": "3",
        }
        ET.SubElement(self.root, "rect", frame)

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
        return ET.tostring(self.root, encoding="unicode")


def _hatching(defs: ET.Element, name: str, ground: str, line: str, path: str) -> None:
    pattern = ET.SubElement(defs, "pattern", {"id": name, "width": "24", "height": "24", "patternUnits": "userSpaceOnUse"})  # fmt: skip
    ET.SubElement(pattern, "rect", {"width": "24", "height": "24", "fill": ground, "fill-opacity": "0.85"})
    ET.SubElement(pattern, "path", {"d": path, "stroke": line, "stroke-width": "2.2", "fill": "none"})


def _label(
    parent: ET.Element, x: float, y: float, words: str, size: float, anchor: str, more: dict[str, str] | None = None
) -> None:
    style = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": f"{size:g}", "text-anchor": anchor, "font-family": _FONT}
    ET.SubElement(parent, "text", style | {"fill": "#000000"} | (more or {})).text = words


def _swatch(parent: ET.Element, kind: str, x: float, y: float) -> None:
    """Draw how a thing of the legend looks on the map."""
    areas = {"site": ("url(#site)", "#000000", "5"), "decides": ("url(#decides)", "#7a1fa2", "4"), "water": ("url(#water)", "#5b9cc9", "1.5"), "parcel": ("#fbfaf6", "#a9a292", "2")}  # fmt: skip
    if kind in areas:
        fill, stroke, width = areas[kind]
        box = {"x": f"{x + 3:g}", "y": f"{y - 13:g}", "width": "44", "height": "26", "fill": fill}
        ET.SubElement(parent, "rect", box | {"stroke": stroke, "stroke-width": width})
        return
    lines = {"route": [("#b3410e", "6", "16 9")], "road": [("#8d8d8d", "8", ""), ("#ffffff", "5", "")]}
    for stroke, width, dash in lines[kind]:
        line = {"d": f"M{x + 3:g},{y:g}h44", "stroke": stroke, "stroke-width": width}
        ET.SubElement(parent, "path", line | ({"stroke-dasharray": dash} if dash else {}))
