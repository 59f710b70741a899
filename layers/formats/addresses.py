"""Addresses in a GeoPackage with the national names, and municipalities as Statistics Netherlands draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from layers.formats._geojson import read_features
from layers.formats._sniff import begins_with
from layers.formats._table import latest
from layers.raw import Raw
from suitability.core.errors import Problem, SourceError
from suitability.core.types import CRS

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

_SQLITE: Final = b"SQLite format 3\x00"
#: Columns of ``read_addresses``, here and in the BAG, and their names in the GeoPackage.
_COLUMNS: Final = {
    "street": "straatnaam",
    "number": "huisnummer",
    "letter": "huisletter",
    "addition": "toevoeging",
    "postcode": "postcode",
    "settlement": "woonplaats",
}
#: BAG ids of an address (nummeraanduiding) and of what stands there (verblijfsobject, ligplaats, standplaats), and by
#: which names, without capitals and underscores, files have them.
_IDS: Final = {
    "address_id": ("nummeraanduiding", "nummeraanduidingid", "nummeraanduidingidentificatie", "nummeraanduidinghoofdadresidentificatie"),
    "object_id": ("verblijfsobject", "verblijfsobjectid", "verblijfsobjectidentificatie", "adresseerbaarobject", "adresseerbaarobjectid", "adresseerbaarobjectidentificatie"),
}  # fmt: skip
_NEEDED: Final = frozenset({"straatnaam", "huisnummer", "postcode"})
_CODE, _NAME, _KIND, _SINCE = "statcode", "statnaam", "rubriek", "startdatum"
_MUNICIPALITY: Final = "gemeente"


def recognises_addresses(path: Path) -> bool:
    """Return whether this is a GeoPackage of which a layer holds Dutch addresses."""
    return _address_layer(path) is not None


def read_addresses(path: Path) -> gpd.GeoDataFrame:
    """Return the addresses in EPSG:28992: ``street``, ``number`` (integer), ``letter``, ``addition``, ``postcode``, ``settlement``.

    With ``address_id`` and ``object_id`` (BAG ids, as text) where the file has them. Null where an address has none. Raises ``SourceError`` for a file without addresses.
    """
    layer = _address_layer(path)
    if layer is None:
        raise SourceError(Problem(str(path), "format_nothing", {"expected": ", ".join(sorted(_NEEDED))}))
    found = pyogrio.read_dataframe(path, layer=layer).to_crs(CRS)
    frame: gpd.GeoDataFrame = found.rename(columns={theirs: ours for ours, theirs in _COLUMNS.items()})
    plain = {str(name).casefold().replace("_", ""): name for name in frame.columns}
    ids = {role: plain[known] for role, names in _IDS.items() for known in names if known in plain}
    frame = frame.rename(columns={name: role for role, name in ids.items()})
    frame = frame.reindex(columns=[*_COLUMNS, *ids, "geometry"])
    return frame.assign(number=pd.to_numeric(frame["number"], errors="coerce").astype("Int64"))


def recognises_regions(path: Path) -> bool:
    """Return whether this is GeoJSON with the regions of Statistics Netherlands."""
    return begins_with(path, "FeatureCollection", _CODE, _NAME, _KIND)


def read_regions(path: Path) -> dict[str, Raw]:
    """Return ``municipality`` (``name``, ``code`` as GM0014); nothing when the regions are of another kind."""
    regions = read_features(path, (_CODE, _NAME, _KIND))
    is_municipality = regions[_KIND].eq(_MUNICIPALITY)
    frame = regions[is_municipality].rename(columns={_NAME: "name", _CODE: "code"})
    if not len(frame):
        return {}
    since = latest([str(day) for day in frame[_SINCE]]) if _SINCE in frame else None
    table = frame[["name", "code", "geometry"]].reset_index(drop=True)
    return {"municipality": Raw(table, str(path), since, int((~is_municipality).sum()))}


def read_all_regions(path: Path) -> gpd.GeoDataFrame:
    """Return the regions of a file whatever their kind: ``name``, ``code`` (PV20, GM0014) and ``kind``."""
    regions = read_features(path, (_CODE, _NAME, _KIND)).rename(columns={_NAME: "name", _CODE: "code", _KIND: "kind"})
    return regions[["name", "code", "kind", "geometry"]]


def _address_layer(path: Path) -> str | None:
    """Return the name of the layer with addresses; null when the file has none or is no GeoPackage."""
    with path.open("rb") as stream:
        if stream.read(len(_SQLITE)) != _SQLITE:
            return None
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        fields = {name: set(pyogrio.read_info(path, layer=name)["fields"]) for name in names}
    except (DataSourceError, DataLayerError) as error:
        raise SourceError(Problem(str(path), "archive_damaged", {"found": str(error)})) from error
    return next((name for name in names if fields[name] >= _NEEDED), None)
