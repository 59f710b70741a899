"""Candidates of a shortlist: sites with beds, suitability and stays, beside existing and permitted sites.

Everything is put in the order of the site ids first, so that the same sites give the same choice in whatever order
they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from suitability.core.errors import Problem, SubmissionError
from suitability.core.types import CRS
from suitability.policy.portfolio import STAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.policy.model import LocationType

#: Columns that every table of sites has; ``subregion`` and those on workplaces are optional.
COLUMNS: Final = (
    "site_id", "location_type", "beds", "dwellings", "address", "street", "settlement", "municipality",
)  # fmt: skip

_AREA_COLUMNS: Final = ("level", "name", "inhabitants", "dwellings")
_NAMES_SHOWN: Final = 5


@dataclass(frozen=True)
class Candidates:
    """The sites that can be chosen, in the order of their ids, and what they are held against.

    ``frame`` (n rows, EPSG:28992); ``suitability`` (n,) in [0, 1]; ``least`` and ``most`` (n,): beds of a chosen site;
    ``stays`` (n, 3): whether it can serve short, mid and long stay. ``beds_unknown``: ids that cannot be chosen because
    nobody knows how many beds they have; ``too_small``: ids without room for one bed. ``there``: existing and permitted
    sites; None = not in the data. ``areas``: inhabitants and dwellings per area, as ``check_sites`` takes them.
    """

    frame: gpd.GeoDataFrame
    suitability: FloatArray
    least: IntArray
    most: IntArray
    stays: BoolArray
    beds_unknown: tuple[str, ...]
    too_small: tuple[str, ...]
    there: gpd.GeoDataFrame | None
    areas: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def ids(self) -> list[str]:
        """The ids, in order."""
        return [str(name) for name in self.frame["site_id"]]

    def of_type(self, location_types: Sequence[str]) -> BoolArray:
        """Return which sites are of one of the types, shape (n,); no types = all."""
        if not location_types:
            return np.ones(len(self), dtype=bool)
        concerned: BoolArray = self.frame["location_type"].isin(list(location_types)).to_numpy(dtype=bool)
        return concerned

    def names(self, level: str) -> pd.Series[str]:
        """Return the area that each site lies in; null where it lies in none, or where that is not known."""
        if level not in self.frame:
            return pd.Series([None] * len(self), dtype="object")
        names: pd.Series[str] = self.frame[level]
        return names


def make_candidates(
    sites: gpd.GeoDataFrame,
    suitability: FloatArray,
    location_types: Sequence[LocationType] = (),
    *,
    there: gpd.GeoDataFrame | None = None,
    areas: pd.DataFrame | None = None,
) -> Candidates:
    """Return the candidates of a choice.

    ``sites``: one row per site with ``COLUMNS`` and geometry in EPSG:28992; optional columns ``min_beds``,
    ``restricted`` (true: stays of at most four months, so short stay only), ``subregion``, ``workplace`` and
    ``workplace_subregion``. ``suitability``: per row of ``sites``, in [0, 1].
    ``there``: the same columns with ``standing`` existing or permitted; None = not in the data.
    Raises ``SubmissionError`` for missing columns, ids that stand twice and numbers out of range.
    """
    _check(sites, suitability)
    order = np.argsort(sites["site_id"].astype("str").to_numpy(dtype=object), kind="stable")
    frame = sites.iloc[order].reset_index(drop=True)
    beds = pd.to_numeric(frame["beds"]).to_numpy(dtype=np.float64)
    usable = beds >= 1
    ids = frame["site_id"].astype("str")
    least = pd.to_numeric(frame["min_beds"]).to_numpy(dtype=np.float64) if "min_beds" in frame else np.ones(len(frame))
    table = pd.DataFrame(columns=list(_AREA_COLUMNS)) if areas is None else areas
    return Candidates(
        frame=frame[usable].reset_index(drop=True),
        suitability=np.asarray(suitability, dtype=np.float64)[order][usable],
        least=np.maximum(np.nan_to_num(least, nan=1.0), 1.0)[usable].astype(np.int64),
        most=np.floor(beds[usable]).astype(np.int64),
        stays=_stays(frame, location_types)[usable],
        beds_unknown=tuple(ids[np.isnan(beds)]),
        too_small=tuple(ids[beds < 1]),
        there=None if there is None else there.reset_index(drop=True),
        areas=table,
    )


def _check(sites: gpd.GeoDataFrame, suitability: FloatArray) -> None:
    missing = [name for name in COLUMNS if name not in sites]
    if missing:
        fields = {"found": ", ".join(sites.columns), "expected": ", ".join(missing)}
        raise SubmissionError(Problem("sites", "sites_columns", fields))
    if sites.crs is None or sites.crs.to_epsg() != int(CRS.split(":")[1]):
        raise SubmissionError(Problem("sites", "sites_crs", {"found": str(sites.crs or "-")}))
    twice = sites["site_id"][sites["site_id"].duplicated()].astype("str").unique()
    if len(twice):
        raise SubmissionError(Problem("sites", "sites_twice", {"found": ", ".join(twice[:_NAMES_SHOWN])}))
    values = np.asarray(suitability, dtype=np.float64)
    if values.shape != (len(sites),):
        raise ValueError(f"suitability has shape {values.shape}, expected ({len(sites)},)")
    wrong = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(wrong):
        fields = {"found": f"{values[wrong[0]]:g}", "site": str(sites["site_id"].iloc[wrong[0]])}
        raise SubmissionError(Problem("sites", "sites_suitability", fields))


def _stays(frame: gpd.GeoDataFrame, location_types: Sequence[LocationType]) -> BoolArray:
    """Return which stays each site can serve, shape (n, 3): what its type allows, short only where it is restricted."""
    by_type = {kind.id: [stay in kind.stays for stay in STAYS] for kind in location_types}
    stays = np.array([by_type.get(str(kind), [True] * len(STAYS)) for kind in frame["location_type"]], dtype=bool)
    stays = stays.reshape(len(frame), len(STAYS))
    if "restricted" in frame:
        stays[frame["restricted"].to_numpy(dtype=bool)] &= np.array([True, False, False])
    return stays
