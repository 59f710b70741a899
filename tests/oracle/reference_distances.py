"""The criteria that measure distances, slow and obvious: one parcel at a time, against every object."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import shapely

from tests.oracle.known import NOTHING, Known, complete, exactly, spare
from tests.oracle.reference_areas import says

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layers
    from tests.oracle.known import MeasureOne

_FINE = 256  # segments per quarter of a circle: a buffer is a polygon, with slightly too little in it
_HAIR_M = 1e-6
_WIDEST_HALF_ROAD_M = 50.0


class Nearest:
    """Objects of which only the nearest matters; the index looks at bounding boxes, the distance is the plain one."""

    def __init__(self, shapes: Sequence[BaseGeometry]) -> None:
        self.shapes = list(shapes)
        self.tree = shapely.STRtree(self.shapes)

    def distance(self, parcel: BaseGeometry) -> float:
        """Return the distance to the nearest object; infinite when there is none."""
        return parcel.distance(self.shapes[self.tree.nearest(parcel)]) if self.shapes else math.inf

    def distance_to_each(self, parcel: BaseGeometry) -> float:
        """Return the same without an index."""
        return min((parcel.distance(shape) for shape in self.shapes), default=math.inf)


def employer_distance(layers: Layers, params: Any) -> MeasureOne:
    """Return the metres to the nearest employer that is large enough; an unseen one lies beyond the coverage."""
    employers, coverage = layers["employers"].frame, layers["employers"].coverage
    near = Nearest([shape for shape, jobs in zip(employers.geometry, employers["jobs"], strict=True)
                    if jobs >= params.min_jobs])  # fmt: skip

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        distance = near.distance(parcel)
        return Known(distance, min(distance, spare(parcel, coverage)), distance)

    return measure


def _complete(layers: Layers, params: Any) -> BaseGeometry:
    """Return where the features that are asked for are complete: of facilities those of the kinds that are named."""
    wanted = (params.where or {}).get("facility_kind") if params.layer == "facilities" else None
    return complete(layers[params.layer], wanted.one_of if wanted and wanted.one_of else ())


def distance_to(layers: Layers, params: Any) -> MeasureOne:
    """Return the metres to the nearest feature that counts; one that may count, or is not seen, may be nearer."""
    rows, coverage = layers[params.layer].frame, _complete(layers, params)
    shapes = [(row.geometry.centroid if params.measured_to == "middle" else row.geometry, says(params.where, row))
              for row in rows.itertuples()]  # fmt: skip
    sure, maybe = (Nearest([shape for shape, answer in shapes if answer == word]) for word in ("yes", "maybe"))

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        start = parcel
        if params.measured_from == "middle":
            start = parcel.centroid if parcel.contains(parcel.centroid) else parcel.point_on_surface()
        distance = sure.distance(start)
        return Known(distance, min(distance, maybe.distance(start), spare(start, coverage)), distance)

    return measure


def total_within(layers: Layers, params: Any) -> MeasureOne:
    """Return the total over the features that count and lie within the radius; unseen or unread, it may be any more."""
    rows, coverage = layers[params.layer].frame, _complete(layers, params)
    rows = [(says(params.where, row), getattr(row, params.column) if params.column else 1.0, row.geometry)
            for row in rows.itertuples()]  # fmt: skip
    tree = shapely.STRtree([shape for _, _, shape in rows])

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        value = lowest = highest = 0.0
        for i in tree.query(parcel.buffer(params.radius_m + 1).envelope):
            answer, amount, shape = rows[i]
            if answer == "no" or parcel.distance(shape) > params.radius_m + _HAIR_M:
                continue
            if amount is None or amount != amount:  # noqa: PLR0124 (NaN)
                highest = math.inf
            elif answer == "yes":
                value, lowest, highest = value + amount, lowest + amount, highest + amount
            else:
                lowest, highest = lowest + min(amount, 0), highest + max(amount, 0)
        return Known(value, lowest, math.inf if spare(parcel, coverage) < params.radius_m - _HAIR_M else highest)

    return measure


class Owners:
    """Businesses and building plots, each with a point inside it."""

    def __init__(self, businesses: Iterable[BaseGeometry], plots: Iterable[BaseGeometry]) -> None:
        shapes, areas = list(businesses), list(plots)
        self.businesses, self.plots = shapely.STRtree(shapes), shapely.STRtree(areas)
        self.spots = shapely.STRtree([_inner(shape) for shape in shapes])
        self.plot_spots = shapely.STRtree([_inner(plot) for plot in areas])
        self.of_plot = [set(self.spots.query(plot, predicate="intersects")) for plot in areas]

    def own_of(self, parcel: BaseGeometry) -> set[int]:
        """Return the businesses on whose terrain a parcel lies."""
        middle = _inner(parcel)
        own = {
            *self.spots.query(parcel, predicate="intersects"),
            *self.businesses.query(middle, predicate="intersects"),
        }
        shared = {
            *self.plots.query(middle, predicate="intersects"),
            *self.plot_spots.query(parcel, predicate="intersects"),
        }
        return own.union(*(self.of_plot[plot] for plot in shared))


def _inner(shape: BaseGeometry) -> BaseGeometry:
    """Return the centroid where it lies inside, else a point that does."""
    return shape.centroid if shape.contains(shape.centroid) else shape.point_on_surface()


def nuisance_clearance(layers: Layers, params: Any) -> MeasureOne:
    """Return the least of distance minus guideline distance, category by category.

    A business of unknown category, or one beyond the coverage, has the highest category at worst.
    """
    businesses, coverage = layers["businesses"].frame, layers["businesses"].coverage
    categories = [c if c in params.guideline_m else None for c in businesses["environmental_category"]]
    of_category = {
        category: Nearest([s for s, c in zip(businesses.geometry, categories, strict=True) if c == category])
        for category in {*params.guideline_m, None}
    }
    worst = params.guideline_m[params.highest_category]
    plots = layers["building_plots"].frame.geometry if params.set_aside == "same_building_plot" else ()
    owners = Owners(businesses.geometry, plots)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        own = owners.own_of(parcel) if params.set_aside else set()
        if own:
            metres = shapely.distance(businesses.geometry.to_numpy(), parcel)
            spares = [(metres[i], categories[i]) for i in range(len(businesses)) if i not in own]
            clear = min([d - params.guideline_m[c] for d, c in spares if c is not None], default=math.inf)
            unknown = min([d - worst for d, c in spares if c is None], default=math.inf)
            return Known(clear, min(clear, unknown, spare(parcel, coverage) - worst), clear)
        clear = min(of_category[c].distance(parcel) - metres for c, metres in params.guideline_m.items())
        unknown = of_category[None].distance(parcel) - worst
        unseen = spare(parcel, coverage) - worst
        return Known(clear, min(clear, unknown, unseen), clear)

    return measure


def road_frontage(layers: Layers, params: Any) -> MeasureOne:
    """Return the metres of boundary within half the width plus the gap of any road: the boundary minus round buffers."""
    roads, coverage = layers["public_roads"].frame, layers["public_roads"].coverage
    lines = list(roads.geometry)
    reach = [width / 2 + params.gap_m for width in roads["width_m"]]
    buffers = [line.buffer(r, quad_segs=_FINE) for line, r in zip(lines, reach, strict=True)]
    tree = shapely.STRtree(buffers)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        rest = parcel.boundary
        for i in tree.query(parcel.boundary):
            rest = rest.difference(buffers[i])
        length = parcel.boundary.length - rest.length
        unseen = spare(parcel, coverage) < _WIDEST_HALF_ROAD_M + params.gap_m
        return Known(length, length, math.inf if unseen else length)

    return measure


def declared(layers: Layers, params: Any) -> MeasureOne:
    """Return the last answer that a person gave on this parcel."""
    answers = layers["declarations"].table

    def measure(parcel_id: str, _parcel: BaseGeometry) -> Known:
        given = [answer for parcel, question, answer
                 in zip(answers["parcel_id"], answers["question"], answers["answer"], strict=True)
                 if parcel == parcel_id and question == params.question]  # fmt: skip
        return exactly(float(given[-1])) if given else NOTHING

    return measure
