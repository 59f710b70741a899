"""Twenty people who use the app one after the other: run as a module it prints how many bytes they leave behind."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from tests.ui.session import new_session

VISITS = 20


def visit(number: float) -> None:
    """Open the app, move a limit, and look at other pages."""
    at = new_session()
    at.switch_page("suitability/ui/pages/what_if.py").run()
    at.get_by_key("limit_kadaster-scan_environment_nl").set_value(number).run()
    for name in ("longlist", "parcel", "overview"):
        at.switch_page(f"suitability/ui/pages/{name}.py").run()
    if at.exception or not at.metric:
        raise RuntimeError("a page broke down")


def resident_bytes() -> int:
    """Return how much memory this process has."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    for i in range(20):  # more than the app keeps of tried limits, and the allocator has its share
        visit(float(i % 12))
    before = resident_bytes()
    for i in range(VISITS):
        visit(float(i % 12))
    sys.stdout.write(str(resident_bytes() - before))
