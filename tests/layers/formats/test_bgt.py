"""Large-scale topography: Otterlo as it is, without its history."""

from __future__ import annotations

import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from lxml import etree

from layers.formats import bgt
from suitability.core.errors import SourceError
from tests.layers.formats.files import BGT, BRK, checked
from tests.layers.formats.hostile import zipped

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from lxml.etree import _Element

    from layers.raw import Raw

OTTERLO = shapely.box(179_000, 455_000, 183_500, 459_500)


@pytest.fixture(scope="module")
def otterlo() -> dict[str, Raw]:
    return bgt.read(BGT)


def records(member: str) -> list[_Element]:
    """Return all objects of a file, by the plainest means."""
    with zipfile.ZipFile(BGT) as archive:
        return [holder[0] for holder in etree.fromstring(archive.read(member))]


def is_now(record: _Element) -> bool:
    return not record.findtext("{*}eindRegistratie") and record.findtext("{*}bgt-status") == "bestaand"


def frame(raw: Raw, layer: str) -> gpd.GeoDataFrame:
    return checked(raw, layer)


def test_buildings_that_stand(otterlo: dict[str, Raw]) -> None:
    """1,681 of 2,273 records: 562 ended, and 30 of the others are only planned."""
    raw, all_of_them = otterlo["buildings"], records("bgt_pand.gml")
    assert (len(all_of_them), sum(map(is_now, all_of_them))) == (2273, 1681)
    assert (len(raw.frame), raw.left_out) == (1681, 592)
    shapes = frame(raw, "buildings")
    assert shapes["use"].isna().all()
    assert shapely.covers(OTTERLO, shapes.geometry.to_numpy()).all()
    assert shapes.area.sum() == pytest.approx(189_719, abs=2)


def test_buildings_have_the_number_of_the_other_register(otterlo: dict[str, Raw]) -> None:
    """Sixteen digits; a row of nines stands for none yet. One number can have several parts."""
    ids = frame(otterlo["buildings"], "buildings")["bag_id"]
    assert ids.dropna().str.fullmatch(r"\d{16}").all()
    assert not ids.str.contains("9999999", na=False).any()
    assert (ids.isna().sum(), ids.nunique()) == (17, 1659)


def test_roads_are_the_edges_of_their_surfaces(otterlo: dict[str, Raw]) -> None:
    """Lines without width: the length of the outlines, holes (roundabouts, islands) included, arcs followed."""
    roads = frame(otterlo["public_roads"], "public_roads")
    now = [r for r in records("bgt_wegdeel.gml") if is_now(r) and r.findtext("{*}function") in bgt.PUBLIC_ROADS]
    assert (len(roads), len(now)) == (630, 630)
    assert roads["width_m"].eq(0).all()
    assert roads["name"].isna().all()
    assert set(roads.geom_type) == {"LineString", "MultiLineString"}
    assert Counter(roads["road_class"]) == Counter(r.findtext("{*}function") for r in now)
    assert shapely.is_ring(shapely.get_parts(roads.geometry.to_numpy())).all()


def test_drives_and_parking_places_are_no_public_roads(otterlo: dict[str, Raw]) -> None:
    """1,252 surfaces exist; half are private drives, footpaths and parking places."""
    kinds = Counter(r.findtext("{*}function") for r in records("bgt_wegdeel.gml") if is_now(r))
    assert sum(kinds.values()) == 1252
    left_out = set(kinds) - set(otterlo["public_roads"].frame["road_class"])
    assert left_out == {"inrit", "voetpad", "voetpad op trap", "parkeervlak"}


def test_water_without_dry_ditches(otterlo: dict[str, Raw]) -> None:
    """A greppel holds no water."""
    water = frame(otterlo["water"], "water")
    now = [r for r in records("bgt_waterdeel.gml") if is_now(r)]
    dry = [r for r in now if r.findtext("{*}class") == "greppel, droge sloot"]
    assert (len(now), len(dry), len(water)) == (296, 14, 282)
    assert np.isfinite(water.area).all()


def test_the_date_is_that_of_the_newest_change(otterlo: dict[str, Raw]) -> None:
    """The file names no date of its own."""
    assert {str(raw.reference_date) for raw in otterlo.values()} == {"2020-07-28"}


@pytest.mark.parametrize(("name", "count"), [("dkk_v4_gml.zip", 13), ("kadastralekaart_v5_gml.zip", 22)])
def test_buildings_that_come_with_the_cadastral_map(name: str, count: int) -> None:
    """The same format, in the same zip as the parcels."""
    assert bgt.recognises(BRK / name)
    assert len(frame(bgt.read(BRK / name)["buildings"], "buildings")) == count


def test_files_of_other_objects_give_nothing(tmp_path: Path) -> None:
    """Lamp posts are no layer; a file without any object is a mistake."""
    with zipfile.ZipFile(BGT) as archive:
        kast, spoor = archive.read("bgt_kast.gml"), archive.read("bgt_spoor.gml")
    assert bgt.read(zipped(tmp_path / "kast.zip", {"kast.gml": kast})) == {}
    with pytest.raises(SourceError, match="there is no cityObjectMember in this"):
        bgt.read(zipped(tmp_path / "spoor.zip", {"spoor.gml": spoor}))
