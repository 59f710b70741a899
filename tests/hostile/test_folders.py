"""Hostile folders: a manifest that would run, swell or lead elsewhere, and files that are not what they seem.

Unintended errors of people are tested in ``tests/layers/folder/test_manifest.py`` and ``test_local.py``.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.folder import _entry_reader
from layers.folder._folder import find
from layers.folder._infer import infer_manifest, write_manifest
from layers.folder._manifest import read_manifest
from layers.folder.local import LocalSource
from suitability.core.errors import SuitabilityError
from suitability.core.types import CRS
from tests.layers.folders import X, Y, load, local, parcels, sentences, square
from tests.policy.edits import check_sentence
from tests.work import calls_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join(f'*a{i - 1}' for _ in range(10))}]\n" for i in range(1, 12)
)
#: Name -> content of ``sources.yaml``, and the words of the sentence.
MANIFESTS: dict[str, tuple[str, str]] = {
    "runs a command": ("layers: !!python/object/apply:os.system ['touch gekraakt']\n", "not valid YAML: !!python/object/apply"),
    "makes an object": ("layers:\n  parcels: {file: !!python/name:os.system ''}\n", "line 2: not valid YAML"),
    "holds bytes": ("layers:\n  parcels: {file: !!binary aGFsbG8=}\n", "!!binary"),
    "a tag of its own": ("layers:\n  parcels: !folder {file: p.gpkg}\n", "!folder"),
    "merges keys": ("x: &x {file: p.gpkg}\nlayers:\n  parcels:\n    <<: *x\n", "!!merge"),
    "swells": (BOMB + "layers: *a11\n", "refers to itself or holds more than"),
    "refers to itself": ("layers: &l\n  parcels: *l\n", "refers to itself"),
    "nested without end": ("layers: " + "[" * 4000 + "]" * 4000, "nested too deeply"),
    "ten megabytes": ("layers:\n" + "# niets\n" * 1_300_000, "10.4 MB; the maximum is 0.5 MB"),
    "a thousand layers": ("layers:\n" + "".join(f"  laag{i}: {{file: p.gpkg}}\n" for i in range(40)), "the key 'laag0' does not exist"),
    "not text": ("layers:\n  parcels: {file: p\x00.gpkg}\n", "not valid YAML"),
    "tabs": ("layers:\n\tparcels: {file: p.gpkg}\n", "Replace the tab by spaces"),
    "a list": ("- parcels\n", "needed is 'layers:'"),
    "empty": ("", "needed is 'layers:'"),
    "only remarks": ("# layers:\n", "needed is 'layers:'"),
    "no layers": ("lagen: {}\n", "the key 'lagen' does not exist"),
    "two documents": ("layers: {}\n---\nlayers: {}\n", "not valid YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_a_hostile_manifest_is_refused_in_a_moment(name: str, tmp_path: Path) -> None:
    """A sentence, nothing run, nothing made, and little work."""
    text, words = MANIFESTS[name]
    parcels().to_file(tmp_path / "p.gpkg")
    (tmp_path / "sources.yaml").write_text(text, encoding="utf-8")
    said: list[str] = []
    n_calls = calls_of(lambda: said.extend(sentences(lambda: read_manifest(tmp_path), tmp_path)))
    assert n_calls < 200_000
    assert any(words in sentence for sentence in said), said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.gpkg", "sources.yaml"]


def test_a_manifest_in_another_encoding(tmp_path: Path) -> None:
    """The sentence states the remedy, instead of a name with strange characters."""
    (tmp_path / "sources.yaml").write_bytes("layers:\n  parcels: {file: één.gpkg}\n".encode("cp1252"))
    assert "Save it as UTF-8" in sentences(lambda: read_manifest(tmp_path), tmp_path)[0]


@given(text=st.text(alphabet=".-/\\~ab:\0 C%", max_size=12))
def test_whatever_name_is_written_nothing_outside_is_found(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Dots, slashes, drives and tildes in any order lead to the folder or nowhere."""
    folder = tmp_path_factory.getbasetemp() / "binnen"
    (folder / "a").mkdir(parents=True, exist_ok=True)
    (folder / "a" / "b").touch()
    (folder.parent / "b").touch()
    try:
        found = find(folder, text)
    except ValueError:
        return
    assert found is None or found.resolve().is_relative_to(folder.resolve())


