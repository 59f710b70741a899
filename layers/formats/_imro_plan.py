"""A zoning plan as its file holds it: every class of feature as a frame, nothing left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import geopandas as gpd

from layers.files._xml import iterparse, local_name, text_at, texts_at
from layers.formats._gml import Mixed
from layers.formats._sniff import documents
from layers.formats._table import frame_of, latest, require
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.files._xml import Element

_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_GML_ID: Final = ("{http://www.opengis.net/gml/3.2}id", "{http://www.opengis.net/gml}id")
#: The outermost element, since 2008 and in 2006.
ROOTS: Final = ("FeatureCollectionIMRO", "FeatureCollection")
#: Columns of every class and the elements that hold them; the first that is there counts.
_PATHS: Final = {
    "name": ("{*}naam",),
    "group": ("{*}bestemmingshoofdgroep", "{*}gebiedsaanduidinggroep"),
    "article": ("{*}artikelnummer",),
}
_REFERENCES: Final = ("{*}verwijzingNaarTekst", "{*}verwijzingNaarTekstInfo/*/{*}verwijzingNaarTekst")
_ZONES_MEANT: Final = ("{*}bestemmingsvlak", "{*}besluitvlak")
_COLUMNS: Final = ("feature_id", *_PATHS, "reference", "values", "zones")


@dataclass(frozen=True)
class Plan:
    """A plan: who it is, its area, and its features by class (``Enkelbestemming``, ``Maatvoering`` …).

    Each frame has ``feature_id``, ``name``, ``group`` (main group or group of area designations), ``article``,
    ``reference`` (where the rules stand, joined by "; "), ``values`` (pairs of what is measured and how much),
    ``zones`` (ids of the zones it belongs to) and its shape. ``area`` is where the plan is in force.
    ``missing``: ids of zones that are referred to but are not in the file.
    """

    where: str
    plan_id: str | None
    name: str | None
    kind: str | None
    status: str | None
    day: date | None
    area: BaseGeometry | None
    features: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def nothing(self) -> gpd.GeoDataFrame:
        """Return a frame of features without rows."""
        return frame_of([], _COLUMNS, gpd.GeoSeries([]).to_numpy())


def read_plan(path: Path) -> Plan:
    """Return all of a plan's file, in EPSG:28992; a zip may hold one plan.

    Raises ``SourceError`` for a file that cannot be read, or that holds no plan or more than one.
    """
    rows: dict[str, list[dict[str, object]]] = {}
    shapes: dict[str, Mixed] = {}
    heads: list[dict[str, str | None]] = []
    for where, stream in documents(path, ROOTS):
        for member in iterparse(stream, where, ("featureMember",)):
            if not len(member):
                continue
            feature = member[0]
            kind = local_name(feature)
            if feature.find("{*}typePlan") is not None:
                heads.append(_head(feature, kind))
            rows.setdefault(kind, []).append(_row(feature))
            shapes.setdefault(kind, Mixed(where)).add(feature.find("{*}geometrie"), _name(feature))
    require(len(heads), str(path), "typePlan (Bestemmingsplangebied, Besluitgebied)")
    if len(heads) > 1:
        raise SourceError(Problem(str(path), "imro_plans", {"count": len(heads)}))
    frames = {kind: frame_of(rows[kind], _COLUMNS, shapes[kind].finish()) for kind in rows}
    head, area = heads[0], frames[str(heads[0]["class"])].geometry.iloc[0]
    present = {row["feature_id"] for kind in rows.values() for row in kind}
    meant = {name: None for kind in rows.values() for row in kind for name in row["zones"]}  # type: ignore[attr-defined]
    return Plan(
        str(path), head["id"], head["name"], head["kind"], head["status"], latest([head["day"]]), area, frames,
        tuple(name for name in meant if name not in present),
    )  # fmt: skip


def _head(feature: Element, kind: str) -> dict[str, str | None]:
    return {
        "class": kind,
        "id": _plan_id(feature),
        "name": text_at(feature, "{*}naam"),
        "kind": text_at(feature, "{*}typePlan"),
        "status": text_at(feature, "{*}planstatusInfo/*/{*}planstatus"),
        "day": text_at(feature, "{*}planstatusInfo/*/{*}datum"),
    }


def _plan_id(feature: Element) -> str | None:
    """Return the national number of a plan, such as ``NL.IMRO.0999.BP2012000001-9005``; a text in older plans."""
    number = feature.find("{*}identificatie/{*}NEN3610ID")
    if number is None:
        return text_at(feature, "{*}identificatie")
    space, local, version = (text_at(number, f"{{*}}{part}") or "" for part in ("namespace", "lokaalID", "versie"))
    return f"{space}.{local}" + (f"-{version}" if version else "")


def _row(feature: Element) -> dict[str, object]:
    zones = [element.get(_HREF, "").removeprefix("#") for path in _ZONES_MEANT for element in feature.iterfind(path)]
    return {
        "feature_id": _name(feature),
        **{
            name: next((text for at in paths if (text := text_at(feature, at))), None) for name, paths in _PATHS.items()
        },
        "reference": "; ".join(text for path in _REFERENCES for text in texts_at(feature, path)) or None,
        "values": _values(feature),
        "zones": tuple(name for name in zones if name),
    }


def _values(feature: Element) -> tuple[tuple[str, str], ...]:
    """Return what a feature measures: pairs of kind and amount, as ``("maximum bouwhoogte (m)", "12")``."""
    pairs = [
        (text_at(amount.getparent(), "{*}waardeType") or "", (amount.text or "").strip())  # type: ignore[arg-type]
        for amount in feature.iter("{*}waarde")
    ]
    return tuple(pair for pair in pairs if pair[1])


def _name(feature: Element) -> str:
    return next((name for key in _GML_ID if (name := feature.get(key))), "?")
