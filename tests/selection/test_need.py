"""Beds against need, by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.portfolio import Need
from suitability.policy.reader import read_policy
from suitability.selection.need import balance, beds_in, need_of, side_by_side, spread_measured, workers_against_beds
from tests.paths import CONFIG
from tests.selection.shortlist.instances import frame_of

if TYPE_CHECKING:
    import geopandas as gpd

SITES = pd.DataFrame(
    {
        "standing": ["existing", "permitted", "chosen", "chosen"],
        "beds": [100.0, 20.0, 30.0, 50.0],
        "municipality": ["Noord", "Noord", "Noord", "Zuid"],
    }
)


def need(**changed: Any) -> Need:
    """Return a need of 200 to 300 workers in Noord."""
    base = {"area": "Noord", "year": 2030, "counted": "total", "low": 200, "high": 300, "source": {"document": "d"}}
    return Need.model_validate({**base, **changed})


def test_a_total_counts_all_beds_and_an_addition_not_those_of_today() -> None:
    """200 to 300 in all, 150 beds: 50 to 150 short. 200 to 300 more than today, 50 new beds: 150 to 250 short."""
    beds = beds_in(SITES, "municipality", "Noord", there_known=True)
    (total,) = balance(need(), beds)
    assert (total.there, total.chosen, total.short) == (120, 30, (50, 150))
    (more,) = balance(need(counted="additional"), beds)
    assert (more.there, more.short) == (20, (150, 250))


def test_what_is_not_known_stays_unknown() -> None:
    """Without a layer of existing sites nobody can say what is short; nor with a site of unknown beds."""
    (row,) = balance(need(), beds_in(SITES, "municipality", "Noord", there_known=False))
    assert math.isnan(row.there)
    assert all(math.isnan(number) for number in row.short)
    holed = SITES.assign(beds=[100.0, None, 30.0, 50.0])
    (row,) = balance(need(), beds_in(holed, "municipality", "Noord", there_known=True))
    assert math.isnan(row.short[0])


def test_who_does_not_live_there_yet_is_a_range() -> None:
    """200 to 300 workers of whom 50 to 120 live there: 80 to 250 do not; unknown where the policy does not say."""
    beds = beds_in(SITES, "municipality", "Noord", there_known=True)
    assert balance(need(living_there=[50, 120]), beds)[0].not_living_there == (80, 250)
    assert math.isnan(balance(need(), beds)[0].not_living_there[0])


def test_beds_by_stay_against_the_need_by_stay() -> None:
    """An addition by stay: 30 short-stay beds against 40 to 60, and no mid-stay bed against 10."""
    asked = need(counted="additional", short_stay=[40, 60], mid_stay=[10, 10])
    beds = beds_in(SITES.iloc[2:], "municipality", "Noord", there_known=True)
    rows = {row.stay: row for row in balance(asked, beds, {"short": 30.0})}
    assert rows["short"].short == (10, 30)
    assert rows["mid"].short == (10, 10)
    assert "long" not in rows


def test_the_latest_need_of_an_area_is_taken() -> None:
    """Of a year when asked; None for an area that the policy does not name."""
    policy = read_policy("hardenberg-2025", REGISTRY, CONFIG)
    found = need_of(policy, "hardenberg")
    assert found is not None
    assert (found.year, found.high) == (2030, 755)
    assert need_of(policy, "Hardenberg", 2020) in policy.need
    assert need_of(policy, "Kampen") is None


def test_who_houses_whose_workers() -> None:
    """10 beds for work in the same town, 5 for the neighbour's, 3 of unknown workplace."""
    sites = pd.DataFrame(
        {"municipality": ["A", "A", "A", "B"], "workplace": ["A", "B", None, "B"], "beds": [10.0, 5.0, 3.0, 2.0]}
    )
    table = workers_against_beds(sites)
    assert table.loc["A", "A"] == 10
    assert table.loc["B", "A"] == 5
    assert table.loc["", "A"] == 3
    assert table.loc["A", "B"] == 0
    unknown = workers_against_beds(sites.assign(beds=[None, 5.0, 3.0, 2.0]))
    assert math.isnan(unknown.loc["A", "A"])


def chosen(beds: list[float], work: list[str | None], region: list[str]) -> gpd.GeoDataFrame:
    """Return chosen sites in Noord, subregion X, with the workplaces given."""
    import numpy as np  # noqa: PLC0415

    frame = frame_of(["Laan"] * len(beds), [1] * len(beds), np.zeros((len(beds), 2)))
    return frame.assign(beds=beds, workplace=work, subregion="X", workplace_subregion=region, standing="chosen")


def test_the_80_10_10_of_arnhem_nijmegen_is_measured_kept_or_not() -> None:
    """75 here, 15 elsewhere in the subregion, 10 beyond: the first two wishes are not met, the third is, all with their share."""
    policy = read_policy("arnhem-nijmegen-2022", REGISTRY, CONFIG)
    found = spread_measured(policy, chosen([75.0, 15.0, 10.0], ["Noord", "Zuid", "Ver"], ["X", "X", "Y"]))
    assert [(each.outcome, each.limit) for each in found] == [
        (Outcome.FAIL, 80), (Outcome.FAIL, 10), (Outcome.PASS, 10)
    ]  # fmt: skip
    assert [each.found for each in found] == pytest.approx([75, 15, 10])
    unknown = spread_measured(policy, chosen([75.0, 25.0], ["Noord", None], ["X", "X"]))
    assert {each.outcome for each in unknown} == {Outcome.UNKNOWN}
    assert all(math.isnan(each.found) for each in unknown)
    everything = spread_measured(policy, chosen([10.0], ["Noord"], ["X"]))
    assert [each.found for each in everything] == pytest.approx([100, 0, 0])


def test_municipalities_side_by_side() -> None:
    """Noord has half of the need and three quarters of the beds: it carries one and a half times its part."""
    needs = [need(), need(area="Zuid")]
    north, south = side_by_side(needs, SITES, there_known=True)
    assert (north.part_of_need, north.part_of_beds, north.carried) == pytest.approx((0.5, 0.75, 1.5))
    assert south.carried == pytest.approx(0.5)
    (alone, _) = side_by_side(needs, SITES, there_known=False)
    assert math.isnan(alone.carried)
