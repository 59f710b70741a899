"""A scan of a folder that writes a verdict per parcel to one GeoParquet file: what the careful script does, and no more.

``python -m benchmarks.scan_only FOLDER OUT.parquet``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from layers import open_source
from suitability.criteria import REGISTRY
from suitability.policy_file import read_policy
from suitability.scan import run_scan
from suitability.types import Outcome

NAMES = np.array([outcome.name.lower() for outcome in sorted(Outcome)])


def main(folder: Path, out: Path) -> None:
    """Read, scan, write."""
    policy = read_policy("kadaster-scan", REGISTRY)
    scan = run_scan(policy, open_source(f"dir:{folder}"))
    rules = {rule.id: NAMES[scan.findings[rule.id].outcome] for rule in policy.rules}
    scan.frame.assign(verdict=NAMES[scan.verdicts.best], **rules).to_parquet(out, compression="zstd")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
