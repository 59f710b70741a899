"""OpenStreetMap for one area from Overpass: asked in tiles, kept as a dated extract, read as any other extract.

Raw OpenStreetMap XML is asked for, not a table of features: so there is one reader, and streets, facilities and areas
mean the same whether they come from a file or from the service.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import osmium
import pyproj
import shapely
from pydantic import Field, create_model

from layers._forms import HostUrl, Named, Number, Text, Words, read_form
from layers.osm.source import OsmSource
from layers.osm.streets import read_facility_kinds
from layers.services._tiles import Tile, cover
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.types import CRS, Params

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from layers.osm.streets import FacilityKind
    from layers.services.client import Client
    from suitability.core.layer import Area, Layer, LayerSpec

_XML: Final = ("application/osm3s+xml", "application/osm+xml", "application/xml", "text/xml")
_FACILITIES: Final = "facilities"
_MB: Final = 1_000_000
#: Overpass says with status 200, at the end of an answer, that it is not complete.
_REMARK: Final = re.compile(rb"<remark>(.*?)</remark>", re.DOTALL)
_MAY_BE_TOO_MUCH: Final = re.compile(rb"timed out|out of memory", re.IGNORECASE)
_STATE: Final = re.compile(rb'osm_base="([0-9T:Z-]+)"')
_MAX_WORDS: Final = 200
#: Boxes in degrees are this much wider than the region (some ten metres), so that rounding takes nothing from it.
_ROOM_DEG: Final = 1e-4


class OverpassTable(Params):
    """``config/sources/overpass.yaml``: where the service is, how large a question may be, and what makes a layer."""

    hosts: Words
    url: HostUrl
    pause_s: Number = Field(ge=0, le=600)
    timeout_s: int = Field(ge=1, le=900)
    tile_m: Number = Field(ge=500, le=50_000)
    max_mb: int = Field(ge=1, le=500)
    layers: Named


def read_overpass_table(path: Path) -> OverpassTable:
    """Read the table; raises ``SourceError`` with a ``Problem`` per mistake."""
    names: dict[str, Any] = dict.fromkeys(sorted(OsmSource(path, path).offers()), (tuple[Text, ...], ()))
    layers = create_model("Layers", __base__=Named, **names)
    return read_form(path, create_model("Table", __base__=OverpassTable, layers=(layers, ...)))


@dataclass(frozen=True)
class OverpassSource:
    """Layers from Overpass. ``kinds``: the table ``config/facilities.yaml``; ``folder``: keeps the dated extracts.

    ``client`` should pause ``table.pause_s`` between questions, and wait for an answer longer than ``table.timeout_s``.
    """

    table: OverpassTable
    kinds: Path
    folder: Path
    client: Client
    name: str = "overpass"
    today: Callable[[], date] = date.today
    home: str | None = None

    def offers(self) -> frozenset[str]:
        """Return the names of the layers for which the table says what to ask."""
        return frozenset(self.table.layers.names())

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer for the bounds of an area, reach included; asked once a day.

        Raises ``SourceError`` when the service gives no complete answer, ``LayerError`` for an area without bounds.
        """
        if spec.name not in self.offers():
            fields = {"found": spec.name, "expected": ", ".join(sorted(self.offers()))}
            raise LayerError(Problem(self.name, "layer_not_offered", fields))
        bounds = area.bounds()
        if bounds is None:
            raise LayerError(Problem(self.name, "overpass_needs_area"))
        region = shapely.box(*bounds)
        return OsmSource(self.fetch(spec.name, region), self.kinds, self.name, region).load(spec, area)

    def fetch(self, layer: str, region: BaseGeometry) -> Path:
        """Return the extract of today with all that a layer needs within a region (EPSG:28992)."""
        lines = self._lines(layer)
        key = hashlib.sha256(repr((lines, region.bounds)).encode()).hexdigest()[:12]
        to = self.folder / f"osm-{layer}-{self.today().isoformat()}-{key}.osm.pbf"
        if not to.exists():
            answers = [answer for tile in cover(region, self.table.tile_m) for answer in self._tile(lines, tile)]
            _write(answers, region, to)
        return to

    def _lines(self, layer: str) -> tuple[str, ...]:
        """Return what is asked for a layer, in the language of the service."""
        lines: tuple[str, ...] = self.table.layers.names()[layer]
        return lines + _facility_lines(read_facility_kinds(self.kinds)) if layer == _FACILITIES else lines

    def _tile(self, lines: tuple[str, ...], tile: Tile) -> list[bytes]:
        """Return the answers for a tile: one, or those of its quarters when the service says that it was too much."""
        south, west, north, east = _degrees(shapely.box(*tile.bounds))
        question = (
            f"[out:xml][timeout:{self.table.timeout_s}][bbox:{south:.6f},{west:.6f},{north:.6f},{east:.6f}];"
            f"({''.join(f'{line};' for line in lines)});(._;>;);out meta;"
        )
        most = self.table.max_mb * _MB
        answer = self.client.post(self.table.url, form={"data": question}, accept=_XML, max_bytes=most)
        remark = _REMARK.search(answer.content)
        if remark is None:
            return [answer.content]
        quarters = tile.quarters() if _MAY_BE_TOO_MUCH.search(remark[1]) else ()
        if not quarters:
            said = " ".join(remark[1].decode("utf-8", "replace").split())[:_MAX_WORDS]
            raise SourceError(self.client.problem(self.table.url, "overpass_remark", said=said))
        return [part for quarter in quarters for part in self._tile(lines, quarter)]


