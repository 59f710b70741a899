"""The cache of compiled kernels: used by later processes, and left as soon as any kernel file changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from suitability.spatial.kernels import jit
from suitability.spatial.kernels.jit import cache_folder, kernel, kernel_as_numpy, step, step_as_numpy

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
    print(doubled(np.array([1, 3], dtype=kind)).tolist(), doubled.stats.cache_hits.total())
"""
_WITH_STEP = _DOUBLED.replace("@kernel", "from suitability.spatial.kernels.twice import twice\n@kernel").replace(
    "2 * values[i]", "twice(values[i])"
)
_TWICE = "from suitability.spatial.kernels.jit import step\n@step\ndef twice(v):\n    return 2 * v\n"


def _installed(folder: Path) -> Path:
    """Return the root of an installation with no kernels but one step."""
    kernels = folder / "suitability" / "spatial" / "kernels"
    kernels.mkdir(parents=True)
    shutil.copy(str(jit.__file__), kernels)
    for package in (kernels, kernels.parent, kernels.parent.parent):
        (package / "__init__.py").touch()
    (kernels / "twice.py").write_text(_TWICE, encoding="utf-8")
    return folder


def _printed(script: Path, *kinds: str, root: Path, **settings: str) -> list[str]:
    """Return what a process of its own prints, that calls the kernel with numbers of these kinds."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, str(script), *kinds], env={**env, "PYTHONPATH": str(root), **settings}, check=True,
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    return done.stdout.splitlines()


def _script(folder: Path, text: str) -> Path:
    script = folder / "doubled.py"
    script.write_text(text, encoding="utf-8")
    return script


def _cached(root: Path) -> list[Path]:
    return sorted(root.rglob("suitability-kernels-*"))


def test_a_kernel_is_compiled_once_for_each_kind_of_numbers(tmp_path: Path) -> None:
    """A later process loads it; another kind of numbers is compiled still."""
    root = _installed(tmp_path)
    script = _script(tmp_path, _DOUBLED)
    assert _printed(script, "f8", root=root) == ["[2.0, 6.0] 0"]
    assert _printed(script, "f8", "i8", root=root) == ["[2.0, 6.0] 1", "[2, 6] 1"]
    assert _printed(script, "i8", "f8", root=root) == ["[2, 6] 1", "[2.0, 6.0] 2"]
    assert [path.parent.name for path in _cached(root)] == ["__pycache__"]


def test_a_kernel_that_was_changed_is_compiled_again(tmp_path: Path) -> None:
    """Also outside the folder of kernels."""
    root = _installed(tmp_path)
    assert _printed(_script(tmp_path, _DOUBLED), "f8", root=root) == ["[2.0, 6.0] 0"]
    assert _printed(_script(tmp_path, _DOUBLED.replace("2 *", "10 *")), "f8", root=root) == ["[10.0, 30.0] 0"]


def test_a_step_that_was_changed_is_compiled_again_with_the_kernels_that_call_it(tmp_path: Path) -> None:
    """Its file is not that of the kernels; the same contents again find the same cache again."""
    root = _installed(tmp_path)
    script, twice = _script(tmp_path, _WITH_STEP), root / "suitability" / "spatial" / "kernels" / "twice.py"
    assert _printed(script, "f8", root=root) == ["[2.0, 6.0] 0"]
    assert _printed(script, "f8", root=root) == ["[2.0, 6.0] 1"]
    twice.write_text(_TWICE.replace("2 *", "7 *"), encoding="utf-8")  # of the same length
    assert _printed(script, "f8", root=root) == ["[7.0, 21.0] 0"]
    twice.write_text(_TWICE, encoding="utf-8")
    assert _printed(script, "f8", root=root) == ["[2.0, 6.0] 1"]
    assert len(_cached(root)) == 2


def test_the_cache_stands_where_the_user_wants_it(tmp_path: Path) -> None:
    """NUMBA_CACHE_DIR names the folder around it."""
    root, wanted = _installed(tmp_path / "installed"), tmp_path / "wanted"
    script = _script(tmp_path, _DOUBLED)
    for hits in (0, 1):
        assert _printed(script, "f8", root=root, NUMBA_CACHE_DIR=str(wanted)) == [f"[2.0, 6.0] {hits}"]
    assert not _cached(root)
    assert [path.parent for path in _cached(wanted)] == [wanted]


def test_an_installation_that_cannot_be_written_uses_the_cache_of_the_user(tmp_path: Path) -> None:
    """A file stands where the folder should come, which stops an administrator too."""
    root, home = _installed(tmp_path / "installed"), tmp_path / "home"
    (root / "suitability" / "spatial" / "kernels" / "__pycache__").touch()
    script = _script(tmp_path, _DOUBLED)
    wanted = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home)}
    for hits in (0, 1):
        assert _printed(script, "f8", root=root, **wanted) == [f"[2.0, 6.0] {hits}"]
    assert len(_cached(home)) == 1
    assert not _cached(root)


def test_without_any_folder_to_write_in_each_process_compiles_for_itself(tmp_path: Path) -> None:
    """Slow, but a scan."""
    root, home = _installed(tmp_path / "installed"), tmp_path / "home"
    (root / "suitability" / "spatial" / "kernels" / "__pycache__").touch()
    home.touch()
    script = _script(tmp_path, _DOUBLED)
    for _ in range(2):
        assert _printed(script, "f8", root=root, HOME=str(home), XDG_CACHE_HOME=str(home), LOCALAPPDATA=str(home)) == [
            "[2.0, 6.0] 0"
        ]


def test_old_caches_are_removed(tmp_path: Path) -> None:
    """The two most recent beside the current one stay, and what is not a cache of kernels stays."""
    parent, made = tmp_path / "parent", []
    for k in range(5):
        (tmp_path / "kernel.py").write_text(f"# {k}", encoding="utf-8")
        folder = cache_folder(tmp_path, [parent])
        assert folder is not None
        os.utime(folder, (k, k))
        (folder / "compiled").touch()
        os.utime(folder, (k, k))
        (parent / "other").mkdir(exist_ok=True)
        made.append(folder)
    assert sorted(parent.iterdir()) == sorted([*made[2:], parent / "other"])
    (tmp_path / "kernel.py").write_text("# 2", encoding="utf-8")
    assert cache_folder(tmp_path, [parent]) == made[2]
    assert (made[2] / "compiled").exists()


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


def test_a_step_divides_by_zero_as_it_was_compiled_to() -> None:
    """A kernel may call steps of both kinds."""
    assert _shares(np.array([1.0, 3.0]), False).tolist() == [0.25, 0.75]
    with pytest.raises(ZeroDivisionError):
        _shares(np.zeros(2), False)
    assert np.isnan(_shares(np.zeros(2), True)).all()
