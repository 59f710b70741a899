"""A page's data as one compressed text: names and sentences as JSON, and columns of whole numbers behind it.

Layout after inflating (RFC 1951): four bytes, little-endian, the length of the JSON; the JSON in UTF-8; then the columns
in the order of ``arrays`` in the JSON. Whole numbers are kept by significance of their bytes, which deflates best.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import FloatArray, GeometryArray, IntArray

_POLYGON = 2
_RAW_DEFLATE = -15


class Packer:
    """Gathers columns; ``text`` gives them and what goes with them as base64 of raw deflate."""

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
        ``.rings``: per shape.
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

    def text(self, content: dict[str, Any]) -> str:
        """Return everything as base64."""
        head = json.dumps({**content, "arrays": self._arrays}, ensure_ascii=False, separators=(",", ":")).encode()
        squeeze = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE)
        packed = squeeze.compress(len(head).to_bytes(4, "little") + head + b"".join(self._columns)) + squeeze.flush()
        return base64.b64encode(packed).decode("ascii")


def _without_repeats(steps: IntArray, corners: IntArray) -> tuple[IntArray, IntArray]:
    """Return corners without those that rounding put on the one before; every ring keeps at least one."""
    ring = np.repeat(np.arange(len(corners)), corners)
    repeats = np.zeros(len(steps), dtype=bool)
    repeats[1:] = (steps[1:] == steps[:-1]).all(axis=1) & (ring[1:] == ring[:-1])
    return steps[~repeats], np.bincount(ring[~repeats], minlength=len(corners)).astype(np.int64)
