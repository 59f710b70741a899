"""The process that makes the others: it is there soon, and what it has loaded is what a piece needs, no more and no less."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from suitability.__main__ import wants_processes
from suitability.pieces.job import write_beside
from tests.pieces.town import make_town
from tests.skins.test_cli import ROOT, assert_sentences, run

if TYPE_CHECKING:
    from pathlib import Path

_SCAN = """
import gc, sys
import suitability.pieces.ready
loaded = sorted({"pyogrio", "lxml", "osmium", "folium", "matplotlib", "streamlit", "rasterio"} & set(sys.modules))
print("loaded", *loaded)
from numba.core.dispatcher import Dispatcher
gc.unfreeze()
kernels = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
before = {each: len(each.overloads) for each in kernels}
from suitability.criteria import REGISTRY
from suitability.pieces.job import Job, scan_pieces
from suitability.policy_file import read_policy
from pathlib import Path
town, work = sys.argv[1:]
scan_pieces(Job(read_policy("kadaster-scan", REGISTRY), f"dir:{town}", "town", None, Path(work), None, "nl"), [0, 1])
print("called", sum(len(each.overloads) > 0 for each in kernels) > 10)
print("compiled", *(each.__name__ for each in kernels if len(each.overloads) > before[each]))
"""


def test_a_piece_compiles_nothing_and_its_first_process_loads_nothing_that_is_not_needed(tmp_path: Path) -> None:
    """Else each process would compile it again, or wait for what few scans use."""
    town = make_town(tmp_path / "town")
    done = subprocess.run(
        [sys.executable, "-c", _SCAN, str(town), str(tmp_path / "work")],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["loaded", "called True", "compiled"]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("scan --workers 2", True),
        ("scan --source dir:x --workers=4 --lang en", True),
        ("scan --memory 6", True),
        ("scan --memory 6 --workers 1", False),
        ("scan --workers 1", False),
        ("scan --workers=1", False),
        ("scan", False),
        ("scan --workers 2 --help", False),
        ("scan --workers 2 --scheduler tcp://10.0.0.1:8786", False),
        ("scan --scheduler=local:2", False),
        ("explain --workers 2", False),
        ("scan --workers", True),  # the command line says what is wrong with it
        ("", False),
    ],
)
def test_processes_are_begun_for_a_scan_that_will_use_them(arguments: str, *, wanted: bool) -> None:
    """As the command line itself decides later."""
    assert wants_processes(arguments.split()) is wanted


def test_each_form_of_the_options_is_taken_as_the_command_line_takes_it(tmp_path: Path) -> None:
    """A mistake in an option is one sentence and code 2, also when processes have begun already."""
    for wrong in (["--workers"], ["--workers", "many"], ["--workers=0"]):
        assert_sentences(run("scan", "--out", str(tmp_path / "out"), *wrong, cache=tmp_path, timeout=60), "--workers")


def test_what_is_half_written_is_not_in_the_folder_that_becomes_the_result(tmp_path: Path) -> None:
    """A process that is killed while it writes leaves nothing there; one that fails leaves nothing at all."""
    rows = tmp_path / "work" / "parcels" / "part-00000.parquet"

    def write(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        assert list(rows.parent.iterdir()) == []
        raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        write_beside(rows, write)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
