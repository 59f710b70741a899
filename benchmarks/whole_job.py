"""The whole job, from files to a verdict per parcel: ``suitability scan`` as a process, cold, beside the careful script.

The basic rules, ten kinds of facilities and noise (``ten_kinds``). They take turns, so that whatever else the machine does
weighs on all. The script writes a verdict per parcel and rule. The scan writes values, margins and the objects that decide
besides: in pieces to GeoParquet, or in one go to five files with reasons in words. Then: on how many parcels the verdicts
differ, and why.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.careful_script import KINDS
from benchmarks.contest import busy
from benchmarks.machine import machine
from benchmarks.ten_kinds import write_policy
from benchmarks.tiling import tiling
from benchmarks.timing import ProcessRun, process_tree, summary

PARCELS: Final = 50_000
RUNS: Final = 5
RULES: Final = ("zoning", "recreation_park", "facilities", *KINDS[1:], "near_work", "environment", "noise")
_EDGE: Final = "the data ends near: a shop, street or business beyond its edge could decide, so nothing is sure"
_NODE: Final = "we join the network at the nearest point on a street, they at the nearest node"
_SNAP: Final = "250 m: from the parcel's boundary to the street with us, from its middle to a node with them"
_BUFFER: Final = "their contour is a buffer, which lies inside the circle that it stands for"
#: What makes the two differ where they do, by rule, ours and theirs; looked up on this very tiling.
WHY: Final = {
    ("facilities", "unknown", "fail"): _EDGE,
    ("facilities", "unknown", "pass"): f"{_EDGE}; and {_NODE}",
    ("facilities", "pass", "fail"): _NODE,
    ("facilities", "fail", "pass"): _NODE,
    ("facilities", "pass", "unknown"): _SNAP,
    ("facilities", "fail", "unknown"): _SNAP,
    ("noise", "unknown", "pass"): "part of the parcel lies on cells without a level",
    ("environment", "unknown", "pass"): f"{_EDGE}; of a few, {_BUFFER}",
    ("environment", "fail", "pass"): _BUFFER,
}


def run() -> None:
    """Print times, memory, the ratio, and where the verdicts differ."""
    folder = tiling(PARCELS)
    print(f"Whole job: {PARCELS} parcels, ten kinds of facilities and noise, nothing measured before{busy()}")
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        policy = ("--policy", str(write_policy(home / "policy.yaml")))
        commands = {
            "scan --workers 2": lambda i: scan_command(folder, home / f"pieces-{i}", *policy, "--workers", "2"),
            "scan": lambda i: scan_command(folder, home / f"out-{i}", *policy),
            "careful script": lambda _: module_command("careful_script", folder, home / "theirs.parquet"),
            "explained script": lambda _: module_command("explained_script", folder, home / "explained.parquet"),
        }
        runs: dict[str, list[ProcessRun]] = {each: [] for each in commands}
        for i in range(RUNS + 1):  # the first of each is not counted: compiled code and file cache
            for each, command in commands.items():
                runs[each].append(_checked(command(i)))
        script = runs["careful script"][1:]
        for each, done in runs.items():
            _print(each, done[1:], script)
        print(machine())
        differences(home / "pieces-0" / "parcels", home / "theirs.parquet")


def scan_command(folder: Path, out: Path, *more: str) -> list[str]:
    """Return the command that scans a folder with the basic rules, with nothing kept from before."""
    command = [sys.executable, "-m", "suitability", "scan", "--source", f"dir:{folder}", "--out", str(out)]
    return [*command, "--no-cache", *more]


def module_command(module: str, folder: Path, out: Path) -> list[str]:
    """Return the command that runs one of the modules beside this one on a folder."""
    return [sys.executable, "-W", "ignore", "-m", f"benchmarks.{module}", str(folder), str(out)]


def _checked(command: list[str]) -> ProcessRun:
    done = process_tree(command)
    if done.code:
        raise RuntimeError(f"{' '.join(command)} ended with {done.code}")
    return done


def _print(name: str, runs: list[ProcessRun], script: list[ProcessRun]) -> None:
    times, work = (
        statistics.median(getattr(one, what) for one in script) / statistics.median(getattr(one, what) for one in runs)
        for what in ("wall_s", "cpu_s")
    )
    print(f"  {name:20s} {summary(runs)}  script / this {times:5.2f} x, processor {work:5.2f} x")


def differences(ours_path: Path, theirs_path: Path) -> None:
    """Print on how many parcels the verdicts differ, then per rule how many and why."""
    ours, theirs = verdicts(ours_path, "_outcome"), verdicts(theirs_path)
    theirs = theirs.loc[ours.index]
    print(
        f"  another verdict on {(ours['verdict'] != theirs['verdict']).sum()} of {len(ours)} parcels; by rule (ours, theirs):"
    )
    for rule in RULES:
        for (mine, other), count in apart(ours, theirs, rule).value_counts(sort=True).items():
            print(f"    {rule:16s} {mine:8s} {other:8s} {count:6d}  {why(rule, mine, other) or ''}")


def verdicts(path: Path, suffix: str = "") -> pd.DataFrame:
    """Return verdict and outcome of every rule per parcel; ``suffix``: of the columns of outcomes."""
    columns = {f"{rule}{suffix}": rule for rule in RULES}
    table = pd.read_parquet(path, columns=["parcel_id", "verdict", *columns]).rename(columns=columns)
    return table.astype(str).set_index("parcel_id")


def apart(ours: pd.DataFrame, theirs: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return the outcomes of a rule where they differ."""
    pairs = pd.DataFrame({"ours": ours[rule], "theirs": theirs[rule]})
    return pairs[pairs["ours"] != pairs["theirs"]]


def why(rule: str, mine: str, other: str) -> str | None:
    """Return what makes the two differ, if it is known; of all kinds of facilities it is the same."""
    return WHY.get(("facilities" if rule in KINDS else rule, mine, other))


if __name__ == "__main__":
    run()
