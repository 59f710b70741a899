"""A scan in pieces from the command line. A thin skin, as the others."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from suitability.cli.options import console, list_files, policy_named, progress_bar
from suitability.core.messages import message, number

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang


def scan_large(
    policy: str,
    source: str,
    out: Path,
    language: Lang,
    *,
    area: str | None,
    means: tuple[int | None, float | None, str | None],
    cache: bool,
) -> None:
    """Scan a folder in pieces and show what came of it. ``means``: processes, GB of memory, scheduler, as asked for."""
    began = time.perf_counter()
    from suitability.cli.scan_output import show_partitions  # noqa: PLC0415
    from suitability.partitions.resources import Resources  # noqa: PLC0415
    from suitability.partitions.run import scan_in_partitions  # noqa: PLC0415

    workers, memory, scheduler = means
    use = Resources(workers or os.cpu_count() or 1, memory, scheduler, copies=True)
    checked = policy_named(policy)
    with progress_bar(language, remaining=True) as progress:
        whole = scan_in_partitions(checked, source, out, language, use, area=area, progress=progress, cache=cache)
    show_partitions(checked, whole, language)
    list_files(out, whole.files, language)
    took = number(time.perf_counter() - began, language, 1)
    console().print(message("cli.time", language, seconds=took), highlight=False)
