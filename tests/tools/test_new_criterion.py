"""Scaffold of a criterion: refusals in one sentence, parts that pass the lint, and a test that fails until it is written."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from suitability.criteria import REGISTRY
from tests.paths import ROOT
from tools.new_criterion import problems, registered, write

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

GIVEN = ("compactness", "m2", "hardenberg-2025")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a copy of the files that the scaffold reads and changes."""
    for path in ("suitability/criteria", "suitability/catalogue", "tests/criteria"):
        shutil.copytree(ROOT / path, tmp_path / path, ignore=shutil.ignore_patterns("__pycache__"))
    first_party = ("suitability/__init__.py", "tests/__init__.py")  # to ruff, which sorts imports
    for path in (*first_party, "config/documents.yaml", "pyproject.toml", ".yamllint.yaml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def loaded(path: Path, name: str) -> ModuleType:
    """Return a file as a module, imported anew."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_test(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the failure of each test of the scaffold, empty for a test that passes."""
    criterion = loaded(root / "suitability/criteria/compactness.py", "suitability.criteria.compactness").CRITERION
    monkeypatch.setitem(REGISTRY, "compactness", criterion)
    module = loaded(root / "tests/criteria/test_compactness.py", "tests.criteria.test_compactness")
    said = []
    for name in dir(module):
        if name.startswith("test_"):
            try:
                getattr(module, name)()
            except (AssertionError, NotImplementedError, ValueError) as error:
                said.append(f"{type(error).__name__}: {error}")
            else:
                said.append("")
    return said


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in the file once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": "Compact-ness"}, "id: found 'Compact-ness', expected a name of small letters"),
        ({"name": ""}, "id: found '', expected a name of small letters"),
        ({"name": "lambda"}, "id: found 'lambda', expected a name of small letters"),
        ({"name": "parcel_width"}, "id: 'parcel_width' exists already; see suitability/criteria/parcel_width.py"),
        ({"name": "base"}, "id: 'base' cannot be used: suitability/criteria/base.py exists already."),
        ({"unit": "acre"}, "unit: found 'acre', expected one of min, m, m2"),
        ({"document": "newspaper"}, "document: found 'newspaper', expected one of hardenberg-2025,"),
    ],
)
def test_each_mistake_is_one_sentence(root: Path, change: dict[str, str], found: str) -> None:
    """A value that cannot be used is refused with what was found and expected."""
    said = problems(root, **{"name": GIVEN[0], "unit": GIVEN[1], "document": GIVEN[2], **change})
    assert len(said) == 1
    assert said[0].startswith(found)
    assert said[0].endswith(".")


def test_all_mistakes_come_together_and_nothing_is_written() -> None:
    """The command ends with 1 and changes no file."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.new_criterion", "--id", "parcel_width"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["id", "unit", "document"]
    assert done.stdout == ""


def test_every_part_is_written_once(root: Path) -> None:
    """File, test, three sentences per language, and the last line of the registry; then the id is taken."""
    assert problems(root, *GIVEN) == []
    before = registered(root)
    assert before == list(REGISTRY)
    for path in write(root, *GIVEN):
        assert "compactness" in (root / path).read_text(encoding="utf-8")
    assert registered(root) == [*before, "compactness"]
    for lang in ("nl", "en"):
        old, new = (yaml.safe_load((place / f"suitability/catalogue/{lang}.yaml").read_text(encoding="utf-8"))
                    for place in (ROOT, root))  # fmt: skip
        added = {key: new[key] for key in new if key not in old}
        assert set(added) == {f"compactness.{word}" for word in ("within", "beyond", "unknown")}
        assert len(set(added.values())) == 3
        assert {key: new[key] for key in old} == old
        assert all(
            set(re.findall(r"{(\w+)}", text)) <= {"label", "value", "limit", "margin"} for text in added.values()
        )
    assert len(problems(root, *GIVEN)) == 1


def test_the_scaffold_passes_the_lint(root: Path) -> None:
    """Style, format and YAML, by the settings of the project."""
    written = write(root, *GIVEN)
    code, texts = [path for path in written if path.endswith(".py")], [path for path in written if "catalogue" in path]
    for command in (
        ["ruff", "check", *code], ["ruff", "format", "--check", *code],
        ["yamllint", "--strict", "-c", ".yamllint.yaml", *texts],
    ):  # fmt: skip
        done = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_test_fails_until_measure_and_answers_are_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a measure it says what to write and where; without answers it still fails; with both it passes."""
    write(root, *GIVEN)
    asked = "NotImplementedError: compactness: write _values() in suitability/criteria/compactness.py"
    assert run_test(root, monkeypatch) == [asked] * 3
    file = root / "suitability/criteria/compactness.py"
    edit(file, 'raise NotImplementedError("compactness: write _values() in suitability/criteria/compactness.py")',
         "return parcels.areas")  # fmt: skip
    failed = run_test(root, monkeypatch)
    assert failed[0].startswith("AssertionError")
    assert failed[1] != ""
    edit(root / "tests/criteria/test_compactness.py", "[math.nan, math.nan]", "[400.0, 1600.0]")
    assert run_test(root, monkeypatch) == ["", "", ""]
