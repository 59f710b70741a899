"""A proposal of sites as a person meets it: the command, its screen and its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from suitability.choice import Demand, Wanted
from suitability.conflicts import Conflict
from suitability.messages import LANGS
from suitability.portfolio_rules import Size
from suitability.shortlist import NotFound, Shortlist, choose
from suitability.shortlist_wording import ChoiceWords
from tests.shortlist.instances import PREFERENCES, draw_town
from tests.skins.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the screen of a proposal for 300 beds in the demo."""
    folder = tmp_path_factory.mktemp("shortlist")
    done = run(
        "shortlist", "--policy", "hardenberg-2025", "--need", "300", "--out", str(folder / "out"),
        cache=folder / "cache",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "out", done.stdout


def test_a_planner_gets_a_sensible_set(proposed: tuple[Path, str]) -> None:
    """300 beds in some twenty sites of at most 20 persons, in more than one settlement, the same in every file."""
    out, screen = proposed
    record = json.loads((out / "shortlist.json").read_text(encoding="utf-8"))
    table = pd.read_csv(out / "shortlist.csv", sep=";", decimal=",")
    sites = gpd.read_file(out / "shortlist.gpkg", layer="shortlist")
    assert record["beds"] == table["slaapplaatsen"].sum() == sites["chosen_beds"].sum() == 300
    assert 15 <= len(table) <= 25
    assert table["slaapplaatsen"].max() <= 20
    assert table["kern"].fillna("").nunique() >= 2
    assert sites.crs.to_epsg() == 28992
    assert (sites["verdict"] == "pass").all()
    assert "Voorstel 1" in screen
    assert "Bestaande en vergunde locaties staan niet in de gegevens" in screen
    sheet = openpyxl.load_workbook(out / "shortlist.xlsx").active
    assert sheet is not None
    assert sheet.max_row == len(table) + 1


def test_without_a_need_the_policy_must_name_one(tmp_path: Path) -> None:
    """Hardenberg names a need for Hardenberg, not for Kampen: one sentence, exit code 2."""
    done = run(
        "shortlist", "--policy", "hardenberg-2025", "--out", str(tmp_path / "out"), "--lang", "en", cache=tmp_path
    )
    assert done.returncode == 2
    assert "the policy names no need for 'Kampen', expected one of: Hardenberg" in done.stderr


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
