"""A proposal of sites as a person meets it: the command, its screen and its files."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from suitability.core.messages import LANGS
from suitability.policy.portfolio import Size
from suitability.report.wording.shortlist import ChoiceWords
from suitability.selection.shortlist.best_set import NotFound, Shortlist, choose
from suitability.selection.shortlist.choice import Demand, Wanted
from suitability.selection.shortlist.conflicts import Conflict
from tests.paths import ROOT
from tests.selection.shortlist.instances import PREFERENCES, draw_town
from tests.selection.shortlist.small_policy import SMALL
from tests.skins.command import run_here
from tests.skins.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def proposed(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the screen of a proposal for 300 beds in the demo."""
    folder = tmp_path_factory.mktemp("shortlist")
    done = run(
        "shortlist", "--policy", "hardenberg-2025", "--need", "300", "--out", str(folder / "out"),
        cache=cache,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "out", done.stdout


def test_a_planner_gets_a_sensible_set(proposed: tuple[Path, str]) -> None:
    """300 beds in some twenty sites of at most 20 persons, the same in every file."""
    out, screen = proposed
    record = json.loads((out / "shortlist.json").read_text(encoding="utf-8"))
    table = pd.read_csv(out / "shortlist.csv", sep=";", decimal=",")
    sites = gpd.read_file(out / "shortlist.gpkg", layer="shortlist")
    assert record["beds"] == table["slaapplaatsen"].sum() == sites["chosen_beds"].sum() == 300
    assert 15 <= len(table) <= 25
    assert table["slaapplaatsen"].max() <= 20
    assert sites.crs.to_epsg() == 28992
    assert (sites["verdict"] == "pass").all()
    assert "Voorstel 1" in screen
    assert "Bestaande en vergunde locaties staan niet in de gegevens" in screen
    sheet = openpyxl.load_workbook(out / "shortlist.xlsx").active
    assert sheet is not None
    assert sheet.max_row == len(table) + 1


def test_without_a_need_the_policy_must_name_one(cache: Path, tmp_path: Path) -> None:
    """Hardenberg names a need for Hardenberg, not for Kampen: one sentence, exit code 2."""
    done = run_here(
        "shortlist", "--policy", "hardenberg-2025", "--out", str(tmp_path / "out"), "--lang", "en", cache=cache
    )
    assert done.returncode == 2
    assert "the policy names no need for 'Kampen', but it does for: Hardenberg" in done.stderr


@pytest.mark.parametrize("lang", LANGS)
def test_every_conflict_and_every_set_has_its_words(lang: str) -> None:
    """Over many towns: no key is missing, and no number is shown as code."""
    said = []
    for seed in range(10_000, 10_040):
        town = draw_town(seed, greedy=1.2)
        size = Size.model_validate(
            {
                **town.rules[0].model_dump(include={"label", "assumption"}),
                "kind": "size",
                "id": "size",
                "at_least": 5,
                "at_most": 12,
            }
        )
        wish = town.rules[1].model_copy(update={"id": "wish", "ambition": True, "at_most": 0})
        rules = (*town.rules, size, wish)
        words = ChoiceWords(rules, {"s00": "Laan 1"}, lang)  # type: ignore[arg-type]
        found = choose(town.candidates, rules, town.wanted, PREFERENCES)
        said += words.shortlist(found, PREFERENCES) if isinstance(found, Shortlist) else words.refusal(found)
    said += ChoiceWords((), {}, lang).refusal(NotFound(1.0))  # type: ignore[arg-type]
    assert len(said) > 100
    assert not [line for line in said if "nan" in line or "{" in line or "None" in line]


def test_a_stay_that_no_site_can_serve_is_named() -> None:
    """Long stay is asked, no type of place serves it: the need for long stay is the whole conflict."""
    town = draw_town(1)
    wanted = Wanted((Demand(5), Demand(5, stay="long")))
    candidates = town.candidates
    candidates.stays[:, 2] = False
    found = choose(candidates, town.rules, wanted, PREFERENCES)
    assert isinstance(found, Conflict)
    assert ChoiceWords(town.rules, {}, "en").condition(found.groups[0]) == "need: 5 beds long stay in all"
    assert [each.by for each in found.alone] == [5]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, with a policy under which few parcels can be chosen."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "config/small.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.setenv("SUITABILITY_CONFIG", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture(scope="module")
def cache(measured: Path) -> Path:
    """Return the cache that all tests share, so that each scan after the first is quick."""
    return measured


def proposal(folder: Path, cache: Path, *arguments: str, source: str = "demo") -> tuple[int, str, Path]:
    """Return exit code, screen and folder of a proposal under the small policy, in English."""
    done = run_here(
        "shortlist", "--policy", "small", "--source", source, "--lang", "en", "--out", str(folder / "out"), *arguments,
        cache=cache,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, folder / "out"


def test_a_need_in_parts_is_met_in_every_part(small: Path, cache: Path) -> None:
    """In all, in a settlement and by stay: each is reported as met, and the table divides the beds by stay."""
    code, screen, out = proposal(
        small, cache, "--need", "100", "--need", "IJsselmuiden=20", "--need", "Kampen/short=30"
    )
    assert code == 0, screen
    record = json.loads((out / "shortlist.json").read_text(encoding="utf-8"))
    demands = [(d["demand"]["level"], d["demand"]["area"], d["demand"]["stay"]) for d in record["shortlist"]["demands"]]
    assert demands == [("all", "", None), ("settlement", "IJsselmuiden", None), ("municipality", "Kampen", "short")]
    assert all(d["found"] >= d["demand"]["beds"] for d in record["shortlist"]["demands"])
    table = pd.read_csv(out / "shortlist.csv")
    assert table.loc[table["settlement"] == "IJsselmuiden", "beds"].sum() >= 20
    assert table["beds short stay"].sum() >= 30


@pytest.mark.parametrize(
    ("need", "holds"),
    [("Kampn=20", "no site that can be chosen lies in 'Kampn'"), ("Kampen/shrt=20", "the length of stay 'shrt' does not exist"), ("veel", "'veel' cannot be read")],
)  # fmt: skip
def test_a_need_that_cannot_be_read_is_one_sentence(small: Path, cache: Path, need: str, holds: str) -> None:
    """Exit code 2, the text found and the known names, no file."""
    code, screen, out = proposal(small, cache, "--need", need)
    assert code == 2
    assert holds in screen
    assert "Traceback" not in screen
    assert not (out / "shortlist.csv").exists()


def test_need_and_frontier_come_with_the_set(small: Path, cache: Path) -> None:
    """Need, found and short on the screen and in files; without --frontier the next time no old curve stays beside it."""
    code, screen, out = proposal(small, cache, "--frontier")
    assert code == 0, screen
    assert "80 to 120" in screen
    assert "More beds or better places" in screen
    need, points = pd.read_csv(out / "need.csv"), pd.read_csv(out / "frontier.csv")
    assert need["beds in the proposal"].iloc[0] == "120"
    assert need["beds short, low"].tolist() == ["unknown", "unknown"]
    assert points["beds asked for"].tolist() == [60, 90, 120, 180, 240]
    assert points["search"].iloc[-1] == "not possible under the rules"
    mean = points["suitability (%)"].dropna()
    assert mean.is_monotonic_decreasing
    record = json.loads((out / "shortlist.json").read_text(encoding="utf-8"))
    assert record["need"]["balances"][0]["short"] == [None, None]
    assert [point["wanted_beds"] for point in record["frontier"]] == points["beds asked for"].tolist()
    code, screen, out = proposal(small, cache, "--need", "50")
    assert code == 0, screen
    assert not (out / "frontier.csv").exists()
    assert len(list((out / "earlier").glob("*/frontier.csv"))) == 1


def test_existing_sites_from_a_folder_count_under_a_cap_and_in_the_need(small: Path, cache: Path) -> None:
    """At most 4 sites, 2 are there: 2 can be chosen, a third is refused; without one of the chosen another comes in."""
    there = gpd.GeoDataFrame(
        {"standing": ["existing", "permitted"], "beds": [30.0, 10.0], "name": ["Oud", "Nieuw"]},
        geometry=gpd.points_from_xy([191_500, 191_700], [507_500, 507_700]), crs="EPSG:28992",
    )  # fmt: skip
    (small / "own").mkdir()
    there.to_file(small / "own/housing_sites.gpkg")
    listed = "layers:\n  housing_sites:\n    file: housing_sites.gpkg\n    columns: {standing: standing, beds: beds, name: name}\n"
    (small / "own/sources.yaml").write_text(listed, encoding="utf-8")
    source = f"dir:{small / 'own'},demo"
    code, screen, out = proposal(small, cache, "--need", "100", source=source)
    assert code == 0, screen
    assert "Existing and permitted sites are not in the data" not in screen
    first = pd.read_csv(out / "shortlist.csv")["site"].tolist()
    assert len(first) == 2
    need = pd.read_csv(out / "need.csv").iloc[0]
    assert (int(need["beds there and permitted"]), int(need["beds short, high"])) == (10, 10)
    code, screen, _ = proposal(small, cache, "--need", "101", source=source)
    assert code == 3
    assert "At most 4 sites in the municipality" in screen
    code, screen, out = proposal(small, cache, "--need", "100", "--lock-out", first[0], source=source)
    assert code == 0, screen
    second = pd.read_csv(out / "shortlist.csv")["site"].tolist()
    assert len(second) == 2
    assert first[0] not in second
    assert first[1] in second


@pytest.mark.parametrize("lang", LANGS)
def test_a_site_of_unknown_type_is_named_where_it_makes_the_difference(lang: str) -> None:
    """An existing site without a type near to the only place: the set stands, and says which site to look at."""
    town = draw_town(1)
    rules = tuple(
        rule.model_copy(update={"location_types": ("yard",), "at_least_m": 5000.0}) for rule in town.rules[:1]
    )
    there = town.sites.iloc[:1].assign(standing="existing", site_id="oud", location_type=None)
    question = replace(town, sites=town.sites.iloc[1:], suitability=town.suitability[1:], there=there, rules=rules)
    found = choose(question.candidates, rules, Wanted((Demand(1),)), PREFERENCES)
    assert isinstance(found, Shortlist)
    assert [breach.unsure for breach in found.unknown] == [("oud",)]
    said = ChoiceWords(rules, {}, lang).shortlist(found, PREFERENCES)  # type: ignore[arg-type]
    assert any("oud" in line for line in said)
