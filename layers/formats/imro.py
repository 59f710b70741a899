"""Zoning plans in IMRO 2006, 2008 and 2012: a plan whole, and the layers that the engine reads from it.

A plan is a partition of its area in zones (``Enkelbestemming``); double designations, area and building designations
and dimensions lie over them. The engine has no layers for those yet: ``read_plan`` keeps them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from layers.designations import designation_of, is_double, park_kinds
from layers.formats._imro_plan import ROOTS, Plan, read_plan
from layers.formats._plan_areas import businesses
from layers.formats._sniff import roots
from layers.formats._table import only
from layers.raw import Raw
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

__all__ = ["Plan", "read", "read_plan", "recognises"]

_NAMESPACES: Final = ("geonovum.nl/imro", "ravi.nl/imro2006")
#: Zones; those of a management ordinance (``Besluitvlak``) carry no main group.
_ZONES: Final = ("Enkelbestemming", "Besluitvlak_X", "Besluitvlak_A", "Besluitvlak_P")
_PARTS_OF_ZONES: Final = (
    *("Functieaanduiding", "Lettertekenaanduiding"),
    *("Besluitsubvlak_X", "Besluitsubvlak_A", "Besluitsubvlak_P"),
)
_PLOTS: Final = ("Bouwvlak",)
_PLOT_NAME: Final = "bouwvlak"
_RECREATION: Final = "recreatie"
_TOLD: Final = 3


def recognises(path: Path) -> bool:
    """Return whether this is a zoning plan in IMRO."""
    return any(root.name in ROOTS and any(name in root.namespace for name in _NAMESPACES) for root in roots(path))


def read(path: Path) -> dict[str, Raw]:
    """Return ``zoning``, ``building_plots``, ``businesses`` and ``recreation_parks``, those that the plan holds.

    Each zone also has ``plan_status``: a draft (``ontwerp``, ``concept``) is not in force. Zones for business without
    a stated category are businesses of an unknown one.
    Raises ``SourceError`` for a file that cannot be read, and for a plan that refers to zones that are not in it:
    it was cut, and what is missing would look like land without rules.
    """
    plan = read_plan(path)
    if plan.missing:
        told = ", ".join(plan.missing[:_TOLD]) + (" …" if plan.missing[_TOLD:] else "")
        raise SourceError(Problem(str(path), "imro_cut", {"count": len(plan.missing), "found": told}))
    zones, parts = _joined(plan, _ZONES), _joined(plan, _PARTS_OF_ZONES)
    over = is_double(zones["name"]) & zones["group"].isna()
    land = zones[~over]
    made = {
        "zoning": _zoning(land, plan),
        "building_plots": _building_plots(plan, parts),
        "businesses": businesses(parts, land),
        "recreation_parks": _recreation_parks(land, parts),
    }
    left_out = {"zoning": int(over.sum())}
    return {
        layer: Raw(frame, str(path), plan.day, left_out.get(layer, 0)) for layer, frame in made.items() if len(frame)
    }


def _joined(plan: Plan, classes: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the features of several classes together."""
    found = [plan.features[kind] for kind in classes if kind in plan.features]
    return pd.concat(found, ignore_index=True) if found else plan.nothing()


def _zoning(land: gpd.GeoDataFrame, plan: Plan) -> gpd.GeoDataFrame:
    frame = land.assign(
        designation=designation_of(land["group"], land["name"]),
        designation_code=land["name"],
        plan_id=plan.plan_id,
        plan_status=plan.status,
    )
    return only(frame, frame.index, ("designation", "designation_code", "plan_id", "plan_status"))


def _building_plots(plan: Plan, parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    drawn = parts[
        parts["name"].astype("string").str.strip().str.lower().eq(_PLOT_NAME).fillna(value=False).astype(bool)
    ]
    frame = pd.concat([_joined(plan, _PLOTS), drawn], ignore_index=True).assign(plan_id=plan.plan_id)
    return only(frame, frame.index, ("plan_id", "name"))


def _recreation_parks(land: gpd.GeoDataFrame, parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return zones for recreation, and designations within any zone, whose names say that people stay overnight."""
    resorts = land[designation_of(land["group"], land["name"]).eq(_RECREATION).to_numpy(dtype=bool)]
    places = pd.concat([resorts, parts], ignore_index=True)
    frame = places.assign(park_kind=park_kinds(places["name"]))
    return only(frame, frame["park_kind"].notna(), ("name", "park_kind"))
