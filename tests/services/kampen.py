"""Kampen as the national services would give it: the layers of the embedded municipality in the fields of the registers.

Served under the addresses of ``config/sources/pdok.yaml``, of which ``write_table`` makes a copy for loopback.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import yaml

from layers import open_source
from suitability.core.config import config_file
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from tests.services.ogc_features import OgcFeatures
from tests.services.wfs import Wfs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.server import Server, Service

_ROADS: Final = {
    "cycleway": "fietspad",
    "pedestrian": "voetgangersgebied",
    "busway": "OV-baan",
    "trunk": "rijbaan autoweg",
}
_PARKS: Final = {"camping": "camping, kampeerterrein", "stacaravans": "caravanpark"}


def services() -> list[Service]:
    """Return the six services of the platform, each with what Kampen has."""
    return [
        OgcFeatures("/kadaster/brk-kadastrale-kaart/ogc/v1", {"perceel": perceel()}),
        OgcFeatures("/kadaster/bag/ogc/v2", {"pand": pand(), "verblijfsobject": verblijfsobject()}),
        OgcFeatures("/lv/bgt/ogc/v1", {"wegdeel": wegdeel()}),
        OgcFeatures("/kadaster/bestuurlijkegebieden/ogc/v1", {"gemeentegebied": gemeentegebied()}, counts=True),
        OgcFeatures("/brt/top10nl/ogc/v1", top10nl()),
        Wfs("/kadaster/plu/wfs/v1_0", plu()),
    ]


def write_table(server: Server, folder: Path, tile_m: float | None = None) -> Path:
    """Write a copy of the shipped table whose services are on a loopback server; returns its path.

    ``tile_m`` is the side of all tiles in metres, where it is to be another.
    """
    table = yaml.safe_load(config_file("sources/pdok.yaml").read_text(encoding="utf-8"))
    table["hosts"] = ["127.0.0.1"]
    for service in table["services"].values():
        service["addresses"] = [server.base + urlsplit(address).path for address in service["addresses"]]
    for layer in table["layers"].values():
        layer["tile_m"] = tile_m or layer["tile_m"]
    path = folder / "pdok.yaml"
    path.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    return path


@cache
def demo(layer: str) -> gpd.GeoDataFrame:
    """Return a layer of the embedded municipality, whole."""
    return open_source("demo").load(LAYERS[layer], Area.everywhere()).frame


@cache
def ground() -> shapely.Geometry:
    """Return where the embedded municipality is complete."""
    return open_source("demo").load(LAYERS["parcels"], Area.everywhere()).coverage


@cache
def perceel() -> gpd.GeoDataFrame:
    """Cadastral parcels, and one that is no longer valid."""
    parcels = demo("parcels")
    number = parcels["parcel_id"].str.extract(r"(\d+)$", expand=False).astype("int64")
    columns = {
        "akr_kadastrale_gemeente_code_waarde": "KPN00",
        "identificatie_lokaal_id": [f"{10**13 + n}" for n in number],
        "kadastrale_gemeente_waarde": "Kampen",
        "kadastrale_grootte_waarde": parcels.area.round().astype("int64"),
        "perceelnummer": number,
        "sectie": "A",
        "status_historie_waarde": "Geldig",
    }
    frame = _served(parcels, columns)
    past = frame.iloc[[0]].assign(perceelnummer=99_999, status_historie_waarde="Vervallen")
    return pd.concat([frame, past], ignore_index=True)


def parcel_ids() -> pd.Series:
    """Return what the parcels of the embedded municipality are called as cadastral parcels, in its order."""
    return "KPN00 A " + demo("parcels")["parcel_id"].str.extract(r"(\d+)$", expand=False).str.lstrip("0")


@cache
def pand() -> gpd.GeoDataFrame:
    """Buildings, one of ten demolished; what each is used for, and in how many units."""
    buildings = demo("buildings")
    row = np.arange(len(buildings))
    columns = {
        "aantal_verblijfsobjecten": row % 4,
        "bouwjaar": 1970,
        "gebruiksdoel": np.array([None, "woonfunctie", "woonfunctie,winkelfunctie", "industriefunctie"])[row % 4],
        "identificatie": buildings["bag_id"].to_numpy(),
        "status": np.where(row % 10 == 9, "Pand gesloopt", "Pand in gebruik"),
    }
    return _served(buildings, columns)


@cache
def verblijfsobject() -> gpd.GeoDataFrame:
    """Units: as many in each building as it says, of 80 m² each; one of the three of a hall is withdrawn."""
    buildings = pand()
    row = np.repeat(np.arange(len(buildings)), buildings["aantal_verblijfsobjecten"])
    number = np.arange(len(row)) - np.searchsorted(row, row)
    columns = {
        "gebruiksdoel": np.where(
            buildings["gebruiksdoel"].to_numpy(dtype=object)[row] == "woonfunctie,winkelfunctie",
            np.where(number == 0, "woonfunctie", "winkelfunctie"),
            buildings["gebruiksdoel"].to_numpy(dtype=object)[row],
        ),
        "identificatie": [f"{n:016d}" for n in range(len(row))],
        "oppervlakte": 80,
        "status": np.where(number == 2, "Verblijfsobject ingetrokken", "Verblijfsobject in gebruik"),
    }
    inner = gpd.GeoDataFrame(geometry=shapely.point_on_surface(buildings.geometry.to_numpy())[row], crs=CRS)
    return _served(inner, columns)


@cache
def wegdeel() -> gpd.GeoDataFrame:
    """Road surfaces, with a version of every tenth that ended, and a path that is no road."""
    roads = demo("public_roads")
    surfaces = shapely.buffer(roads.geometry.to_numpy(), roads["width_m"].to_numpy() / 2, cap_style="flat")
    functions = roads["road_class"].map(_ROADS).fillna("rijbaan lokale weg")
    columns = {
        "eind_registratie": None,
        "functie": functions.to_numpy(),
        "lokaal_id": [f"G0166.{n:032x}" for n in range(len(roads))],
        "relatieve_hoogteligging": 0,
        "status": "bestaand",
        "termination_date": None,
    }
    frame = gpd.GeoDataFrame(columns, geometry=surfaces, crs=CRS)
    ended = frame.iloc[::10].assign(eind_registratie="2019-03-01T12:00:00Z")
    path = frame.iloc[[0]].assign(functie="voetpad")
    tunnel = frame.iloc[[1]].assign(relatieve_hoogteligging=-1)
    return pd.concat([frame, ended, path, tunnel], ignore_index=True)


@cache
def gemeentegebied() -> gpd.GeoDataFrame:
    """Municipalities, with codes of digits only."""
    found = demo("municipality")
    codes = found["code"].str.removeprefix("GM").to_numpy()
    columns = {"code": codes, "identificatie": found["code"].to_numpy(), "naam": found["name"].to_numpy()}
    return _served(found, {**columns, "ligt_in_provincie_naam": "Overijssel"})


@cache
def top10nl() -> dict[str, gpd.GeoDataFrame]:
    """Functional areas, places and water, those of one part and those of more in collections of their own."""
    parks, places, water = demo("recreation_parks"), demo("settlements"), demo("water")
    kinds = parks["park_kind"].map(_PARKS).to_numpy()
    areas = _served(parks, {"naamnl": parks["name"].to_numpy(), "typefunctioneelgebied": kinds})
    works = areas.iloc[[0]].assign(naamnl="Haatland", typefunctioneelgebied="bedrijventerrein")
    towns = {"naamofficieel": places["name"].to_numpy(), "naamnl": None, "typegebied": "woonkern"}
    lakes = {"naamnl": water["name"].to_numpy(), "typewater": "meer, plas"}
    return {
        **_by_parts("functioneel_gebied", pd.concat([areas, works], ignore_index=True)),
        **_by_parts("plaats", _served(places, towns)),
        "waterdeel_vlak": _served(water, lakes),
    }


@cache
def plu() -> dict[str, gpd.GeoDataFrame]:
    """Zones, building plots and function designations of zoning plans."""
    zones, plots, firms = demo("zoning"), demo("building_plots"), demo("businesses")
    category = firms["environmental_category"]
    designations = ("bedrijf tot en met categorie " + category.astype("string")).fillna("bedrijfswoning")
    plan = {"planid": "NL.IMRO.0166.BP0001-VA01"}
    return {
        "enkelbestemming": _served(
            zones,
            {
                "bestemmingshoofdgroep": zones["designation"].to_numpy(),
                "naam": zones["designation_code"].to_numpy(),
                "planid": zones["plan_id"].to_numpy(),
            },
        ),
        "bouwvlak": _served(plots, {"naam": "bouwvlak", "planid": plots["plan_id"].to_numpy()}),
        "functieaanduiding": _served(firms, {"naam": designations.to_numpy(dtype=object), **plan}),
    }


def _served(frame: gpd.GeoDataFrame, columns: dict[str, object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=CRS)


def _by_parts(name: str, frame: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    several = (shapely.get_num_geometries(frame.geometry.to_numpy()) > 1) | (np.arange(len(frame)) % 4 == 3)
    kinds = {"vlak": frame[~several], "multivlak": frame[several]}
    return {f"{name}_{kind}": rows.reset_index(drop=True) for kind, rows in kinds.items()}
