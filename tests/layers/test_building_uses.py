"""Uses of buildings: words of registers, maps and files, and what stands in a file of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.building_uses import assumed_storeys, tagged_uses, use_table, uses_of, uses_of_files
from layers.folder.local import LocalSource
from suitability.core.layer import Area
from suitability.core.layer_specs import BUILDING_USES, LAYERS
from suitability.core.types import CRS
from suitability.core.yaml_files import read_yaml
from tests.paths import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

REGISTER = {
    "woonfunctie": "dwelling",
    "kantoorfunctie": "office",
    "industriefunctie": "industry",
    "logiesfunctie": "lodging",
    "winkelfunctie": "shop",
    "onderwijsfunctie": "school",
    "gezondheidszorgfunctie": "other",
    "bijeenkomstfunctie": "other",
    "sportfunctie": "other",
    "celfunctie": "other",
    "overige gebruiksfunctie": "other",
}


def test_the_eleven_uses_of_the_register() -> None:
    """Each has a use, in small letters or with a capital."""
    words = pd.Series([*REGISTER, *(word.capitalize() for word in REGISTER)])
    assert uses_of(words, "bag").tolist() == [*REGISTER.values(), *REGISTER.values()]


def test_of_several_uses_the_first_in_the_order_counts() -> None:
    """Dwellings come first, whatever else there is and however it is written."""
    written = ["winkelfunctie, woonfunctie", "kantoorfunctie;logiesfunctie", "sportfunctie|winkelfunctie", "x", None]
    assert uses_of(pd.Series(written, index=[9, 4, 7, 1, 2]), "bag").to_dict() == {
        9: "dwelling", 4: "lodging", 7: "shop", 1: None, 2: None,
    }  # fmt: skip
    assert use_table().order[0] == "dwelling"


def test_words_of_openstreetmap() -> None:
    """A farm is the house of one there; a building of which nothing is said has no use."""
    words = pd.Series(["house", "farm", "cowshed", "greenhouse", "retail", "church", "yes", "static_caravan"])
    uses = ["dwelling", "dwelling", "farm", "greenhouse", "shop", "other", None, None]
    assert uses_of(words, "openstreetmap").tolist() == uses


def test_tags_of_what_is_in_a_building() -> None:
    """The first by the order, of any key; a bench is nothing."""
    tags = pd.DataFrame(
        {
            "amenity": ["school", "restaurant", "bench", None],
            "tourism": [None, "hotel", None, None],
            "shop": [None, None, None, "bakery"],
        }
    )
    assert tagged_uses(tags).tolist() == ["school", "lodging", None, "shop"]


def test_every_use_has_an_order_and_storeys() -> None:
    """The table and the layer speak of the same uses."""
    table = use_table()
    assert sorted(table.order) == sorted(BUILDING_USES)
    assert assumed_storeys(pd.Series(BUILDING_USES)).between(1, 3).all()
    assert assumed_storeys(pd.Series([None], dtype="object")).isna().all()


@pytest.mark.parametrize("use", BUILDING_USES)
def test_a_use_as_it_is_stays_in_a_file(use: str) -> None:
    """Also a farm, which is another word on OpenStreetMap."""
    assert uses_of_files(pd.Series([use, use.upper()])).tolist() == [use, use]


def test_buildings_in_a_folder_of_files(tmp_path: Path) -> None:
    """Words of the register and of people become uses; one that nobody knows is said and not known."""
    frame = gpd.GeoDataFrame(
        {
            "gebruiksdoel": ["woonfunctie", "Kantoor", "kas", "raadsel"],
            "oppervlakte": ["120", "1.500", "9.000", "10"],
            "bouwjaar": [1970, 1980, 1990, 2000],
        },
        geometry=[shapely.box(x, 0, x + 10, 10) for x in (190_000, 190_100, 190_200, 190_300)],
        crs=CRS,
    )
    frame.geometry = frame.geometry.translate(0, 500_000)
    frame.to_file(tmp_path / "gebouwen.gpkg")
    (tmp_path / "sources.yaml").write_text(
        "layers:\n  buildings:\n    file: gebouwen.gpkg\n    columns:\n      use: gebruiksdoel\n"
        "      floor_area_m2: {column: oppervlakte, number: nl}\n      year: bouwjaar\n",
        encoding="utf-8",
    )
    layer = LocalSource(tmp_path).load(LAYERS["buildings"], Area.everywhere())
    assert layer.frame["use"].replace({float("nan"): None}).tolist() == ["dwelling", "office", "greenhouse", None]
    assert layer.frame["floor_area_m2"].tolist() == [120, 1500, 9000, 10]
    assert layer.frame["year"].tolist() == [1970, 1980, 1990, 2000]
    assert "raadsel" in layer.provenance.note["nl"]
    assert "raadsel" in layer.provenance.note["en"]


def test_the_overpass_service_is_asked_for_every_tag_that_says_a_use() -> None:
    """A key that the table of uses names, and the question leaves out, would silently say nothing."""
    asked = read_yaml(CONFIG / "sources" / "overpass.yaml")["layers"]["buildings"]
    assert {f'node["{key}"]' for key in ("addr:housenumber", *use_table().openstreetmap_tags)} <= set(asked)
