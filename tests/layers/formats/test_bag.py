"""The register of addresses and buildings: what is so on the day of the extract, and nothing else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from lxml import etree

from layers.files._archive import open_members
from layers.formats import bag
from suitability.core.errors import SourceError
from tests.layers.formats.files import BAG, BUILDINGS, EXTRACT, checked
from tests.layers.formats.hostile import zipped

if TYPE_CHECKING:
    from pathlib import Path

GONE = ("Pand gesloopt", "Niet gerealiseerd pand", "Pand ten onrechte opgevoerd", "Bouwvergunning verleend")


def occurrences(path: Path, kind: str) -> list[dict[str, str]]:
    """Return what every occurrence of a kind says, by the plainest means."""
    found = []
    for _, stream in open_members(path, (".xml",)):
        for element in etree.parse(io.BytesIO(stream.read())).iter(f"{{*}}{kind}"):
            texts = {etree.QName(part).localname: part.text or "" for part in element.iter("{*}*")}
            found.append(texts)
    return found


@pytest.fixture(scope="module")
def panden() -> list[dict[str, str]]:
    return occurrences(BUILDINGS, "Pand")


def test_the_buildings_of_doesburg_of_today(panden: list[dict[str, str]]) -> None:
    """13,098 occurrences, of which 7,227 are buildings that stand, each once; the rest is history or was not built."""
    raw = bag.read(BUILDINGS)["buildings"]
    frame = checked(raw, "buildings")
    now = [pand for pand in panden if "eindGeldigheid" not in pand and pand["status"] not in GONE]
    assert len(panden) == 13_098
    assert sorted(frame["bag_id"]) == sorted(pand["identificatie"] for pand in now)
    assert (len(frame), raw.left_out) == (7227, 13_098 - 7227)
    assert frame["bag_id"].is_unique
    assert frame["bag_id"].str.fullmatch(r"\d{16}").all()
    assert (~frame["bag_id"].str.startswith("0221100")).sum() == 2  # on the border, entered by the neighbours
    assert str(raw.reference_date) == "2020-09-15"


def test_the_buildings_lie_in_doesburg() -> None:
    """All within the place of that name but two on its border, with sizes of buildings."""
    frame = checked(bag.read(BUILDINGS)["buildings"], "buildings")
    (place,) = bag.read_places(EXTRACT).geometry
    assert np.count_nonzero(~shapely.covers(place.buffer(5), frame.geometry.to_numpy())) == 2
    assert frame.distance(place).max() == 0
    assert np.median(frame.area) == pytest.approx(41, abs=15)
    assert frame.area.sum() == pytest.approx(624_470, abs=2)


def test_without_units_the_use_is_not_known(tmp_path: Path) -> None:
    """A file of buildings alone does not say what they are used for; year and status it says."""
    frame = bag.read(BUILDINGS)["buildings"].frame
    assert frame[["use", "floor_area_m2", "n_dwellings"]].isna().all(axis=None)
    assert frame["year"].between(1000, 2020).all()
    assert set(frame["status"]) <= {
        "Pand in gebruik",
        "Pand in gebruik (niet ingemeten)",
        "Pand buiten gebruik",
        "Bouw gestart",
        "Sloopvergunning verleend",
        "Verbouwing pand",
    }
    started = bag.read(extract_of(tmp_path / "x.zip", pand(status="Bouw gestart")))["buildings"].frame
    assert started["status"].tolist() == ["Bouw gestart"]


def test_with_units_it_follows_from_their_use() -> None:
    """A house, and a building with another use, as they stand in the extract."""
    frame = bag.read(EXTRACT)["buildings"].frame.set_index("bag_id")
    units = {row["PandRef"]: row for row in occurrences(EXTRACT, "Verblijfsobject") if "eindGeldigheid" not in row}
    assert frame["use"].to_dict() == {"0221100000312938": "dwelling", "0221100000311191": "other"}
    assert frame["n_dwellings"].to_dict() == {"0221100000312938": 1.0, "0221100000311191": 0.0}
    assert frame["floor_area_m2"].to_dict() == {number: float(units[number]["oppervlakte"]) for number in frame.index}


def unit(
    number: int,
    uses: str,
    building: str = "0221100000312938",
    status: str = "Verblijfsobject in gebruik",
    area: str = "<o:oppervlakte>80</o:oppervlakte>",
) -> str:
    purposes = "".join(f"<o:gebruiksdoel>{use}</o:gebruiksdoel>" for use in uses.split(", "))
    part_of = "".join(f"<o:PandRef>{one}</o:PandRef>" for one in building.split(", "))
    return f"""<stand><bagObject><o:Verblijfsobject xmlns:o="urn:o"><o:identificatie>{number:016d}</o:identificatie>
    {area}<o:status>{status}</o:status>{purposes}<o:maaktDeelUitVan>{part_of}</o:maaktDeelUitVan>
    <o:voorkomen><o:Voorkomen><o:beginGeldigheid>2011-01-01</o:beginGeldigheid></o:Voorkomen></o:voorkomen>
    </o:Verblijfsobject></bagObject></stand>"""


def pand(begins: str = "2010-01-01", occurrence: str = "", status: str = "Pand in gebruik") -> str:
    ring = "0 0 0 10 0 0 10 10 0 0 10 0 0 0 0"
    return f"""<stand><bagObject><o:Pand xmlns:o="urn:o" xmlns:gml="http://www.opengis.net/gml/3.2">
    <o:identificatie>0221100000312938</o:identificatie><o:geometrie><gml:Polygon srsDimension="3"><gml:exterior>
    <gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></o:geometrie>
    <o:status>{status}</o:status><o:voorkomen><o:Voorkomen><o:beginGeldigheid>{begins}</o:beginGeldigheid>{occurrence}
    </o:Voorkomen></o:voorkomen></o:Pand></bagObject></stand>"""


def extract_of(path: Path, *parts: str) -> Path:
    text = (
        '<b:bagStand xmlns:b="http://www.kadaster.nl/schemas/lvbag/x"><StandTechnischeDatum>2020-09-15'
        f"</StandTechnischeDatum><standBestand>{''.join(parts)}</standBestand></b:bagStand>"
    )
    return zipped(path, {"x.xml": text.encode()})


HOME = unit(1, "woonfunctie")
OF_TWO = unit(1, "woonfunctie", building="0221100000312938, 0221100000000000")


@pytest.mark.parametrize(
    ("units", "use", "floor", "dwellings"),
    [
        ((HOME,), "dwelling", 80, 1),
        ((HOME, unit(2, "woonfunctie")), "dwelling", 160, 2),
        ((HOME, unit(2, "winkelfunctie")), "dwelling", 160, 1),
        ((unit(1, "kantoorfunctie, woonfunctie"),), "dwelling", 80, 1),
        ((unit(1, "winkelfunctie, kantoorfunctie"),), "office", 80, 0),
        ((unit(1, "industriefunctie"), unit(2, "industriefunctie")), "industry", 160, 0),
        ((unit(1, "logiesfunctie"), unit(2, "winkelfunctie")), "lodging", 160, 0),
        ((unit(1, "gezondheidszorgfunctie"),), "other", 80, 0),
        ((HOME, unit(2, "winkelfunctie", status="Verblijfsobject ingetrokken")), "dwelling", 80, 1),
        ((unit(1, "woonfunctie", status="Niet gerealiseerd verblijfsobject"),), None, None, None),
        ((unit(1, "woonfunctie", status="Verblijfsobject gevormd"),), "dwelling", None, 0),
        ((unit(1, "kantoorfunctie", status="Verblijfsobject buiten gebruik"),), "office", 80, 0),
        ((HOME, unit(2, "woonfunctie", area="")), "dwelling", None, 2),
        ((OF_TWO,), "dwelling", None, None),
        ((unit(1, "woonfunctie", building="0221100000000000"),), "other", None, 0),
        ((unit(1, "woonfunctie", building="0300100000000000"),), None, None, None),
        ((), None, None, None),
    ],
)
def test_use_floor_and_dwellings_in_each_case(
    tmp_path: Path, units: tuple[str, ...], use: str | None, floor: float | None, dwellings: float | None
) -> None:
    """Units that are there count; what is not known of one of them, or whether they are all, is not known."""
    frame = bag.read(extract_of(tmp_path / "x.zip", pand(), *units))["buildings"].frame
    assert frame["use"].tolist() == [use]
    assert frame["floor_area_m2"].replace({np.nan: None}).tolist() == [floor]
    assert frame["n_dwellings"].replace({np.nan: None}).tolist() == [dwellings]
    assert frame.area.tolist() == [100]


@pytest.mark.parametrize(
    "other",
    [
        pand(occurrence="<o:eindGeldigheid>2012-01-01</o:eindGeldigheid>"),
        pand(occurrence="<o:eindRegistratie>2012-01-01</o:eindRegistratie>"),
        pand(occurrence="<o:BeschikbaarLV><o:tijdstipInactiefLV>2012-01-01</o:tijdstipInactiefLV></o:BeschikbaarLV>"),
        pand(occurrence="<o:BeschikbaarLV><o:tijdstipNietBagLV>2012-01-01</o:tijdstipNietBagLV></o:BeschikbaarLV>"),
        pand(begins="2020-09-16"),
        pand(status="Pand gesloopt"),
        pand(status="Bouwvergunning verleend"),
    ],
)
def test_what_is_not_there_on_the_day_is_left_out_and_counted(tmp_path: Path, other: str) -> None:
    """History, mistakes that were taken back, the future, and plans."""
    raw = bag.read(extract_of(tmp_path / "x.zip", other, pand()))["buildings"]
    assert (len(raw.frame), raw.left_out) == (1, 1)


def test_addresses_have_street_place_and_point() -> None:
    """Main and further addresses, on houses, moorings and pitches; history is left out."""
    frame = bag.read_addresses(EXTRACT)
    assert frame.crs.to_epsg() == 28992
    assert len(frame) == 8
    house = frame[frame["street"] == "Kosterstraat"].iloc[0]
    assert (house["number"], house["letter"], house["postcode"]) == (4, None, "6981CH")
    assert (house.geometry.x, house.geometry.y) == (206335.699, 447529.842)
    assert frame["settlement"].eq("Doesburg").all()
    numbers = {
        row["identificatie"]
        for row in occurrences(EXTRACT, "Nummeraanduiding")
        if "eindGeldigheid" not in row and "tijdstipNietBagLV" not in row
    }
    assert set(frame["address_id"]) == numbers
    units = {row["identificatie"] for kind in ("Verblijfsobject", "Ligplaats", "Standplaats") for row in occurrences(EXTRACT, kind)}  # fmt: skip
    assert set(frame["object_id"]) <= units
    assert frame["object_id"].notna().all()
    assert len(numbers) == 8
    assert frame.geometry.notna().all()


def test_a_place_covers_its_fields_too() -> None:
    """Doesburg measures 13 km², the river forelands included: no layer of settlements can be made of it."""
    places = bag.read_places(EXTRACT)
    assert places[["code", "name"]].to_numpy().tolist() == [["2142", "Doesburg"]]
    assert places.area.iloc[0] == pytest.approx(12_958_312, abs=5)
    built = checked(bag.read(BUILDINGS)["buildings"], "buildings").area.sum()
    assert built < 0.05 * places.area.iloc[0]


def test_an_extract_without_buildings_is_told(tmp_path: Path) -> None:
    """Nothing is not the same as no buildings."""
    with pytest.raises(SourceError, match="there is no Pand in this"):
        bag.read(extract_of(tmp_path / "x.zip", unit(1, "woonfunctie")))


def test_the_relation_of_places_and_municipalities_is_no_extract() -> None:
    """It comes along in one, and holds no objects."""
    assert not bag.recognises(BAG / "GEM-WPL-RELATIE-08052020.zip")
