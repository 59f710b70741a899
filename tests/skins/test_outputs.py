"""All files of a scan or none: full disks, folders that cannot be written, stops halfway, results that were there."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suitability.core.errors import SourceError
from suitability.report import folder as place_of_results
from suitability.report import scan_files as outputs
from suitability.report.folder import EARLIER, check_folder, put_in_place
from suitability.report.scan_files import FILES
from tests.paths import ROOT
from tests.skins.small import small_scan
from tests.skins.test_exports import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan.run import Scan


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder by its relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_second_run_keeps_the_first(tmp_path: Path) -> None:
    """The first result stands whole under ``earlier``, under the moment it was made; a third does not overwrite it."""
    write(small_scan(["a"]), tmp_path)
    first = contents(tmp_path)
    write(small_scan(["b"]), tmp_path)
    write(small_scan(["c"]), tmp_path)
    kept = [contents(folder) for folder in (tmp_path / EARLIER).iterdir()]
    assert len(kept) == 2
    assert first in kept
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, EARLIER}


def test_foreign_files_stay_where_they_are(tmp_path: Path) -> None:
    """Foreign files are not touched, also when they look like a result without a readable run record."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "map.html").write_text("an older map")
    (tmp_path / "run.json").write_text("not json")
    write(small_scan(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    (kept,) = (tmp_path / EARLIER).iterdir()
    assert contents(kept) == {"map.html": b"an older map", "run.json": b"not json"}


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(errno.EACCES, "Permission denied")])
@pytest.mark.parametrize("at", range(10))
def test_stopping_at_any_move_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, failure: BaseException
) -> None:
    """Whichever of the moves is cut off, the folder is as it was."""
    folder, new = tmp_path / "out", tmp_path / "new"
    new.mkdir()
    write(small_scan(["a"]), folder)
    before = contents(folder)
    for name in FILES:
        (new / name).write_text(f"new {name}")
    real, count = Path.rename, iter(range(100))

    def rename(self: Path, target: Path) -> Path:
        if next(count) == at:
            raise failure
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(type(failure)):
        put_in_place([new / name for name in FILES], folder)
    monkeypatch.undo()
    assert contents(folder) == before
    assert {path.name for path in new.iterdir()} == set(FILES)


@pytest.mark.parametrize("writer", ["write_geopackage", "write_csv", "write_map", "write_record"])
@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "cannot write here")])
def test_failing_writer_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str, code: int, said: str
) -> None:
    """Whichever file cannot be written: the earlier result stays, nothing is half-written."""
    write(small_scan(["a"]), tmp_path)
    before = contents(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(outputs, writer, fail)
    with pytest.raises(SourceError) as error:
        write(small_scan(["b"]), tmp_path)
    (sentence,) = error.value.sentences("en")
    assert sentence.startswith(f"{tmp_path}: ")
    assert said in sentence
    assert contents(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


@pytest.mark.parametrize("limit", [20_000, 300_000, 2_000_000, 20_000_000])
def test_disk_that_takes_no_more(tmp_path: Path, limit: int, measured: Path, scan_of: Callable[[str], Scan]) -> None:
    """A real limit on the bytes a process may write: exit code 2, one sentence, nothing half-written."""
    out = tmp_path / "out"
    scan_of("kadaster-scan")  # so that all is measured, and the limit is met where results are written
    done = subprocess.run(
        [sys.executable, "-m", "suitability", "scan", "--out", str(out), "--lang", "en"],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "SUITABILITY_CACHE": str(measured)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert list(out.iterdir()) == []


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    """A file in the place of a folder, or on the path to it, is reported with its path."""
    (tmp_path / "taken").write_text("mine")
    for path in (tmp_path / "taken", tmp_path / "taken" / "deeper"):
        with pytest.raises(SourceError) as error:
            check_folder(path)
        assert error.value.sentences("nl")[0].startswith(f"{path}: ")
    assert (tmp_path / "taken").read_text() == "mine"


def test_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only folder is reported before anything is computed."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):  # the tests run as a user that may write everywhere

        def refuse(**_: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(place_of_results.tempfile, "TemporaryFile", refuse)
    with pytest.raises(SourceError, match="cannot write here: Permission denied"):
        check_folder(folder)
    assert list(folder.iterdir()) == []


def test_leftovers_of_a_killed_process_are_swept_later(tmp_path: Path) -> None:
    """A half-written folder of yesterday is removed; one of now may belong to another process and stays."""
    old, new = tmp_path / ".writing-old", tmp_path / ".writing-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "longlist.gpkg").write_text("half")
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    write(small_scan(), tmp_path)
    assert not old.exists()
    assert new.exists()


def test_record_of_an_earlier_run_names_its_folder(tmp_path: Path) -> None:
    """The folder under ``earlier`` is named after the start of that run."""
    files = write(small_scan(), tmp_path)
    record = json.loads(files["run.json"].read_text())
    record["started"] = "2025-07-08T09:10:11+02:00"
    files["run.json"].write_text(json.dumps(record))
    write(small_scan(), tmp_path)
    assert [folder.name for folder in (tmp_path / EARLIER).iterdir()] == ["2025-07-08 07.10.11"]
