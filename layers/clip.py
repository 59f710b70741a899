"""Clip a layer to an area: the rows to keep, and the coverage that remains."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.core.ground import polygons_of
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Area, Layer, LayerSpec
    from suitability.core.types import BoolArray, FloatArray


def touches(boxes: FloatArray, place: tuple[float, float, float, float]) -> BoolArray:
    """Return which boxes (n, 4) touch a place; both as min x, min y, max x, max y."""
    left, bottom, right, top = place
    found: BoolArray = (boxes[:, 0] <= right) & (boxes[:, 2] >= left) & (boxes[:, 1] <= top) & (boxes[:, 3] >= bottom)
    return found


def cut(frame: gpd.GeoDataFrame, spec: LayerSpec, area: Area) -> gpd.GeoDataFrame:
    """Return the rows that count for an area, with the row numbers they had.

    The scanned units themselves (``parcels``) belong to the area when their inner point lies in it; of every other
    layer those rows count whose bounds touch the area's bounds, reach included.
    """
    bounds = area.bounds()
    if area.polygon is None or bounds is None:
        return frame
    shapes = frame.geometry.to_numpy()
    keep = touches(shapely.bounds(shapes), bounds)
    if spec.name == "parcels":
        rows = np.flatnonzero(keep)
        shapely.prepare(area.polygon)
        keep[rows] = shapely.intersects(area.polygon, shapely.point_on_surface(shapes[rows]))
    return frame[keep]


def counting(layer: Layer, area: Area) -> Layer:
    """Return a vector layer clipped to an area as ``cut`` does; not for the scanned units."""
    bounds = area.bounds()
    if bounds is None:
        return layer
    if layer.areas is None:
        return replace(layer, data=cut(layer.frame, layer.spec, area))
    keep = touches(shapes_of(layer).flat.bounds, bounds)
    return layer if keep.all() else layer.where(keep)


def window(coverage: BaseGeometry, area: Area) -> BaseGeometry:
    """Return the coverage within the bounds of an area, reach included: areas only."""
    bounds = area.bounds()
    return coverage if bounds is None else polygons_of(shapely.intersection(coverage, shapely.box(*bounds)))


def windows(kinds: Mapping[str, BaseGeometry], area: Area) -> dict[str, BaseGeometry]:
    """Return the coverage of each kind within the bounds of an area, reach included; what is equal is cut once."""
    cut_once: dict[bytes, BaseGeometry] = {}
    for known in kinds.values():
        key = shapely.to_wkb(known)
        if key not in cut_once:
            cut_once[key] = window(known, area)
    return {kind: cut_once[shapely.to_wkb(known)] for kind, known in kinds.items()}


def narrowed(layer: Layer, area: Area) -> Layer:
    """Return what of a layer counts for an area; rasters and streets stay whole.

    The hash in its provenance takes in the area: where a layer is complete nowhere, its coverage would not tell apart
    two windows that hold different rows.
    """
    if area.polygon is None or layer.spec.kind != "vector":
        return layer
    digest = hashlib.sha256(layer.provenance.sha256.encode() + repr(area.bounds()).encode())
    digest.update(shapely.to_wkb(area.polygon))
    return replace(
        layer,
        data=cut(layer.frame, layer.spec, area),
        coverage=window(layer.coverage, area),
        kind_coverage=windows(layer.kind_coverage, area),
        provenance=replace(layer.provenance, sha256=digest.hexdigest()),
    )
