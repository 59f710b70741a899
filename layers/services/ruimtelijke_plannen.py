"""Zoning plans from the national service with a key, as the layers of zones, building plots and businesses.

All plans in force are kept, also where they lie over one another: which of them wins is for people to say, and
``plan_id`` distinguishes them. Plans of the new kind (omgevingsplan) are not in this service, so the layers are complete
only where some plan has a zone.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import shapely

from layers.formats import _plan_areas
from layers.services._plan_service import PlanObjects, PlanService, PlanTable, read_plan_table
from layers.services._service_rows import text_column, within
from layers.services.client import Client
from layers.services.fetched import PLAN_NOTES, checked, content_hash, zoned
from layers.services.tiled_download import Collected, collect, today
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.layer import Layer, Provenance
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Area, LayerSpec

#: What a layer is made of: the kind of object in a plan.
_KINDS: Final = {"zoning": "bestemmingsvlakken", "building_plots": "bouwvlakken", "businesses": "functieaanduidingen"}
_ZONES: Final = _KINDS["zoning"]
#: Zones that lie over others, such as those of pipelines, are of another type.
_ZONE_TYPE: Final = "enkelbestemming"
_FIELDS: Final = {"type": "type", "name": "naam", "group": "bestemmingshoofdgroep", "plan_id": "plan_id"}
_NO_TEXTS: Final = pd.Series(dtype="string")


class RuimtelijkePlannenSource:
    """The plans in force around an area. ``work`` keeps what is fetched of an unfinished layer.

    ``progress`` receives the layer, plans done and plans in all, per plan. The key is read from the environment.
    """

    def __init__(
        self,
        table: Path,
        work: Path,
        *,
        name: str = "ruimtelijke-plannen",
        progress: Callable[[str, int, int], None] = lambda _key, _done, _total: None,
        client: Client | None = None,
    ) -> None:
        self._path, self._work, self._name = table, work, name
        self._progress, self._given = progress, client
        self._held: dict[tuple[str, bytes], tuple[Collected, ...]] = {}

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._name

    @property
    def home(self) -> str | None:
        """None: it has every municipality."""
        return None

    def offers(self) -> frozenset[str]:
        """Return the names of the layers that plans hold."""
        return frozenset(_KINDS)

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Fetch one layer for an area and its reach.

        Raises ``SourceError`` for what goes wrong at the service or without a key, ``LayerError`` for a layer or an
        area it cannot give.
        """
        if spec.name not in _KINDS:
            fields = {"found": spec.name, "expected": ", ".join(sorted(_KINDS))}
            raise LayerError(Problem(self.name, "layer_not_offered", fields))
        if area.polygon is None:
            raise LayerError(Problem(self.name, "area_needed", {"found": spec.name}))
        region = shapely.buffer(area.polygon, area.reach_m)
        plans = self._service.plans(region)
        kinds = dict.fromkeys((_ZONES, _KINDS[spec.name]))
        fetched = {kind: self._objects(spec.name, plans, kind, region) for kind in kinds}
        zones, rows = (within(_frame(fetched[kind]), region) for kind in (_ZONES, _KINDS[spec.name]))
        zones = zones[zones["type"].fillna(_ZONE_TYPE).eq(_ZONE_TYPE).to_numpy(dtype=bool)].reset_index(drop=True)
        frame = checked(_made(spec.name, rows, zones), spec, area, region, f"{self.name}: {spec.name}")
        pieces = [found for kept in fetched.values() for found in kept]
        layer = Layer(spec, frame, zoned(region, zones), self._provenance(spec, frame, pieces))
        for found in pieces:
            found.forget()
        return layer

    @cached_property
    def _table(self) -> PlanTable:
        return read_plan_table(self._path)

    @cached_property
    def _service(self) -> PlanService:
        key = os.environ.get(self._table.key_variable, "").strip()
        if not key:
            fields = {"found": self._table.key_variable, "remedy": self._table.key_page}
            raise SourceError(Problem(self._table.address, "plans_key_missing", fields))
        client = self._given or Client(self._table.hosts, secrets=(key,))
        return PlanService(client, self._table, key)

    def _objects(self, layer: str, plans: tuple[str, ...], kind: str, region: BaseGeometry) -> tuple[Collected, ...]:
        """Return the objects of one kind in all plans; zones are fetched once for the layers that need them."""
        known = (kind, shapely.to_wkb(region))
        if known not in self._held:
            fetched = []
            for number, plan in enumerate(plans, start=1):
                objects = PlanObjects(self._service, plan, kind, frozenset(_FIELDS.values()))
                fetched.append(collect(objects, None, 0.0, self._work, _nobody))
                self._progress(layer, number, len(plans))
            self._held[known] = tuple(fetched)
        return self._held[known]

    def _provenance(self, spec: LayerSpec, frame: gpd.GeoDataFrame, fetched: list[Collected]) -> Provenance:
        """Return where the layer comes from; the service gives what holds on the day it is asked."""
        retrieved = min((found.retrieved for found in fetched), default=today())
        return Provenance(
            source=self._table.title,
            url=self._table.address,
            licence=self._table.licence,
            attribution=self._table.attribution,
            reference_date=retrieved,
            retrieved=retrieved,
            rows=len(frame),
            sha256=content_hash(frame),
            standing="observed",
            note=PLAN_NOTES[spec.name],
        )


def _frame(fetched: tuple[Collected, ...]) -> gpd.GeoDataFrame:
    """Return the objects of all plans, with a column of text per role."""
    columns = {
        role: pd.concat([text_column(found, field) for found in fetched], ignore_index=True) if fetched else _NO_TEXTS
        for role, field in _FIELDS.items()
    }
    shapes = [shape for found in fetched for shape in found.shapes]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _nobody(_done: int, _total: int) -> None:
    """Tell nobody of the pieces of one plan: plans are counted."""


def _made(layer: str, rows: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if layer == "zoning":
        return _plan_areas.zoning(zones)
    if layer == "businesses":
        return _plan_areas.businesses(rows, zones)
    return rows[["plan_id", "name", "geometry"]]
