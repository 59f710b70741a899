"""Run every benchmark; ``python -m benchmarks network`` runs one. ``docs/benchmarks.md`` says what each measures."""

from __future__ import annotations

import sys
from importlib import import_module

#: Names by which they are asked for, and their modules, in the order in which they run.
BENCHMARKS = {
    "network": "network",
    "scan": "whole_scan",
    "zones": "zones",
    "noise": "noise",
    "job": "whole_job",
    "growth": "growth",
    "million": "million",
    "pbf": "pbf",
    "app": "app",
    "shortlist": "shortlist",
    "submissions": "submissions",
    "workshop": "workshop",
}

if __name__ == "__main__":
    asked = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in asked if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"No benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
    for name in asked:
        import_module(f"benchmarks.{BENCHMARKS[name]}").run()
        print(flush=True)
