"""Areas in which data is complete, as polygons in EPSG:28992: parts that are areas, and the ground that several share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

#: The ground of what is complete nowhere.
NOWHERE: Final = shapely.Polygon()


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """Return the areas in a shape, without the lines and points along which shapes touched."""
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = shapely.get_parts(shape)
    areas = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 (areas)
    return shapely.union_all(areas) if len(areas) else NOWHERE


def common_ground(grounds: Iterable[BaseGeometry]) -> BaseGeometry:
    """Return the ground that all areas share, as it was given where they are all the same; nowhere without areas."""
    different = list({shapely.to_wkb(ground): ground for ground in grounds}.values())
    if len(different) < 2:  # noqa: PLR2004 (with itself an area shares all of it)
        return different[0] if different else NOWHERE
    return polygons_of(shapely.intersection_all(different))
