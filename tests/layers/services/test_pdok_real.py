"""Real data of the registers, served in the fields of the national services: what comes out is what the files say."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.formats import bgt, brk
from suitability.core.layer import Area
from suitability.core.types import CRS
from tests.paths import DATA
from tests.services.ogc_features import OgcFeatures
from tests.services.platform import Platform
from tests.services.server import Server

if TYPE_CHECKING:
    from pathlib import Path


def served(prefix: str, name: str, frame: gpd.GeoDataFrame) -> Server:
    """Return a server of one collection of real data in the fields of the register."""
    return Server([OgcFeatures(prefix, {name: frame})])


def test_real_road_surfaces_with_their_history(tmp_path: Path) -> None:
    """2,444 records of Otterlo, most of them history: what is left is what the file itself gives, edge for edge."""
    archive = DATA / "bgt" / "bgt_gmllight_otterlo.zip"
    with ZipFile(archive) as members:
        members.extract("bgt_wegdeel.gml", tmp_path)
    raw = gpd.read_file(tmp_path / "bgt_wegdeel.gml")
    names = {"function": "functie", "eindRegistratie": "eind_registratie", "terminationDate": "termination_date"}
    names |= {"bgt-status": "status", "relatieveHoogteligging": "relatieve_hoogteligging"}
    records = raw.rename(columns=names)[[*names.values(), "geometry"]]
    expected = bgt.read(archive)["public_roads"].frame
    with served("/lv/bgt/ogc/v1", "wegdeel", records.set_crs(CRS, allow_override=True)) as server:
        here = Platform(server, tmp_path)
        found = here.load("public_roads", Area("Otterlo", shapely.box(*records.total_bounds))).frame
    assert len(records) == 2444
    assert len(found) == len(expected) == 630
    assert found["road_class"].value_counts().to_dict() == expected["road_class"].value_counts().to_dict()
    assert float(found.length.sum()) == pytest.approx(float(expected.length.sum()), rel=1e-4)


def test_real_parcels_are_as_large_as_registered(tmp_path: Path) -> None:
    """Eleven parcels of Otterlo: their designations in full, and their area within 3 m2."""
    raw = brk.read(DATA / "brk" / "kadastralekaart_v5_gml.zip")["parcels"].frame
    parts = raw["parcel_id"].str.split(" ", expand=True)
    fields = {
        "akr_kadastrale_gemeente_code_waarde": parts[0],
        "sectie": parts[1],
        "perceelnummer": parts[2].astype(int),
    }
    records = gpd.GeoDataFrame({**fields, "status_historie_waarde": "Geldig"}, geometry=raw.geometry, crs=CRS)
    with served("/kadaster/brk-kadastrale-kaart/ogc/v1", "perceel", records) as server:
        found = Platform(server, tmp_path).load("parcels", Area("Otterlo", shapely.box(*raw.total_bounds))).frame
    registered = raw.set_index("parcel_id")["registered_area_m2"]
    assert sorted(found["parcel_id"]) == sorted(registered.index)
    assert np.abs(found.area - found["parcel_id"].map(registered)).max() < 3


def test_the_real_municipalities(tmp_path: Path) -> None:
    """All 342, in seven pages, with the extent of the country."""
    with ZipFile(DATA / "boundaries" / "pdok_cbs_municipalities_nl_2025.json.zip") as members:
        raw = gpd.read_file(io.BytesIO(members.read(members.namelist()[0]))).to_crs(CRS)
    fields = {"naam": raw["statnaam"], "code": raw["statcode"].str.removeprefix("GM")}
    records = gpd.GeoDataFrame(fields, geometry=raw.geometry, crs=CRS)
    prefix = "/kadaster/brk-bestuurlijke-gebieden/ogc/v1"
    with served(prefix, "gemeentegebied", records) as server:
        layer = Platform(server, tmp_path).load("municipality", Area.everywhere())
        assert len(server.asked("/items")) == 1 + 7
    assert set(layer.frame["code"]) == set(raw["statcode"])
    assert 33_000 < layer.coverage.area / 1e6 < 42_000
    assert (layer.frame["name"] == "Kampen").sum() == 1
