"""A hand-drawn municipality of 2 by 2 km, and a source in memory that serves whatever a test draws."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from suitability.core.layer import Area, Layer, Layers, LayerSpec, Provenance, Raster, StreetGraph  # fmt: skip
from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Findings, Measurement, Outcome  # fmt: skip
from suitability.core.types import CRS  # fmt: skip
from suitability.criteria import REGISTRY
from suitability.policy.model import Limit
from suitability.scan.judge import judge
from suitability.spatial.parcels import Parcels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

ORIGIN = (190_000.0, 500_000.0)
COVERAGE = box(ORIGIN[0] - 20_000, ORIGIN[1] - 20_000, ORIGIN[0] + 20_000, ORIGIN[1] + 20_000)


def at(x: float, y: float) -> tuple[float, float]:
    """Return a place so many metres east and north of the origin."""
    return ORIGIN[0] + x, ORIGIN[1] + y


def square(x: float, y: float, side: float = 20.0) -> Polygon:
    """Return a square with its lower left corner at (x, y)."""
    return box(*at(x, y), *at(x + side, y + side))


def polygon(*corners: tuple[float, float], holes: Sequence[Sequence[tuple[float, float]]] = ()) -> Polygon:
    """Return a polygon by its corners, in metres from the origin."""
    return Polygon([at(*c) for c in corners], [[at(*c) for c in hole] for hole in holes])


def point(x: float, y: float) -> Point:
    """Return a point, in metres from the origin."""
    return Point(at(x, y))


def line(*places: tuple[float, float]) -> LineString:
    """Return a line, in metres from the origin."""
    return LineString([at(*p) for p in places])


def make_layer(name: str, data: Any, coverage: BaseGeometry = COVERAGE) -> Layer:
    """Return a layer with a provenance; the hash is of its content."""
    content = repr(data) if not isinstance(data, pd.DataFrame) else data.to_csv()
    sha = hashlib.sha256(content.encode()).hexdigest()
    day = date(2025, 1, 1)
    provenance = Provenance(
        "hand-drawn", "", "CC0", "tests", day, day, len(data) if hasattr(data, "__len__") else 0, sha, "observed"
    )
    return Layer(LAYERS[name], data, coverage, provenance)


def vector(
    layer: str, geometry: Sequence[BaseGeometry], coverage: BaseGeometry = COVERAGE, /, **columns: Sequence[Any]
) -> Layer:
    """Return a vector layer with the columns of its specification."""
    frame = gpd.GeoDataFrame(dict(columns), geometry=list(geometry), crs=CRS)
    return make_layer(layer, frame, coverage)


def parcels_of(*geometry: BaseGeometry) -> Parcels:
    """Return parcels named p0, p1 and so on."""
    ids = np.array([f"p{i}" for i in range(len(geometry))], dtype=object)
    return Parcels(ids, np.array(geometry, dtype=object))


def graph_of(
    nodes: Sequence[tuple[float, float]],
    segments: Sequence[tuple[int, int]],
    one_way: Sequence[int] = (),
    names: Sequence[str] = (),
) -> StreetGraph:
    """Return a street graph; segments listed in ``one_way`` may only be travelled from tail to head."""
    xy = np.array([at(*n) for n in nodes], dtype=np.float64).reshape(-1, 2)
    ends = np.array(segments, dtype=np.int32).reshape(-1, 2)
    tail, head = ends[:, 0].copy(), ends[:, 1].copy()
    backward = np.ones(len(ends), dtype=bool)
    backward[list(one_way)] = False
    return StreetGraph(
        node_xy=xy,
        tail=tail,
        head=head,
        length_m=np.linalg.norm(xy[head] - xy[tail], axis=1),
        forward=np.ones(len(ends), dtype=bool),
        backward=backward,
        name=np.arange(len(ends), dtype=np.int32) if names else np.full(len(ends), -1, dtype=np.int32),
        names=tuple(names),
    )


def streets(walk: StreetGraph, bicycle: StreetGraph | None = None, coverage: BaseGeometry = COVERAGE) -> Layer:
    """Return the layer of streets; by default the same graph for both modes."""
    return make_layer("streets", {"walk": walk, "bicycle": bicycle or walk}, coverage)


def facilities(
    *places: tuple[str, float, float], kind: str = "supermarket", coverage: BaseGeometry = COVERAGE
) -> Layer:
    """Return facilities of one kind by name and place."""
    return vector(
        "facilities", [point(x, y) for _, x, y in places], coverage,
        facility_kind=[kind] * len(places), name=[name for name, _, _ in places],
    )  # fmt: skip


def raster(values: Sequence[Sequence[float]], left: float = 0, top: float = 40, cell_m: float = 10) -> Layer:
    """Return a noise layer; row 0 is the northernmost."""
    grid = np.array(values, dtype=np.float32)
    return make_layer("noise", Raster(grid, ORIGIN[0] + left, ORIGIN[1] + top, cell_m))


def named(*layers: Layer) -> Layers:
    """Return layers by name, as a criterion gets them."""
    return {layer.spec.name: layer for layer in layers}


def measure(criterion: str, shapes: Sequence[BaseGeometry], *layers: Layer, **params: Any) -> Measurement:
    """Return the measurement of a criterion on hand-drawn parcels; checks length and types first."""
    chosen = REGISTRY[criterion]
    found = chosen.measure(parcels_of(*shapes), named(*layers), chosen.params.model_validate(params))
    assert found.value.shape == found.evidence.shape == (len(shapes),)
    assert found.value.dtype == np.float64
    assert found.evidence.dtype == np.int64
    return found


def outcomes(measurement: Measurement, **limit: Any) -> list[str]:
    """Return pass, unknown or fail per parcel for a limit in the criterion's own unit."""
    return [Outcome(int(o)).name.lower() for o in findings_of(measurement, **limit).outcome]


def findings_of(measurement: Measurement, **limit: Any) -> Findings:
    """Return the findings of a measurement under a limit in the criterion's own unit."""
    return judge(measurement, Limit.model_validate({"unit": "any", **limit}))


@dataclass
class MemorySource:
    """A source that serves layers drawn by hand, cut like any other source."""

    layers: Layers
    name: str = "memory"
    home: str | None = None
    loaded: list[str] = field(default_factory=list)

    def offers(self) -> frozenset[str]:
        """Return the names of the layers drawn."""
        return frozenset(self.layers)

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return a layer; parcels are cut to the area by a point inside them."""
        self.loaded.append(spec.name)
        layer = self.layers[spec.name]
        if spec.name != "parcels" or area.polygon is None:
            return layer
        return layer.where(shapely.intersects(area.polygon, shapely.point_on_surface(layer.frame.geometry.to_numpy())))
