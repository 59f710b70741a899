"""Finishing of fetched layers: validation, hash and coverage."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import shapely

from layers.clip import cut
from layers.coverage import areas_of
from layers.services._service_rows import within
from layers.validate import normalise
from suitability.core.ground import polygons_of
from suitability.core.types import CRS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Area, LayerSpec
    from suitability.core.messages import Lang

_EMPTY_TYPES: Final = {"text": "object", "int": "int64", "float": "float64"}
#: Layers made of zoning plans, and what is to be said of each; complete only where a plan has a zone.
PLAN_NOTES: Final[dict[str, dict[Lang, str]]] = {
    "zoning": {
        "nl": "Alle bestemmingen die de dienst heeft; plannen kunnen over elkaar liggen, in plan_id staat welk plan het is. Waar geen bestemming ligt, is de bestemming niet bekend.",
        "en": "All zones that the service has; plans may lie over one another, plan_id says which plan it is. Where there is no zone, the zoning is not known.",
    },
    "building_plots": {
        "nl": "Alle bouwvlakken die de dienst heeft; plannen kunnen over elkaar liggen. Waar geen bestemming ligt, zijn ook bouwvlakken niet bekend.",
        "en": "All building plots that the service has; plans may lie over one another. Where there is no zone, building plots are not known either.",
    },
    "businesses": {
        "nl": "Gebieden waarvan het plan een milieucategorie noemt, met de hoogste die is toegestaan, en bedrijfsbestemmingen zonder categorie; daarvan is de categorie dus niet bekend. Agrarische bedrijven staan er alleen in waar het plan een categorie noemt.",
        "en": "Areas for which the plan states an environmental category, with the highest that is allowed, and zones for business without one; their category is therefore unknown. Farms are in it only where the plan states a category.",
    },
}


def checked(
    made: gpd.GeoDataFrame, spec: LayerSpec, area: Area, region: BaseGeometry | None, where: str
) -> gpd.GeoDataFrame:
    """Return the rows that meet the region, against the specification, numbered from 0.

    That there is nothing of a kind is an answer too; a municipality without parcels is a mistake.
    """
    made = within(made, region)
    if len(made) == 0 and spec.name != "parcels":
        columns = {name: pd.Series(dtype=_EMPTY_TYPES[kind]) for name, kind in spec.columns.items()}
        return gpd.GeoDataFrame(columns, geometry=[], crs=CRS)
    frame = normalise(made, spec, where).frame
    return cut(frame, spec, area).reset_index(drop=True)


def zoned(region: BaseGeometry, zones: gpd.GeoDataFrame) -> BaseGeometry:
    """Return the part of a region in which some plan has a zone: elsewhere the plans are not known."""
    return polygons_of(shapely.intersection(region, areas_of(shapely.make_valid(zones.geometry.to_numpy()))))


def content_hash(frame: gpd.GeoDataFrame) -> str:
    """Return the hash of all columns and shapes in their order."""
    digest = hashlib.sha256()
    for name in sorted(set(frame.columns) - {frame.active_geometry_name}):
        column = frame[name].astype("object").where(frame[name].notna(), None)
        digest.update(json.dumps([name, column.tolist()], ensure_ascii=False).encode())
    for shape in shapely.to_wkb(frame.geometry.to_numpy(), output_dimension=2, byte_order=1):
        digest.update(shape)
    return digest.hexdigest()
