"""The folder, and what an undisturbed scan of it gives, once per process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from suitability.criteria import REGISTRY
from suitability.partitions.resources import Resources
from suitability.partitions.run import scan_in_partitions
from suitability.policy.reader import read_policy
from tests.partitions.town import make_town

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder."""
    return make_town(tmp_path_factory.mktemp("pieces") / "town")


@pytest.fixture(scope="session")
def calm(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what a scan by the plainest policy writes when nothing happens to it."""
    out = tmp_path_factory.mktemp("calm")
    policy = read_policy("kadaster-scan", REGISTRY)
    scan_in_partitions(policy, f"dir:{town}", out, "en", Resources(), area=None, progress=lambda *_: None)
    return out
