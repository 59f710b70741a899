"""Harmful and broken files: one sentence each, little memory, nothing written, nothing fetched."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from layers.files._archive import extract
from suitability.core.errors import SourceError
from tests.layers.formats.hostile import FILES, build, sentence
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all of the files."""
    made = tmp_path_factory.mktemp("hostile") / "files"
    made.mkdir()
    build(made)
    return made


def listing(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_size) for path in folder.parent.rglob("*"))


@pytest.mark.parametrize("name", FILES)
def test_each_gets_one_sentence_and_nothing_is_written(folder: Path, name: str) -> None:
    """The sentence names the file and the trouble; no entity is followed, no member leaves its zip."""
    before = listing(folder)
    said = sentence(folder / name, "nl")
    assert FILES[name][1] in said
    assert name in said
    assert "geheim-4711" not in said + sentence(folder / name, "en")
    assert listing(folder) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for the memory")
def test_reading_them_all_takes_little_memory(folder: Path) -> None:
    """Bombs of 1 GB, a flood of small elements, half a million members: less than 400 MiB above a real plan."""
    command = [sys.executable, "-m", "tests.layers.formats.hostile", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert 0 < int(done.stdout) < 400


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".zip") and name != "nested.zip"])
def test_unpacking_them_leaves_nothing(folder: Path, name: str) -> None:
    """All or nothing: what fails halfway leaves no half folder behind."""
    before = listing(folder)
    with pytest.raises(SourceError):
        extract(folder / name, folder / "unpacked")
    assert listing(folder) == before
