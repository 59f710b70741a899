"""Inputs of a shortlist besides the sites: existing sites, sizes asked for, and the need of the policy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
import shapely

from suitability.core.errors import LayerError, Problem, SubmissionError
from suitability.core.layer_specs import LAYERS
from suitability.core.local_text import LocalText
from suitability.core.messages import LANGS, between, message, number
from suitability.policy.portfolio import Size
from suitability.selection.need import balance, beds_for, need_of, needs_over
from suitability.selection.shortlist.candidates import COLUMNS, make_candidates
from suitability.selection.shortlist.choice import Demand
from suitability.spatial.parcels import inner_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from suitability.core.layer import Area, Layer, Layers, Source
    from suitability.policy.model import Policy
    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.candidates import Candidates

LAYER: Final = "housing_sites"

#: Id of the rule on the size of a site that whoever asks puts in place of those of the policy.
SIZE_ASKED: Final = "size_asked"

_STANDINGS: Final = ("existing", "permitted")


def sites_there(source: Source, area: Area, layers: Layers) -> gpd.GeoDataFrame | None:
    """Return the existing and permitted sites of a source, as ``make_candidates`` takes them; None where it has none.

    A settlement or municipality that is not given follows from where the site lies; empty text = in none. Raises ``LayerError`` for another
    standing than existing or permitted.
    """
    if LAYER not in source.offers():
        return None
    frame = source.load(LAYERS[LAYER], area).frame.reset_index(drop=True)
    wrong = sorted(set(frame["standing"].dropna().astype("str")) - set(_STANDINGS)) + ["-"] * int(
        frame["standing"].isna().any()
    )
    if wrong:
        rows = np.flatnonzero(~frame["standing"].isin(_STANDINGS)) + 1
        fields = {"found": ", ".join(wrong), "rows": ", ".join(map(str, rows[:5]))}
        raise LayerError(Problem(f"{source.name}, {LAYER}", "wrong_standing", fields))
    names = frame["name"] if "name" in frame else pd.Series(None, index=frame.index, dtype=object)
    numbered = pd.Series([f"{LAYER}-{i + 1}" for i in range(len(frame))], index=frame.index, dtype=object)
    given = frame.assign(site_id=names.astype(object).where(names.notna(), numbered))
    made = given.reindex(columns=[*COLUMNS, "standing", "geometry"])
    for column, layer in (("settlement", "settlements"), ("municipality", "municipality")):
        if made[column].notna().all():
            continue
        areas = layers.get(layer) or (source.load(LAYERS[layer], area) if layer in source.offers() else None)
        made[column] = made[column].astype(object).where(made[column].notna(), _lies_in(made, areas))
    return made


def candidates_of(ranking: Ranking, there: gpd.GeoDataFrame | None) -> Candidates:
    """Return the ranked sites as candidates beside what there is; where the source says settlements, none = outside all."""
    sites = ranking.sites
    frame = sites.frame
    if "settlement" in sites.scan.frame:
        frame = frame.assign(settlement=frame["settlement"].astype(object).where(frame["settlement"].notna(), ""))
    return make_candidates(frame, ranking.total_low, sites.scan.policy.location_types, there=there)


def _lies_in(sites: gpd.GeoDataFrame, areas: Layer | None) -> pd.Series[str]:
    """Return the name of the area in which each site lies, empty where in none; None where nobody says the areas."""
    if areas is None:
        return pd.Series(None, index=sites.index, dtype=object)
    names = np.full(len(sites), "", dtype=object)
    spots = inner_points(sites.geometry.to_numpy())
    site, area = shapely.STRtree(areas.frame.geometry.to_numpy()).query(spots, predicate="intersects")
    names[site[::-1]] = areas.frame["name"].to_numpy(dtype=object)[area[::-1]]
    return pd.Series(names, index=sites.index, dtype=object)


def with_sizes(rules: Sequence[PortfolioRule], least: int | None, most: int | None) -> tuple[PortfolioRule, ...]:
    """Return the rules with another least or most beds per site, for all types, in place of those of the policy."""
    kept: list[PortfolioRule] = []
    for rule in rules:
        if not isinstance(rule, Size):
            kept.append(rule)
            continue
        at_least = rule.at_least if least is None else None
        at_most = rule.at_most if most is None else None
        if at_least is not None or at_most is not None:
            kept.append(rule.model_copy(update={"at_least": at_least, "at_most": at_most}))
    if least is not None or most is not None:
        if least is not None and most is not None and least > most:
            fields = {"found": least, "expected": most}
            raise SubmissionError(Problem("--min-beds-per-site", "sizes_order", fields))
        asked = LocalText(**{lang: message("condition.choice.size", lang) for lang in LANGS})
        kept.append(Size(kind="size", id=SIZE_ASKED, label=asked, assumption=asked, at_least=least, at_most=most))
    return tuple(kept)


def demand_of(
    policy: Policy, area: str, there: gpd.GeoDataFrame | None, scenario: Literal["low", "high"], year: int | None = None
) -> Demand:
    """Return the beds that a policy says an area still needs.

    An addition to today less what is permitted; of a total the workers who do not live there yet, or where the policy
    does not say how many do, less the beds there. Stays that the policy houses elsewhere are left out. Raises
    ``SubmissionError`` when none of these is known, and for a municipality of which only the whole has a need.
    """
    need = need_of(policy, area, year)
    if need is None:
        for over in needs_over(policy, area):
            low, high = over.to_house
            told = {lang: between(number(low, lang), number(high, lang), lang) for lang in LANGS}
            level = {lang: message(f"need.level.{over.level}", lang) for lang in LANGS}
            fields = {"found": area, "whole": over.area, "level": level, "beds": told, "year": over.year}
            raise SubmissionError(Problem("--need", "need_of_whole", fields))
        known = ", ".join(dict.fromkeys(each.area for each in policy.need)) or "-"
        raise SubmissionError(Problem("--need", "no_need", {"found": area, "expected": known}))
    sites = pd.DataFrame({"standing": [], "beds": [], "municipality": []}) if there is None else there
    # of an addition, where no sites are in the data: nothing is known to be permitted
    beds = beds_for(need, sites, there_known=there is not None or need.counted == "additional")
    (row, *_) = balance(need, beds)
    pair = row.short if math.isnan(row.not_living_there[0]) else row.not_living_there
    wanted = pair[0 if scenario == "low" else 1]
    if math.isnan(wanted):
        raise SubmissionError(Problem("--need", "need_unknown", {"found": area}))
    return Demand(int(wanted))
