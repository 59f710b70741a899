"""Run every benchmark; ``python -m benchmarks network`` runs one."""

from __future__ import annotations

import sys

from benchmarks import app, network, shortlist, submissions, whole_scan, workshop

BENCHMARKS = {
    "network": network.run,
    "scan": whole_scan.run,
    "app": app.run,
    "shortlist": shortlist.run,
    "submissions": submissions.run,
    "workshop": workshop.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
        print()
