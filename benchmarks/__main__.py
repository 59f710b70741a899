"""Run every benchmark; ``python -m benchmarks network`` runs one. ``docs/benchmarks.md`` says what each measures.

Several run one after the other, each in a process of its own: the system counts what the one that starts a process holds
as memory of that process too.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

#: Names by which they are asked for, and their modules, in the order in which they run.
BENCHMARKS = {
    "network": "network",
    "scan": "whole_scan",
    "zones": "zones",
    "noise": "noise",
    "width": "width",
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
    if len(asked) == 1:
        import_module(f"benchmarks.{BENCHMARKS[asked[0]]}").run()
        print(flush=True)
    else:
        codes = [subprocess.run([sys.executable, "-m", "benchmarks", name], check=False).returncode for name in asked]
        sys.exit(max(map(abs, codes)))
