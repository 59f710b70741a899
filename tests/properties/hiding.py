"""LookupSources of knowing less of the same town: a layer not there, or complete in a smaller place only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import box

from suitability.core.layer import Raster, StreetGraph

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer, Layers
    from suitability.core.types import BoolArray


def without(layers: Layers, name: str) -> Layers:
    """Return the town without a layer."""
    return {other: layer for other, layer in layers.items() if other != name}


def known_within(layers: Layers, name: str, place: BaseGeometry, *, drop_rows: bool) -> Layers:
    """Return the town with one layer that is complete only in ``place``; rows elsewhere are kept or dropped."""
    layer = layers[name]
    smaller = replace(
        layer,
        coverage=shapely.intersection(layer.coverage, place),
        kind_coverage={kind: shapely.intersection(c, place) for kind, c in layer.kind_coverage.items()},
    )
    if layer.spec.kind == "raster":  # what a grid does not know is a cell without data
        smaller = replace(smaller, data=_cells_within(layer.raster, place))
    elif drop_rows:
        smaller = _rows_within(smaller, place)
    return {**layers, name: smaller}


def _rows_within(layer: Layer, place: BaseGeometry) -> Layer:
    if layer.spec.kind == "graph":
        graphs = {mode: _segments(g, shapely.intersects(g.segments, place)) for mode, g in layer.streets.items()}
        return replace(layer, data=graphs)
    if layer.spec.kind == "table":
        return replace(layer, data=layer.table.iloc[: len(layer.table) // 2])
    return layer.where(shapely.intersects(layer.frame.geometry.to_numpy(), place))


def _segments(graph: StreetGraph, keep: BoolArray) -> StreetGraph:
    return StreetGraph(graph.node_xy, graph.tail[keep], graph.head[keep], graph.length_m[keep], graph.forward[keep],
                       graph.backward[keep], graph.name[keep], graph.names)  # fmt: skip


def _cells_within(grid: Raster, place: BaseGeometry) -> Raster:
    values = grid.values.copy()
    for row, column in np.ndindex(values.shape):
        x, y = grid.left + column * grid.cell_m, grid.top - row * grid.cell_m
        if not place.contains(box(x, y - grid.cell_m, x + grid.cell_m, y)):
            values[row, column] = np.nan
    return replace(grid, values=values)
