"""The addresses that come with a source, or in a file of their own, as a finder that works offline.

The embedded municipality and OpenStreetMap extracts hold addresses; a folder may hold them as a GeoPackage with the
national names; with the national services the address service is asked, unless working offline.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pyarrow.parquet as pq

from layers._config import table_path
from layers.addresses.address_service import AddressService, read_address_table
from layers.addresses.geocode import LocalAddresses
from layers.demo import DemoSource
from layers.formats import bag
from layers.formats.addresses import read_addresses, recognises_addresses
from layers.osm.address_book import read_address_book
from layers.services._http import Client
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from layers.addresses.geocode import Geocoder

_KINDS = ".gpkg, .osm.pbf, .parquet, .zip (BAG)"


def finder_at_hand(
    source: str, parcels: gpd.GeoDataFrame, addresses: Path | None = None, *, offline: bool = False
) -> Geocoder | None:
    """Return a finder for the first part of ``source`` that has addresses, or for the file ``addresses``; None = no addresses.

    ``source`` as ``open_source`` understands it. ``parcels``: by which designations are found. Raises ``SourceError``.
    """
    if addresses is not None:
        return LocalAddresses(read_address_file(addresses), parcels)
    for part in (text.strip() for text in source.split(",")):
        frame = _addresses_of(part)
        if frame is not None:
            return LocalAddresses(frame, parcels)
        if part == "pdok" and not offline:
            return _service()
    return None


def read_address_file(path: Path) -> gpd.GeoDataFrame:
    """Return the addresses in a file, see ``LocalAddresses``; raises ``SourceError``."""
    if not path.is_file():
        raise SourceError(Problem(str(path), "file_unreadable", {"found": "No such file"}))
    if path.suffix == ".pbf":
        return read_address_book(path)
    if path.suffix == ".parquet" and {"street", "number", "postcode"} <= set(pq.read_schema(path).names):
        return gpd.read_parquet(path)
    if path.suffix == ".gpkg" and recognises_addresses(path):
        return read_addresses(path)
    if path.suffix in {".zip", ".xml"} and bag.recognises(path):
        found = bag.read_addresses(path)
        return found[found.geometry.notna()]
    raise SourceError(Problem(str(path), "addresses_file", {"expected": _KINDS}))


def _addresses_of(part: str) -> gpd.GeoDataFrame | None:
    kind, _, place = part.partition(":")
    if part == "demo":
        return DemoSource().addresses()
    if kind == "osm" and place:
        return read_address_file(Path(place))
    if kind == "dir" and place:
        found = (path for path in sorted(Path(place).glob("*.gpkg")) if recognises_addresses(path))
        path = next(found, None)
        return None if path is None else read_addresses(path)
    return None


def _service() -> Geocoder:
    """Return the national address service, asked no faster than its users are asked to."""
    table = read_address_table(table_path("sources/addresses.yaml"))
    return AddressService(Client(table.hosts, pause_s=table.pause_s), table)
