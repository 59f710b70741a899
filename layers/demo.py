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
import pyarrow.parquet as pq
import shapely

from layers.clip import cut, window, windows
from layers.files._street_files import network_of
from layers.validate import normalise
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.layer import Layer, Provenance, Raster
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS

if TYPE_CHECKING:
    from suitability.core.layer import Area, LayerSpec, StreetNetwork

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
        assumed = {kind: shapely.from_wkt(text) for kind, text in entry.get("kind_coverage", {}).items()}
        kinds = {**dict.fromkeys(entry.get("kinds", ()), coverage), **assumed}
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
            coverage = window(coverage, area)
            kinds = windows(kinds, area)
        return Layer(spec, data, coverage, _provenance(entry), kinds, frozenset(assumed))

    def addresses(self) -> gpd.GeoDataFrame:
        """Return the addresses by which places are found, as ``LocalAddresses`` reads them; raises ``SourceError``."""
        ((file, digest),) = self._entries()["addresses"]["files"].items()
        return _frame(self._read(file, digest))

    def _manifest(self) -> dict[str, Any]:
        return {name: entry for name, entry in self._entries().items() if name in LAYERS}

    def _entries(self) -> dict[str, Any]:
        path = self.folder / "manifest.json"
        try:
            layers: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["layers"]
        except (OSError, ValueError, KeyError) as error:
            raise SourceError(
                Problem(str(path), "manifest_unreadable", {"found": str(error), "remedy": _REBUILD})
            ) from error
        return layers

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


def _frame(content: bytes) -> gpd.GeoDataFrame:
    table = pq.read_table(io.BytesIO(content), use_threads=False)
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    return gpd.GeoDataFrame(table.drop_columns(["geometry"]).to_pandas(), geometry=shapes, crs=CRS)


def _streets(content: dict[str, bytes]) -> StreetNetwork:
    parts = (pq.read_table(io.BytesIO(content[f"streets_{part}.parquet"])) for part in ("nodes", "edges"))
    return network_of(*parts)


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
