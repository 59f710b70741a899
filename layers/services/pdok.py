"""The official services of the national platform (PDOK) as a source of layers, fetched tile by tile for one area.

What is where, and how it is called, stands in ``config/sources/pdok.yaml``. A fetch that is interrupted goes on where
it stopped. A layer is complete in the area and its reach, as fetched, and nowhere else; layers of zoning plans only where
some plan has a zone: elsewhere a plan of the new kind may hold, which this service does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import pandas as pd
import shapely

from layers.coverage import areas_of
from layers.services._recipes import RECIPES, SUPPORTS
from layers.services._service_rows import Rows, rows_of
from layers.services.client import Client
from layers.services.fetched import PLAN_NOTES, checked, content_hash, zoned
from layers.services.ogc_features import OgcFeatures
from layers.services.service_table import read_service_table
from layers.services.tiled_download import collect
from layers.services.wfs import Wfs
from suitability.core.errors import LayerError, Problem
from suitability.core.layer import Layer, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from layers.services._features import Features
    from layers.services.service_table import LayerEntry, ServiceTable
    from suitability.core.layer import Area, LayerSpec

#: Small enough to be had for the whole country.
_EVERYWHERE: Final = frozenset({"municipality"})
#: Needed by other layers beside their own rows.
_SHARED: Final = frozenset(recipe.beside for recipe in RECIPES.values() if recipe.beside)
_M2_PER_KM2: Final = 1e6


def roles() -> dict[str, tuple[str, ...]]:
    """Return what the table must say, by layer and by what is fetched beside one."""
    return {**{layer: recipe.roles for layer, recipe in RECIPES.items()}, **SUPPORTS}


@dataclass(frozen=True)
class Estimate:
    """Amount to fetch. ``is_count``: counted by the services; else estimated from the national average."""

    features: int
    megabytes: float
    is_count: bool


class PdokSource:
    """The layers that the services in ``table`` offer; ``work`` keeps what is fetched of an unfinished layer.

    ``progress`` receives the layer, tiles done, and tiles in all as far as known, per tile.
    """

    def __init__(
        self,
        table: Path,
        work: Path,
        *,
        name: str = "pdok",
        progress: Callable[[str, int, int], None] = lambda _key, _done, _total: None,
        client: Client | None = None,
    ) -> None:
        self._path, self._work, self._name = table, work, name
        self._progress, self._given = progress, client
        self._shared: dict[str, Rows] = {}

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._name

    @property
    def home(self) -> str | None:
        """None: it has every municipality."""
        return None

    def offers(self) -> frozenset[str]:
        """Return the names of the layers in the table; raises ``SourceError`` when it cannot be read."""
        known = self._table.layers
        return frozenset(
            layer
            for layer in known
            if layer in RECIPES and (RECIPES[layer].is_optional or RECIPES[layer].beside in (None, *known))
        )

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Fetch one layer for an area and its reach; rows are in the order of the services' ids.

        Raises ``SourceError`` for what goes wrong at a service, ``LayerError`` for a layer or an area it cannot give.
        """
        entry, recipe, region = self._entry(spec), RECIPES[spec.name], self._region(spec, area)
        found = self._rows(spec.name, region)
        beside = self._rows(recipe.beside, region) if recipe.beside and recipe.beside in self._table.layers else None
        rows, others = found.within(region), None if beside is None else beside.within(region)
        made = recipe.make(rows, entry.values, others)
        frame = checked(made, spec, area, region, f"{self.name}: {spec.name}")
        coverage = areas_of(frame.geometry.to_numpy()) if region is None else region
        if spec.name in PLAN_NOTES:
            coverage = zoned(coverage, rows if others is None else others)
        all_fetched = [fetched for fetched in (found, beside) if fetched is not None]
        retrieved = min(fetched.retrieved for fetched in all_fetched)
        layer = Layer(spec, frame, coverage, _provenance(spec, entry, frame, retrieved))
        for fetched in all_fetched:
            fetched.forget()
        return layer

    def estimate(self, spec: LayerSpec, area: Area) -> Estimate:
        """Return how much ``load`` would fetch, counted by the services where they count; raises as ``load``."""
        entry, region = self._entry(spec), self._region(spec, area)
        counts: list[int | None] = [None]
        if region is not None:
            left, bottom, right, top = region.bounds
            part = region.area / ((right - left) * (top - bottom))
            asked = [self._features(entry, collection).count(region.bounds) for collection in entry.collections]
            counts = [None if count is None else round(count * part) for count in asked]
        known = [count for count in counts if count is not None]
        is_count = len(known) == len(counts)
        square_km = 41_500.0 if region is None else region.area / _M2_PER_KM2
        features = sum(known) if is_count else round(square_km * entry.per_km2)
        return Estimate(features, features * entry.bytes_per_feature / 1e6, is_count)

    @cached_property
    def _table(self) -> ServiceTable:
        return read_service_table(self._path, roles())

    @cached_property
    def _client(self) -> Client:
        return self._given or Client(self._table.hosts)

    def _entry(self, spec: LayerSpec) -> LayerEntry:
        if spec.name not in self.offers():
            fields = {"found": spec.name, "expected": ", ".join(sorted(self.offers()))}
            raise LayerError(Problem(self.name, "layer_not_offered", fields))
        return self._table.layers[spec.name]

    def _region(self, spec: LayerSpec, area: Area) -> BaseGeometry | None:
        """Return what is to be fetched: the area with its reach; null for the whole country."""
        if area.polygon is None:
            if spec.name not in _EVERYWHERE:
                raise LayerError(Problem(self.name, "area_needed", {"found": spec.name}))
            return None
        return area.polygon if spec.name == "parcels" else shapely.buffer(area.polygon, area.reach_m)

    def _features(self, entry: LayerEntry, collection: str) -> Features:
        service, bounds = entry.service, (entry.page_size, entry.max_pages)
        if service.kind == "ogc_features":
            return OgcFeatures(self._client, service.addresses, collection, entry.needed, entry.wanted, *bounds)
        how = (service.output_format, service.sort_by)
        return Wfs(self._client, service.addresses[0], collection, entry.needed, entry.wanted, *bounds, *how)

    def _rows(self, layer: str, region: BaseGeometry | None) -> Rows:
        """Return the rows of a layer that count; those that other layers need too are fetched once."""
        held = self._shared.get(layer)
        if held is not None and region is not None and held.region is not None and held.region.covers(region):
            return held
        entry = self._table.layers[layer]
        fetched = []
        for collection in entry.collections:
            told = partial(self._progress, layer)
            fetched.append(collect(self._features(entry, collection), region, entry.tile_m, self._work, told))
        frame = pd.concat([rows_of(found, entry) for found in fetched], ignore_index=True)
        rows = Rows(frame, region, tuple(fetched))
        if layer in _SHARED:
            self._shared[layer] = rows
        return rows


def _provenance(spec: LayerSpec, entry: LayerEntry, frame: gpd.GeoDataFrame, retrieved: date) -> Provenance:
    """Return where the layer comes from; a service gives what holds on the day it is asked."""
    service = entry.service
    return Provenance(
        source=service.title,
        url=service.addresses[0],
        licence=service.licence,
        attribution=service.attribution,
        reference_date=retrieved,
        retrieved=retrieved,
        rows=len(frame),
        sha256=content_hash(frame),
        standing="observed",
        note=PLAN_NOTES.get(spec.name, {}),
    )
