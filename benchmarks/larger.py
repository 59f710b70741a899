"""A larger municipality: copies of the embedded one side by side, with as many parcels as are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.affinity import translate

from layers import open_source
from suitability.core.layer import Area, Layer, Raster, StreetGraph
from suitability.core.types import CRS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import LayerSpec, Source

#: From one copy to the next, in metres: a whole number of cells of the noise raster, and no copy lies on another.
SHIFT_M = 10_000


@dataclass(frozen=True)
class LargerSource:
    """As many parcels as ``parcels`` says, in ``copies`` copies; the layers around them are whole."""

    copies: int = 3
    parcels: int = 50_000
    name: str = "larger"
    home: str = "Kampen"
    small: Source = field(default_factory=lambda: open_source("demo"))

    def offers(self) -> frozenset[str]:
        """Return the names of the layers."""
        return self.small.offers()

    def load(self, spec: LayerSpec, area: Area) -> Layer:  # noqa: ARG002 (the benchmark always asks for all)
        """Return one layer of all copies."""
        one = self.small.load(spec, Area.everywhere())
        steps = [i * SHIFT_M for i in range(self.copies)]
        if spec.kind == "graph":
            data: object = {mode: _graph(graph, steps) for mode, graph in one.streets.items()}
        elif spec.kind == "raster":
            data = _raster(one.raster, steps)
        else:
            data = _frame(one, steps).iloc[: self.parcels if spec.name == "parcels" else None]
        provenance = replace(one.provenance, sha256=f"{one.provenance.sha256} in {self.copies} copies")
        kinds = {kind: _shape(shape, steps) for kind, shape in one.kind_coverage.items()}
        return Layer(spec, data, _shape(one.coverage, steps), provenance, kinds, one.assumed_kinds)  # type: ignore[arg-type]


def _shape(shape: BaseGeometry, steps: list[int]) -> BaseGeometry:
    return shapely.union_all([translate(shape, step) for step in steps])


def _frame(layer: Layer, steps: list[int]) -> gpd.GeoDataFrame:
    copies = []
    for i, step in enumerate(steps):
        copy = layer.frame.set_geometry(
            shapely.transform(layer.frame.geometry, lambda xy, step=step: xy + np.array([step, 0]))
        )
        if i and "parcel_id" in copy:
            copy["parcel_id"] = copy["parcel_id"] + f"-{i}"
        copies.append(copy)
    return gpd.GeoDataFrame(pd.concat(copies, ignore_index=True), crs=CRS)


def _graph(graph: StreetGraph, steps: list[int]) -> StreetGraph:
    k, n = len(graph.node_xy), len(steps)
    return StreetGraph(
        node_xy=np.concatenate([graph.node_xy + np.array([step, 0]) for step in steps]),
        tail=np.concatenate([graph.tail + i * k for i in range(n)]).astype(np.int32),
        head=np.concatenate([graph.head + i * k for i in range(n)]).astype(np.int32),
        length_m=np.tile(graph.length_m, n),
        forward=np.tile(graph.forward, n),
        backward=np.tile(graph.backward, n),
        name=np.tile(graph.name, n),
        names=graph.names,
    )


def _raster(raster: Raster, steps: list[int]) -> Raster:
    one = raster.values  # noqa: PD011 (cells, no pandas)
    rows, columns = one.shape
    width = int(SHIFT_M / raster.cell_m)
    values = np.full((rows, width * (len(steps) - 1) + columns), np.nan, dtype=np.float32)
    for i in range(len(steps)):
        values[:, i * width : i * width + columns] = one
    return Raster(values, raster.left, raster.top, raster.cell_m)
