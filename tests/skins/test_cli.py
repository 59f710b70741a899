"""The command line as a person meets it: real files, exit codes and sentences; each command in a real process too."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.moments import Moment, environment_for
from tests.paths import ROOT
from tests.skins.command import run_here

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"longlist.gpkg", "parcels.parquet", "longlist.csv", "map.html", "run.json"}


@pytest.fixture(scope="module")
def cache(measured: Path) -> Path:
    """Return the cache that all tests share, so that each scan after the first is quick."""
    return measured


def run(*arguments: str, cache: Path, cwd: Path = ROOT, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run ``suitability`` in a process of its own."""
    command = [sys.executable, "-m", "suitability", *arguments]
    environment = {**os.environ, "SUITABILITY_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "140"}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=timeout, check=False
    )


@pytest.fixture(scope="module")
def scanned(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the screen of one scan with the defaults."""
    out = tmp_path_factory.mktemp("scan") / "out"
    done = run("scan", "--out", str(out), cache=cache)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def heed_interrupts() -> None:
    """Let Ctrl-C through: a process started in the background inherits that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def assert_sentences(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Check for exit code 2, no traceback, and that each of ``parts`` is said."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr


def test_scan_writes_five_files_and_shows_the_funnel(scanned: tuple[Path, str]) -> None:
    """The defaults end with the funnel on the screen and the five files in the folder."""
    out, screen = scanned
    assert {path.name for path in out.iterdir()} == FILES
    assert "Trechter" in screen
    assert "Niet op een recreatiepark" in screen
    assert re.search("deels afgeleid of aangenomen: [^.]*Bedrijven", screen)
    assert "\x1b" not in screen, "no colour codes in a pipe"


def test_funnel_on_screen_is_the_funnel_of_the_record(scanned: tuple[Path, str]) -> None:
    """The funnel on screen equals the funnel in the file."""
    out, screen = scanned
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    for step in record["funnel"]:
        assert f"{step['remaining']:,}".replace(",", ".") in screen
    assert sum(record["counts"][k] for k in ("pass", "fail", "unknown")) == record["counts"]["parcels"]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_explain_a_passed_a_failed_and_an_unknown_parcel(scanned: tuple[Path, str], cache: Path, lang: str) -> None:
    """Each outcome is explained with rule, article, measured value, limit, margin and the named supermarket."""
    table = pd.read_parquet(scanned[0] / "parcels.parquet")
    words = {
        "nl": {"pass": "GESCHIKT", "fail": "ONGESCHIKT", "unknown": "NOG TE BEOORDELEN"},
        "en": {"pass": "SUITABLE", "fail": "UNSUITABLE", "unknown": "TO BE ASSESSED"},
    }[lang]
    for verdict, word in words.items():
        parcel = table.loc[table["verdict"] == verdict, "parcel_id"].iloc[0]
        done = run_here("explain", parcel, "--lang", lang, cache=cache)
        assert done.returncode == 0, done.stderr
        assert f": {word}" in done.stdout
        assert "Bijlage 1" in done.stdout
        assert " min" in done.stdout
        assert ("Grenswaarde: maximaal 15 min" if lang == "nl" else "The limit is at most 15 min") in done.stdout


def test_unknown_parcel_names_one_that_exists(cache: Path) -> None:
    """A mistyped designation gets one sentence with a designation that exists."""
    assert_sentences(run("explain", "afgeleid-0001x", cache=cache), "afgeleid-0001x", "Bedoelt u afgeleid-")


def test_unknown_policy_and_source_name_what_exists(cache: Path) -> None:
    """A wrong name is answered with the names that exist, and a suggestion."""
    done = run_here("scan", "--policy", "kadaster-scam", cache=cache)
    assert_sentences(done, "kadaster-scam", "hardenberg-2025", "Bedoelt u 'kadaster-scan'?")
    assert_sentences(run_here("scan", "--source", "nowhere", "--lang", "en", cache=cache), "nowhere", "demo")


def test_all_errors_of_a_policy_are_reported_together(cache: Path, tmp_path: Path) -> None:
    """Three errors give three sentences, each with its line, in one run."""
    text = (ROOT / "config" / "kadaster-scan.yaml").read_text(encoding="utf-8")
    text = text.replace("effect: exclude", "efect: exclude", 1).replace("at_most: 5,", "at_most: far,", 1)
    text = text.replace("min_jobs: 10", "min_jobs: 0", 1)
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    done = run("check-policy", str(path), "--lang", "en", cache=cache)
    assert_sentences(done, "efect", "Did you mean 'effect'?", "'far'")
    assert all(f"{path}, line " in sentence for sentence in done.stderr.strip().splitlines())


def test_check_policy_passes_the_shipped_policies(cache: Path) -> None:
    """Every shipped policy is in order."""
    for name in ("kadaster-scan", "hardenberg-2025", "demo-nearby"):
        done = run_here("check-policy", name, cache=cache)
        assert done.returncode == 0, done.stderr
        assert "in orde" in done.stdout


def test_wrong_language_is_one_sentence(cache: Path) -> None:
    """An unknown language is refused, not ignored."""
    assert_sentences(run_here("scan", "--lang", "de", cache=cache), "'de'")


def test_output_folder_that_is_a_file(cache: Path, tmp_path: Path) -> None:
    """A file in the place of a folder is reported before anything is computed."""
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert_sentences(run_here("scan", "--out", str(taken), cache=cache), str(taken))
    assert taken.read_text() == "mine"


def test_sources_lists_what_there_is(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every source with its layers; without copies the command to fetch them is shown."""
    monkeypatch.setenv("SUITABILITY_DATA", str(tmp_path))
    done = run("sources", "--lang", "en", cache=cache)
    assert done.returncode == 0, done.stderr
    for word in (
        "demo",
        "dir:PATH",
        "osm:FILE",
        "pdok",
        "sample municipality",
        "parcels",
        "suitability fetch --area",
    ):
        assert word in done.stdout


def test_stopping_halfway_leaves_the_earlier_result(scanned: tuple[Path, str], tmp_path: Path) -> None:
    """Ctrl-C while layers are read, while they are measured and while files are written: code 130, and all as it was."""
    before = {path.name: path.read_bytes() for path in scanned[0].iterdir() if path.is_file()}
    cold = tmp_path / "cold"
    for moment in (Moment("open", "zoning.parquet"), Moment("open", str(cold)), Moment("open", "longlist.csv")):
        environment = {**environment_for(moment, tmp_path / "site"), "SUITABILITY_CACHE": str(cold)}
        command = [sys.executable, "-m", "suitability", "scan", "--out", str(scanned[0])]
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=heed_interrupts
        )
        error = done.stderr
        assert done.returncode == 130, error
        assert "Traceback" not in error
        assert "Gestopt. Er staan geen halve bestanden" in error
        after = {path.name: path.read_bytes() for path in scanned[0].iterdir() if path.is_file()}
        assert after == before
        assert {path.name for path in scanned[0].iterdir()} == FILES


def test_two_users_at_once_share_a_cache(tmp_path: Path) -> None:
    """Two scans at the same time, with one cold cache, both finish and agree."""
    environment = {**os.environ, "SUITABILITY_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "suitability", "scan", "--out"]
    both = [
        subprocess.Popen([*command, str(tmp_path / name)], env=environment, cwd=ROOT, stdout=-1, stderr=-1)
        for name in ("a", "b")
    ]
    for process in both:
        _, error = process.communicate()
        assert process.returncode == 0, error
    assert (tmp_path / "a" / "parcels.parquet").read_bytes() == (tmp_path / "b" / "parcels.parquet").read_bytes()
    assert (tmp_path / "a" / "longlist.csv").read_bytes() == (tmp_path / "b" / "longlist.csv").read_bytes()


def test_diff_policy_says_what_changed_and_which_parcels_go(cache: Path) -> None:
    """In words, with both numbers and units; with a source also the effect on the longlist, by rule."""
    done = run_here("diff-policy", "kadaster-scan", "demo-nearby", "--lang", "en", cache=cache)
    assert done.returncode == 0, done.stderr
    assert "Employer nearby: the limit is tighter, at most 2 km instead of at most 15 km." in done.stdout
    assert "Parcels compared" not in done.stdout, "nothing was scanned"
    done = run("diff-policy", "kadaster-scan", "demo-nearby", "--source", "demo", cache=cache)
    assert done.returncode == 0, done.stderr
    assert "de grenswaarde is strenger, maximaal 2 km in plaats van maximaal 15 km" in done.stdout
    assert "Erbij op de longlist: 0." in done.stdout
    assert "omdat deze regel nu afwijst: Werkgever in de buurt." in done.stdout


def test_diff_of_a_policy_with_itself_is_one_sentence(cache: Path) -> None:
    """Even with a source: there is nothing to scan."""
    done = run_here("diff-policy", "kadaster-scan", "kadaster-scan", "--source", "demo", cache=cache)
    assert (done.returncode, done.stdout) == (0, "Geen verschil: beide zeggen hetzelfde.\n")


def test_diff_with_a_wrong_name_is_one_sentence(cache: Path) -> None:
    """Of a policy, of a source."""
    assert_sentences(run_here("diff-policy", "kadaster-scan", "demo-nearbij", cache=cache), "Bedoelt u 'demo-nearby'?")
    done = run_here("diff-policy", "kadaster-scan", "demo-nearby", "--source", "nowhere", cache=cache)
    assert_sentences(done, "nowhere", "demo")
    assert done.stdout == ""


def test_check_policy_warns_of_words_that_occur_nowhere(cache: Path, tmp_path: Path) -> None:
    """After "in order", on standard error, marked, with exit code 0."""
    text = (ROOT / "config" / "kadaster-scan.yaml").read_text(encoding="utf-8")
    path = tmp_path / "odd.yaml"
    path.write_text(text.replace("facility_kind: supermarket", "facility_kind: supermarkt"), encoding="utf-8")
    done = run_here("check-policy", str(path), "--source", "demo", cache=cache)
    assert done.returncode == 0
    assert "in orde" in done.stdout
    assert f"Let op: {path}, beleidsregel facilities_bicycle, params.facility_kind: 'supermarkt' komt" in done.stderr
    assert_sentences(run_here("check-policy", str(path), "--source", "nowhere", cache=cache), "nowhere")
