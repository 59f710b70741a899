"""The command: all files or none, an earlier publication aside, one sentence per mistake; and QGIS opens the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from suitability.cli.main import app
from suitability.core.errors import PublicationError, SourceError
from suitability.report.public import publish as module
from suitability.report.public.publish import RECORD, publish
from tests.programs import without
from tests.report.public.conftest import NAMES, profile_named, public, secret_scan

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.report.public.gate import PublicTable

#: Reads a project, says of each layer whether it is valid, how many features it has and how it is drawn.
LOOK = textwrap.dedent("""
    import json, os, sys
    from qgis.core import QgsApplication, QgsProject
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    read = project.read(sys.argv[1])
    layers = {}
    for node in project.layerTreeRoot().findLayers():
        layer = node.layer()
        renderer = layer.renderer()
        layers[layer.source().rpartition("=")[2]] = {
            "valid": layer.isValid(), "n": layer.featureCount(), "name": layer.name(), "renderer": renderer.type(),
            "crs": layer.crs().authid(), "tip": layer.mapTipTemplate(),
            "classes": [c.label() for c in renderer.categories()] if renderer.type() == "categorizedSymbol" else [],
        }
    print("SAID" + json.dumps({"read": read, "crs": project.crs().authid(), "layers": layers}))
    sys.stdout.flush()
    os._exit(0)
""")


def silent(*_: object) -> None:
    """Report nothing."""


def test_the_command_publishes(tmp_path: Path) -> None:
    """From policy and source to files, in English, with the record of what was published."""
    done = CliRunner().invoke(
        app, ["publish", "--out", str(tmp_path), "--lang", "en", "--formats", "html,csv", "--no-cache"]
    )
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.html", "parcels.csv", RECORD]
    record = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))
    assert record["profile"]["id"] == "residents"
    assert sum(record["counts"].values()) == 24_032
    assert set(record["files"]) == {"map.html", "parcels.csv"}


@pytest.mark.parametrize(
    "arguments", [["--profile", "resident"], ["--formats", "hmtl", "--no-cache"], ["--formats", ","]]
)
def test_a_mistake_is_told_in_a_sentence(arguments: list[str], tmp_path: Path) -> None:
    """No traceback, nothing written."""
    done = CliRunner().invoke(app, ["publish", "--out", str(tmp_path), *arguments])
    assert isinstance(done.exception, PublicationError)
    assert all(len(sentence) > 20 for sentence in done.exception.sentences("nl"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("second", ["nl", "en"])
def test_nothing_of_an_earlier_publication_stays_beside_a_new_one(
    secret_table: PublicTable, second: Lang, tmp_path: Path
) -> None:
    """Published by a wider profile or in another language before: all of it moves aside; what is of others stays."""
    (tmp_path / "brief.docx").write_text("of someone else", encoding="utf-8")
    publish(secret_table, tmp_path, ["html", "csv", "parquet"], "nl", silent)
    publish(secret_table, tmp_path, ["html"], second, silent)
    now = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert now == {"kaart.html" if second == "nl" else "map.html", RECORD, "brief.docx"}
    (aside,) = (tmp_path / "earlier").iterdir()
    assert {path.name for path in aside.iterdir()} == {"kaart.html", "percelen.csv", "percelen.parquet", RECORD}


def test_a_failing_writer_leaves_the_folder_as_it_was(
    secret_table: PublicTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up in the middle: the earlier publication is whole and in place."""
    publish(secret_table, tmp_path, ["html", "csv"], "nl", silent)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(module._WRITERS, "csv", full)
    with pytest.raises(SourceError):
        publish(secret_table, tmp_path, ["html", "csv"], "nl", silent)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_same_scan_gives_the_same_files(tmp_path: Path) -> None:
    """Published twice: the same bytes, so that a change is seen."""
    hashes = []
    table = public(secret_scan(), profile_named("residents"))
    for folder in (tmp_path / "one", tmp_path / "other"):
        publish(table, folder, ["html", "gpkg", "parquet", "geojson", "csv", "a3"], "nl", silent)
        hashes.append(json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"])
    assert hashes[0] == hashes[1]


def test_qgis_opens_the_project_styled(secret_folder: Path, secret_table: PublicTable, tmp_path: Path) -> None:
    """Every layer is valid and drawn by class; after the folder is moved, as to a memory stick."""
    python, own = (
        "/usr/bin/python3",
        {"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
    )
    if subprocess.run([python, "-c", "import qgis.core"], env=own, capture_output=True, check=False).returncode:
        without("no QGIS with Python on this machine")
    moved = tmp_path / "stick"
    shutil.copytree(secret_folder, moved)
    script = tmp_path / "look.py"
    script.write_text(LOOK, encoding="utf-8")
    done = subprocess.run([python, script, moved / "kaart.qgz"], env=own, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("SAID")), None)
    assert line is not None, done.stderr
    said = json.loads(line.removeprefix("SAID"))
    assert said["read"]
    assert said["crs"] == "EPSG:28992"
    assert set(said["layers"]) == {"parcels", "sites", *secret_table.background}
    for layer in said["layers"].values():
        assert layer["valid"]
        assert layer["n"] > 0
        assert layer["crs"] == "EPSG:28992"
    parcels = said["layers"]["parcels"]
    assert parcels["n"] == len(NAMES)
    assert parcels["renderer"] == "categorizedSymbol"
    assert len(parcels["classes"]) == secret_table.parcels["verdict_class"].nunique()
    assert "&lt;" in parcels["tip"], "a name with markup is shown as text in a tip"
