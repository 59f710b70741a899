"""``sources.yaml``: every mistake with its line, all at once, and no name that leads outside the folder."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest

from layers.folder._manifest import Entry, read_manifest
from tests.layers.folders import local, parcels, sentences

if TYPE_CHECKING:
    from pathlib import Path

    from layers.folder.local import LocalSource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one map."""
    parcels().to_file(tmp_path / "percelen.gpkg")
    return tmp_path


def told(folder: Path, manifest: str) -> list[str]:
    """Return what is said of this manifest."""
    return sentences(lambda: local(folder, manifest).offers(), folder)


def entry(folder: Path, manifest: str) -> Entry:
    """Return the first file of the first layer."""
    local(folder, manifest)
    return next(iter(read_manifest(folder).layers.values()))[0]


def test_the_shortest_manifest(folder: Path) -> None:
    """A file with the layer's own columns needs no more than its name."""
    source: LocalSource = local(folder, "parcels: {file: percelen.gpkg}")
    assert source.offers() == {"parcels"}
    assert source.name == f"dir:{folder}"


MISTAKES: dict[str, tuple[str, str]] = {
    "unknown layer": ("percels: {file: percelen.gpkg}", "line 2, layers.percels: the key 'percels' does not exist"),
    "suggestion": ("parcel: {file: percelen.gpkg}", "Did you mean 'parcels'?"),
    "unknown key": ("parcels:\n  - file: percelen.gpkg\n    licens: CC0", "line 4, layers.parcels.licens: the key 'licens' does not exist"),
    "key twice": ("parcels:\n  - file: percelen.gpkg\n    file: percelen.gpkg", "line 4, layers.parcels.file: the key 'file' is here twice"),
    "no file": ("parcels:\n  - licence: CC0", "line 3, layers.parcels.file: the key 'file' is missing"),
    "no such file": ("parcels: {file: perceel.gpkg}", "the file 'perceel.gpkg' is not in this folder. Check its name. Did you mean 'percelen.gpkg'?"),
    "column": ("parcels:\n  file: percelen.gpkg\n  columns: {parcel: parcel_id}", "layers.parcels.columns.parcel: the key 'parcel' does not exist"),
    "column form": ("parcels: {file: percelen.gpkg, columns: {parcel_id: {number: nl}}}", "Give the name of a column"),
    "date": ("parcels: {file: percelen.gpkg, reference_date: 1 januari 2025}", "Give a date such as 2025-07-08"),
    "crs": ("parcels: {file: percelen.gpkg, crs: EPSG:99999}", "the coordinate system 'EPSG:99999' is not known"),
    "coverage": ("parcels: {file: percelen.gpkg, coverage: everywhere}", "Choose from: features, bounds, none"),
    "coverage of points": ("facilities: {file: percelen.gpkg, coverage: features}", "this layer consists of points or lines"),
    "coverage by layer": ("parcels: {file: percelen.gpkg, coverage: zoning}", "Choose from: features, bounds, none"),
    "format": ("parcels: {file: percelen.gpkg, format: brkk}", "Choose from: vector, raster, osm, streets, brk"),
    "standing": ("parcels: {file: percelen.gpkg, standing: guessed}", "Choose from: observed, derived, assumed"),
    "note": ("parcels: {file: percelen.gpkg, standing: assumed}", "'assumed' needs a 'note'"),
    "geometry": ("parcels: {file: percelen.gpkg, geometry: {x: a}}", "Give the columns of coordinates"),
    "a list for a text": ("parcels: {file: [percelen.gpkg]}", "is not text"),
    "a text for keys": ("parcels: percelen.gpkg", "Put keys with values below this key"),
    "nothing": ("parcels:", "Put keys with values below this key"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_every_mistake_says_where_and_what(name: str, folder: Path) -> None:
    """One mistake, one sentence, with the file, the line, and the keys that lead to it."""
    manifest, words = MISTAKES[name]
    (sentence,) = told(folder, manifest)
    assert sentence.startswith("sources.yaml, line ")
    assert words in sentence


def test_all_mistakes_of_all_layers_at_once(folder: Path) -> None:
    """A person mends them in one go, columns that the files lack included."""
    manifest = """
        parcels: {file: percelen.gpkg, licens: CC0}
        zoning: {file: weg.gpkg}
        water:
          - {file: ../water.gpkg}
          - {file: percelen.gpkg, standing: guessed}
    """
    said = told(folder, manifest)
    assert [line.split(",")[1].strip().split()[1] for line in said] == ["2", "3", "5", "6"]


def test_columns_are_looked_up_before_anything_is_read(folder: Path) -> None:
    """Two layers, three columns that are not there: three sentences with their own lines, before any loading."""
    manifest = """
        parcels:
          file: percelen.gpkg
          columns:
            parcel_id: parcelid
            label: adres
        water:
          file: percelen.gpkg
          where: {soort: [sloot]}
    """
    said = told(folder, manifest)
    assert [line.split(",")[1].strip() for line in said] == ["line 5", "line 6", "line 9"]
    assert "Did you mean 'parcel_id'?" in said[0]
    assert "percelen.gpkg" in said[0]


@pytest.mark.parametrize("name", ["../percelen.gpkg", "sub/../../x.gpkg", "/etc/passwd", "C:\\gis\\x.gpkg", "\\\\server\\x.gpkg", "~/x.gpkg"])  # fmt: skip
def test_no_name_leads_outside(name: str, folder: Path) -> None:
    """Neither up, nor from the root, nor as Windows writes it."""
    (sentence,) = told(folder, f"parcels: {{file: '{name}'}}")
    assert "leads outside the folder" in sentence


def test_no_link_leads_outside(folder: Path) -> None:
    """A link in the folder to a file elsewhere is not in the folder; one within the folder is."""
    inner = folder / "levering"
    inner.mkdir()
    (inner / "elders.gpkg").symlink_to(folder / "percelen.gpkg")
    (inner / "hier.gpkg").symlink_to(inner / "echt.gpkg")
    parcels().to_file(inner / "echt.gpkg")
    (sentence,) = told(inner, "parcels: {file: elders.gpkg}")
    assert "leads outside the folder" in sentence
    assert local(inner, "parcels: {file: hier.gpkg}").offers() == {"parcels"}


def test_a_pipe_is_no_file(folder: Path) -> None:
    """Reading it would wait for ever."""
    os.mkfifo(folder / "pijp.gpkg")
    (sentence,) = told(folder, "parcels: {file: pijp.gpkg}")
    assert "is not a file" in sentence


@pytest.mark.parametrize("name", ["Percelen (versie 2).gpkg", "Hoofd straat/Perçélen.gpkg", "a&b#c%20.gpkg"])
def test_spaces_accents_and_marks_in_names(name: str, tmp_path: Path) -> None:
    """People name files as they like."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    parcels().to_file(tmp_path / name)
    assert entry(tmp_path, f"parcels: {{file: '{name}'}}").name == name


def test_a_manifest_made_on_windows(tmp_path: Path) -> None:
    """Its slashes lean the other way, its capitals differ, its lines end otherwise and a mark stands in front."""
    (tmp_path / "Kadaster").mkdir()
    parcels().to_file(tmp_path / "Kadaster" / "Percelen.gpkg")
    text = "\ufefflayers:\r\n  parcels:\r\n    - file: kadaster\\PERCELEN.gpkg\r\n"
    (tmp_path / "sources.yaml").write_bytes(text.encode())
    assert read_manifest(tmp_path).layers["parcels"][0].name == "Kadaster/Percelen.gpkg"


def test_an_accent_written_in_two_ways(tmp_path: Path) -> None:
    """A Mac writes é as e and an accent; the manifest of another computer as one letter."""
    parcels().to_file(tmp_path / unicodedata.normalize("NFD", "één.gpkg"))
    assert entry(tmp_path, "parcels: {file: één.gpkg}").path.exists()


def test_names_that_differ_in_capitals_only(tmp_path: Path) -> None:
    """Then the capitals count."""
    for name in ("a.gpkg", "A.gpkg"):
        parcels().to_file(tmp_path / name)
    assert entry(tmp_path, "parcels: {file: A.gpkg}").name == "A.gpkg"


def test_one_note_stands_for_both_languages(folder: Path) -> None:
    """A planner writes one sentence."""
    assert entry(folder, "parcels: {file: percelen.gpkg, note: geschat}").note == {"nl": "geschat", "en": "geschat"}


def test_dates_and_numbers_stand_as_they_were_written(folder: Path) -> None:
    """YAML's own guesses (no, 1e3, 2025-01-01) do not touch names and values."""
    made = entry(folder, "parcels: {file: percelen.gpkg, values: {label: {no: 1e3, 2025-01-01: null}}}")
    assert made.changes == {"label": {"no": "1e3", "2025-01-01": None}}


def test_no_manifest(tmp_path: Path) -> None:
    """The sentence says how to make one."""
    (sentence,) = sentences(lambda: read_manifest(tmp_path), tmp_path)
    assert "suitability sources init" in sentence


def test_a_file_in_place_of_a_folder(folder: Path) -> None:
    """And a folder that is not there."""
    assert "not a folder" in sentences(lambda: read_manifest(folder / "percelen.gpkg"), folder)[0]
    assert "does not exist" in sentences(lambda: read_manifest(folder / "weg"), folder)[0]
