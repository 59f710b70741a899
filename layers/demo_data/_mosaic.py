"""Planar mosaics: polygons that fill an area without overlap or gap, made from the lines that divide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers.demo_data._extract import GRID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

#: Streets and water form networks across the whole map. They are cut along a grid, for one polygon with tens of
#: thousands of vertices makes every intersection with a neighbour slow.
TILE_M: Final = 250.0
_TILES_ALONG: Final = 1_000
TILES: Final = _TILES_ALONG**2


def faces_of(shapes: Iterable[np.ndarray | BaseGeometry]) -> np.ndarray:
    """Return the faces, shape (n,), into which the outlines (or lines) of ``shapes`` divide the plane.

    All lines are snapped to the grid and noded first, so neighbouring faces share the very same vertices.
    """
    lines: list[BaseGeometry] = []
    for group in shapes:
        parts = shapely.get_parts(np.atleast_1d(np.asarray(group, dtype=object)))
        is_area = shapely.get_dimensions(parts) == 2  # noqa: PLR2004
        lines.extend(shapely.boundary(parts[is_area]))
        lines.extend(parts[~is_area])
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=GRID)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))


def tile_lines(bounds: tuple[float, float, float, float]) -> np.ndarray:
    """Return the lines of a regular grid over ``bounds``, shape (n,)."""
    left, bottom, right, top = bounds
    xs = np.arange(np.floor(left / TILE_M), np.ceil(right / TILE_M) + 1) * TILE_M
    ys = np.arange(np.floor(bottom / TILE_M), np.ceil(top / TILE_M) + 1) * TILE_M
    upright = np.array([[(x, ys[0]), (x, ys[-1])] for x in xs])
    level = np.array([[(xs[0], y), (xs[-1], y)] for y in ys])
    lines: np.ndarray = shapely.linestrings(np.concatenate([upright, level]))
    return lines


def tile_of(faces: np.ndarray) -> np.ndarray:
    """Return the number of the grid cell, below ``TILES``, in which the inner point of each face lies; shape (n,)."""
    xy = shapely.get_coordinates(shapely.point_on_surface(faces))
    column, row = np.floor(xy / TILE_M).astype(np.int64).T % _TILES_ALONG
    numbers: np.ndarray = column * _TILES_ALONG + row
    return numbers


def owner_of(faces: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return for each face the row of the smallest of ``areas`` that holds its inner point, shape (n,); -1 = none."""
    owner = np.full(len(faces), -1, dtype=np.int64)
    inner = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(areas).query(inner, predicate="intersects")
    order = np.lexsort((area, -shapely.area(areas)[area]))  # the smallest is written last, and stays
    owner[face[order]] = area[order]
    return owner


def dissolve(faces: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge faces with equal labels; returns the connected polygons and the label of each, in label order."""
    order = np.argsort(labels, kind="stable")
    starts = np.unique(labels[order], return_index=True)[1]
    shapes, names = [], []
    for group in np.split(order, starts[1:]):
        merged = faces[group[0]] if len(group) == 1 else shapely.coverage_union_all(faces[group])
        parts = shapely.get_parts(merged)
        shapes.extend(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004
        names.extend([labels[group[0]]] * (len(shapes) - len(names)))
    return np.array(shapes, dtype=object), np.array(names)


def shared_edges(cells: np.ndarray) -> pd.DataFrame:
    """Return the neighbours in a mosaic: columns ``a``, ``b`` (both ways round) and ``length`` of the shared edge, in m."""
    lines = shapely.boundary(cells)
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    ring = _ring_numbers(lines)
    same = ring[1:] == ring[:-1]
    start, stop, cell = coordinates[:-1][same], coordinates[1:][same], owner[1:][same]
    swap = (start[:, 0] > stop[:, 0]) | ((start[:, 0] == stop[:, 0]) & (start[:, 1] > stop[:, 1]))
    first, second = np.where(swap[:, None], stop, start), np.where(swap[:, None], start, stop)
    keys = pd.DataFrame({"x": first[:, 0], "y": first[:, 1], "x2": second[:, 0], "y2": second[:, 1], "cell": cell})
    keys["length"] = np.hypot(keys["x2"] - keys["x"], keys["y2"] - keys["y"])
    pairs = keys.merge(keys, on=["x", "y", "x2", "y2"])
    pairs = pairs[pairs["cell_x"] != pairs["cell_y"]]
    sums = pairs.groupby(["cell_x", "cell_y"], sort=True)["length_x"].sum().reset_index()
    return sums.set_axis(["a", "b", "length"], axis=1)


def _ring_numbers(lines: np.ndarray) -> np.ndarray:
    """Return for every coordinate of ``lines`` the number of the ring it belongs to."""
    parts = shapely.get_parts(lines)
    return np.repeat(np.arange(len(parts)), shapely.get_num_coordinates(parts))


def absorb_slivers(cells: np.ndarray, is_sliver: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return a label per cell (its own row, or that of a neighbour) such that slivers join a neighbour of equal kind.

    A sliver joins the neighbour with which it shares most edge; one without such a neighbour stays.
    """
    edges = shared_edges(cells)
    edges = edges[is_sliver[edges["a"]] & (kinds[edges["a"]] == kinds[edges["b"]])]
    # Larger neighbours first, so that a chain of slivers ends in a whole parcel and not in a ring of slivers.
    edges = edges.assign(rank=edges["length"] + 1e6 * ~is_sliver[edges["b"]])
    best = edges.sort_values(["a", "rank", "b"], ascending=[True, False, True]).drop_duplicates("a")
    label = np.arange(len(cells))
    target = dict(zip(best["a"], best["b"], strict=True))
    for sliver, neighbour in target.items():
        if not is_sliver[neighbour] or sliver > neighbour:
            label[sliver] = label[neighbour] if not is_sliver[neighbour] else neighbour
    for _ in range(len(cells)):  # follow chains to their end; ends when nothing moves
        following = label[label]
        if (following == label).all():
            break
        label = following
    return label


def simplify_mosaic(cells: np.ndarray, tolerance_m: float) -> np.ndarray:
    """Return the cells with fewer vertices, still without gap or overlap, rounded to the grid."""
    slim = shapely.coverage_simplify(cells, tolerance_m, simplify_boundary=True)
    rounded = shapely.set_precision(slim, GRID, mode="pointwise")
    return np.where(shapely.is_valid(rounded) & ~shapely.is_empty(rounded), rounded, shapely.set_precision(slim, GRID))
