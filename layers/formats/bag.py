"""The register of addresses and buildings (BAG), extract version 2: buildings, addresses and places.

Only what is so on the day of the extract is read: an occurrence that ended, was made inactive or was never BAG is
history, and an object that was withdrawn, refused or only permitted is not there.

A *woonplaats* is no settlement in the sense of the layer ``settlements``: together they cover all land, fields
included, so with them every parcel would lie in a core. ``read_places`` gives them for names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import shapely

from layers.files._xml import iterparse, local_name, text_at, texts_at
from layers.formats._bag_units import per_building
from layers.formats._gml import Mixed
from layers.formats._sniff import documents, roots
from layers.formats._table import frame_of, latest, require
from layers.raw import Raw
from suitability.core.types import CRS

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from layers.files._xml import Element

_ROOTS: Final = ("bagStand", "BAG-Extract-Levering")
#: Columns of each class of object and where they stand; more than one value is joined by this sign.
_BETWEEN: Final = "|"
_COMMON: Final = {"id": "{*}identificatie", "status": "{*}status"}
_ADDRESS: Final = "{*}heeftAlsHoofdadres/{*}NummeraanduidingRef"
_ALSO_ADDRESS: Final = "{*}heeftAlsNevenadres/{*}NummeraanduidingRef"
_PLACED: Final = {"main": _ADDRESS, "also": _ALSO_ADDRESS}
_CLASSES: Final = {
    "Pand": {"year": "{*}oorspronkelijkBouwjaar"},
    "Verblijfsobject": {
        "uses": "{*}gebruiksdoel", "floor_area": "{*}oppervlakte", "buildings": "{*}maaktDeelUitVan/{*}PandRef", **_PLACED,
    },
    "Ligplaats": _PLACED,
    "Standplaats": _PLACED,
    "Nummeraanduiding": {
        "number": "{*}huisnummer", "letter": "{*}huisletter", "addition": "{*}huisnummertoevoeging",
        "postcode": "{*}postcode", "street_id": "{*}ligtAan/{*}OpenbareRuimteRef", "place_id": "{*}ligtIn/{*}WoonplaatsRef",
    },
    "OpenbareRuimte": {"name": "{*}naam", "place_id": "{*}ligtIn/{*}WoonplaatsRef"},
    "Woonplaats": {"name": "{*}naam"},
}  # fmt: skip
_OCCURRENCE: Final = "{*}voorkomen/{*}Voorkomen"
_HISTORY: Final = (
    *("eindGeldigheid", "eindRegistratie", "tijdstipInactief"),
    *("BeschikbaarLV/{*}tijdstipInactiefLV", "BeschikbaarLV/{*}tijdstipNietBagLV"),
    "BeschikbaarLV/{*}tijdstipEindRegistratieLV",
)
#: Words in the status of what is not there, or not yet.
_NOT_THERE: Final = "gesloopt|niet gerealiseerd|ten onrechte opgevoerd|ingetrokken|bouwvergunning verleend"
#: The first digits of a number say in which municipality an object was entered.
_MUNICIPALITY: Final = slice(0, 4)


@dataclass
class _Extract:
    """The objects of an extract by class, current ones only, and how many occurrences were left out per class."""

    frames: dict[str, gpd.GeoDataFrame]
    left_out: dict[str, int] = field(default_factory=dict)
    day: date | None = None


def recognises(path: Path) -> bool:
    """Return whether this is a BAG extract: a file with objects, or a zip of them."""
    return any(root.name in _ROOTS and "lvbag" in root.namespace for root in roots(path))


def read(path: Path) -> dict[str, Raw]:
    """Return ``buildings`` with the columns of the layer; ``use`` and the rest that units say is null without units.

    Raises ``SourceError`` for a file that cannot be read or holds no buildings.
    """
    extract = _read_extract(path, ("Pand", "Verblijfsobject"))
    buildings = extract.frames["Pand"].rename(columns={"id": "bag_id"})
    require(len(buildings), str(path), "Pand")
    columns = {
        **_of_units(extract.frames["Verblijfsobject"], buildings["bag_id"]),
        "bag_id": buildings["bag_id"],
        "year": pd.to_numeric(buildings["year"], errors="coerce").astype(float),
        "status": buildings["status"],
    }
    frame = gpd.GeoDataFrame(columns, geometry=buildings.geometry, crs=CRS)
    return {"buildings": Raw(frame, str(path), extract.day, extract.left_out["Pand"])}


def read_places(path: Path) -> gpd.GeoDataFrame:
    """Return the *woonplaatsen*: ``code`` (four digits), ``name`` and their area, fields included."""
    extract = _read_extract(path, ("Woonplaats",))
    return extract.frames["Woonplaats"][["id", "name", "geometry"]].rename(columns={"id": "code"})


def read_addresses(path: Path) -> gpd.GeoDataFrame:
    """Return the addresses in use: ``street``, ``number`` (integer), ``letter``, ``addition``, ``postcode``, ``settlement``.

    ``address_id`` and ``object_id``: the BAG ids of the address and of what stands there. Geometry: the point of the address, of a mooring or pitch one inside it; null where the extract has no such
    object. Street and settlement are null where the extract lacks them. Raises ``SourceError``.
    """
    classes = ("Nummeraanduiding", "OpenbareRuimte", "Woonplaats", "Verblijfsobject", "Ligplaats", "Standplaats")
    frames = _read_extract(path, classes).frames
    numbers = frames["Nummeraanduiding"].drop(columns="geometry")
    require(len(numbers), str(path), "Nummeraanduiding")
    streets = frames["OpenbareRuimte"].set_index("id")
    places = frames["Woonplaats"].set_index("id")["name"]
    place = numbers["place_id"].where(numbers["place_id"].notna(), numbers["street_id"].map(streets["place_id"]))
    points = pd.concat([_points(frames[kind]) for kind in classes[3:]])
    points = points[~points.index.duplicated()]
    objects = pd.concat([_by_address(frames[kind], frames[kind]["id"]) for kind in classes[3:]])
    objects = objects[~objects.index.duplicated()]
    table = numbers.assign(
        street=numbers["street_id"].map(streets["name"]),
        number=pd.to_numeric(numbers["number"], errors="coerce").astype("Int64"),
        settlement=place.map(places),
        address_id=numbers["id"],
        object_id=numbers["id"].map(objects),
    )
    shapes = gpd.GeoSeries(points.reindex(numbers["id"]).to_numpy(), crs=CRS)
    columns = ["street", "number", "letter", "addition", "postcode", "settlement", "address_id", "object_id"]
    return gpd.GeoDataFrame(table[columns].reset_index(drop=True), geometry=shapes, crs=CRS)


def _read_extract(path: Path, classes: tuple[str, ...]) -> _Extract:
    """Return the current objects of these classes; those of others are passed over."""
    rows: dict[str, list[dict[str, str | None]]] = {kind: [] for kind in classes}
    shapes = {kind: Mixed(str(path)) for kind in classes}
    seen = dict.fromkeys(classes, 0)
    days: list[str | None] = []
    for where, stream in documents(path, _ROOTS):
        for part in iterparse(stream, where, ("stand", "StandTechnischeDatum")):
            if local_name(part) == "StandTechnischeDatum":
                days.append((part.text or "").strip())
                continue
            found = part.find("*/*")
            kind = local_name(found) if found is not None else ""
            if found is None or kind not in rows:
                continue
            seen[kind] += 1
            if _is_current(found, days[-1] if days else None):
                rows[kind].append(_row(found, kind))
                shapes[kind].add(found.find("{*}geometrie"), rows[kind][-1]["id"])
    frames = {
        kind: frame_of(rows[kind], (*_COMMON, *_CLASSES[kind]), shapes[kind].finish())
        .drop_duplicates("id", ignore_index=True)
        for kind in classes
    }  # fmt: skip
    return _Extract(frames, {kind: seen[kind] - len(frames[kind]) for kind in classes}, latest(days))


def _is_current(found: Element, day: str | None) -> bool:
    """Return whether an occurrence holds on the day of the extract and the object is there."""
    occurrence = found.find(_OCCURRENCE)
    if occurrence is None or any(occurrence.find(f"{{*}}{name}") is not None for name in _HISTORY):
        return False
    begins = text_at(occurrence, "{*}beginGeldigheid")
    status = (text_at(found, "{*}status") or "").lower()
    gone = any(word in status for word in _NOT_THERE.split("|"))
    return not gone and not (day and begins and begins[:10] > day)


def _row(found: Element, kind: str) -> dict[str, str | None]:
    paths = {**_COMMON, **_CLASSES[kind]}
    return {name: _BETWEEN.join(texts_at(found, at)) or None for name, at in paths.items()}


def _of_units(units: gpd.GeoDataFrame, buildings: pd.Series) -> pd.DataFrame:
    """Return what the units say of each building.

    All units of a building are known when the extract holds units of the municipality that entered it. Of a building
    with a unit that stands in others too, floor area and dwellings are not known: the register does not divide them.
    """
    several = units["buildings"].str.contains(_BETWEEN, regex=False).fillna(value=False).astype(bool)
    table = pd.DataFrame(units[["uses", "floor_area", "status", "buildings"]]).assign(several=several)
    table["uses"] = table["uses"].str.replace(_BETWEEN, ", ", regex=False)
    table["buildings"] = table["buildings"].str.split(_BETWEEN)
    table = table.explode("buildings").dropna(subset="buildings")
    entered = table["buildings"].str[_MUNICIPALITY].unique()
    complete = buildings.str[_MUNICIPALITY].isin(entered)
    complete &= ~buildings.isin(table["buildings"][table["several"]])
    row = pd.Index(buildings).get_indexer(table["buildings"])
    return per_building(table[row >= 0], row[row >= 0], len(buildings), complete.to_numpy(dtype=bool))


def _points(units: gpd.GeoDataFrame) -> pd.Series:
    """Return a point by the id of each address that an object has, main and further ones."""
    points = pd.Series(shapely.point_on_surface(units.geometry.to_numpy()), index=units.index, dtype="object")
    return _by_address(units, points)


def _by_address(units: gpd.GeoDataFrame, values: pd.Series) -> pd.Series:
    """Return the value of each object by the ids of its addresses."""
    ids = pd.concat([units[column].str.split(_BETWEEN).explode() for column in ("main", "also")]).dropna()
    return pd.Series(values.reindex(ids.index).to_numpy(), index=ids.to_numpy(), dtype="object")
