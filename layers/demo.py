"""The embedded municipality as a source: Kampen, from OpenStreetMap, offline and in well under a second.

Files lie in ``layers/demo_data`` and are known by their hash in ``manifest.json``; what is real, derived and assumed
stands in each layer's provenance and in ``docs/demo-data.md``.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from layers._validate import normalise
from layers.osm import StreetTable
from suitability.errors import LayerError, Problem, SourceError
from suitability.specs import LAYERS
from suitability.types import CRS, Layer, Provenance, Raster

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.types import Area, LayerSpec, StreetNetwork

HERE: Final = Path(__file__).parent / "demo_data"
_REBUILD: Final = "python -m layers.demo_data.build"


@dataclass(frozen=True)
class DemoSource:
    """The embedded layers of Kampen. ``folder`` holds the files and their ``manifest.json``."""

    folder: Path = HERE
    name: str = "demo"
    home: str = "Kampen"

    def offers(self) -> frozenset[str]:
        """Return the names of the layers in the manifest; raises ``SourceError`` when it cannot be read."""
        return frozenset(self._manifest())

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, cut to the area and its reach; row numbers stay those of the file.

        Raises ``SourceError`` for a file that is missing or changed, ``LayerError`` for a layer that is not there.
        """
        manifest = self._manifest()
        if spec.name not in manifest:
            raise LayerError(
                Problem(self.name, "layer_not_offered", {"found": spec.name, "expected": ", ".join(sorted(manifest))})
            )
        entry = manifest[spec.name]
        content = {file: self._read(file, digest) for file, digest in entry["files"].items()}
        coverage = shapely.from_wkt(entry["coverage"])
        kinds = {kind: shapely.from_wkt(text) for kind, text in entry.get("kind_coverage", {}).items()}
        data: gpd.GeoDataFrame | Raster | StreetNetwork
        if spec.kind == "graph":
            data = _streets(content)
        elif spec.kind == "raster":
            data = _raster(next(iter(content.values())))
        else:
            frame = normalise(
                _frame(next(iter(content.values()))), spec, next(iter(content)), trusted_shapes=True
            ).frame
            data = cut(frame, spec, area)
            coverage = _window(coverage, area)
            kinds = {kind: _window(known, area) for kind, known in kinds.items()}
        return Layer(spec, data, coverage, _provenance(entry), kinds)

    def _manifest(self) -> dict[str, Any]:
        path = self.folder / "manifest.json"
        try:
            layers: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["layers"]
        except (OSError, ValueError, KeyError) as error:
            raise SourceError(
                Problem(str(path), "manifest_unreadable", {"found": str(error), "remedy": _REBUILD})
            ) from error
        return {name: entry for name, entry in layers.items() if name in LAYERS}

    def _read(self, file: str, digest: str) -> bytes:
        path = self.folder / file
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise SourceError(
                Problem(str(path), "file_changed", {"found": found[:12], "expected": digest[:12], "remedy": _REBUILD})
            )
        return content


def cut(frame: gpd.GeoDataFrame, spec: LayerSpec, area: Area) -> gpd.GeoDataFrame:
    """Return the rows that count for an area, with the row numbers they had.

    The scanned units themselves (``parcels``) belong to the area when their inner point lies in it; of every other
    layer those rows count whose bounds touch the area's bounds, reach included.
    """
    bounds = area.bounds()
    if area.polygon is None or bounds is None:
        return frame
    shapes = frame.geometry.to_numpy()
    left, bottom, right, top = bounds
    box = shapely.bounds(shapes)
    keep = (box[:, 0] <= right) & (box[:, 2] >= left) & (box[:, 1] <= top) & (box[:, 3] >= bottom)
    if spec.name == "parcels":
        rows = np.flatnonzero(keep)
        shapely.prepare(area.polygon)
        keep[rows] = shapely.intersects(area.polygon, shapely.point_on_surface(shapes[rows]))
    return frame[keep]


def _window(coverage: BaseGeometry, area: Area) -> BaseGeometry:
    bounds = area.bounds()
    return coverage if bounds is None else shapely.intersection(coverage, shapely.box(*bounds))


def _frame(content: bytes) -> gpd.GeoDataFrame:
    table = pq.read_table(io.BytesIO(content), use_threads=False)
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    return gpd.GeoDataFrame(table.drop_columns(["geometry"]).to_pandas(), geometry=shapes, crs=CRS)


def _streets(content: dict[str, bytes]) -> StreetNetwork:
    nodes, edges = (pq.read_table(io.BytesIO(content[f"streets_{part}.parquet"])) for part in ("nodes", "edges"))
    name = edges.column("name").combine_chunks()
    name = name.dictionary_encode() if not isinstance(name, pa.DictionaryArray) else name
    table = StreetTable(
        node_xy=np.column_stack([nodes.column("x").to_numpy(), nodes.column("y").to_numpy()]),
        tail=edges.column("tail").to_numpy().astype(np.int64),
        head=edges.column("head").to_numpy().astype(np.int64),
        flags=edges.column("flags").to_numpy().astype(np.int64),
        name=name.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64),
        names=tuple(name.dictionary.to_pylist()),
    )
    return table.network()


def _raster(content: bytes) -> Raster:
    from rasterio.io import MemoryFile  # noqa: PLC0415 (slow to import, and only noise needs it)

    with MemoryFile(content) as memory, memory.open() as file:
        return Raster(file.read(1), file.transform.c, file.transform.f, file.transform.a)


def _provenance(entry: dict[str, Any]) -> Provenance:
    digest = hashlib.sha256("".join(entry["files"].values()).encode()).hexdigest()
    return Provenance(
        source=entry["source"],
        url=entry["url"],
        licence=entry["licence"],
        attribution=entry["attribution"],
        reference_date=date.fromisoformat(entry["reference_date"]),
        retrieved=date.fromisoformat(entry["retrieved"]),
        rows=entry["rows"],
        sha256=digest if len(entry["files"]) > 1 else next(iter(entry["files"].values())),
        standing=entry["standing"],
        note=entry["note"],
    )
