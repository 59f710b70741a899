"""The published layer: every parcel with its verdict and the reason, and nothing else.

Only what stands in ``FIELDS`` leaves; nothing about whoever submitted a place is in reach of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import Transformer

from suitability.core.messages import LANGS
from suitability.core.types import CRS
from suitability.report.table import wide_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from suitability.core.messages import Lang
    from suitability.core.types import GeometryArray, IntArray
    from suitability.scan.run import Scan

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
RD: Final = "http://www.opengis.net/def/crs/EPSG/0/28992"

#: Published field -> column of the wide table, ``{lang}`` for those in two languages.
FIELDS: Final = {
    "settlement": "settlement", "verdict": "verdict", "verdict_class": "verdict_class",
    "location_type": "location_type_{lang}", "rule": "deciding_rule_{lang}", "reason": "reason_{lang}",
}  # fmt: skip
#: Fields by which parcels can be chosen: the same in both languages.
FILTERS: Final = ("verdict", "settlement")
_DECIMALS: Final = {CRS84: 7, RD: 3}  # a centimetre, a millimetre


@dataclass(frozen=True)
class Published:
    """The layer in parcel order. ``columns``: values by field and language; ``shapes`` and ``trees`` by CRS."""

    ids: tuple[str, ...]
    row_by_id: Mapping[str, int]
    columns: Mapping[Lang, Mapping[str, tuple[str, ...]]]
    shapes: Mapping[str, GeometryArray]
    trees: Mapping[str, shapely.STRtree]

    def rows(
        self, boxes: tuple[tuple[float, float, float, float], ...], crs: str, wanted: Mapping[str, str]
    ) -> IntArray:
        """Return the rows of parcels that meet any of ``boxes`` (min x, min y, max x, max y in ``crs``; none = all).

        ``wanted``: values that fields of ``FILTERS`` must have.
        """
        is_in = np.full(len(self.ids), not boxes)
        for box in boxes:
            is_in[self.trees[crs].query(shapely.box(*box), predicate="intersects")] = True
        for name, value in wanted.items():
            is_in &= np.array(self.columns["nl"][name], dtype=object) == value
        return np.flatnonzero(is_in)

    def feature(self, row: int, crs: str, lang: Lang) -> dict[str, Any]:
        """Return one parcel as a GeoJSON feature."""
        columns = self.columns[lang]
        return {
            "type": "Feature",
            "id": self.ids[row],
            "geometry": json.loads(shapely.to_geojson(self.shapes[crs][row])),
            "properties": {name: columns[name][row] for name in FIELDS},
        }

    def extent(self, crs: str) -> list[float]:
        """Return (min x, min y, max x, max y) of all parcels."""
        return [float(value) for value in shapely.total_bounds(self.shapes[crs])]


def publish(scan: Scan, documents: dict[str, dict[str, object]]) -> Published:
    """Return the published layer of a scan."""
    table = wide_table(scan, documents, "nl")
    ids = tuple(str(each) for each in scan.parcels.ids)
    degrees = Transformer.from_crs(CRS, "OGC:CRS84", always_xy=True)
    shapes = {
        CRS84: _drawn(scan.parcels.geometry, CRS84, degrees),
        RD: _drawn(scan.parcels.geometry, RD),
    }
    return Published(
        ids=ids,
        row_by_id={name: row for row, name in enumerate(ids)},
        columns={lang: _columns(table, lang) for lang in LANGS},
        shapes=shapes,
        trees={crs: shapely.STRtree(each) for crs, each in shapes.items()},
    )


def _columns(table: pd.DataFrame, lang: Lang) -> dict[str, tuple[str, ...]]:
    return {name: tuple(map(str, table[column.format(lang=lang)])) for name, column in FIELDS.items()}


def _drawn(shapes: GeometryArray, crs: str, to: Transformer | None = None) -> GeometryArray:
    """Return shapes in a CRS, rounded, outer rings counter-clockwise (RFC 7946, 3.1.6)."""

    def moved(xy: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        x, y = (xy[:, 0], xy[:, 1]) if to is None else to.transform(xy[:, 0], xy[:, 1])
        return np.round(np.column_stack([x, y]), _DECIMALS[crs])

    turned: GeometryArray = shapely.orient_polygons(shapely.transform(shapely.force_2d(shapes), moved))
    return turned
