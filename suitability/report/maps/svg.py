"""SVG drawing core: shapes in EPSG:28992 on a sheet with the north up; texts go in as text, never as markup."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import FloatArray, GeometryArray

_AREA, _LINE = 2, 1


@dataclass(frozen=True)
class Projection:
    """From metres in EPSG:28992 to units of a drawing: right and down from its upper left corner.

    ``left``, ``top``: that corner in metres; ``scale``: units per metre; ``width``, ``height``: of the sheet, in units;
    ``decimals``: to which the corners of a path are rounded.
    """

    left: float
    top: float
    scale: float
    width: float
    height: float
    decimals: int

    @property
    def window(self) -> BaseGeometry:
        """The part of the world that is on the sheet, in EPSG:28992."""
        right, bottom = self.left + self.width / self.scale, self.top - self.height / self.scale
        shown: BaseGeometry = shapely.box(self.left, bottom, right, self.top)
        return shown

    def xy(self, corners: FloatArray) -> FloatArray:
        """Return corners (k, 2) in EPSG:28992 as units of the drawing."""
        offset = np.column_stack([corners[:, 0] - self.left, self.top - corners[:, 1]])
        units: FloatArray = offset * self.scale
        return units

    def path(self, shapes: GeometryArray) -> str:
        """Return the path data of areas, closed, and of lines; "" where there is neither."""
        parts = shapely.get_parts(np.asarray(shapes, dtype=object))
        dimensions = shapely.get_dimensions(parts)
        rings = shapely.get_rings(parts[dimensions == _AREA])
        xy, which = shapely.get_coordinates(np.concatenate([rings, parts[dimensions == _LINE]]), return_index=True)
        texts = [f"{x:g} {y:g}" for x, y in np.round(self.xy(xy), self.decimals).tolist()]
        starts = np.flatnonzero(np.diff(which, prepend=-1))
        closed = (which[starts] < len(rings)).tolist()
        ends = [*starts[1:].tolist(), len(texts)]
        return "".join(
            f"M{'L'.join(texts[start:end])}{'Z' if close else ''}"
            for start, end, close in zip(starts.tolist(), ends[: len(starts)], closed, strict=True)
        )


def element(parent: ET.Element, tag: str, **attributes: str | float) -> ET.Element:
    """Append an element and return it; ``stroke_width=2`` is the attribute ``stroke-width``, ``class_`` is ``class``."""
    return ET.SubElement(parent, tag, _texts(attributes))


def drawing(**attributes: str | float) -> ET.Element:
    """Return the root of a drawing."""
    return ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **_texts(attributes)})


def svg_text(root: ET.Element) -> str:
    """Return a drawing as text."""
    return ET.tostring(root, encoding="unicode")


def pattern(root: ET.Element, name: str, side: float) -> ET.Element:
    """Define a square tile that repeats as the fill ``url(#name)``; what is appended to it is what it shows."""
    return element(_definitions(root), "pattern", id=name, width=side, height=side, patternUnits="userSpaceOnUse")


def framed_layer(root: ET.Element, width: float, height: float) -> ET.Element:
    """Append a group of which nothing shows beyond the sheet."""
    clip = element(_definitions(root), "clipPath", id="frame")
    element(clip, "rect", width=width, height=height)
    return element(root, "g", clip_path="url(#frame)")


def north_arrow(parent: ET.Element, tip: tuple[float, float], height: float, ink: str) -> None:
    """Draw an arrow to the north of the grid, from its tip down."""
    x, y = tip
    side, notch = height / 3, height * 0.789
    corners = [(x, y), (x + side, y + height), (x, y + notch), (x - side, y + height)]
    element(parent, "path", d=f"M{'L'.join(f'{right:g} {down:g}' for right, down in corners)}Z", fill=ink)


def round_length(most: float) -> float:
    """Return the longest of 1, 2 or 5 times a power of ten that is at most ``most``: the length of a scale bar."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= most * (1 + 1e-9))


def _definitions(root: ET.Element) -> ET.Element:
    """Return where a drawing defines its patterns."""
    found = root.find("defs")
    return ET.SubElement(root, "defs") if found is None else found


def _texts(attributes: dict[str, str | float]) -> dict[str, str]:
    return {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, str) else f"{value:.9g}"
        for name, value in attributes.items()
    }