@given(text=st.text(max_size=200))
def test_whatever_the_manifest_says_there_is_a_sentence(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any text at all is either a manifest or gives errors that a person can read."""
    folder = tmp_path_factory.getbasetemp() / "teksten"
    folder.mkdir(exist_ok=True)
    (folder / "sources.yaml").write_text(text, encoding="utf-8", errors="replace")
    try:
        read_manifest(folder)
    except SuitabilityError as error:
        for sentence in error.sentences("nl"):
            check_sentence(sentence.replace(str(folder), "map"))


WORDS = st.sampled_from(
    ["layers", "parcels", "zoning", "file", "p.gpkg", "columns", "where", "values", "coverage", "crs", "features", "note", "nl",
     "geometry", "x", "format", "brk", "standing", "reference_date", "2025-01-01", "null", "1", "", "~"]
)  # fmt: skip
TREES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


@given(tree=st.dictionaries(st.sampled_from(["layers"]), st.dictionaries(WORDS, TREES, max_size=3), min_size=1))
def test_whatever_stands_under_the_keys_there_is_a_sentence(
    tree: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The right words in the wrong places never lead to an internal error of the program."""
    import yaml  # noqa: PLC0415 (to write what is read)

    folder = tmp_path_factory.getbasetemp() / "bomen"
    if not folder.exists():
        folder.mkdir()
        parcels().to_file(folder / "p.gpkg")
    (folder / "sources.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    try:
        LocalSource(folder).offers()
    except SuitabilityError as error:
        for sentence in error.sentences("en"):
            check_sentence(sentence.replace(str(folder), "map"))


def test_a_zip_that_leads_outside(tmp_path: Path) -> None:
    """Its members would be written over files elsewhere."""
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("../../gekraakt.gpkg", "x")
    said = sentences(lambda: load(local(tmp_path, "parcels: {file: p.zip}"), "parcels"), tmp_path)
    assert "point outside" in said[0]
    assert not (tmp_path.parent.parent / "gekraakt.gpkg").exists()


def test_a_zip_that_swells(tmp_path: Path) -> None:
    """A few kilobytes that would fill a disk are refused before they are unpacked."""
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.geojson", b"0" * 60_000_000)
    said = sentences(lambda: load(local(tmp_path, "parcels: {file: p.zip}"), "parcels"), tmp_path)
    assert "MB" in said[0]


def test_columns_of_the_wrong_kind(tmp_path: Path) -> None:
    """All of them are reported together, each with its row and the remedy."""
    columns = {"name": [1, 2], "jobs": ["veel", "weinig"]}
    gpd.GeoDataFrame(columns, geometry=[square(0), square(1)], crs=CRS).to_file(tmp_path / "f.gpkg")
    said = sentences(lambda: load(local(tmp_path, "employers: {file: f.gpkg}"), "employers"), tmp_path, "nl")
    assert len(said) == 2
    assert "rij 1, 2" in said[0]
    assert "text: true" in said[0]
    assert "number: nl" in said[1]


ODD: dict[str, Callable[[], pd.DataFrame]] = {
    "no rows": lambda: parcels().iloc[:0],
    "no shapes": lambda: parcels().set_geometry([None] * 3),
    "empty shapes": lambda: parcels().set_geometry([shapely.Polygon()] * 3, crs=CRS),
    "endless": lambda: parcels().set_geometry([shapely.box(X, Y, X + 1, np.inf)] * 3, crs=CRS),
    "no numbers": lambda: parcels().set_geometry([shapely.from_wkt(f"POLYGON (({X} {Y}, nan 1, 2 2, {X} {Y}))")] * 3, crs=CRS),
    "lines": lambda: parcels().set_geometry([shapely.LineString([(X, Y), (X + 1, Y)])] * 3, crs=CRS),
    "ids missing": lambda: parcels("a", "b", "c").assign(parcel_id=["a", None, "c"]),
    "ids twice": lambda: parcels("a", "b", "b"),
    "ids by bytes": lambda: parcels().assign(parcel_id=[b"a", b"b", b"c"]),
    "ids by list": lambda: parcels().assign(parcel_id=[["a"], ["b"], ["c"]]),
    "ids by day": lambda: parcels().assign(parcel_id=pd.to_datetime(["2020-01-01"] * 3)),
    "all ids missing": lambda: parcels().assign(parcel_id=pd.Series([None] * 3, dtype=object)),
    "no ids": lambda: parcels().drop(columns="parcel_id"),
    "a column called geometry": lambda: pd.DataFrame({"parcel_id": ["a"], "geometry": ["hier"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ODD))
def test_odd_rows_get_a_sentence(name: str, tmp_path: Path) -> None:
    """Whatever a program can write into a GeoParquet, the result is rows or a sentence that names the file."""
    with np.errstate(invalid="ignore"):
        frame = ODD[name]()
        frame.to_parquet(tmp_path / "p.parquet")
    said = sentences(lambda: load(local(tmp_path, "parcels: {file: p.parquet}"), "parcels"), tmp_path)
    assert all("p.parquet" in sentence or sentence.startswith("sources.yaml") for sentence in said)


@pytest.mark.parametrize("seed", range(25))
def test_a_file_with_flipped_bits_gives_rows_or_a_sentence(seed: int, tmp_path: Path) -> None:
    """Damage anywhere in a file of any kind never reaches a person as an internal error of the program."""
    rng = np.random.default_rng(seed)
    suffix = [".gpkg", ".fgb", ".shp", ".geojson", ".parquet"][seed % 5]
    path = tmp_path / f"p{suffix}"
    frame = parcels(*(f"id {i}" for i in range(50)))
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    content = bytearray(path.read_bytes())
    for at in rng.integers(0, len(content), 12):
        content[at] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(content))
    try:
        assert len(load(local(tmp_path, f"parcels: {{file: p{suffix}}}"), "parcels").frame) == 50
    except SuitabilityError as error:
        for sentence in error.sentences("nl"):
            check_sentence(sentence.replace(str(tmp_path), "map"))


def test_a_file_that_is_still_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file changes while it is being read: that is reported, and no half of it is used."""
    frame = parcels(*(f"{i}" for i in range(9_000)))
    frame.to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "parcels: {file: p.gpkg}")
    source.offers()
    read = _entry_reader._raw

    def read_meanwhile(*arguments: Any) -> Any:
        with (tmp_path / "p.gpkg").open("ab") as file:
            file.write(b"\0")
        return read(*arguments)

    monkeypatch.setattr(_entry_reader, "_raw", read_meanwhile)
    said = sentences(lambda: load(source, "parcels"), tmp_path)
    assert "changed while it was being read" in said[0]


def test_a_whole_disk_by_mistake(tmp_path: Path) -> None:
    """More files than a folder of layers holds: a sentence, and no hour of looking."""
    for i in range(51):
        (tmp_path / f"{i}").mkdir()
        for j in range(100):
            (tmp_path / f"{i}" / f"{j}.bin").touch()
    (said,) = sentences(lambda: infer_manifest(tmp_path), tmp_path)
    assert "more than 5000 files" in said


def test_links_out_of_the_folder_are_not_looked_into(tmp_path: Path) -> None:
    """Neither a link to a file nor one to a folder elsewhere, nor one that goes in a circle."""
    inner, outer = tmp_path / "binnen", tmp_path / "buiten"
    for folder in (inner, outer):
        folder.mkdir()
        parcels().to_file(folder / "percelen.gpkg")
    (inner / "elders.gpkg").symlink_to(outer / "percelen.gpkg")
    (inner / "map").symlink_to(outer)
    (inner / "kring").symlink_to(inner)
    text = infer_manifest(inner)
    assert "elders" not in text
    write_manifest(inner, text)
    assert len(load(LocalSource(inner), "parcels").frame) == 3
