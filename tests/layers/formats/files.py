"""The real files of ``tests/data``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd

from layers.files._archive import extract
from layers.validate import normalise
from suitability.core.layer_specs import LAYERS
from tests.paths import DATA

if TYPE_CHECKING:
    from pathlib import Path

    from layers.raw import Raw

IMRO: Final = DATA / "imro"
BRK: Final = DATA / "brk"
BAG: Final = DATA / "bag"
BRT: Final = DATA / "brt"
BGT: Final = DATA / "bgt" / "bgt_gmllight_otterlo.zip"
MUNICIPALITIES: Final = DATA / "boundaries" / "pdok_cbs_municipalities_nl_2025.json.zip"
PROVINCES: Final = DATA / "boundaries" / "pdok_cbs_provinces_nl_2025.json.zip"
ADDRESSES: Final = DATA / "boundaries" / "dutch_addresses_4326.gpkg.zip"
EXTRACT: Final = BAG / "BAGNLDL-15092020-small.zip"
BUILDINGS: Final = BAG / "0221PND15092020.zip"


def plan(name: str) -> Path:
    """Return the file of a zoning plan."""
    return IMRO / f"{name}.gml.zip"


def unpacked(path: Path, to: Path) -> Path:
    """Return the one file in a zip, unpacked."""
    (found,) = extract(path, to / path.stem)
    return found


def checked(raw: Raw, layer: str) -> gpd.GeoDataFrame:
    """Return what was read as the engine takes it."""
    assert isinstance(raw.frame, gpd.GeoDataFrame)
    return normalise(raw.frame, LAYERS[layer], raw.where).frame
