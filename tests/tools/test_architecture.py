"""The picture of the architecture, and the pages for newcomers, agree with the code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from tests.paths import ROOT
from tools.architecture import PICTURE, SIZES, boxes, contract_layers, count_imports, picture

if TYPE_CHECKING:
    from pathlib import Path

PAGES = (ROOT / "docs" / "architecture.md", ROOT / "docs" / "adding-a-criterion.md")
#: The criterion that the second page adds, which is not there.
EXAMPLE = "compactness"
SVG = "{http://www.w3.org/2000/svg}"
#: Letters of the first sentence that fit in a box.
FITS = 84


def test_the_picture_is_up_to_date() -> None:
    """Run ``make docs`` after a change of the packages or their imports."""
    assert PICTURE.read_text(encoding="utf-8") == picture(), "stale: run `make docs`"


def test_every_package_has_a_layer() -> None:
    """No package beside the contract; each with a first sentence that fits in its box."""
    folders = {f"suitability.{path.parent.name}" for path in (ROOT / "suitability").glob("*/__init__.py")}
    named = {name for layer in contract_layers() for name in layer}
    assert folders | {"layers", "suitability.__main__"} == named
    for box in boxes():
        assert 10 < len(box.says) <= FITS, box


def test_the_picture_shows_every_import() -> None:
    """One dot per pair of packages that imports, one line per package that is imported; a dot never above its line."""
    imports = count_imports([box.name for box in boxes()])
    root = fromstring(picture())
    said = [title.text for title in root.iter(f"{SVG}title")][1:]
    assert sorted(said) == sorted(f"{here} imports {there}" for here, there in imports)
    assert len(root.findall(f"{SVG}path[@stroke-width='2.5']")) == len({there for _, there in imports})
    assert len(root.findall(f"{SVG}circle")) == len(imports) + len(SIZES)


def test_the_caption_is_true() -> None:
    """A package imports only from layers below its own."""
    layer = {box.name: box.layer for box in boxes()}
    imports = count_imports(list(layer))
    assert imports["suitability.criteria", "suitability.spatial"] > 0
    assert all(layer[here] > layer[there] for here, there in imports)


def places() -> list[tuple[str, str]]:
    """Return each path that the pages name, with the name that stands right behind it, or nothing."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    found = re.findall(r"`([^`\s*]+/[^`\s*]*)`(?: `(\w+)`)?", re.sub(r"```.+?```", "", text, flags=re.DOTALL))
    return sorted({(path, name) for path, name in found if EXAMPLE not in path})


@pytest.mark.parametrize(("path", "name"), places())
def test_the_pages_name_what_exists(path: str, name: str) -> None:
    """Each file is there, and defines the function or class named behind it."""
    assert (ROOT / path).exists()
    if name:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_step_of_the_way_names_its_function() -> None:
    """Twelve steps, each with a file and what is called there."""
    assert len({place for place in places() if place[1]}) >= 12


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link is to a file or folder of the repository."""
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
