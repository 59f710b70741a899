"""The cadastral map (BRK): parcels from its GML, versions 4 and 5, and from answers of its older service.

A parcel is called by its designation in full: code of the cadastral municipality, section, number, with single
spaces: ``OTL02 B 2298``. What GDAL hands back as its geometry is the point of the label; the polygon is read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from layers.files._xml import iterparse, text_at
from layers.formats._geojson import read_features
from layers.formats._gml import Surfaces
from layers.formats._sniff import begins_with, documents, roots
from layers.formats._table import Row, frame_of, only, require
from layers.raw import Raw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layers.files._xml import Element

_ROOTS: Final = ("DKK", "brkkadastralekaartCollection")
_DESIGNATION: Final = "{*}kadastraleAanduiding/{*}TypeKadastraleAanduiding"
_PATHS: Final = {
    "municipality_code": f"{_DESIGNATION}/{{*}}aKRKadastraleGemeenteCode/{{*}}AKRKadastraleGemeenteCode/{{*}}waarde",
    "section": f"{_DESIGNATION}/{{*}}sectie",
    "number": f"{_DESIGNATION}/{{*}}perceelnummer",
    "registered_area_m2": "{*}kadastraleGrootte/{*}TypeOppervlak/{*}waarde",
    "area_kind": "{*}kadastraleGrootte/{*}TypeOppervlak/{*}soortGrootte/{*}SoortGrootte/{*}waarde",
    "status": "{*}historie/{*}statusHistorie/{*}StatusHistorie/{*}code",
    "ended": "{*}historie/{*}eindGeldigheid",
}
#: Names in answers of the service ``kadastralekaart:Perceel``.
SERVICE_FIELDS: Final = {
    "municipality_code": "AKRKadastraleGemeenteCodeWaarde",
    "section": "sectie",
    "number": "perceelnummer",
}
_SERVICE_AREA, _SERVICE_AREA_KIND, _SERVICE_STATUS = (
    "kadastraleGrootteWaarde",
    "soortGrootteWaarde",
    "statusHistorieCode",
)
_VALID: Final = "G"
_COLUMNS: Final = ("parcel_id", "registered_area_m2", "area_kind")


def recognises(path: Path) -> bool:
    """Return whether this is a cadastral map in GML, whatever its name."""
    return any(root.name in _ROOTS and "brkkadastralekaart" in root.namespace for root in roots(path))


def read(path: Path) -> dict[str, Raw]:
    """Return ``parcels``: ``parcel_id``, ``registered_area_m2`` (float) and ``area_kind`` (as registered).

    Parcels that are no longer valid are left out and counted; a file with only boundaries or their quality gives
    nothing. Raises ``SourceError`` for a file that cannot be read.
    """
    rows: list[Row] = []
    shapes, known = Surfaces(str(path)), 0
    for where, stream in documents(path, _ROOTS):
        for parcel in iterparse(stream, where, ("Perceel", "KadastraleGrens", "Kwaliteit")):
            known += 1
            if parcel.tag.endswith("}Perceel"):
                rows.append(_row(parcel))
                shapes.add(
                    parcel.find("{*}begrenzingPerceel"), " ".join(filter(None, map(rows[-1].get, SERVICE_FIELDS)))
                )
    require(known, str(path), "Perceel")
    if not rows:
        return {}
    frame = frame_of(rows, tuple(_PATHS), shapes.finish())
    valid = frame["status"].fillna(_VALID).eq(_VALID) & frame["ended"].isna()
    frame["parcel_id"] = parcel_ids(frame, {name: name for name in SERVICE_FIELDS})
    frame["registered_area_m2"] = pd.to_numeric(frame["registered_area_m2"], errors="coerce").astype("float64")
    return {"parcels": Raw(only(frame, valid, _COLUMNS), str(path), left_out=int((~valid).sum()))}


def parcel_ids(frame: pd.DataFrame, fields: Mapping[str, str]) -> pd.Series:
    """Return the designation of each parcel in full, ``OTL02 B 2298``; null where a part of it is missing.

    ``fields`` names the columns that hold ``municipality_code``, ``section`` and ``number``.
    """
    code, section, number = (
        frame[fields[part]].astype("string").str.strip() for part in ("municipality_code", "section", "number")
    )
    number = number.str.replace(r"\.0$", "", regex=True).str.lstrip("0")
    ids = code + " " + section + " " + number
    return ids.astype("object").where(ids.notna(), None).rename("parcel_id")


def recognises_answer(path: Path) -> bool:
    """Return whether this is GeoJSON from the service of the cadastral map."""
    return begins_with(path, "FeatureCollection", SERVICE_FIELDS["municipality_code"])


def read_answer(path: Path) -> dict[str, Raw]:
    """Return ``parcels`` from an answer of the older service, in the CRS it names; as ``read``."""
    frame = read_features(path, (*SERVICE_FIELDS.values(), _SERVICE_AREA, _SERVICE_AREA_KIND, _SERVICE_STATUS))
    frame["parcel_id"] = parcel_ids(frame, SERVICE_FIELDS)
    frame = frame.rename(columns={_SERVICE_AREA: "registered_area_m2", _SERVICE_AREA_KIND: "area_kind"})
    valid = frame[_SERVICE_STATUS].eq(_VALID)
    return {"parcels": Raw(only(frame, valid, _COLUMNS), str(path), left_out=int((~valid).sum()))}


def _row(parcel: Element) -> Row:
    return {name: text_at(parcel, path) for name, path in _PATHS.items()}
