"""Copies under stress: processes that write concurrently or are killed, full disks, read-only folders."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from suitability.core.layer import Area
from suitability.core.types import CRS
from tests.layers.folders import X, Y, parcels
from tests.layers.snapshots.register import DAY, SPEC, TOWN, Register, cached, files

if TYPE_CHECKING:
    from collections.abc import Callable


def _write(folder: Path, barrier: object, names: tuple[str, ...]) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    for _ in range(5):
        cached(Register(parcels(*names)), folder).fetch(SPEC, TOWN)


@pytest.mark.parametrize("names", [(("a", "b"), ("a", "b")), (("a", "b"), ("c", "d"))])
def test_processes_that_write_at_the_same_moment_do_not_meet(
    names: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    """The same content or another: every copy is whole, and nothing half is left."""
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(2, timeout=30)
    workers = [fork.Process(target=_write, args=(tmp_path, barrier, these)) for these in names]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    offline = cached(Register(), tmp_path, offline=True)
    assert len(offline.copies()) == 10
    assert len(files(tmp_path, "data")) == len(set(names))
    assert not list(tmp_path.rglob(".part-*"))
    for copy in offline._mine():
        assert len(offline._copies.read(copy, SPEC).frame) == 2
    assert offline.notices == []


def many(n: int = 3000) -> gpd.GeoDataFrame:
    """Return enough parcels to be killed in the middle of writing them."""
    rng = np.random.default_rng(7)
    boxes = [shapely.box(X + i, Y, X + i + rng.random(), Y + 1) for i in range(n)]
    return gpd.GeoDataFrame({"parcel_id": [str(i) for i in range(n)]}, geometry=boxes, crs=CRS)


def _in_child(act: Callable[[], None]) -> int:
    """Run something in a process of its own and return how it ended."""
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        except BaseException:  # noqa: BLE001 (nothing of the child may reach the tests of the parent)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _killed_at(folder: Path, n_bytes: int) -> None:
    """Write a copy and be killed by the system at the given byte of the first file that grows so large."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    cached(Register(many()), folder).fetch(SPEC, TOWN)


@pytest.mark.parametrize("n_bytes", [0, 1, 500, 1500, 20_000, 50_000])
def test_killed_at_any_byte_leaves_the_older_copy_and_nothing_half(n_bytes: int, tmp_path: Path) -> None:
    """A real kill in the middle of the data or of the description leaves the older copy, and no more."""
    cached(Register(parcels("old")), tmp_path).load(SPEC, TOWN)
    later = {"today": DAY + timedelta(days=90)}
    ended = _in_child(lambda: _killed_at(tmp_path, n_bytes))
    assert ended == -signal.SIGXFSZ
    offline = cached(Register(), tmp_path, offline=True, **later)
    assert len(offline.copies()) == 1
    assert offline.load(SPEC, TOWN).frame["parcel_id"].tolist() == ["old"]
    assert offline.notices == []
    cached(Register(many()), tmp_path, **later).load(SPEC, TOWN)
    assert len(cached(Register(), tmp_path, offline=True).load(SPEC, TOWN).frame) == 3000


def test_killed_in_the_description_no_copy_shows(tmp_path: Path) -> None:
    """The data is complete, the description is not: it is no copy, and the next fetch makes it one."""
    winding = Area("Kust", shapely.buffer(shapely.Point(X, Y), 500.0, quad_segs=2000), reach_m=0.0)

    def act() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        cached(Register(), tmp_path).load(SPEC, winding)

    assert _in_child(act) == -signal.SIGXFSZ
    assert len([path for path in files(tmp_path, "data") if not path.name.startswith(".part-")]) == 1
    assert cached(Register(), tmp_path, offline=True).copies() == ()
    cached(Register(), tmp_path).load(SPEC, winding)
    assert len(cached(Register(), tmp_path, offline=True).load(SPEC, winding).frame) == 3


def _write_for_ever(folder: Path) -> None:
    source = cached(Register(many()), folder)
    for i in range(10_000):
        source.fetch(SPEC, Area(f"{i}", shapely.box(X, Y, X + 1000 + i, Y + 1000)))


def _kill_at(n_events: int, folder: Path) -> None:
    """End this process by SIGKILL when it has opened, made, moved or removed so many things in a folder."""
    left = [n_events]

    def look(event: str, arguments: tuple[object, ...]) -> None:
        if event.partition(".")[0] in {"open", "os", "shutil"} and arguments and str(folder) in str(arguments[0]):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


@pytest.mark.parametrize("n_events", [*range(14, 22), 75])
def test_killed_at_any_moment_every_copy_that_shows_is_whole(n_events: int, tmp_path: Path) -> None:
    """SIGKILL while copies are written one after the other: each description that is there leads to sound data."""
    child = os.fork()
    if child == 0:
        try:
            _kill_at(n_events, tmp_path)
            _write_for_ever(tmp_path)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    offline = cached(Register(), tmp_path, offline=True)
    assert offline._mine()
    for copy in offline._mine():
        assert len(offline._copies.read(copy, SPEC).frame) == 3000
    assert offline.notices == []


def _on_a_full_disk(folder: Path, n_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))  # Python meets it as an error of the disk
    source = cached(Register(many()), folder)
    layer = source.load(SPEC, TOWN)
    assert len(layer.frame) == 3000
    assert [problem.key for problem in source.notices] == ["copy_not_kept"]


@pytest.mark.parametrize("n_bytes", [0, 700, 40_000])
def test_a_full_disk_costs_the_copy_and_not_the_result(n_bytes: int, tmp_path: Path) -> None:
    """The layer is delivered, the failure reported, the older copy whole, and the disk as it was."""
    cached(Register(parcels("old")), tmp_path).fetch(SPEC, Area("elders", shapely.box(0, 4e5, 1, 4e5 + 1)))
    before = sorted(path.name for part in ("index", "data") for path in files(tmp_path, part))
    assert _in_child(lambda: _on_a_full_disk(tmp_path, n_bytes)) == 0
    assert sorted(path.name for part in ("index", "data") for path in files(tmp_path, part)) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can become somebody who may not write")
def test_a_read_only_folder_is_read(tmp_path: Path) -> None:
    """Copies on a shared disk serve everyone; a user without write permission gets a notice, and the layer."""
    cached(Register(parcels("old")), tmp_path).load(SPEC, TOWN)
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and path.is_relative_to("/tmp") and path != Path("/tmp"):  # noqa: S108 (where tests write)
            path.chmod(0o755)

    def as_somebody() -> None:
        os.setgid(65534)
        os.setuid(65534)
        assert cached(Register(), tmp_path, offline=True).load(SPEC, TOWN).frame["parcel_id"].tolist() == ["old"]
        source = cached(Register(), tmp_path, today=DAY + timedelta(days=90))
        assert len(source.load(SPEC, TOWN).frame) == 3
        assert [problem.key for problem in source.notices] == ["copy_not_kept"]

    assert _in_child(as_somebody) == 0
