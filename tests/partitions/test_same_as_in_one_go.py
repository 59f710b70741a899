"""Pieces, processes, clusters and accidents change nothing in the result of a scan."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import distributed
import geopandas as gpd
import pandas as pd
import psutil
import pytest
import yaml

from layers import open_source
from suitability.core.config import config_folder, documents
from suitability.core.layer import Area
from suitability.criteria import REGISTRY
from suitability.partitions.partition import scan_partitions
from suitability.partitions.resources import Resources
from suitability.partitions.run import PartitionedScan, scan_in_partitions
from suitability.policy.reader import read_policy
from suitability.report.table import wide_table
from suitability.scan.longlist import make_longlist
from suitability.scan.run import find_area, run_scan
from tests.moments import HANG_S
from tests.partitions.town import write
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.policy.model import Policy
    from suitability.scan.run import Scan


def in_pieces(
    town: Path, out: Path, policy: Policy | None = None, area: str | None = None, **means: object
) -> PartitionedScan:
    """Return the result of a scan in pieces."""
    return scan_in_partitions(
        policy or basic(), f"dir:{town}", out, "en", Resources(**means), area=area, progress=lambda *_: None
    )


def basic() -> Policy:
    """Return the plainest policy."""
    return read_policy("kadaster-scan", REGISTRY)


def rows(out: Path) -> pd.DataFrame:
    """Return the rows of all pieces, in their order."""
    parts = [gpd.read_parquet(path) for path in sorted((out / "parcels").iterdir())]
    return pd.concat(parts, ignore_index=True)


def content(out: Path) -> dict[str, bytes]:
    """Return the bytes of every file of rows."""
    return {path.name: path.read_bytes() for path in sorted((out / "parcels").iterdir())}


def whole(town: Path, policy: Policy, area: Area | None = None) -> tuple[Scan, pd.DataFrame]:
    """Return the scan in one go, as far as limits and near misses ask, and its table."""
    scan = run_scan(policy, open_source(f"dir:{town}"), area or Area.everywhere(), context=False, settled=True)
    return scan, wide_table(scan, documents(config_folder()), "en", sentences=False)


@pytest.mark.parametrize("name", ["kadaster-scan", "hardenberg-2025"])
def test_every_column_of_every_parcel_is_what_one_go_gives(name: str, town: Path, tmp_path: Path) -> None:
    """Verdicts, values, margins, names of objects; and the counts and the funnel of all pieces together."""
    policy = read_policy(name, REGISTRY)
    together = in_pieces(town, tmp_path, policy)
    scan, table = whole(town, policy)
    found = rows(tmp_path)
    assert together.pieces == 5
    pd.testing.assert_frame_equal(
        pd.DataFrame(found[table.columns]), table, check_dtype=False, check_exact=False, rtol=0, atol=1e-9
    )
    freely = run_scan(policy, open_source(f"dir:{town}"), Area.everywhere())  # values are reported at any distance
    assert (freely.verdicts.outcome == scan.verdicts.outcome).all()
    assert (freely.verdicts.near_miss == scan.verdicts.near_miss).all()
    longlist = make_longlist(scan)
    assert together.funnel == longlist.funnel
    counts = [together.start, together.n_pass, together.n_unknown, together.n_near_miss, together.n_restricted]
    assert counts == [
        longlist.start, longlist.n_pass, longlist.n_unknown, longlist.n_near_miss, longlist.n_restricted
    ]  # fmt: skip
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert record["counts"]["pass"] == longlist.n_pass
    assert record["layers"]["zoning"]["rows"] > 1000
    assert not (tmp_path / ".pieces").exists()


@pytest.mark.parametrize("kinds", [None, ["bus_stop", "supermarket"], ["bus_stop"], "all"])
def test_kinds_are_those_of_the_whole_file(kinds: object, town: Path, tmp_path: Path) -> None:
    """Declared or seen in all rows, not in those around a piece; a kind that no source knows is missing in both."""
    folder = shutil.copytree(town, tmp_path / "town")
    frame = gpd.read_parquet(folder / "facilities.parquet").drop(columns="bbox", errors="ignore")
    write(frame[frame["facility_kind"] == "bus_stop"].reset_index(drop=True), folder / "facilities.parquet")
    sources = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    if kinds is not None:
        sources["layers"]["facilities"]["kinds"] = kinds
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources), encoding="utf-8")
    together = in_pieces(folder, tmp_path / "out")
    scan, table = whole(folder, basic())
    found = rows(tmp_path / "out")
    pd.testing.assert_frame_equal(pd.DataFrame(found[table.columns]), table, check_dtype=False, rtol=0, atol=1e-9)
    is_missing = kinds in (None, ["bus_stop"])
    expected = {"facilities": ["supermarket"]} if is_missing else {}
    assert json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["missing_kinds"] == expected
    assert scan.run.as_dict()["missing_kinds"] == expected
    assert together.run.missing_kinds == scan.run.missing_kinds


def test_processes_and_a_cluster_write_the_same_bytes(town: Path, calm: Path, tmp_path: Path) -> None:
    """One process, two of their own, two copies of a command, and two Dask workers with memory of their own."""
    in_pieces(town, tmp_path / "two", workers=2, memory_gb=5.0)
    command(town, tmp_path / "copies").wait()
    in_pieces(town, tmp_path / "cluster", scheduler="local:2")
    for each in ("two", "copies", "cluster"):
        assert content(calm) == content(tmp_path / each), each


def test_copies_of_a_command_share_what_is_read_whole(town: Path, tmp_path: Path) -> None:
    """A layer in a file without row groups is read once, before there are copies; the result is the same."""
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    gpd.read_parquet(folder / "zoning.parquet").to_file(folder / "zoning.gpkg")
    sources = (folder / "sources.yaml").read_text(encoding="utf-8")
    (folder / "sources.yaml").write_text(sources.replace("zoning.parquet", "zoning.gpkg"), encoding="utf-8")
    in_pieces(folder, tmp_path / "one")
    command(folder, tmp_path / "copies").wait()
    assert content(tmp_path / "one") == content(tmp_path / "copies")


def command(town: Path, out: Path) -> subprocess.Popen[bytes]:
    """Begin to scan a folder by the plainest policy from the command line, in two processes."""
    arguments = ["scan", "--source", f"dir:{town}", "--out", str(out), "--workers", "2", "--lang", "en", "--no-cache"]
    return subprocess.Popen([sys.executable, "-m", "suitability", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)


def test_a_scan_that_was_killed_goes_on_where_it_was(town: Path, calm: Path, tmp_path: Path) -> None:
    """SIGKILL of the command when some pieces are done: those are kept, and the whole is as if nothing happened."""
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "suitability", "scan", "--source", f"dir:{town}", "--out", str(out), "--workers", "1", "--lang", "en"]  # fmt: skip
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + HANG_S
    while len(list(out.glob(".pieces/*/done/*.json"))) < 2:
        assert time.monotonic() < until
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait(HANG_S)
    assert not (out / "parcels").exists()
    done = {path: path.stat().st_mtime_ns for path in out.glob(".pieces/*/parcels/part-*")}
    together = in_pieces(town, out)
    assert together.kept >= 2
    assert content(out) == content(calm)
    for path in list(done)[: together.kept]:
        assert (out / "parcels" / path.name).stat().st_mtime_ns == done[path]


def test_a_process_that_the_system_kills_costs_nothing_but_time(town: Path, calm: Path, tmp_path: Path) -> None:
    """As for want of memory: its pieces are done by another."""
    killed = threading.Event()
    with killing_one(killed):
        in_pieces(town, tmp_path / "rough", workers=2, memory_gb=5.0)
    assert killed.is_set()
    assert content(tmp_path / "rough") == content(calm)


def test_a_copy_of_a_command_that_the_system_kills_costs_nothing_but_time(
    town: Path, calm: Path, tmp_path: Path
) -> None:
    """Its unfinished pieces are done by a process that is no copy."""
    running = command(town, tmp_path / "rough")
    until = time.monotonic() + HANG_S
    while not (children := psutil.Process(running.pid).children()):
        assert time.monotonic() < until
        time.sleep(0.002)
    children[0].kill()
    assert running.wait() == 0
    assert content(tmp_path / "rough") == content(calm)


def test_a_worker_of_a_cluster_that_dies_loses_nothing(town: Path, calm: Path, tmp_path: Path) -> None:
    """A real cluster, a real SIGKILL of one of its two workers in the middle."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        out = tmp_path / "rough"
        victim = next(iter(cluster.workers.values())).pid

        def kill() -> None:
            until = time.monotonic() + HANG_S
            while not list(out.glob(".pieces/*/done/*.json")) and time.monotonic() < until:
                time.sleep(0.005)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        in_pieces(town, out, scheduler=cluster.scheduler_address)
        killer.join()
    until = time.monotonic() + HANG_S
    while is_running(victim):  # a killed process takes a moment to disappear
        assert time.monotonic() < until
        time.sleep(0.01)
    assert content(out) == content(calm)


