"""Buildings of OpenStreetMap: use, dwellings and floor area from tags, addresses and what is in them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.osm.buildings import building_tags, buildings_of, described, with_floor_area
from suitability.core.types import CRS

KNOWN = shapely.box(-1_000, -1_000, 1_000, 1_000)
HOUSE = shapely.box(0, 0, 10, 10)


def table(rows: list[tuple[shapely.Geometry, dict[str, str]]]) -> gpd.GeoDataFrame:
    """Return tagged objects as the readers of extracts give them."""
    tags = pd.DataFrame([{key: tags.get(key) for key in building_tags()} for _, tags in rows], columns=building_tags(), dtype=object)  # fmt: skip
    return gpd.GeoDataFrame(tags, geometry=[shape for shape, _ in rows], crs=CRS)


def layer(buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer as the sources make it."""
    return with_floor_area(described(buildings, points, KNOWN), buildings)


def one(building: dict[str, str], *inside: dict[str, str], shape: shapely.Geometry = HOUSE) -> dict[str, object]:
    """Return what the layer says of a building with points in it."""
    points = table([(shapely.point_on_surface(shape), tags) for tags in inside])
    (row,) = layer(buildings_of(table([(shape, building)])), points).drop(columns="geometry").to_dict("records")
    return {name: None if value is None or value != value else value for name, value in row.items()}  # noqa: PLR0124 (NaN)


def address(number: int, **tags: str) -> dict[str, str]:
    return {"addr:street": "Dorpsstraat", "addr:housenumber": str(number), **tags}


@pytest.mark.parametrize(
    ("building", "inside", "use", "dwellings", "floor"),
    [
        ({"building": "house"}, [address(1)], "dwelling", 1, 200),
        ({"building": "house"}, [], "dwelling", 1, 200),
        ({"building": "apartments"}, [address(n) for n in (1, 2, 3)], "dwelling", 3, 200),
        ({"building": "apartments"}, [address(1), address(2), address(2, shop="bakery")], "dwelling", 1, 200),
        ({"building": "apartments", "building:levels": "5"}, [address(1), address(2)], "dwelling", 2, 500),
        ({"building": "office"}, [address(1)], "office", 0, 300),
        ({"building": "yes"}, [], "other", 0, 100),
        ({"building": "yes"}, [address(1)], None, None, None),
        ({"building": "yes"}, [address(1, shop="bakery")], "shop", None, 100),
        ({"building": "yes"}, [{"amenity": "bench"}], "other", 0, 100),
        ({"building": "yes", "amenity": "school"}, [], "school", 0, 100),
        ({"building": "yes"}, [{"tourism": "hotel"}, address(1)], "lodging", None, 200),
        ({"building": "greenhouse"}, [address(1)], "greenhouse", None, 100),
        ({"building": "cowshed"}, [], "farm", 0, 100),
        ({"building": "static_caravan"}, [], None, None, None),
        ({"building": "construction", "construction": "house"}, [address(1)], "dwelling", 0, None),
    ],
)
def test_each_case(
    building: dict[str, str],
    inside: list[dict[str, str]],
    use: str | None,
    dwellings: float | None,
    floor: float | None,
) -> None:
    """Tags go before what is in a building; where a dwelling can be neither seen nor excluded it is not known."""
    found = one(building, *inside)
    assert (found["use"], found["n_dwellings"], found["floor_area_m2"]) == (use, dwellings, floor)


def test_a_large_building_without_a_word_is_not_called_a_shed() -> None:
    """It may be a hall, a barn or a greenhouse; that nobody lives there is known."""
    found = one({"building": "yes"}, shape=shapely.box(0, 0, 30, 30))
    assert (found["use"], found["n_dwellings"], found["floor_area_m2"]) == (None, 0, None)


def test_beyond_the_known_ground_addresses_are_not_counted() -> None:
    """A building across the edge can have more of them than were read."""
    across = shapely.box(995, 0, 1_005, 10)
    assert one({"building": "apartments"}, shape=across)["n_dwellings"] is None
    assert one({"building": "yes"}, shape=across)["use"] is None


def test_year_status_and_number_of_the_register() -> None:
    """As far as they are tagged, in the form of the register."""
    found = one({"building": "house", "start_date": "1953", "ref:bag": "166100000012345"})
    assert (found["year"], found["status"], found["bag_id"]) == (1953, None, "0166100000012345")
    begun = one({"building": "construction", "start_date": "unknown"})
    assert (begun["use"], begun["year"], begun["status"]) == (None, None, "Bouw gestart")


def test_no_buildings_and_no_points() -> None:
    """An extract may have neither."""
    nothing = layer(buildings_of(table([])), table([]))
    assert len(nothing) == 0
    assert np.array_equal(one({"building": "house"})["n_dwellings"], 1)
