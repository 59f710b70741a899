"""A GIS officer's folder: real samples of Otterlo and Gieterveen, described by the tool itself, and scanned as they are."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from suitability.cli.main import app
from tests.paths import DATA

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the cadastral map, the topography and the borders around Otterlo, and a plan of Gieterveen."""
    place = tmp_path_factory.mktemp("samples") / "onze bestanden"
    place.mkdir()
    shutil.copy(DATA / "bgt" / "bgt_gmllight_otterlo.zip", place)
    for packed in (
        "brk/kadastralekaart_v5_gml.zip",
        "boundaries/pdok_cbs_municipalities_nl_2025.json.zip",
        "imro/NL.IMRO.1680.1800030105-0000.gml.zip",
    ):
        with zipfile.ZipFile(DATA / packed) as archive:
            archive.extractall(place)
    done = CliRunner().invoke(app, ["sources", "init", str(place), "--lang", "en"])
    assert done.exit_code == 0, done.output
    return place


def test_the_first_manifest_is_right(folder: Path) -> None:
    """Every layer that the files hold is found, and Ede is chosen of the 342 municipalities, for Otterlo lies there."""
    text = (folder / "sources.yaml").read_text(encoding="utf-8")
    for layer in ("parcels", "zoning", "building_plots", "recreation_parks", "public_roads", "municipality", "water"):
        assert f"\n  {layer}:\n" in text
    assert "where: {name: [Ede]}" in text


def test_scan_with_much_missing(folder: Path, tmp_path: Path) -> None:
    """Eleven real parcels; the plan lies elsewhere and there are no shops: everything is unknown, nothing passes."""
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["scan", "--source", f"dir:{folder}", "--out", str(out), "--no-cache", "--lang", "en"]
    )
    assert done.exit_code == 0, done.output
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["area"] == "Ede"
    assert {name: record["counts"][name] for name in ("parcels", "pass", "unknown", "fail")} == {
        "parcels": 11, "pass": 0, "unknown": 11, "fail": 0,
    }  # fmt: skip
    assert record["missing_layers"] == ["employers", "facilities", "streets"]
    assert "Missing, so unknown: Streets." in done.output


def test_what_is_known_decides(folder: Path, tmp_path: Path) -> None:
    """A policy that asks only for the road: the real road surfaces of Otterlo pass parcels, and a bound fails none."""
    policy = tmp_path / "road.yaml"
    policy.write_text(
        "title: {nl: Weg, en: Road}\nin_force: 2025-01-01\nrules:\n"
        "  - {id: road, label: {nl: Weg, en: Road}, criterion: road_frontage, params: {gap_m: 1.5}, effect: exclude,\n"
        "     limit: {at_least: 3, unit: m}, assumption: {nl: zo, en: so}}\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    arguments = ["scan", "--source", f"dir:{folder}", "--policy", str(policy), "--out", str(out), "--no-cache"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    counts = json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]
    assert counts["pass"] > 0
    assert counts["fail"] == 0, "the roads of one zip are not said to be complete"
