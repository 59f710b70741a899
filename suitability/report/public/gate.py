"""The one gate to the public: ``make_public`` builds the only object that the writers of public files accept.

A profile lists what may leave; a column that is not on it is refused where the object is made and again where it is
written. Submitted and discussed locations stay confidential until they are decided on.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.errors import Problem, PublicationError
from suitability.core.messages import LANGS, number
from suitability.core.types import CRS
from suitability.report.maps.longlist_map import merged
from suitability.report.public.about import About, about
from suitability.report.public.base_map import background_of, polygons_only
from suitability.report.public.reasons import Reasons, area_reasons, deciding_reasons, joined, of_rows
from suitability.report.public.sites import public_sites
from suitability.report.table import CLASSES, classes_of, wide_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suitability.core.layer import Layers
    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray, GeometryArray, IntArray
    from suitability.report.public.profile import Profile
    from suitability.report.public.sites import Sites
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Scan

#: Known to ``make_public`` alone: who makes the object without it goes round the profile.
_SEAL: Final = object()

_FAILING: Final = ("near_miss", "fail")


@dataclass(frozen=True, eq=False)
class PublicTable:
    """Publishable data and nothing else; created by ``make_public`` only.

    ``parcels``: a row per parcel or per area, in EPSG:28992, with the columns of the profile; ``reasons``: of its rows,
    per language; ``sites``: released sites of the workshop; ``background``: what people find their way by.
    """

    profile: Profile
    rules: tuple[str, ...]
    parcels: gpd.GeoDataFrame
    reasons: Mapping[Lang, Reasons]
    sites: gpd.GeoDataFrame
    background: Mapping[str, gpd.GeoDataFrame]
    about: About
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        """Refuse what was not made here, and every column that is not on the profile."""
        if seal is not _SEAL:
            raise TypeError("a PublicTable is made by make_public, which applies the profile")
        self.check()

    def check(self) -> None:
        """Raise ``PublicationError`` when a column is not on the profile: tables can be changed after they are made."""
        refuse_unlisted("parcels", self.parcels, self.profile.parcel_columns(self.rules))
        refuse_unlisted("sites", self.sites, self.profile.site_columns())
        for name, frame in self.background.items():
            refuse_unlisted(name, frame, ["name", "kind"] if name in self.profile.background else [])


def refuse_unlisted(name: str, frame: gpd.GeoDataFrame, listed: Sequence[str]) -> None:
    """Raise ``PublicationError`` for columns beyond the listed ones and the geometry."""
    unlisted = [str(column) for column in frame.columns if column not in {*listed, "geometry"}]
    if unlisted:
        fields = {"found": ", ".join(unlisted), "expected": ", ".join(listed)}
        raise PublicationError(Problem(name, "not_on_profile", fields))


def released(table: PublicTable) -> PublicTable:
    """Return a table that may be written; every writer asks this first. Anything else is a ``TypeError``."""
    if type(table) is not PublicTable:
        raise TypeError(f"expected a PublicTable, got {type(table).__name__}: only what make_public made may leave")
    table.check()
    return table


def make_public(
    scan: Scan,
    longlist: Longlist,
    profile: Profile,
    documents: dict[str, dict[str, object]],
    *,
    lang: Lang = "nl",
    more_layers: Layers | None = None,
    sites: Sites | None = None,
) -> PublicTable:
    """Return of a scan what the profile lets out.

    ``documents``: what citations name. ``lang``: of the names of objects that have one per language. ``more_layers``:
    layers to draw that no rule needed. ``sites``: with the columns of the profile and no others.
    Raises ``PublicationError`` for a column of ``sites`` that is not on the profile.
    """
    effects = np.array([rule.effect in profile.effects for rule in scan.policy.rules], dtype=bool)
    rules = tuple(rule.id for rule, may in zip(scan.policy.rules, effects, strict=True) if may)
    table = wide_table(scan, documents, lang)
    reasons = {each: deciding_reasons(scan, each, effects, profile.named_layers) for each in LANGS}
    table["area_m2"] = table["area_m2"].round()
    _blank_unnamed(table, scan, effects)
    for each in LANGS:
        table[f"reason_{each}"] = _labelled(table[f"deciding_rule_{each}"], reasons[each].texts())
    _blank_not_applying(table, scan, rules)
    columns = profile.parcel_columns(rules)
    shapes = np.asarray(scan.parcels.geometry, dtype=object)
    if profile.failing == "areas":
        table, shapes, reasons = _failing_as_areas(scan, table, shapes, reasons)
    frame = gpd.GeoDataFrame(table[columns], geometry=rounded(shapes, profile.grid_m), crs=CRS)
    layers = {**(more_layers or {}), **scan.layers}
    return PublicTable(
        profile=profile,
        rules=rules,
        parcels=frame,
        reasons=reasons,
        sites=public_sites(profile, sites, scan),
        background=background_of(scan, layers, profile),
        about=about(scan, longlist, layers, effects, documents, counts=_counts(scan)),
        seal=_SEAL,
    )


def rounded(shapes: GeometryArray, grid_m: float) -> GeometryArray:
    """Return polygons with corners on a grid of so many metres; what vanishes becomes one cell of it."""
    coarse = np.asarray(shapely.set_precision(shapes, grid_m), dtype=object)
    gone = shapely.is_empty(coarse)
    if gone.any():
        corner = np.floor(shapely.bounds(shapes[gone])[:, :2] / grid_m) * grid_m
        coarse[gone] = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + grid_m, corner[:, 1] + grid_m)
    return polygons_only(coarse)


def _counts(scan: Scan) -> dict[str, int]:
    counted = np.bincount(classes_of(scan), minlength=len(CLASSES))
    return {name: int(counted[i]) for i, name in enumerate(CLASSES)}


def _labelled(label: pd.Series[str], text: GeometryArray) -> GeometryArray:
    """Return reasons behind the name of their rule, as the scan writes them."""
    names = label.to_numpy(dtype=object)
    return np.where(names == "", text, names + ": " + text)


def _blank_unnamed(table: pd.DataFrame, scan: Scan, may_name: BoolArray) -> None:
    """Leave out which rule decided where that rule may not be named."""
    hidden = np.isin(scan.verdicts.deciding, np.flatnonzero(~may_name))
    columns = ["deciding_rule", "margin_unit"]
    columns += [f"{name}_{lang}" for name in ("deciding_rule", "deciding_source") for lang in LANGS]
    table.loc[hidden, columns] = ""
    table.loc[hidden, "margin"] = np.nan


def _blank_not_applying(table: pd.DataFrame, scan: Scan, rules: tuple[str, ...]) -> None:
    """Leave out what a rule says where it does not apply to the location type that suits the parcel best."""
    applies = scan.verdicts.applies[scan.verdicts.best_type]
    place = {rule.id: j for j, rule in enumerate(scan.policy.rules)}
    for rule in rules:
        said = table[f"{rule}_outcome"].to_numpy(dtype=object)
        table[f"{rule}_outcome"] = np.where(applies[:, place[rule]], said, "")


def _failing_as_areas(
    scan: Scan, table: pd.DataFrame, shapes: GeometryArray, reasons: Mapping[Lang, Reasons]
) -> tuple[pd.DataFrame, GeometryArray, dict[Lang, Reasons]]:
    """Return the rows that do not fail, and behind them one per class and rule by which parcels fail."""
    failing = table["verdict_class"].isin(_FAILING).to_numpy()
    keep = np.flatnonzero(~failing)
    groups = table[failing].groupby(["verdict_class", "deciding_rule"], sort=True).indices
    rows = np.flatnonzero(failing)
    members: list[IntArray] = [rows[inside] for inside in groups.values()]
    first = np.array([member[0] for member in members], dtype=np.int64)
    areas = table.iloc[first].copy()
    shared = {"verdict", "verdict_class", "deciding_rule"}
    shared |= {f"{name}_{lang}" for name in ("deciding_rule", "deciding_source") for lang in LANGS}
    for column in areas.columns.difference(sorted(shared)):
        areas[column] = "" if areas[column].dtype == object or areas[column].dtype == "str" else np.nan
    areas["area_m2"] = [float(scan.parcels.areas[member].sum()) for member in members]
    made: dict[Lang, Reasons] = {}
    for lang in LANGS:
        of_areas = area_reasons([number(len(member), lang) for member in members], lang)
        areas[f"reason_{lang}"] = _labelled(areas[f"deciding_rule_{lang}"], of_areas.texts())
        made[lang] = joined(of_rows(reasons[lang], keep), of_areas)
    together = pd.concat([table.iloc[keep], areas], ignore_index=True)
    united: list[Any] = [merged(shapes[member]) for member in members]
    return together, np.concatenate([shapes[keep], np.array(united, dtype=object)]), made
