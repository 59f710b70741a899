"""A BAG id is that of a building, of an address or of what stands there; each leads to the place, or to a clear sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest

from layers import open_source
from layers.addresses.address_file import read_address_file
from layers.addresses.geocode import LocalAddresses
from layers.formats.addresses import read_addresses
from suitability.core.messages import LANGS, Lang
from suitability.core.types import CRS
from suitability.report.wording.receipt import notes_text
from suitability.spatial.parcels import inner_points
from suitability.submissions.entry import Entries, Entry
from suitability.submissions.intake import Batch, make_receipts
from suitability.submissions.lookup import LookupSources, surroundings_of
from tests.conftest import demo_scan
from tests.layers.formats.test_bag import EXTRACT as BAG_EXTRACT
from tests.submissions.receipts import SETTINGS, kampen
from tests.submissions.test_same_verdict import taken_in

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS, UNIT = "0166200000012345", "0166010000054321"


@pytest.fixture
def register(tmp_path: Path) -> tuple[Path, str]:
    """Give a GeoPackage with the ids of one address in Kampen, and the parcel it stands on."""
    parcels = kampen().parcels
    row = 9000
    spot = inner_points(parcels.geometry[[row]])
    columns = {"straatnaam": ["Proefstraat"], "huisnummer": [1], "postcode": ["8261AA"], "woonplaats": ["Kampen"]}
    ids = {"nummeraanduiding_identificatie": [ADDRESS], "adresseerbaarobject_id": [UNIT.removeprefix("0")]}
    path = tmp_path / "adressen.gpkg"
    gpd.GeoDataFrame({**columns, **ids}, geometry=spot, crs=CRS).to_file(path)
    return path, str(parcels.ids[row])


@pytest.mark.parametrize("bag_id", [ADDRESS, UNIT, ADDRESS[1:], f"NL.IMBAG.Nummeraanduiding.{ADDRESS}"])
def test_the_id_of_an_address_leads_to_its_parcel(register: tuple[Path, str], bag_id: str) -> None:
    """Of the address and of the unit, with the zero in front or without, with the prefix of the register or without."""
    path, parcel = register
    around = surroundings_of(demo_scan("kadaster-scan"), LookupSources(open_source("demo"), "demo", path))
    entries = Entries((Entry(2, {"bag_id": bag_id}),), ("bag_id",))
    (line,) = make_receipts(Batch("x.csv", "0", entries), around, SETTINGS).lines
    assert line.site_id == parcel
    building = next(one for one in around.by_bag_id if one[4:6] == "10")
    assert around.by_bag_id[building] == kampen().by_bag_id[building]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("bag_id", [ADDRESS, UNIT])
def test_where_the_data_have_no_ids_of_addresses_it_is_said(bag_id: str, lang: Lang) -> None:
    """Not that the address is not there, which nobody knows; an unknown building is another sentence."""
    (line,) = taken_in({"bag_id": bag_id}).lines
    assert not line.is_accepted
    assert {"nl": "alleen BAG-nummers van panden", "en": "only BAG ids of buildings"}[lang] in notes_text(line, lang)
    (line,) = taken_in({"bag_id": "0166100009999999"}).lines
    assert [note.key for note in line.notes] == ["bag_unknown"]


def test_the_register_itself_can_be_given(tmp_path: Path) -> None:
    """A BAG extract as the file of addresses: every address by its own id and by that of its object."""
    frame = read_address_file(BAG_EXTRACT)
    finder = LocalAddresses(frame)
    assert set(frame["address_id"]) | set(frame["object_id"]) == set(finder.by_bag_id)
    plain = tmp_path / "x.gpkg"
    columns = {"straatnaam": ["A"], "huisnummer": [1], "postcode": ["8261AA"]}
    gpd.GeoDataFrame(columns, geometry=np.array(inner_points(kampen().parcels.geometry[:1])), crs=CRS).to_file(plain)
    assert LocalAddresses(read_addresses(plain)).by_bag_id == {}
