"""The number of processes that a large scan starts, and the detection of available memory."""

from __future__ import annotations

import psutil
import pytest

from suitability.partitions import resources as means
from suitability.partitions.resources import Resources, free_bytes


def test_free_memory_equals_that_of_psutil() -> None:
    """Other tests take and give back memory meanwhile."""
    assert free_bytes() == pytest.approx(psutil.virtual_memory().available, rel=0.3)


@pytest.mark.parametrize(("free_gb", "workers"), [(3.3, 1), (6.0, 2), (100.0, 4)])
def test_three_quarters_of_what_is_free_may_be_used(
    free_gb: float, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two GB each, and a little for the process that hands out the work; never more than asked for."""
    monkeypatch.setattr(means, "free_bytes", lambda: int(free_gb * 1e9))
    assert Resources(workers=4).affordable() == workers
    assert Resources(workers=1).affordable() == 1
