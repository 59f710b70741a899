"""The page and the picture of the architecture agree with the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tools.architecture import PICTURE, SIZES, boxes, contract_layers, count_imports, picture

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
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


def places() -> list[tuple[str, list[str]]]:
    """Return each path that the page names, with the names that stand behind it."""
    words = re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8"))
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if "/" in word and "*" not in word:
            found.append((word, []))
        elif found and found[-1][0].endswith(".py") and word.isidentifier():
            found[-1][1].append(word)
    return found


@pytest.mark.parametrize(("path", "names"), places(), ids=lambda part: part if isinstance(part, str) else "")
def test_the_page_names_what_exists(path: str, names: list[str]) -> None:
    """Each file is there, and defines the functions and classes named behind it."""
    assert (ROOT / path).exists()
    if names:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert set(names) <= defined


def test_links_of_the_page_lead_somewhere() -> None:
    """Every link is to a file or folder of the repository."""
    for target in re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target
