"""Beds against need, by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from suitability.core.errors import SubmissionError
from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.portfolio import Need
from suitability.policy.reader import read_policy
from suitability.selection.need import (
    Beds,
    balance,
    beds_for,
    beds_in,
    need_of,
    needs_of,
    needs_over,
    side_by_side,
    spread_measured,
    workers_against_beds,
)
from suitability.selection.shortlist.choice import Demand
from suitability.selection.shortlist.from_scan import demand_of
from tests.paths import CONFIG
from tests.selection.shortlist.instances import frame_of

if TYPE_CHECKING:
    import geopandas as gpd

    from suitability.policy.model import Policy

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


def policy_of(name: str) -> Policy:
    """Return a shipped policy."""
    return read_policy(name, REGISTRY, CONFIG)


def test_long_stay_in_the_ordinary_market_is_left_out() -> None:
    """Arnhem-Nijmegen 1.2, Liemers: 4,496 + 1,737 = 6,233 to house, 2,077 elsewhere; 1,255 live there, of unknown stay.

    If all who live there are short or mid stay 4,978 do not yet; if all are among the 2,077 of long stay 6,233.
    """
    (liemers,) = needs_of(policy_of("arnhem-nijmegen-2022"), "Liemers")
    rows = {row.stay: row for row in balance(liemers, Beds(0.0, 0.0, 33.0), {"short": 33.0, "mid": 0.0, "long": 0.0})}
    assert set(rows) == {"", "short", "mid"}
    assert (rows[""].wanted, rows[""].elsewhere) == ((6233, 6233), (2077, 2077))
    assert rows[""].not_living_there == (4978, 6233)
    assert rows[""].short == (6200, 6200)


def test_those_who_live_there_and_cannot_all_be_elsewhere_are_taken_off() -> None:
    """Hardenberg 2.2 and 5.1.1, 2030: 408 to 592 to house, 112 to 162 elsewhere, 250 live there: 158 to 504 are left."""
    policy = policy_of("hardenberg-2025")
    assert demand_of(policy, "Hardenberg", None, "low") == Demand(158)
    assert demand_of(policy, "Hardenberg", None, "high") == Demand(592 - (250 - 162))
    assert demand_of(policy, "Hardenberg", None, "high", 2020) == Demand(275 - (250 - 75))


@pytest.mark.parametrize(
    ("name", "place", "whole", "level", "n"),
    [
        ("arnhem-nijmegen-2022", "Duiven", "Liemers", "subregion", 5),
        ("arnhem-nijmegen-2022", "Arnhem", "Arnhem", "subregion", 6),
        ("arnhem-nijmegen-2022", "nijmegen", "Nijmegen", "subregion", 7),
        ("bollenstreek-2022", "Lisse", "Duin- en Bollenstreek", "region", 5),
        ("overijssel-2024", "Kampen", "Overijssel", "province", 25),
    ],
)
def test_the_need_of_a_whole_is_not_that_of_one_municipality(
    name: str, place: str, whole: str, level: str, n: int
) -> None:
    """AN 1.2, Bollenstreek 3.1.1, Overijssel table 2: no number is asked of one part, and the sentence names the whole."""
    policy = policy_of(name)
    over = needs_over(policy, place)[0]
    assert (over.area, over.level, len(over.municipalities)) == (whole, level, n)
    if need_of(policy, place) is None:
        with pytest.raises(SubmissionError, match=f"the need of the whole {level} {whole}"):
            demand_of(policy, place, None, "high")
    else:
        assert place == "Kampen"


def test_the_region_of_arnhem_nijmegen_is_its_subregions_together() -> None:
    """18 municipalities, each in one subregion, all in the region of 2030."""
    needs = {need.area: need for need in policy_of("arnhem-nijmegen-2022").need}
    parts = [name for area in ("Liemers", "Arnhem", "Nijmegen") for name in needs[area].municipalities]
    assert len(parts) == len(set(parts)) == 18
    assert set(parts) == set(needs["Regio Arnhem-Nijmegen"].municipalities)


def test_a_subregion_counts_the_beds_in_its_municipalities() -> None:
    """Noord and Zuid together: 100 existing, 20 permitted, 80 chosen; what is in a part outside the data is unknown."""
    both = need(area="Streek", level="subregion", municipalities=["Noord", "Zuid"])
    assert beds_for(both, SITES, there_known=True) == Beds(100.0, 20.0, 80.0)
    assert beds_for(both, SITES, there_known=True, scanned={"Noord", "Zuid"}) == Beds(100.0, 20.0, 80.0)
    part = beds_for(both, SITES, there_known=True, scanned={"Noord"})
    assert math.isnan(part.existing)
    assert math.isnan(part.permitted)
    assert part.chosen == 80
    bare = beds_for(need(area="Streek", level="subregion"), SITES, there_known=True)
    assert all(math.isnan(each) for each in (bare.existing, bare.permitted, bare.chosen))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"municipalities": ["Noord"]}, "need_municipalities"),
        ({"housed_elsewhere": ["long"]}, "need_elsewhere"),
        ({"housed_elsewhere": ["long"], "long_stay": [1, 2]}, "need_elsewhere"),
        ({"level": "street"}, "level"),
        ({"towns": ["Noord"]}, "towns"),
    ],
)
def test_a_need_that_cannot_be_is_refused(changed: dict[str, Any], key: str) -> None:
    """Parts of a single municipality, stays elsewhere without all numbers, an unknown level and an unknown key."""
    with pytest.raises(ValueError, match=key):
        need(**changed)
