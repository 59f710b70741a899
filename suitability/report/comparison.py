"""Comparison of two scans: the sentences on their policies and parcels, and a table for a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import message
from suitability.core.types import CRS
from suitability.policy.compare import compare_policies
from suitability.report.geodataframes import ordered_categories
from suitability.report.wording.changes import change_text, difference_lines
from suitability.report.wording.rules import OUTCOME_KEYS
from suitability.scan.compare import MOVES, compare_scans

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.scan.compare import ScanDifference
    from suitability.scan.run import Scan


@dataclass(frozen=True)
class Comparison:
    """The differences from one scan to another.

    ``rules``: a sentence per change in the policy. ``parcels``: sentences on what moved, with the rules that moved it.
    ``table``: a row per parcel that both scans have (EPSG:28992), with ``parcel_id``, ``was`` and ``now`` (verdicts as
    ordered categories) and ``change`` (``gained``, ``lost``, ``moved``: another verdict on the longlist, or ``same``).
    ``difference``: the same as arrays of shape (m,). Printed, it gives its sentences.
    """

    rules: tuple[str, ...]
    parcels: tuple[str, ...]
    table: gpd.GeoDataFrame
    difference: ScanDifference

    def __str__(self) -> str:
        """Return all sentences, one on a line."""
        return "\n".join([*self.rules, "", *self.parcels])


def compare(a: Scan, b: Scan, lang: Lang = "nl") -> Comparison:
    """Return what changes from scan ``a`` to scan ``b``, in the rules and for the parcels, with sentences in ``lang``.

    Parcels are matched by their designation, so both scans may also be of different dates.

    Example: ``print(compare(scan, run_scan(read_policy("demo-nearby"), source), "en"))``
    """
    known, difference = documents(config_folder()), compare_scans(a, b)
    rules = tuple(change_text(change, known, lang) for change in compare_policies(a.policy, b.policy))
    return Comparison(
        rules=rules or (message("change.none", lang),),
        parcels=tuple(difference_lines(difference, lang)),
        table=_table(a, difference, lang),
        difference=difference,
    )


def _table(a: Scan, difference: ScanDifference, lang: Lang) -> gpd.GeoDataFrame:
    """Return a row per parcel that both scans have, in the order of ``a``."""
    words = [message(OUTCOME_KEYS[outcome], lang) for outcome in sorted(Outcome)]
    rows = pd.Index(a.parcels.ids).get_indexer(pd.Index(difference.ids))
    columns = {
        "parcel_id": pd.Series(difference.ids).astype("str"),
        "was": ordered_categories(difference.was, words),
        "now": ordered_categories(difference.now, words),
        "change": pd.Categorical.from_codes(difference.moves, pd.Index(MOVES)),
    }
    return gpd.GeoDataFrame(columns, geometry=a.parcels.geometry[rows], crs=CRS)
