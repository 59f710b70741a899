"""Sites and their ranking as the pages use them: made once for all sessions, the oldest goes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import streamlit as st

from suitability.core.messages import message
from suitability.scan.cache import MeasurementCache, default_folder
from suitability.selection.ranking.order import Ranking, rank
from suitability.selection.ranking.robustness import Firmness, assess
from suitability.selection.ranking.sites import Sites, make_sites
from suitability.ui.lru_cache import LruCache
from suitability.ui.scan_cache import data_key, judged

if TYPE_CHECKING:
    from suitability.core.types import IntArray
    from suitability.ui.state import AppState

_SITES: Final[LruCache[Sites]] = LruCache(4)
_RANKINGS: Final[LruCache[Ranking]] = LruCache(8)
_FIRM: Final[LruCache[Firmness]] = LruCache(16)


def sites_key(state: AppState) -> str:
    """Return what names the sites that a session looks at."""
    scan, _ = judged(state)
    return f"{data_key(state)}/{scan.run.policy_sha256}"


def sites_of(state: AppState) -> Sites:
    """Return the sites of the scan as it stands, with the limits that are tried."""
    scan, _ = judged(state)

    def make() -> Sites:
        with st.spinner(message("app.ranking.joining", state.lang)):
            return make_sites(scan, cache=MeasurementCache(default_folder()))

    return _SITES.get(sites_key(state), make)


def ranking_of(state: AppState) -> Ranking:
    """Return the ranking of the sites with the weights that are tried."""
    sites = sites_of(state)
    return _RANKINGS.get(f"{sites_key(state)}/{sorted(state.weights.items())}", lambda: rank(sites, state.weights))


def firmness_of(state: AppState, top: int) -> Firmness:
    """Return how firm the ranking stands among the first ``top``."""
    ranking = ranking_of(state)

    def make() -> Firmness:
        with st.spinner(message("app.ranking.trying", state.lang)):
            return assess(ranking, top)

    return _FIRM.get(f"{sites_key(state)}/{sorted(state.weights.items())}/{top}", make)


def site_of_parcels(state: AppState) -> IntArray:
    """Return the row of the site that each parcel of the scan belongs to, shape (n,); -1 = none."""
    scan, _ = judged(state)
    members = sites_of(state).frame["parcel_ids"].reset_index(drop=True).explode()
    rows = np.full(len(scan.parcels), -1, dtype=np.int64)
    rows[pd.Index(scan.parcels.ids).get_indexer(pd.Index(members.to_numpy()))] = members.index.to_numpy()
    return rows
