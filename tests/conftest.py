"""Shared fixtures: the demo municipality, scanned once per policy and worker."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings

from layers import open_source
from suitability.criteria import REGISTRY
from suitability.policy_file import read_policy
from suitability.scan import run_scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan import Scan


# Every property is tried on the same examples in every run. A town drawn at random has no simpler one: no shrinking.
settings.register_profile(
    "suitability",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("suitability")


@cache
def demo_scan(policy: str) -> Scan:
    """Return the scan of the demo municipality under a policy; made once per process, never changed."""
    return run_scan(read_policy(policy, REGISTRY), open_source("demo"))


@pytest.fixture(scope="session")
def scan_of() -> Callable[[str], Scan]:
    """Give the scan of the demo municipality by the name of a policy."""
    return demo_scan
