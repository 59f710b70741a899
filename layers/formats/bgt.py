"""Large-scale topography (BGT, ``gmllight``): buildings, the edges of public roads, and water.

History is left out: a record with ``eindRegistratie`` or ``terminationDate`` is no longer so; neither is one that is
only planned. What a building is used for the BGT does not say.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

import shapely

from layers.files._xml import iterparse, local_name, text_at
from layers.formats._gml import Surfaces
from layers.formats._sniff import documents, roots
from layers.formats._table import Row, frame_of, latest, only, require
from layers.raw import Raw

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import numpy as np

_ROOTS: Final = ("CityModel",)
#: Class of object, and the element that holds its outline at ground level.
_OUTLINES: Final = {
    "BuildingPart": "{*}geometrie2dGrondvlak",
    "TrafficArea": "{*}geometrie2dWegdeel",
    "Waterdeel": "{*}geometrie2dWaterdeel",
}
_PATHS: Final = {
    "id": "{*}identificatie/{*}NEN3610ID/{*}lokaalID",
    "status": "{*}bgt-status",
    "level": "{*}relatieveHoogteligging",
    "ended": "{*}eindRegistratie",
    "terminated": "{*}terminationDate",
    "published": "{*}LV-publicatiedatum",
    "bag_id": "{*}identificatieBAGPND",
    "road_class": "{*}function",
    "water_kind": "{*}class",
}
_EXISTING: Final = "bestaand"
_TUNNEL: Final = "-"
#: Roads that everyone may use and that give access; no private drives, parking places, footpaths or railways.
PUBLIC_ROADS: Final = (
    *("rijbaan autosnelweg", "rijbaan autoweg", "rijbaan regionale weg", "rijbaan lokale weg", "woonerf", "overweg"),
    *("fietspad", "voetgangersgebied", "OV-baan"),
)
_DRY: Final = "greppel, droge sloot"
_BAG_ID: Final = r"\d{16}"
#: Stands where a building has no BAG number yet.
_NO_BAG_ID: Final = r"\d{4}109{10}|\d{4}9{12}"


def recognises(path: Path) -> bool:
    """Return whether this is BGT, as one GML file or a zip of them."""
    return any(root.name in _ROOTS and "imgeo" in root.namespace for root in roots(path))


def read(path: Path) -> dict[str, Raw]:
    """Return ``buildings`` (use null), ``public_roads`` (edges, ``width_m`` 0, name null) and ``water``, as present.

    Other objects give nothing. Raises ``SourceError`` for a file that cannot be read or holds no objects at all.
    """
    rows: dict[str, list[Row]] = {kind: [] for kind in _OUTLINES}
    shapes = {kind: Surfaces(str(path)) for kind in _OUTLINES}
    known = sum(_read_member(stream, where, rows, shapes) for where, stream in documents(path, _ROOTS))
    require(known, str(path), "cityObjectMember")
    frames = {kind: frame_of(rows[kind], tuple(_PATHS), shapes[kind].finish()) for kind in _OUTLINES}
    made = {
        "buildings": _buildings(frames["BuildingPart"]),
        "public_roads": _roads(frames["TrafficArea"]),
        "water": _water(frames["Waterdeel"]),
    }
    reference = latest([row["published"] for kind in rows.values() for row in kind])
    read_rows = {"buildings": "BuildingPart", "public_roads": "TrafficArea", "water": "Waterdeel"}
    return {
        layer: Raw(frame, str(path), reference, left_out=len(rows[read_rows[layer]]) - len(frame))
        for layer, frame in made.items()
        if len(frame)
    }


def _read_member(stream: IO[bytes], where: str, rows: dict[str, list[Row]], shapes: dict[str, Surfaces]) -> int:
    """Return how many objects of one file were met; another class at its start means that nothing of ours follows."""
    met = 0
    for member in iterparse(stream, where, ("cityObjectMember",)):
        feature = member[0] if len(member) else None
        kind = local_name(feature) if feature is not None else ""
        met += 1
        if feature is None or kind not in _OUTLINES:
            break
        rows[kind].append({name: text_at(feature, at) for name, at in _PATHS.items()})
        shapes[kind].add(feature.find(_OUTLINES[kind]), rows[kind][-1]["id"])
    return met


def _current(frame: gpd.GeoDataFrame) -> np.ndarray:
    there: np.ndarray = (frame["ended"].isna() & frame["terminated"].isna() & frame["status"].eq(_EXISTING)).to_numpy(
        dtype=bool
    )
    return there


def _buildings(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = frame["bag_id"].astype("string")
    known = ids.str.fullmatch(_BAG_ID) & ~ids.str.fullmatch(_NO_BAG_ID)
    frame["bag_id"] = frame["bag_id"].where(known.fillna(value=False).astype(bool), None)
    frame["use"] = None
    return only(frame, _current(frame), ("use", "bag_id"))


def _roads(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    in_tunnel = frame["level"].astype("string").str.startswith(_TUNNEL).fillna(value=False)
    keep = _current(frame) & frame["road_class"].isin(PUBLIC_ROADS).to_numpy() & ~in_tunnel.to_numpy(dtype=bool)
    roads = only(frame.assign(name=None, width_m=0.0), keep, ("name", "width_m", "road_class"))
    return roads.set_geometry(shapely.boundary(roads.geometry.to_numpy()), crs=roads.crs)


def _water(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    keep = _current(frame) & frame["water_kind"].ne(_DRY).to_numpy()
    return only(frame.assign(name=None), keep, ("name",))
