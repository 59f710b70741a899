"""Imports without a circle: between modules, and between the parts of every package."""

from __future__ import annotations

from functools import cache

import networkx as nx
import pytest
from grimp import ImportGraph, build_graph

from tests.paths import ROOT

PACKAGES = ("suitability", "layers")


@cache
def imports() -> ImportGraph:
    """Return all imports: at the top of a module, inside functions, and those for types only."""
    return build_graph(*PACKAGES, include_external_packages=False, exclude_type_checking_imports=False, cache_dir=None)


def folders() -> list[str]:
    """Return every package as it is imported, the two outermost included."""
    return sorted(".".join(path.parent.relative_to(ROOT).parts) for name in PACKAGES
                  for path in (ROOT / name).rglob("__init__.py"))  # fmt: skip


def test_every_file_is_seen() -> None:
    """A folder without ``__init__.py`` would escape every contract."""
    files = {path.relative_to(ROOT).with_suffix("") for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    modules = {".".join(path.parts).removesuffix(".__init__") for path in files}
    assert modules == imports().modules


def test_no_circle_of_modules() -> None:
    """No module imports itself through others, not even for types only."""
    graph = nx.DiGraph((here, there) for here in imports().modules
                       for there in imports().find_modules_directly_imported_by(here))  # fmt: skip
    assert [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1] == []
    assert graph.number_of_edges() > len(imports().modules)


@pytest.mark.parametrize("package", folders())
def test_the_parts_of_a_package_have_an_order(package: str) -> None:
    """Files and folders side by side import each other in one direction only."""
    assert imports().nominate_cycle_breakers(package) == set()
