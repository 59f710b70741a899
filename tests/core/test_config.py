"""The config folder: one rule for policies, settings and tables."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from layers import open_source
from layers.snapshots.cached import read_freshness
from suitability.api.settings import read_limits
from suitability.core.config import config_file, config_folder, documents
from suitability.core.errors import SourceError
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.selection.shortlist.choice import read_preferences
from suitability.submissions.settings import read_settings
from tests.policy.edits import make_config

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

#: One reader of each kind of file.
READERS: dict[str, Callable[[], object]] = {
    "policy": lambda: read_policy("good", REGISTRY),
    "documents": lambda: documents(config_folder()),
    "limits": lambda: read_limits(config_folder()),
    "intake": lambda: read_settings(config_folder()),
    "preferences": lambda: read_preferences(config_folder()),
    "freshness of copies": read_freshness,
    "table of services": lambda: open_source("noise").offers(),
}


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_wrong_name_is_never_passed_over(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that does not exist is a mistake for whatever is read from it; no other folder is taken in its place."""
    monkeypatch.setenv("SUITABILITY_CONFIG", str(tmp_path / "cofnig"))
    with pytest.raises(SourceError, match=r"cofnig: this folder of policies does not exist"):
        READERS[reader]()


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_folder_with_policies_only_is_enough(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and tables that it lacks are those that came with the program."""
    monkeypatch.setenv("SUITABILITY_CONFIG", str(make_config(tmp_path)))
    monkeypatch.setenv("SUITABILITY_DATA", str(tmp_path / "copies"))
    assert READERS[reader]()


def test_a_table_in_the_folder_goes_before_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder that is named, and in ``./config``; a folder given goes before both."""
    config = make_config(tmp_path)
    (config / "sources").mkdir()
    (config / "sources" / "freshness.yaml").write_text("days: {default: 3}\n", encoding="utf-8")
    monkeypatch.setenv("SUITABILITY_CONFIG", str(config))
    assert read_freshness() == {"default": 3}
    monkeypatch.delenv("SUITABILITY_CONFIG")
    monkeypatch.chdir(config.parent)
    assert config_file("sources/freshness.yaml").resolve() == (config / "sources" / "freshness.yaml").resolve()
    given = Path(shutil.copytree(ROOT / "config", tmp_path / "given"))
    assert config_file("sources/freshness.yaml", given) == given / "sources" / "freshness.yaml"


def test_policies_are_those_of_the_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A municipality's own folder never offers the policy of another one."""
    monkeypatch.setenv("SUITABILITY_CONFIG", str(make_config(tmp_path)))
    with pytest.raises(ValueError, match="hardenberg-2025"):
        read_policy("hardenberg-2025", REGISTRY)


def test_a_broken_table_is_said_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of any file."""
    config = make_config(tmp_path)
    (config / "sources").mkdir()
    (config / "sources" / "freshness.yaml").write_text("days:\n\tdefault: 3\n", encoding="utf-8")
    monkeypatch.setenv("SUITABILITY_CONFIG", str(config))
    with pytest.raises(SourceError, match=r"freshness\.yaml, line 2: a tab is not possible here"):
        read_freshness()
