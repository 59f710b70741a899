"""Shared fixtures: the demo municipality, scanned once per policy and worker."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

import layers
import suitability
from layers import open_source
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.cache import MeasurementCache
from suitability.scan.run import run_scan
from tests.programs import headless_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from suitability.scan.run import Scan


# Every property is tried on the same examples in every run. A town drawn at random has no simpler one: no shrinking.
settings.register_profile(
    "suitability",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
#: ``make test-long``: other examples in every run and many more of each; what fails is printed with how to try it again.
_TIMES: Final = 20
_LONG: Final = os.environ.get("SUITABILITY_TESTS") == "long"
settings.register_profile(
    "long",
    parent=settings.get_profile("suitability"),
    max_examples=25 * _TIMES,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("long" if _LONG else "suitability")


def examples(n: int) -> int:
    """Return how many examples a property gets that needs another number than most: ``n``, in the long suite many more."""
    return n * _TIMES if _LONG else n


def chunks(n: int) -> range:
    """Return the numbers of the chunks of random cases of a test, in the long suite many more than ``n``."""
    return range(n * _TIMES if _LONG else n)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Load every module of the package where workers share out random tests.

    Hypothesis draws from the constants in what is loaded: otherwise examples would differ with the order of the tests.
    """
    if "PYTEST_XDIST_WORKER" in os.environ and any(is_hypothesis_test(getattr(item, "obj", None)) for item in items):
        for package in (suitability, layers):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not module.name.startswith(("suitability.ui.pages.", "suitability.workshop.migrations.")):
                    importlib.import_module(module.name)


#: Where the measurements of one run of the tests are kept, for all its workers and the processes they start.
_MEASURED: Final = "SUITABILITY_TESTS_MEASURED"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of measurements, in the process that the workers inherit it from."""
    if not hasattr(config, "workerinput"):
        os.environ[_MEASURED] = tempfile.mkdtemp(prefix="suitability-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it again."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(_MEASURED), ignore_errors=True)


@pytest.fixture(scope="session")
def measured() -> Path:
    """Give the folder of measurements; a test of what is not yet measured takes a folder of its own."""
    return Path(os.environ[_MEASURED])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give a browser without a window; not for longer than a module, as it keeps an event loop running."""
    with headless_browser() as running:
        yield running


@cache
def demo_scan(policy: str) -> Scan:
    """Return the scan of the demo municipality under a policy; made once per process, never changed."""
    kept = os.environ.get(_MEASURED)  # outside of a run of the tests everything is measured afresh
    cache = MeasurementCache(Path(kept)) if kept else None
    return run_scan(read_policy(policy, REGISTRY), open_source("demo"), cache=cache)


@pytest.fixture(scope="session")
def scan_of() -> Callable[[str], Scan]:
    """Give the scan of the demo municipality by the name of a policy."""
    return demo_scan
