"""Zoning plans of three versions of IMRO: whole plans, and what the engine reads from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from layers.files._archive import open_members
from layers.formats import imro
from suitability.core.errors import SourceError
from tests.layers.formats.files import IMRO, checked, plan

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

#: Plans that are complete, with their number, zones and area in m².
COMPLETE = {
    "2006": ("NL.IMRO.06540000BS4376-", 51, 166_960.5),
    "2012_10": ("NL.IMRO.0999.BP2012000001-9005", 84, 507_431.5),
    "NL.IMRO.0664.BPBS03-ON99": ("NL.IMRO.0664.BPBS03-ON99", 13, 121_031.2),
    "NL.IMRO.0798.BPDoornboom-ON01": ("NL.IMRO.0798.BPDoornboom-ON01", 4, 5_773.9),
    "NL.IMRO.1680.1800030105-0000": ("NL.IMRO.1680.1800030105-0000", 84, 561_826.4),
    "beheersverordening2012_11": ("NL.IMRO.1730.BVVriesKern-0401", 136, 4_303_853.1),
    "stationspleinzuidoost": ("NL.IMRO.0664.BPBS02-VG99", 11, 188_419.2),
}


def layer(name: str, which: str) -> gpd.GeoDataFrame:
    return checked(imro.read(plan(name))[which], which)


@pytest.mark.parametrize("name", COMPLETE)
def test_the_zones_fill_their_plan(name: str) -> None:
    """A plan is a partition of its area: no gaps of a square metre, arcs included, and hardly an overlap."""
    number, count, area = COMPLETE[name]
    whole, zones = imro.read_plan(plan(name)), layer(name, "zoning")
    assert (whole.plan_id, len(zones), whole.missing) == (number, count, ())
    assert whole.area is not None
    assert whole.area.area == pytest.approx(area, abs=0.1)
    assert whole.area.difference(shapely.union_all(zones.geometry.to_numpy())).area < 1.5
    assert zones["plan_id"].eq(number).all()


@pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"beheersverordening2012_11"}))
def test_every_zone_of_a_plan_has_a_designation_and_keeps_its_own_words(name: str) -> None:
    """Plans of 2006, 2008 and 2012 carry the same main groups; the ordinance of Vries does not."""
    zones = layer(name, "zoning")
    assert zones["designation"].notna().all()
    assert zones["designation_code"].notna().all()
    assert shapely.area(zones.geometry.to_numpy()).sum() == pytest.approx(COMPLETE[name][2], abs=1.5)


def test_the_words_of_a_plan_stand_beside_its_designation() -> None:
    """Old plans call housing otherwise; the map of a municipality must be found back."""
    zones = layer("2006", "zoning").groupby("designation")["designation_code"].unique()
    assert zones["wonen"].tolist() == ["Woondoeleinden"]
    assert zones["overig"].tolist() == ["Schuur", "Autoboxen"]
    counts = layer("2012_10", "zoning")["designation"].value_counts()
    assert (counts["groen"], counts["wonen"], counts["bedrijventerrein"], counts["agrarisch met waarden"]) == (
        37,
        25,
        3,
        1,
    )


def test_business_plots_with_their_highest_category() -> None:
    """Durperveld: up to category 2 once and up to 3.1 twice, on its business park; together with its other zones."""
    plots = layer("2012_10", "businesses")
    stated = plots[plots["environmental_category"].notna()]
    assert sorted(stated["environmental_category"]) == ["2", "3.1", "3.1"]
    assert stated.area.sum() == pytest.approx(34_358.4, abs=0.2)
    zones = layer("2012_10", "zoning")
    for_business = zones[zones["designation"].isin(["bedrijf", "bedrijventerrein"])]
    assert plots.area.sum() == pytest.approx(for_business.area.sum(), abs=10)


def test_a_zone_for_business_without_a_category_could_be_any() -> None:
    """A category that is not stated is unknown, not absent. Horeca of category 2 in Goes is no such category."""
    assert layer("NL.IMRO.1680.1800030105-0000", "businesses")["environmental_category"].tolist() == [None] * 12
    goes = layer("stationspleinzuidoost", "businesses")
    assert goes[["name", "environmental_category"]].to_numpy().tolist() == [["Bedrijf", None]]
    assert "businesses" not in imro.read(plan("NL.IMRO.0798.BPDoornboom-ON01"))


def test_building_plots() -> None:
    """All 34 of Durperveld; those of an ordinance are known by their name only."""
    assert len(layer("2012_10", "building_plots")) == 34
    assert len(layer("NL.IMRO.1680.1800030105-0000", "building_plots")) == 88
    assert layer("beheersverordening2012_11", "building_plots")["name"].tolist() == ["bouwvlak"] * 65
    assert "Woondoeleinden vrijstaand" in set(layer("2006", "building_plots")["name"])


def test_places_where_people_stay_overnight() -> None:
    """Gieterveen has three zones for it, Vries a campsite within another zone; sports of 2006 is no park."""
    parks = layer("NL.IMRO.1680.1800030105-0000", "recreation_parks")
    assert parks["park_kind"].tolist() == ["verblijfsrecreatie"] * 3
    assert parks["name"].unique().tolist() == ["Verblijfsrecreatieve doeleinden"]
    assert parks.area.sum() == pytest.approx(20_492.9, abs=0.2)
    assert layer("beheersverordening2012_11", "recreation_parks")["park_kind"].tolist() == ["camping"]
    assert "recreation_parks" not in imro.read(plan("2006"))


def test_an_ordinance_has_zones_without_groups() -> None:
    """Vries: names that begin with a group are mapped, a misspelt one is not, and 32 areas lie over the others."""
    raw = imro.read(plan("beheersverordening2012_11"))["zoning"]
    zones = checked(raw, "zoning")
    assert raw.left_out == 32
    assert zones[zones["designation"].isna()]["designation_code"].tolist() == ["Diensverlening"] * 3
    assert zones["designation"].value_counts()["woongebied"] == 17


def test_a_plan_keeps_all_that_its_file_holds() -> None:
    """Double designations, heights, figures: the engine has no layer for them, but they are not lost."""
    whole = imro.read_plan(plan("2012_10"))
    assert {kind: len(frame) for kind, frame in whole.features.items()} == {
        "MetadataIMRObestand": 1, "Bestemmingsplangebied": 1, "Enkelbestemming": 84, "Dubbelbestemming": 2,
        "Gebiedsaanduiding": 2, "Functieaanduiding": 7, "Bouwvlak": 34, "Bouwaanduiding": 25, "Maatvoering": 28,
        "Figuur": 3,
    }  # fmt: skip
    heights = whole.features["Maatvoering"]
    assert (("maximum goothoogte (m)", "6"), ("maximum bouwhoogte (m)", "12")) in set(heights["values"])
    gas = whole.features["Dubbelbestemming"].set_index("name").loc["Leiding - Gas"]
    assert (gas["group"], gas["reference"].startswith("r_NL.IMRO.0999.BP2012000001-0005")) == ("leiding", True)
    assert set(whole.features["Figuur"].geom_type) == {"LineString"}
    assert (whole.kind, whole.status, str(whole.day)) == ("bestemmingsplan", "vastgesteld", "2008-08-13")


def test_designations_within_zones_lie_in_them() -> None:
    """Every function designation names its zone, and lies in it, but for arcs that its maker drew as straight lines."""
    whole = imro.read_plan(plan("2012_10"))
    zones = whole.features["Enkelbestemming"].set_index("feature_id").geometry
    parts = whole.features["Functieaanduiding"]
    for shape, names in zip(parts.geometry, parts["zones"], strict=True):
        assert shape.difference(shapely.union_all(zones.loc[list(names)].to_numpy())).area < 3


def test_a_plan_with_only_designations_over_others_gives_no_layer() -> None:
    """An umbrella plan for the Waterlinie changes rules, not zones."""
    assert imro.read(plan("2012")) == {}
    whole = imro.read_plan(plan("2012"))
    assert len(whole.features["Gebiedsaanduiding"]) == 6
    assert whole.area is not None
    assert whole.area.area == pytest.approx(17_652_068.6, abs=0.1)


def test_a_draft_says_so() -> None:
    """A draft plan is not in force; the reader of the layer decides how to use it."""
    frame = imro.read(plan("NL.IMRO.0798.BPDoornboom-ON01"))["zoning"].frame
    assert frame["plan_status"].unique().tolist() == ["ontwerp"]


def test_a_plan_that_was_cut_is_refused_as_a_layer() -> None:
    """Of Middelburg only the area designations came along: they refer to 203 zones that are not there.

    The plan can be looked at all the same: 326 designations, 72 of them in several parts, all sound.
    """
    with pytest.raises(SourceError, match="refers to 203 zones that are not in the file"):
        imro.read(plan("geb_fout"))
    whole = imro.read_plan(plan("geb_fout"))
    shapes = whole.features["Gebiedsaanduiding"].geometry
    assert (len(whole.missing), len(shapes), shapes.is_valid.all()) == (203, 326, True)
    assert (shapes.geom_type == "MultiPolygon").sum() == 72
    assert "Enkelbestemming" not in whole.features


def test_two_plans_in_one_file_are_refused(tmp_path: Path) -> None:
    """The plan of each zone could not be determined."""
    head = '<imro:FeatureCollectionIMRO xmlns:imro="http://www.geonovum.nl/imro/2012/1.1">'
    member = "<imro:featureMember><imro:Bestemmingsplangebied><imro:typePlan>bestemmingsplan</imro:typePlan></imro:Bestemmingsplangebied></imro:featureMember>"
    path = tmp_path / "two.gml"
    path.write_text(f"{head}{member * 2}</imro:FeatureCollectionIMRO>", encoding="utf-8")
    with pytest.raises(SourceError, match="2 plans in one file"):
        imro.read(path)


def test_the_order_of_features_does_not_matter(tmp_path: Path) -> None:
    """The plan itself stands at the end of the file of 2006; the same plan unzipped gives the same."""
    ((_, stream),) = [(name, stream.read()) for name, stream in open_members(plan("2006"), (".gml",))]
    path = tmp_path / "x"
    path.write_bytes(stream)
    zones = imro.read(path)["zoning"].frame
    assert np.array_equal(
        shapely.to_wkb(zones.geometry.to_numpy()), shapely.to_wkb(layer("2006", "zoning").geometry.to_numpy())
    )


def test_all_nine_plans_are_read() -> None:
    """The list above, the umbrella plan and the one that was cut."""
    assert {path.name.removesuffix(".gml.zip") for path in IMRO.iterdir()} == {*COMPLETE, "2012", "geb_fout"}
