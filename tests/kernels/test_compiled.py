"""What is compiled once is read by the next process, which then loads nothing that only compiling needs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from suitability.kernels.compiled import kernel, kernel_as_numpy
from tests.skins.test_cli import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_DOUBLED = """
import sys
import numpy as np
from suitability.kernels.compiled import kernel
@kernel
def doubled(values):
    result = np.empty_like(values)
    for i in range(len(values)):
        result[i] = 2 * values[i]
    return result
for kind in sys.argv[1:]:
    print(doubled(np.array([1, 3], dtype=kind)).tolist(), doubled.stats.cache_hits.total(), "numba.np.linalg" in sys.modules)
"""


def _printed(script: Path, *kinds: str) -> list[str]:
    """Return what a process of its own prints, that calls the kernel with numbers of these kinds."""
    done = subprocess.run(
        [sys.executable, str(script), *kinds], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_a_kernel_is_compiled_once_and_then_loaded_without_what_compiling_needs(tmp_path: Path) -> None:
    """Another kind of numbers is compiled still, in a process that has only loaded so far."""
    script = tmp_path / "doubled.py"
    script.write_text(_DOUBLED, encoding="utf-8")
    assert _printed(script, "f8") == ["[2.0, 6.0] 0 True"]
    assert _printed(script, "f8") == ["[2.0, 6.0] 1 False"]
    assert _printed(script, "f8", "i8") == ["[2.0, 6.0] 1 False", "[2, 6] 1 True"]
    assert _printed(script, "i8", "f8") == ["[2, 6] 1 False", "[2.0, 6.0] 2 False"]


def test_a_kernel_that_was_changed_is_compiled_again(tmp_path: Path) -> None:
    """What is kept belongs to the source as it was."""
    script = tmp_path / "doubled.py"
    script.write_text(_DOUBLED, encoding="utf-8")
    assert _printed(script, "f8") == ["[2.0, 6.0] 0 True"]
    script.write_text(_DOUBLED.replace("2 *", "10 *"), encoding="utf-8")
    assert _printed(script, "f8") == ["[10.0, 30.0] 0 True"]


@kernel
def _over(a: float, b: float) -> float:
    return a / b


@kernel_as_numpy
def _over_as_numpy(a: float, b: float) -> float:
    return a / b


def test_dividing_by_zero_raises_unless_it_should_be_as_in_numpy() -> None:
    """A share of nothing must be noticed where nobody reckons with it."""
    with pytest.raises(ZeroDivisionError):
        _over(1.0, 0.0)
    assert _over_as_numpy(1.0, 0.0) == np.inf
