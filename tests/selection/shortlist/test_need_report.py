"""Coverage of the need of a policy by a set, from a small scan to the tables that people read."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from suitability.core.layer import Area
from suitability.core.messages import LANGS, Lang
from suitability.core.types import CRS
from suitability.criteria import REGISTRY
from suitability.policy.portfolio import Need
from suitability.policy.reader import read_policy
from suitability.report.wording.need import frontier_table, need_notes, need_tables
from suitability.selection.shortlist.alternatives import frontier
from suitability.selection.shortlist.best_set import Shortlist, choose
from suitability.selection.shortlist.candidates import make_candidates
from suitability.selection.shortlist.choice import Demand, Wanted
from suitability.selection.shortlist.need_report import make_need_report, municipalities_scanned
from tests.paths import CONFIG
from tests.selection.shortlist.instances import PREFERENCES, Town, draw_town, frame_of

if TYPE_CHECKING:
    from suitability.scan.run import Scan
    from suitability.selection.shortlist.candidates import Candidates


def scan_of(needs: tuple[Need, ...], portfolio: tuple[Any, ...] = (), name: str = "Noord") -> Scan:
    """Return the parts of a scan that a report reads: policy, area and boundary of Noord, with Zuid beside it."""
    shapes = shapely.box([0, 1000], [0, 0], [1000, 2000], [1000, 1000])
    frame = gpd.GeoDataFrame({"name": ["Noord", "Zuid"]}, geometry=shapes, crs=CRS)
    layers = {"municipality": SimpleNamespace(frame=frame)}
    policy = SimpleNamespace(need=needs, portfolio=portfolio)
    return SimpleNamespace(policy=policy, area=Area(name, shapes[0]), layers=layers)  # type: ignore[return-value]


def need(area: str = "Noord", **changed: Any) -> Need:
    """Return a need of 100 to 200 workers more than today."""
    base = {"area": area, "year": 2030, "counted": "additional", "low": 100, "high": 200, "source": {"document": "d"}}
    return Need.model_validate({**base, **changed})


def town(**columns: Any) -> tuple[Candidates, Shortlist]:
    """Return three sites of 20 beds, and the set for 30 beds: all of one and half of another."""
    frame = frame_of(["Laan", "Dijk", "Weg"], [20, 20, 20], np.array([[0, 0], [500, 0], [900, 0]])).assign(**columns)
    candidates = make_candidates(frame, np.array([0.9, 0.8, 0.1]), there=None)
    found = choose(candidates, (), Wanted((Demand(30),)), PREFERENCES)
    assert isinstance(found, Shortlist)
    assert found.ids == ("s00", "s01")
    return candidates, found


def there(**columns: Any) -> gpd.GeoDataFrame:
    """Return a permitted site of 40 beds in Noord."""
    return frame_of(["Laan"], [40], np.array([[300, 300]])).assign(site_id="t0", standing="permitted", **columns)


def test_beds_against_need_with_and_without_what_is_there() -> None:
    """30 proposed of 100 to 200: permitted beds are unknown, so the shortfall too; with 40 permitted: 30 to 130."""
    candidates, found = town()
    report = make_need_report(scan_of((need(),)), candidates, found)
    (row,) = report.balances
    assert (row.chosen, row.wanted) == (30, (100, 200))
    assert np.isnan(row.there)
    assert np.isnan(row.short).all()
    known = make_need_report(scan_of((need(),)), replace(candidates, there=there()), found)
    assert (known.balances[0].there, known.balances[0].short) == (40, (30, 130))


def test_by_stay_only_what_is_known_is_counted() -> None:
    """Undivided sites that serve every stay: unknown. With a demand by stay: the divided beds."""
    candidates, found = town()
    policy = scan_of((need(short_stay=(40, 60), long_stay=(5, 5)),))
    nothing_there = replace(candidates, there=there().iloc[:0])
    rows = {row.stay: row for row in make_need_report(policy, nothing_there, found).balances}
    assert np.isnan(rows["short"].chosen)
    assert np.isnan(rows["short"].short).all()
    asked = choose(candidates, (), Wanted((Demand(30), Demand(12, stay="short"))), PREFERENCES)
    assert isinstance(asked, Shortlist)
    rows = {row.stay: row for row in make_need_report(policy, nothing_there, asked).balances}
    assert (rows["short"].chosen, rows["short"].short) == (12, (28, 48))
    assert rows["long"].short == (5, 5)


def test_a_neighbour_that_was_not_scanned_is_unknown_not_empty() -> None:
    """Zuid has a need and lies outside the scan: its beds are unknown, and so is the share of each municipality."""
    candidates, found = town()
    policy = scan_of((need(), need("Zuid")))
    assert municipalities_scanned(policy) == {"Noord"}
    report = make_need_report(policy, replace(candidates, there=there()), found)
    north, south = report.efforts
    assert (north.beds.permitted, north.part_of_need) == (40, 0.5)
    assert np.isnan(south.beds.existing)
    assert np.isnan([north.carried, south.carried]).all()
    whole = replace_area(policy)
    both = make_need_report(whole, replace(candidates, there=there()), found)
    assert both.efforts[0].carried == pytest.approx(2.0)
    assert both.efforts[1].carried == 0.0


def replace_area(scan: Scan) -> Scan:
    """Return the scan of both municipalities."""
    return SimpleNamespace(policy=scan.policy, area=Area("Regio"), layers=scan.layers)  # type: ignore[return-value]


def test_overijssel_shows_its_municipalities_side_by_side() -> None:
    """The table of the document, each with its own year; the province as a whole is no row of it."""
    policy = read_policy("overijssel-2024", REGISTRY, CONFIG)
    candidates, found = town(municipality=["Kampen", "Kampen", "Zwolle"])
    scan = scan_of(policy.need, policy.portfolio, "Kampen")
    report = make_need_report(scan, candidates, found)
    assert [row.need.year for row in report.balances] == [2021]
    names = [each.area for each in report.efforts]
    assert {"Kampen", "Zwolle", "Deventer"} < set(names)
    assert "Overijssel" not in names
    assert len(names) == 25
    assert sum(each.part_of_need for each in report.efforts) == pytest.approx(1)


def test_arnhem_nijmegen_measures_who_works_where() -> None:
    """20 of 30 beds for work in Noord: 66.7% found, 80% wished; without workplaces the same rows say unknown."""
    policy = read_policy("arnhem-nijmegen-2022", REGISTRY, CONFIG)
    region = {"subregion": "X", "workplace_subregion": "X"}
    candidates, found = town(workplace=["Noord", "Zuid", "Zuid"], **region)
    report = make_need_report(scan_of(policy.need, policy.portfolio), candidates, found)
    assert report.spread[0].found == pytest.approx(200 / 3)
    assert report.workers is not None
    assert report.workers.loc["Zuid", "Noord"] == 10
    candidates, found = town()
    bare = make_need_report(scan_of(policy.need, policy.portfolio), candidates, found)
    assert bare.workers is None
    assert {each.outcome.name for each in bare.spread} == {"UNKNOWN"}


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_has_its_words_and_says_unknown(lang: Lang) -> None:
    """No nan, no key, no code; in a file low and high each have a column, and no number has a separator of thousands."""
    policy = read_policy("arnhem-nijmegen-2022", REGISTRY, CONFIG)
    candidates, found = town(workplace=["Noord", None, "Zuid"], subregion="X", workplace_subregion="X")
    needs = (need(high=2500), need("Zuid"), need(counted="total", year=2020, living_there=(10, 20)))
    report = make_need_report(scan_of(needs, policy.portfolio), candidates, found)
    tables = need_tables(report, policy.portfolio, lang)
    assert [table.name for table in tables] == ["need", "spread", "workers", "sides"]
    cells = [cell for table in tables for row in (table.head, *table.rows) for cell in row]
    cells += need_notes(report, lang)
    assert not [cell for cell in cells if "nan" in cell or "{" in cell or "None" in cell]
    assert {"nl": "onbekend", "en": "unknown"}[lang] in cells
    assert {"nl": "100 tot 2.500", "en": "100 to 2,500"}[lang] in cells
    filed = need_tables(report, policy.portfolio, lang, file=True)[0]
    assert len(filed.head) == len(tables[0].head) + 3
    assert "2500" in filed.rows[0]
    assert all(len(row) == len(table.head) for table in tables for row in table.rows)


def test_a_policy_without_need_says_so() -> None:
    """No need, no rule on spread: no table, one sentence."""
    candidates, found = town()
    report = make_need_report(scan_of(()), candidates, found)
    assert need_tables(report, (), "en") == []
    assert need_notes(report, "en") == [
        "The policy names no need for Noord. So it is unknown how many are still needed."
    ]


def test_the_frontier_as_a_table() -> None:
    """A row per point, rising beds, each proven."""
    place: Town = draw_town(3)
    points = frontier(place.candidates, place.rules, place.wanted, PREFERENCES, 3)
    table = frontier_table(points, "en")
    assert len(table.rows) == len(points) > 1
    beds = [int(row[1]) for row in table.rows]
    assert beds == sorted(beds)
    assert {row[-1] for row in table.rows} == {"proven best"}


@pytest.mark.parametrize("lang", LANGS)
def test_a_subregion_is_told_as_one_and_says_who_is_housed_elsewhere(lang: Lang) -> None:
    """Noord is part of a subregion with Oost, which is not scanned: 30 beds proposed, what is there unknown, long stay said."""
    candidates, found = town(municipality=["Noord", "Noord", "Zuid"])
    part = need(
        "Streek", level="subregion", municipalities=["Noord", "Oost"], short_stay=[60, 120], mid_stay=[20, 40],
        long_stay=[20, 40], housed_elsewhere=["long"],
    )  # fmt: skip
    report = make_need_report(scan_of((part,)), replace(candidates, there=there()), found)
    rows = {row.stay: row for row in report.balances}
    assert set(rows) == {"", "short", "mid"}
    assert (rows[""].wanted, rows[""].chosen) == ((80, 160), 30)
    assert np.isnan(rows[""].there)
    (table,) = need_tables(report, (), lang)
    assert table.rows[0][0] == ("Streek (subregio)" if lang == "nl" else "Streek (subregion)")
    notes = " ".join(need_notes(report, lang))
    assert ("20 tot 40 (longstay)" if lang == "nl" else "20 to 40 (long stay)") in notes
    assert "Noord" in notes
    assert "Oost" in notes
