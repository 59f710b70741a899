"""GeoDataFrames of a scan and of a ranking, for notebooks: every column can be plotted, mapped and written as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from suitability.core.config import config_folder, documents
from suitability.core.messages import message
from suitability.core.types import CRS
from suitability.report.table import (
    CLASSES,
    OUTCOMES,
    Coded,
    all_checks,
    classes_of,
    reasons,
    site_columns,
    wide_columns,
)
from suitability.report.wording.rules import criterion_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from suitability.core.messages import Lang
    from suitability.policy.model import Check
    from suitability.report.table import Column
    from suitability.scan.run import Scan
    from suitability.selection.ranking.order import Ranking

#: From unsuitable to suitable: the legend of the maps the other way around.
_WORST_FIRST: Final = CLASSES[::-1]


def table(scan: Scan, lang: Lang = "nl", *, rules: bool = True) -> gpd.GeoDataFrame:
    """Return one row per parcel as a GeoDataFrame in EPSG:28992, in the order of the scan.

    Texts for people are in ``lang``: ``verdict``, ``location_type``, ``conditions``, ``consequence``, ``reason``,
    ``source`` and the names of objects. Codes are those of ``parcels.parquet`` (``docs/outputs.md``): ``verdict_class``,
    ``deciding_rule``, ``as_<location type>``, ``<check>_outcome`` and ``<check>_decided_by``. Verdicts and outcomes are
    ordered categories from unsuitable to suitable.

    Numbers name their unit: ``<check>_value_<unit>`` and ``<check>_margin_<unit>``, with ``share`` for a part of 1;
    ``margin`` is that of the deciding rule, in ``margin_unit``; positive = to spare, negative = short. A number is missing
    where it is unknown and where there is no such object; ``<check>_outcome`` distinguishes them. GeoPandas cannot map a
    number that is missing for every parcel.

    ``rules``: with the columns of every check. ``explore`` puts all columns of all rows into the page: leave them out, or
    choose rows first, before showing many thousands of parcels.

    Example: ``table(scan, rules=False).explore("verdict", cmap=cmap(), tooltip=["parcel_id", "reason"])``
    """
    wide = wide_columns(scan, documents(config_folder()), lang, sentences=False)
    kinds = [kind.label.in_(lang) for kind in scan.policy.types]
    classes = len(CLASSES) - 1 - classes_of(scan)
    columns: dict[str, Any] = {
        **{name: _plain(wide[name]) for name in ("parcel_id", "label", "settlement", "area_m2")},
        "verdict": ordered_categories(classes, [message(f"outcome.{name}", lang) for name in _WORST_FIRST]),
        "verdict_class": ordered_categories(classes, _WORST_FIRST),
        "location_type": _category(wide[f"location_type_{lang}"], kinds),
        "conditions": _plain(wide[f"conditions_{lang}"]),
        **{name: _outcome(wide[name]) for name in (f"as_{kind.id}" for kind in scan.policy.location_types)},
        "deciding_rule": _category(wide["deciding_rule"], [rule.id for rule in scan.policy.rules]),
        "margin": _plain(wide["margin"]),
        "margin_unit": _plain(wide["margin_unit"]),
        "consequence": _plain(wide[f"consequence_{lang}"]),
        "reason": _plain(reasons(scan, lang)),
        "source": _plain(wide[f"deciding_source_{lang}"]),
    }
    for check in all_checks(scan) if rules else ():
        columns |= _check_columns(wide, check)
    return gpd.GeoDataFrame(columns, geometry=scan.parcels.geometry, crs=CRS)


def site_table(ranking: Ranking, lang: Lang = "nl") -> gpd.GeoDataFrame:
    """Return one row per ranked site as a GeoDataFrame in EPSG:28992, the first place first.

    ``place`` counts from 1. ``score``, ``score_high`` and ``<rule>_contribution`` run from 0 to 100; ``score_high`` is what
    the score would be if all that is unknown turned out well. ``beds`` is missing where it is unknown; ``parcel_ids`` are
    separated by spaces. The other columns are those of ``table``.

    Example: ``site_table(rank_scan(scan)).head(10)``
    """
    first = {name: _plain(column) for name, column in site_columns(ranking).items()}
    rest = table(ranking.sites.scan, lang).drop(columns="parcel_id")
    whole = gpd.GeoDataFrame(pd.concat([pd.DataFrame(first), rest], axis=1), geometry="geometry", crs=CRS)
    return whole.iloc[ranking.order].reset_index(drop=True)


def _check_columns(wide: Mapping[str, Column], check: Check) -> dict[str, Any]:
    """Return the columns of one check; a rule of rules has an outcome and the part that decided."""
    columns: dict[str, Any] = {}
    if not check.children:
        unit = criterion_of(check).unit
        for part in ("value", "margin"):
            columns[f"{check.id}_{part}_{'share' if unit == '1' else unit}"] = _plain(wide[f"{check.id}_{part}"])
    columns[f"{check.id}_outcome"] = _outcome(wide[f"{check.id}_outcome"])
    for part in ("decided_by", "object", "access_leg_m"):
        if f"{check.id}_{part}" in wide:
            columns[f"{check.id}_{part}"] = _plain(wide[f"{check.id}_{part}"])
    return columns


def _plain(column: Any) -> pd.Series[Any]:  # noqa: ANN401 (whatever a column holds)
    """Return a column of numbers that are finite or missing, or of texts."""
    values = pd.Series(column.texts() if isinstance(column, Coded) else np.asarray(column))
    if values.dtype == object:
        return values.fillna("").astype("str")
    return values.where(np.isfinite(values)) if pd.api.types.is_float_dtype(values) else values


def ordered_categories(codes: NDArray[np.integer], words: Iterable[str]) -> pd.Categorical[str]:
    """Return categories in the order of their words, by code, shape (n,)."""
    return pd.Categorical.from_codes(codes, pd.Index(list(words)), ordered=True)


def _outcome(column: Column) -> pd.Categorical[str]:
    """Return a column of outcomes, from fail to pass."""
    if not isinstance(column, Coded):
        raise TypeError("outcomes are coded")
    return ordered_categories(np.asarray(column.codes), OUTCOMES)


def _category(column: Column, words: Iterable[str]) -> pd.Categorical[str]:
    """Return a column of few texts in the order of ``words``; missing where it holds none of them."""
    if not isinstance(column, Coded):
        raise TypeError("categories are coded")
    names = pd.Index(list(dict.fromkeys(words)))
    return pd.Categorical.from_codes(names.get_indexer(pd.Index(column.texts())), names)
