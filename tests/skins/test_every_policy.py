"""Every shipped policy in every command and on every page, on a few hundred parcels: an answer, never a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

import suitability as su
from suitability.core.messages import message
from suitability.core.types import CRS
from suitability.policy.reader import policy_names
from suitability.ui import shortlist_cache
from suitability.ui.layout import PAGES
from suitability.ui.lru_cache import LruCache
from tests.paths import CONFIG
from tests.skins.command import run_here
from tests.ui.session import new_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

#: A corner of the demo with dwellings, farmyards and businesses; named like its municipality, so that it is the area.
CORNER = shapely.box(192_600, 507_900, 193_400, 508_700)
POLICIES = policy_names(CONFIG)
NEEDS = (0, 1, 300, 1_000_000)

#: One place that people put forward, in the corner.
PLACES = "reference;x;y\nA1;193000;508300\n"


@pytest.fixture(scope="session")
def corner(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a source that is a corner of the demo: its boundary, before the layers of the demo."""
    folder = tmp_path_factory.mktemp("corner")
    gpd.GeoDataFrame({"name": ["Kampen"], "code": ["GM0166"]}, geometry=[CORNER], crs=CRS).to_file(
        folder / "municipality.gpkg"
    )
    listed = "layers:\n  municipality:\n    file: municipality.gpkg\n    columns: {name: name, code: code}\n"
    (folder / "sources.yaml").write_text(listed, encoding="utf-8")
    return f"dir:{folder},demo"


@pytest.mark.parametrize("policy", POLICIES)
def test_the_shortlist_answers_every_need(policy: str, corner: str, measured: Path, tmp_path: Path) -> None:
    """A set with files, or one sentence with exit code 3 and no files; 0 beds and a million always give a sentence."""
    for need in NEEDS:
        out = tmp_path / str(need)
        done = run_here(
            "shortlist", "--policy", policy, "--source", corner, "--need", str(need), "--lang", "en", "--out", str(out),
            cache=measured,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        assert done.returncode in ({3} if need in {0, 1_000_000} else {0, 3}), said
        assert (out / "shortlist.csv").exists() == (done.returncode == 0)


@pytest.mark.parametrize("policy", POLICIES)
def test_rank_publish_and_score_answer(policy: str, corner: str, measured: Path, tmp_path: Path) -> None:
    """Each command ends well, with exit code 0."""
    (tmp_path / "places.csv").write_text(PLACES, encoding="utf-8")
    commands = {
        "rank": (),
        "publish": ("--formats", "html,csv"),
        "score": (str(tmp_path / "places.csv"), "--no-cards"),
    }
    for name, more in commands.items():
        done = run_here(
            name, *more, "--policy", policy, "--source", corner, "--lang", "en", "--out", str(tmp_path / name),
            cache=measured,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        assert done.returncode == 0, said


@pytest.fixture
def app(corner: str, measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    """Give a maker of sessions under a policy on the corner; none finds what another one looked for."""
    monkeypatch.setattr(shortlist_cache, "_FOUND", LruCache(4))

    def session(policy: str) -> AppTest:
        environment = {"CACHE": measured, "STORE": tmp_path / "store.db", "SOURCE": corner, "POLICY": policy}
        for name, value in environment.items():
            monkeypatch.setenv(f"SUITABILITY_{name}", str(value))
        return new_session()

    return session


@pytest.mark.parametrize("policy", POLICIES)
def test_every_page_opens(policy: str, app: Callable[[str], AppTest]) -> None:
    """No page breaks down or shows an error; the shortlist gives a set or says why there is none."""
    at = app(policy)
    for page in PAGES:
        at.switch_page(f"suitability/ui/pages/{page}.py").run()
        assert not at.exception, (page, at.exception[0].message, at.exception[0].stack_trace)
        assert not at.error, (page, at.error[0].value)
    at.switch_page("suitability/ui/pages/shortlist.py").run()
    at.get_by_key("look_for_set").click().run()
    assert not at.exception, (at.exception[0].message, at.exception[0].stack_trace)
    titles = {metric.label for metric in at.metric}
    assert at.warning or message("app.shortlist.figure.beds", "nl") in titles


def test_command_app_and_library_give_the_same_sentence(
    corner: str, measured: Path, tmp_path: Path, app: Callable[[str], AppTest]
) -> None:
    """One sentence, the same in all three, under a policy without a rule that counts beds."""
    options = ("--policy", "base", "--source", corner, "--need", "300", "--out", str(tmp_path / "out"))
    command = run_here("shortlist", *options, cache=measured)
    scan = su.run_scan(su.read_policy("base"), su.open_source(corner))
    said = str(su.shortlist(su.rank_scan(scan), 300))
    assert "\n" not in said
    assert " ".join(said.split()) in " ".join(command.stdout.split())
    at = app("base").switch_page("suitability/ui/pages/shortlist.py").run()
    at.get_by_key("look_for_set").click().run()
    assert said in {warning.value.replace("\\", "") for warning in at.warning}


def test_an_unknown_area_is_one_sentence(corner: str, measured: Path, tmp_path: Path) -> None:
    """Exit code 2, the name that was given and the names there are."""
    options = ("--source", corner, "--area", "Nergenshuizen", "--need", "30", "--out", str(tmp_path / "out"))
    done = run_here("shortlist", *options, "--lang", "en", cache=measured)
    assert done.returncode == 2
    assert "Nergenshuizen" in done.stderr
    assert "Kampen" in done.stderr
    assert "Traceback" not in done.stderr