def is_running(pid: int) -> bool:
    """Return whether there is such a process, and it is not only waiting to be counted as ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class killing_one:  # noqa: N801 (a context manager, used like a function)
    """Kill one of the processes that scan as soon as it is at work: they are children of the one that makes them."""

    def __init__(self, killed: threading.Event) -> None:
        self.killed, self.stop = killed, threading.Event()

    def __enter__(self) -> None:
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self) -> None:
        while not self.stop.wait(0.01) and not self.killed.is_set():
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if child.ppid() != os.getpid() and child.cpu_times().user > 0.05:
                        child.kill()
                        self.killed.set()
                        return

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(10)


def test_another_policy_begins_anew(town: Path, calm: Path, tmp_path: Path) -> None:
    """Results of another policy are moved aside, never mixed in."""
    in_pieces(town, tmp_path / "nearby", read_policy("demo-nearby", REGISTRY))
    shutil.copytree(calm, tmp_path / "again")
    again = in_pieces(town, tmp_path / "again", read_policy("demo-nearby", REGISTRY))
    assert again.kept == 0
    assert content(tmp_path / "again") == content(tmp_path / "nearby") != content(calm)
    assert len(list((tmp_path / "again" / "earlier").iterdir())) == 1


def test_only_the_parcels_of_one_municipality(town: Path, tmp_path: Path) -> None:
    """By its name; pieces that lie elsewhere come to nothing."""
    together = in_pieces(town, tmp_path, area="Kampen")
    _, table = whole(town, basic(), find_area(open_source(f"dir:{town}"), "Kampen"))
    found = rows(tmp_path)
    assert together.area == "Kampen"
    assert found["parcel_id"].tolist() == table["parcel_id"].tolist()
    assert found["verdict"].tolist() == table["verdict"].tolist()


def test_a_piece_is_done_once(town: Path, tmp_path: Path) -> None:
    """A repeated request gets its record, and its file is not written again."""
    from suitability.partitions.run import _job, folder_of  # noqa: PLC0415 (what the command makes of its options)

    job = _job(basic(), f"dir:{town}", folder_of(f"dir:{town}"), Area("all"), tmp_path, None, "nl")
    first = scan_partitions(job, [1])
    path = next((job.work / "parcels").iterdir())
    stamp = path.stat().st_mtime_ns
    assert scan_partitions(job, [1]) == first
    assert path.stat().st_mtime_ns == stamp


def test_only_what_changed_is_measured_again(town: Path, calm: Path, tmp_path: Path) -> None:
    """A moved limit measures nothing; a shop more measures its rule, in the pieces within its reach; the rest is known."""
    out, folder = tmp_path / "out", shutil.copytree(town, tmp_path / "town")

    def scanned(policy: Policy) -> set[str]:
        before = {path.name for path in out.glob(".measured/*.npz")}
        scan_in_partitions(
            policy, f"dir:{folder}", out, "en", Resources(), area=None, progress=lambda *_: None, cache=True
        )
        return {path.name for path in out.glob(".measured/*.npz")} - before

    offered = open_source(f"dir:{folder}").offers()
    checks = len({(check.criterion, repr(check.params)) for check in basic().checks()
                  if {need.layer for need in REGISTRY[str(check.criterion)].needs_of(check.params)} <= offered})  # fmt: skip
    assert len(scanned(basic())) == 5 * checks
    assert content(out) == content(calm)
    rule = basic().rules[0]
    stricter = rule.model_copy(update={"limit": rule.limit.model_copy(update={"at_least": 0.9})})  # type: ignore[union-attr]
    moved = basic().model_copy(update={"rules": (stricter, *basic().rules[1:]), "sha256": "moved"})
    assert scanned(moved) == set()
    parks = gpd.read_parquet(folder / "recreation_parks.parquet").drop(columns="bbox", errors="ignore")
    first = gpd.read_parquet(folder / "parcels.parquet").geometry.iloc[0]
    park = parks.iloc[[0]].set_geometry([first.buffer(5)], crs=parks.crs)
    write(pd.concat([park, parks], ignore_index=True), folder / "recreation_parks.parquet")
    new = scanned(basic())
    assert len(new) == 1  # the one rule that reads parks, in the one piece where the park lies
    assert "recreation_park" in set(rows(out)["deciding_rule"].iloc[:3])
