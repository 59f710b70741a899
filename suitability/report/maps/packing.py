"""Shapes on their way to a browser: packed columns for ``parcel_tiles.js``, and GeoJSON for a map of folium.

Packed text, after inflating (RFC 1951): four bytes, little-endian, the length of the JSON; the JSON in UTF-8; then the
columns in the order of ``arrays`` in the JSON. Whole numbers are kept by significance of their bytes, which deflates best.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any, Final, TypedDict

import numpy as np
import shapely
from pyproj import Transformer

from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

    from suitability.core.types import FloatArray, GeometryArray, IntArray

_POLYGON: Final = 2
_RAW_DEFLATE: Final = -15
_SMALLEST: Final = 9  # level of zlib for a file that is written once and downloaded often
_QUICK: Final = 6  # for a page that somebody waits for: 1 % larger, in a fifth of the time
_DECIMALS: Final = 6  # of a degree: 0.1 m


class Packer:
    """Columns of whole numbers, gathered one by one, and the text that carries them."""

    def __init__(self) -> None:
        self._columns: list[bytes] = []
        self._arrays: list[dict[str, Any]] = []

    def add(self, name: str, numbers: NDArray[Any]) -> None:
        """Add a column of whole numbers; negative ones are allowed (zigzag: 0, -1, 1, -2 become 0, 1, 2, 3)."""
        signed = np.asarray(numbers, dtype=np.int64)
        folded = np.where(signed < 0, -2 * signed - 1, 2 * signed)
        most = int(folded.max(initial=0))
        width = max(1, (most.bit_length() + 7) // 8)
        planes = [((folded >> (8 * k)) & 255).astype(np.uint8).tobytes() for k in range(width)]
        self._columns.append(b"".join(planes))
        self._arrays.append({"name": name, "n": len(folded), "width": width})

    def add_shapes(self, name: str, shapes: GeometryArray, grid_m: float, origin: FloatArray) -> None:
        """Add polygons by their rings, or lines, as steps of ``grid_m`` from corner to corner (EPSG:28992).

        Columns: ``<name>.x``, ``.y``: each the step from the corner before, over all rings; ``.corners``: per ring;
        ``.rings``: per shape. An empty shape has no rings.
        """
        parts, owner = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
        if len(parts) and shapely.get_dimensions(parts[0]) == _POLYGON:
            parts, part = shapely.get_rings(parts, return_index=True)
            owner = owner[part]
        steps = np.round((shapely.get_coordinates(parts) - origin) / grid_m).astype(np.int64)
        corners = shapely.get_num_coordinates(parts).astype(np.int64)
        steps, corners = _without_repeats(steps, corners)
        for axis, sign in enumerate("xy"):
            self.add(f"{name}.{sign}", np.diff(steps[:, axis], prepend=0))
        self.add(f"{name}.corners", corners)
        self.add(f"{name}.rings", np.bincount(owner, minlength=len(shapes)))

    def text(self, content: dict[str, Any], level: int = _SMALLEST) -> str:
        """Return ``content`` and all columns as base64 of raw deflate."""
        head = json.dumps({**content, "arrays": self._arrays}, ensure_ascii=False, separators=(",", ":")).encode()
        squeeze = zlib.compressobj(level, zlib.DEFLATED, _RAW_DEFLATE)
        packed = squeeze.compress(len(head).to_bytes(4, "little") + head + b"".join(self._columns)) + squeeze.flush()
        return base64.b64encode(packed).decode("ascii")


class Pack(TypedDict):
    """Shapes as one packed text, and the key by which a browser keeps them."""

    key: str
    packed: str


def grid_origin(shapes: GeometryArray, grid_m: float) -> FloatArray:
    """Return the south-west corner of shapes on the grid, (2,) in EPSG:28992; zeros where nothing is."""
    xy = shapely.get_coordinates(shapes)
    corner = xy.min(axis=0) if len(xy) else np.zeros(2)
    origin: FloatArray = np.floor(corner / grid_m) * grid_m
    return origin


def pack_shapes(shapes: GeometryArray, grid_m: float) -> Pack:
    """Return polygons (n,), or lines (n,), in EPSG:28992 with their corners on a grid of so many metres."""
    origin = grid_origin(shapes, grid_m)
    packer = Packer()
    packer.add_shapes("shapes", shapes, grid_m, origin)
    packed = packer.text({"grid": grid_m, "origin": origin.tolist()}, _QUICK)
    return Pack(key=hashlib.sha256(packed.encode()).hexdigest()[:16], packed=packed)


def base64_text(numbers: NDArray[Any]) -> str:
    """Return the bytes of an array as base64."""
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")


class GeoJsonScript:
    """Collections of shapes as one script, in WGS84, apart from the templates of a page: no text in it is ever code."""

    def __init__(self) -> None:
        self._collections: list[str] = []
        self._to_wgs84 = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)  # one each: threads may share none

    def add(self, geometry: GeometryArray | list[Geometry], properties: Sequence[dict[str, Any]] | None = None) -> int:
        """Add geometries in EPSG:28992 with the properties of each; return the number of the collection."""
        turned = shapely.transform(shapely.force_2d(np.asarray(geometry, dtype=object)), self._degrees)
        texts = ["{}"] * len(turned) if properties is None else [json.dumps(p, ensure_ascii=False) for p in properties]
        features = ",".join(
            f'{{"type":"Feature","properties":{text},"geometry":{shape}}}'
            for text, shape in zip(texts, shapely.to_geojson(turned), strict=True)
        )
        self._collections.append(f'{{"type":"FeatureCollection","features":[{features}]}}')
        return len(self._collections) - 1

    def text(self) -> str:
        """Return the script; no text in it can end the script."""
        return f"var DATA = [{','.join(self._collections)}];".replace("<", "\\u003c")

    def bounds(self, geometry: GeometryArray) -> list[list[float]]:
        """Return [[south, west], [north, east]] in WGS84 of geometries in EPSG:28992."""
        corners = self._degrees(shapely.total_bounds(geometry).reshape(2, 2))
        return [[float(y), float(x)] for x, y in corners]

    def _degrees(self, xy: FloatArray) -> FloatArray:
        return np.round(np.column_stack(self._to_wgs84.transform(xy[:, 0], xy[:, 1])), _DECIMALS)


def _without_repeats(steps: IntArray, corners: IntArray) -> tuple[IntArray, IntArray]:
    """Return corners without those that rounding put on the one before; every ring keeps at least one."""
    ring = np.repeat(np.arange(len(corners)), corners)
    repeats = np.zeros(len(steps), dtype=bool)
    repeats[1:] = (steps[1:] == steps[:-1]).all(axis=1) & (ring[1:] == ring[:-1])
    return steps[~repeats], np.bincount(ring[~repeats], minlength=len(corners)).astype(np.int64)
