"""Kernels compiled once are loaded by the next process, which then imports nothing that only compiling needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from suitability.spatial.kernels.jit import kernel, kernel_as_numpy, step, step_as_numpy
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_DOUBLED = """
import sys
import numpy as np
from suitability.spatial.kernels.jit import kernel
@kernel
def doubled(values):
    result = np.empty_like(values)
    for i in range(len(values)):
        result[i] = 2 * values[i]
    return result
for kind in sys.argv[1:]:
    print(doubled(np.array([1, 3], dtype=kind)).tolist(), doubled.stats.cache_hits.total(), "numba.np.linalg" in sys.modules)
"""


def _printed(script: Path, *kinds: str, root: Path = ROOT) -> list[str]:
    """Return the output of a separate process that calls the kernel with numbers of these kinds."""
    done = subprocess.run(
        [sys.executable, str(script), *kinds], env={**os.environ, "PYTHONPATH": str(root), "NUMBA_NRT_STATS": "1"}, check=True,
        capture_output=True, text=True,
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
    """A cached kernel belongs to the source as it was."""
    script = tmp_path / "doubled.py"
    script.write_text(_DOUBLED, encoding="utf-8")
    assert _printed(script, "f8") == ["[2.0, 6.0] 0 True"]
    script.write_text(_DOUBLED.replace("2 *", "10 *"), encoding="utf-8")
    assert _printed(script, "f8") == ["[10.0, 30.0] 0 True"]


def test_a_step_that_was_changed_is_compiled_again_with_the_kernels_that_take_it(tmp_path: Path) -> None:
    """It may stand in another file than they do."""
    kernels = tmp_path / "suitability" / "spatial" / "kernels"
    kernels.mkdir(parents=True)
    shutil.copy(ROOT / "suitability" / "spatial" / "kernels" / "jit.py", kernels)
    for package in (kernels, kernels.parent, kernels.parent.parent):
        (package / "__init__.py").touch()
    twice, script = (
        "from suitability.spatial.kernels.jit import step\n@step\ndef twice(v):\n    return 2 * v\n",
        tmp_path / "doubled.py",
    )
    (kernels / "twice.py").write_text(twice, encoding="utf-8")
    imported = _DOUBLED.replace("@kernel", "from suitability.spatial.kernels.twice import twice\n@kernel")
    script.write_text(imported.replace("2 * values[i]", "twice(values[i])"), encoding="utf-8")
    assert _printed(script, "f8", root=tmp_path) == ["[2.0, 6.0] 0 True"]
    assert _printed(script, "f8", root=tmp_path) == ["[2.0, 6.0] 1 False"]
    (kernels / "twice.py").write_text(twice.replace("2 *", "10 *"), encoding="utf-8")
    assert _printed(script, "f8", root=tmp_path) == ["[10.0, 30.0] 0 True"]


@kernel
def _over(a: float, b: float) -> float:
    return a / b


@kernel_as_numpy
def _over_as_numpy(a: float, b: float) -> float:
    return a / b


def test_dividing_by_zero_raises_unless_it_should_be_as_in_numpy() -> None:
    """A share of nothing must raise where nobody expects it."""
    with pytest.raises(ZeroDivisionError):
        _over(1.0, 0.0)
    assert _over_as_numpy(1.0, 0.0) == np.inf


@step
def _share(values: np.ndarray, i: int) -> float:
    return float(values[i] / values.sum())


@step_as_numpy
def _share_as_numpy(values: np.ndarray, i: int) -> float:
    return float(values[i] / values.sum())


@kernel
def _shares(values: np.ndarray, as_numpy: bool) -> np.ndarray:  # noqa: FBT001 (compiled code takes nothing by name)
    shares = np.empty(len(values))
    for i in range(len(values)):
        shares[i] = _share_as_numpy(values, i) if as_numpy else _share(values, i)
    return shares


def test_a_step_does_not_hold_what_it_is_given() -> None:
    """The caller holds the array, before and after; a kernel that returns an array releases it entirely."""
    values = np.array([1.0, 3.0])
    before = sys.getrefcount(values)
    for _ in range(1000):
        assert _shares(values, False).tolist() == [0.25, 0.75]
    assert sys.getrefcount(values) == before
    with pytest.raises(ZeroDivisionError):
        _shares(np.zeros(2), False)
    assert np.isnan(_shares(np.zeros(2), True)).all()


_AGAIN = """
from numba.core.runtime.nrt import rtsys
from suitability.spatial.precompile import compile_kernels
compile_kernels()
before = rtsys.get_allocation_stats()
for _ in range(20):
    compile_kernels()
after = rtsys.get_allocation_stats()
made, gone = after.alloc - before.alloc, after.free - before.free
print(made > 100, gone - made)
"""


def test_no_kernel_leaves_memory_behind(tmp_path: Path) -> None:
    """Each array that a kernel makes is freed when nobody holds it, though steps count no references."""
    script = tmp_path / "again.py"
    script.write_text(_AGAIN, encoding="utf-8")
    assert _printed(script) == ["True 0"]
