"""The whole job, from files to a verdict per parcel: ``suitability scan`` as a process, cold, beside the careful script.

They take turns, so that whatever else the machine does weighs on all. The script writes one GeoParquet file; the scan
writes five files with reasons, so a third contestant is the scan that writes that one file only. Then: on how many
parcels the verdicts differ, and why.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.contest import busy
from benchmarks.tiling import tiling
from benchmarks.timing import ProcessRun, process_tree, spread

PARCELS: Final = 50_000
RUNS: Final = 3
RULES: Final = ("zoning", "recreation_park", "facilities", "near_work", "environment")
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
    ("environment", "unknown", "pass"): f"{_EDGE}; of a few, {_BUFFER}",
    ("environment", "fail", "pass"): _BUFFER,
}


def run() -> None:
    """Print times, memory, the ratio, and where the verdicts differ."""
    folder = tiling(PARCELS)
    print(f"Whole job: {PARCELS} parcels, policy kadaster-scan, nothing measured before{busy()}")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        commands = {
            "suitability scan": lambda i: scan_command(folder, home / f"out-{i}"),
            "scan, one file only": lambda _: module_command("scan_only", folder, home / "ours.parquet"),
            "careful script": lambda _: module_command("careful_script", folder, home / "theirs.parquet"),
        }
        runs: dict[str, list[ProcessRun]] = {each: [] for each in commands}
        for i in range(RUNS + 1):  # the first of each is not counted: compiled code and file cache
            for each, command in commands.items():
                runs[each].append(_checked(command(i)))
        script = runs["careful script"][1:]
        for each, done in runs.items():
            _print(each, done[1:], script)
        differences(home / "out-0" / "parcels.parquet", home / "theirs.parquet")


def scan_command(folder: Path, out: Path, *more: str) -> list[str]:
    """Return the command that scans a folder with the basic rules, with nothing kept from before."""
    command = [sys.executable, "-m", "suitability.cli", "scan", "--source", f"dir:{folder}", "--out", str(out)]
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
    wall, cpu = ([getattr(one, what) for one in runs] for what in ("wall_s", "cpu_s"))
    times = statistics.median(one.wall_s for one in script) / statistics.median(wall)
    work = statistics.median(one.cpu_s for one in script) / statistics.median(cpu)
    print(
        f"  {name:20s} {spread(wall)}  processor {statistics.median(cpu):6.2f} s  "
        f"peak {max(one.peak_mb for one in runs):6.0f} MB  script / this {times:5.2f} x, processor {work:5.2f} x"
    )


def differences(ours_path: Path, theirs_path: Path) -> None:
    """Print on how many parcels the verdicts differ, then per rule how many and why."""
    outcomes = [f"{rule}_outcome" for rule in RULES]
    ours = pd.read_parquet(ours_path, columns=["parcel_id", "verdict_class", *outcomes]).set_index("parcel_id")
    theirs = (
        pd.read_parquet(theirs_path, columns=["parcel_id", "verdict", *RULES]).set_index("parcel_id").loc[ours.index]
    )
    apart = (_outcome(ours["verdict_class"]) != theirs["verdict"]).sum()
    print(f"  another verdict on {apart} of {len(ours)} parcels; by rule (ours, theirs):")
    for rule in RULES:
        pairs = pd.DataFrame({"ours": _outcome(ours[f"{rule}_outcome"]), "theirs": theirs[rule]})
        counts = pairs[pairs["ours"] != pairs["theirs"]].value_counts(sort=True)
        for (mine, other), count in counts.items():
            print(f"    {rule:16s} {mine:8s} {other:8s} {count:6d}  {WHY.get((rule, mine, other), '')}")


def _outcome(column: pd.Series) -> pd.Series:
    """Return the outcome; a near miss is a fail."""
    return column.astype(str).replace({"near_miss": "fail"})


if __name__ == "__main__":
    run()
