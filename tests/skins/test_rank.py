"""The ranking as a person meets it: the command, its screen and its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from suitability.policy.model import Rule
from suitability.report.files.ranking import FILES, write_ranking
from suitability.report.scan_files import write_outputs
from suitability.report.wording.ranking import ranking_lines, score_text
from suitability.scan.longlist import make_longlist
from suitability.selection.ranking.order import rank
from suitability.selection.ranking.robustness import assess
from suitability.selection.ranking.sites import make_sites
from tests.selection.ranking.scored import asks, policy_of, scan_of, scored, wish
from tests.skins.command import run_here
from tests.skins.small import small_scan
from tests.skins.test_cli import assert_sentences, run
from tests.tiny import square

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.selection.ranking.order import Ranking


def written(ranking: Ranking, folder: Path, lang: Lang = "nl") -> Path:
    """Write the files of a ranking, and return their folder."""
    files = write_ranking(ranking, assess(ranking, 2, draws=50), folder, lang, documents={}, progress=lambda *_: None)
    assert [file.name for file in files] == list(FILES)
    return folder


@pytest.fixture(scope="module")
def ranked(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the screen of one ranking of the demo."""
    folder = tmp_path_factory.mktemp("rank")
    done = run("rank", "--policy", "hardenberg-2025", "--top", "5", "--out", str(folder / "out"), cache=measured)
    assert done.returncode == 0, done.stderr
    return folder / "out", done.stdout


def test_the_command_shows_the_first_and_how_firm_they_stand(ranked: tuple[Path, str]) -> None:
    """And the numbers on the screen are those in the files."""
    out, screen = ranked
    record = json.loads((out / "ranking.json").read_text(encoding="utf-8"))
    table = pd.read_csv(out / "ranking.csv", sep=";", decimal=",")
    sites = gpd.read_file(out / "sites.gpkg", layer="sites")
    assert len(table) == len(sites) == record["sites"] > 100
    assert sites.crs.to_epsg() == 28992
    assert 0 < record["joined_sites"] < record["sites"]
    assert sum(record["weights"].values()) == pytest.approx(1)
    first = table.iloc[0]
    assert first["plaats"] == 1
    assert first["locatie"] in screen
    parts = [column for column in table if "bijdrage" in column]
    assert len(parts) == len(record["weights"])
    assert table[parts].sum(axis=1).to_numpy() == pytest.approx(
        table["punten in totaal (0 tot 100)"].to_numpy(), abs=0.2
    )
    assert "TOPSIS" in screen
    assert f"{record['unbeaten']} van de" in screen


def test_other_weights_are_told_and_wrong_ones_refused(tmp_path: Path) -> None:
    """Before anything is scanned."""
    done = run_here("rank", "--weights", "facilitis=2,noise=-1", "-p", "hardenberg-2025", "--lang", "en",
                    "--out", str(tmp_path / "out"), cache=tmp_path)  # fmt: skip
    assert_sentences(done, "the rule 'facilitis' does not exist", "Did you mean 'facilities'?", "number of 0 or more")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_hostile_names_do_no_harm_in_a_spreadsheet(lang: Lang, tmp_path: Path) -> None:
    """No cell is a formula, in either file; numbers are numbers."""
    hostile = ["=1+1", "@SUM(A1)", "-2", "+3"]
    ranking = rank(make_sites(small_scan(hostile)), {"large_enough": 1})
    book = openpyxl.load_workbook(written(ranking, tmp_path, lang) / "ranking.xlsx")
    cells = [cell for row in book.active.iter_rows(min_row=2) for cell in row]  # type: ignore[union-attr]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    said = {cell.value for cell in cells if isinstance(cell.value, str)}
    assert {f"'{text}" for text in hostile} <= said
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == [1] * 4  # type: ignore[union-attr]


def test_what_is_not_known_is_an_empty_cell_and_a_range(tmp_path: Path) -> None:
    """Never a 0 that looks measured."""
    ranking = rank(scored([[None, 50], [40, 40]]))
    table = pd.read_csv(written(ranking, tmp_path, "en") / "ranking.csv")
    row = table[table["site"] == "p00"].iloc[0]
    assert (row["total points (0 to 100)"], row["highest total points (0 to 100)"]) == (25, 75)
    assert pd.isna(row["so: value [1]"])
    assert score_text(0.25, 0.75, "nl") == "25,0 tot 75,0"


def test_a_second_ranking_leaves_the_first_and_the_scan_alone(tmp_path: Path) -> None:
    """In one folder: the longlist stays, the earlier ranking moves aside."""
    scan = small_scan()
    write_outputs(
        scan, make_longlist(scan), tmp_path, "nl", documents={}, wall_seconds=lambda: 0.0, progress=lambda *_: None
    )
    ranking = rank(make_sites(scan), {"large_enough": 1})
    written(ranking, tmp_path)
    written(ranking, tmp_path)
    assert {*FILES, "longlist.csv", "run.json"} <= {path.name for path in tmp_path.iterdir()}
    (earlier,) = (tmp_path / "earlier").iterdir()
    assert {path.name for path in earlier.iterdir()} == set(FILES)


def test_a_ranking_without_weights_or_sites_says_so(tmp_path: Path) -> None:
    """And writes its files all the same."""
    none = rank(scored([[10], [90]], [0]))
    assert "No rule has a weight" in ranking_lines(none, assess(none, 2, draws=5), "en")[-1]
    written(none, tmp_path / "none")
    empty = rank(make_sites(scan_of(policy_of(wish("a"), _must("b")), [square(0, 0)], answers=[{"b": 1}])))
    assert ranking_lines(empty, assess(empty, 2, draws=5), "en")[0].startswith("There are no sites to rank")
    written(empty, tmp_path / "empty")


def _must(name: str) -> Rule:
    """Return a hard rule on the answer to a question."""
    return Rule.model_validate(asks(name, effect="exclude"))
