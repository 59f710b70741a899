"""Topography at three scales: parks that have an extent, and those that are only a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layers.formats import top
from suitability.core.errors import SourceError
from tests.layers.formats.files import BRT, checked

if TYPE_CHECKING:
    from pathlib import Path

TOP10, TOP50, TOP100 = (BRT / f"{name}_sample.zip" for name in ("TOP10NL_1_2", "TOP50NL_42W", "TOP100NL_42W"))
HEAD = (
    '<t:FeatureCollectionT10NL xmlns:t="http://register.geostandaarden.nl/gmlapplicatieschema/top10nl/1.2.0" '
    'xmlns:gml="http://www.opengis.net/gml/3.2">'
)


def area(kind: str, element: str, value: str, extra: str = "", *, point: bool = False) -> str:
    ring = "<gml:LinearRing><gml:posList>0 0 10 0 10 10 0 10 0 0</gml:posList></gml:LinearRing>"
    shape = (
        "<gml:Point><gml:pos>5 5</gml:pos></gml:Point>"
        if point
        else f"<gml:Polygon><gml:exterior>{ring}</gml:exterior></gml:Polygon>"
    )
    return (
        f"<t:FeatureMember><t:{kind}><t:bronactualiteit>2024-05-01</t:bronactualiteit>{extra}"
        f"<t:{element}>{value}</t:{element}><t:geometrie>{shape}</t:geometrie></t:{kind}></t:FeatureMember>"
    )


def map_of(path: Path, *members: str) -> Path:
    path.write_text(f"{HEAD}{''.join(members)}</t:FeatureCollectionT10NL>", encoding="utf-8")
    return path


def test_the_parks_of_schouwen_are_points() -> None:
    """At 1:50,000 seven bungalow parks and a campsite, none with an extent: no layer is made of them."""
    assert top.read(TOP50) == {}
    parks = top.read_park_points(TOP50)
    assert parks["park_kind"].value_counts().to_dict() == {"bungalowpark": 7, "camping": 1}
    assert parks[parks["park_kind"] == "camping"]["name"].tolist() == ["De Haaymanshoeve"]
    assert "Duinpark Westerschouwen" in set(parks["name"])
    assert parks.total_bounds == pytest.approx([39_105, 410_755, 39_932, 411_974], abs=1)


def test_at_a_smaller_scale_fewer_are_left() -> None:
    """1:100,000 keeps two of them."""
    assert sorted(top.read_park_points(TOP100)["name"]) == ["Burghduin", "Zupe Duinen"]


def test_the_sample_at_the_largest_scale_has_no_parks() -> None:
    """A golf course, an ice rink and a day recreation area are none; its places are points, its water lines."""
    assert top.read(TOP10) == {}
    assert len(top.read_park_points(TOP10)) == 0


@pytest.mark.parametrize(
    ("kind", "park"),
    [
        ("bungalowpark", "bungalowpark"), ("camping, kampeerterrein", "camping"), ("caravanpark", "stacaravans"),
        ("vakantiepark", "vakantiepark"), ("recreatiegebied", None), ("volkstuinen", None), ("woonwagencentrum", None),
    ],
)  # fmt: skip
def test_functional_areas_that_are_parks(tmp_path: Path, kind: str, park: str | None) -> None:
    """Areas for overnight recreation are parks; areas for day recreation and housing are not."""
    found = top.read(map_of(tmp_path / "t.gml", area("FunctioneelGebied", "typeFunctioneelGebied", kind)))
    assert (checked(found["recreation_parks"], "recreation_parks")["park_kind"].tolist() if found else [None]) == [park]


def test_parks_without_extent_are_counted(tmp_path: Path) -> None:
    """The layer lacks them, and states their number; objects that ended are left out too."""
    members = [
        area("FunctioneelGebied", "typeFunctioneelGebied", "bungalowpark", "<t:naamNL>A</t:naamNL>", point=point)
        for point in (True, False)
    ]
    ended = area(
        "FunctioneelGebied", "typeFunctioneelGebied", "bungalowpark", "<t:objectEindTijd>2020-01-01</t:objectEindTijd>"
    )
    raw = top.read(map_of(tmp_path / "t.gml", *members, ended))["recreation_parks"]
    assert (len(raw.frame), raw.left_out, str(raw.reference_date)) == (1, 1, "2024-05-01")


def test_water_and_settlements_with_an_extent(tmp_path: Path) -> None:
    """Dry ditches are no water; a neighbourhood is part of a settlement and no settlement itself."""
    named = "<t:naamOfficieel>Otterlo</t:naamOfficieel>"
    found = top.read(
        map_of(
            tmp_path / "t.gml",
            area("Waterdeel", "typeWater", "meer, plas"), area("Waterdeel", "typeWater", "greppel, droge sloot"),
            area("Plaats", "typeGebied", "woonkern", named), area("Plaats", "typeGebied", "woonwijk", named),
            area("Plaats", "typeGebied", "woonkern"),
        )
    )  # fmt: skip
    assert len(checked(found["water"], "water")) == 1
    assert checked(found["settlements"], "settlements")["name"].tolist() == ["Otterlo"]
    assert set(found) == {"water", "settlements"}


def test_a_file_without_members_is_reported(tmp_path: Path) -> None:
    """An empty delivery is no proof that nothing is there."""
    with pytest.raises(SourceError, match="there is no FeatureMember in this"):
        top.read(map_of(tmp_path / "t.gml"))
