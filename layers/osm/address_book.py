"""The addresses of an OpenStreetMap extract, in the columns that the finder of addresses reads.

House numbers in the Netherlands were taken over from the national register (BAG import), so "12a-2" is number 12,
letter A and addition 2; what does not begin with a number is left out, as no one can be found there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from layers.osm.tables import read_points

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

_KEYS: Final = ("addr:street", "addr:housenumber", "addr:postcode", "addr:city")
_NUMBER: Final = r"^\s*(?P<number>\d{1,5})(?P<letter>[A-Za-z](?![A-Za-z]))?[\s/-]*(?P<addition>\S.*)?$"


def read_address_book(path: Path) -> gpd.GeoDataFrame:
    """Return points in EPSG:28992 with ``street``, ``number``, ``letter``, ``addition``, ``postcode``, ``settlement``.

    Texts are null where not tagged. Raises ``SourceError`` for a file that cannot be read.
    """
    found = read_points(path, _KEYS[:1], _KEYS)
    parts = found["addr:housenumber"].astype("str").str.extract(_NUMBER)
    known = (found["addr:street"].notna() & found["addr:housenumber"].notna() & parts["number"].notna()).to_numpy()
    parts, found = parts[known], found[known]
    names = {"addr:street": "street", "addr:postcode": "postcode", "addr:city": "settlement"}
    book: gpd.GeoDataFrame = found.rename(columns=names).assign(
        number=pd.to_numeric(parts["number"]).astype("int64"), letter=parts["letter"], addition=parts["addition"]
    )
    columns = ["street", "number", "letter", "addition", "postcode", "settlement", "geometry"]
    return book[columns].reset_index(drop=True)