def _facility_lines(kinds: tuple[FacilityKind, ...]) -> tuple[str, ...]:
    """Return a line per key that finds at least the facilities of the table; values may stand in a list with ``;``."""
    wanted: dict[str, set[str]] = {}
    for kind in kinds:
        for entry in kind.tags:
            key, values = next(iter(entry.items()))
            wanted.setdefault(key, set()).update(values)
    return tuple(
        f'nwr["{key}"~"(^|;) *({"|".join(re.escape(value) for value in sorted(values))}) *(;|$)"]'
        for key, values in sorted(wanted.items())
    )


def _degrees(region: BaseGeometry) -> tuple[float, float, float, float]:
    """Return the box in WGS84 around a region, as (south, west, north, east)."""
    transformer = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    xy = shapely.get_coordinates(shapely.segmentize(region, 500.0))
    lon, lat = transformer.transform(xy[:, 0], xy[:, 1])
    corners = float(np.min(lat)), float(np.min(lon)), float(np.max(lat)), float(np.max(lon))
    return corners[0] - _ROOM_DEG, corners[1] - _ROOM_DEG, corners[2] + _ROOM_DEG, corners[3] + _ROOM_DEG


def _write(answers: list[bytes], region: BaseGeometry, to: Path) -> None:
    """Write answers as one extract, every object once in its newest version, under a temporary name until it is whole."""
    states = sorted(match[1].decode() for answer in answers if (match := _STATE.search(answer)))
    merged = osmium.MergeInputReader()
    header = osmium.io.Header()
    south, west, north, east = _degrees(region)
    header.add_box(osmium.osm.Box(west, south, east, north))
    if states:  # the oldest tells of when all of it is
        header.set("timestamp", states[0])
        header.set("osmosis_replication_timestamp", states[0])
    part = None
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=".part-", suffix=".osm.pbf")
        os.close(handle)
        part = Path(name)
        for answer in answers:
            merged.add_buffer(answer, "osm")
        with osmium.SimpleWriter(name, header=header, overwrite=True) as writer:
            merged.apply(writer, simplify=True)
        part.replace(to)
    except RuntimeError as error:  # pyosmium raises it for XML that it cannot parse
        raise SourceError(Problem(str(to), "overpass_broken", {"found": str(error)})) from error
    except OSError as error:
        raise SourceError(Problem(str(to), "http_write", {"found": error.strerror or str(error)})) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
