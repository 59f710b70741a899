"""Picture of the packages: one row per layer of the import contract, one line per package that others import.

``python -m tools.architecture`` writes ``docs/pictures/architecture.svg``; a test fails when it is stale. The layers are
those of the first contract in ``pyproject.toml``, the imports those of the code.
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from grimp import build_graph

ROOT: Final = Path(__file__).parents[1]
PICTURE: Final = ROOT / "docs" / "pictures" / "architecture.svg"

#: Least number of imports of each size of dot, with its radius.
SIZES: Final = ((20, 8.5), (5, 6.0), (1, 3.75))

#: One per line, from left to right; dark enough to be seen on white.
_COLOURS: Final = (
    "#8a1c5c", "#b0254f", "#cf4436", "#d96c1e", "#c98a00", "#97910c", "#5f8f1b", "#1f8f4e", "#008a86", "#0078b0", "#2f5fc0", "#4b45a8", "#6a3d9a", "#44546a",
)  # fmt: skip

_CAPTION: Final = (
    "A package imports only from layers below its own. Follow a line down to the package imported; each dot on it is a "
    "package that imports it."
)
_ROOT: Final = 'font-family="system-ui, \'Segoe UI\', \'DejaVu Sans\', sans-serif" role="img" aria-labelledby="title"'
_NUMBER: Final = 'font-size="18" font-weight="700" fill="#9aa6b2" text-anchor="middle"'

_MARGIN: Final = 32
_TOP: Final = 112
_NUMBER_WIDTH: Final = 34
_BOX_WIDTH: Final = 560
_BOX_HEIGHT: Final = 62
_GAP: Final = 8
_STEP: Final = 44


@dataclass(frozen=True)
class Box:
    """A package: its layer (1 is the lowest), first sentence, sub-packages, and the y of its centre."""

    name: str
    layer: int
    says: str
    parts: tuple[str, ...]
    y: float


def contract_layers() -> list[list[str]]:
    """Return the packages of each layer, the highest first, as the first contract names them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return [[name.strip() for name in layer.split("|")] for layer in contracts[0]["layers"]]


def count_imports(packages: list[str]) -> Counter[tuple[str, str]]:
    """Return the number of imports between modules, by (importing package, imported package)."""
    graph = build_graph("suitability", "layers", cache_dir=None)
    home = {module: package for package in packages for module in graph.modules
            if module == package or module.startswith(f"{package}.")}  # fmt: skip
    return Counter(
        (home[module], home[other])
        for module in home
        for other in graph.find_modules_directly_imported_by(module)
        if other in home and home[other] != home[module]
    )


def boxes() -> list[Box]:
    """Return the packages from the top of the picture to the bottom."""
    layers, found, y = contract_layers(), [], _TOP
    for i, names in enumerate(layers):
        for name in names:
            path = ROOT / Path(*name.split("."))
            file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
            parts = tuple(sorted(p.parent.name for p in path.glob("*/__init__.py"))) if path.is_dir() else ()
            found.append(Box(name, len(layers) - i, _first_sentence(text), parts, y + _BOX_HEIGHT / 2))
            y += _BOX_HEIGHT + _GAP
        y += _GAP
    return found


def _first_sentence(docstring: str) -> str:
    """Return the first sentence of a docstring, without marks of code."""
    return docstring.split("\n\n", maxsplit=1)[0].replace("\n", " ").replace("``", "").split(". ")[0].rstrip(".") + "."


def picture() -> str:
    """Return the picture as SVG; the same code gives the same text."""
    rows = boxes()
    imports = count_imports([row.name for row in rows])
    targets = [row for row in rows if any(target == row.name for _, target in imports)]
    left = _MARGIN + _NUMBER_WIDTH
    lanes = {row.name: left + _BOX_WIDTH + _STEP * (i + 1) for i, row in enumerate(targets)}
    width, height = max(lanes.values()) + _MARGIN + 8, rows[-1].y + _BOX_HEIGHT / 2 + 76
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}" {_ROOT}>',
        '<title id="title">The packages in their layers, and which imports which</title>',
        f'<rect width="{width}" height="{height:g}" fill="#fff"/>',
        f'<text x="{_MARGIN}" y="52" font-size="26" font-weight="700" fill="#1d2733">The packages, from commands to core</text>',
        f'<text x="{_MARGIN}" y="80" font-size="15" fill="#53606e">{_CAPTION}</text>',
        *_bands(rows, width),
        *(
            _guide(row, [lanes[target.name] for target in targets if (row.name, target.name) in imports])
            for row in rows
        ),
    ]
    for i, target in enumerate(targets):
        colour = _COLOURS[i % len(_COLOURS)]
        users = [row for row in rows if imports[row.name, target.name]]
        lines += _lane(target, users[0], lanes[target.name], colour)
        lines += [_dot(lanes[target.name], row, target, imports[row.name, target.name], colour) for row in users]
    lines += [line for row in rows for line in _box(row, left)]
    return "\n".join([*lines, *_legend(rows[-1].y + _BOX_HEIGHT / 2 + 38), "</svg>"]) + "\n"


def _bands(rows: list[Box], width: int) -> list[str]:
    """Return the stripe and the number of each layer."""
    lines = []
    for layer in sorted({row.layer for row in rows}, reverse=True):
        ys = [row.y for row in rows if row.layer == layer]
        top, bottom = ys[0] - _BOX_HEIGHT / 2 - _GAP / 2, ys[-1] + _BOX_HEIGHT / 2 + _GAP / 2
        fill = "#f3f5f8" if layer % 2 else "#fafbfc"
        lines += [
            f'<rect x="{_MARGIN - 12}" y="{top:g}" width="{width - 2 * _MARGIN + 24}" height="{bottom - top:g}" rx="8" fill="{fill}"/>',
            f'<text x="{_MARGIN + 8}" y="{(top + bottom) / 2 + 6:g}" {_NUMBER}>{layer}</text>',
        ]
    return lines


def _guide(row: Box, lanes: list[int]) -> str:
    """Return the faint line from a package to its outermost dot."""
    start = _MARGIN + _NUMBER_WIDTH + _BOX_WIDTH
    return f'<path d="M{start} {row.y:g}H{max(lanes, default=start)}" stroke="#c5ced8" stroke-dasharray="1 5" stroke-linecap="round"/>'


def _lane(target: Box, first: Box, x: int, colour: str) -> list[str]:
    """Return the line from the highest importer down to the package it leads to, with an arrowhead."""
    end = _MARGIN + _NUMBER_WIDTH + _BOX_WIDTH
    turn = 14
    path = f"M{x} {first.y:g}V{target.y - turn:g}q0 {turn} {-turn} {turn}H{end + 9}"
    head = f"M{end + 1} {target.y:g}l11 -6v12z"
    return [f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-opacity="0.75"/>',
            f'<path d="{head}" fill="{colour}"/>']  # fmt: skip


def _dot(x: int, row: Box, target: Box, n: int, colour: str) -> str:
    """Return the dot where a package imports another; the number of imports chooses its size."""
    radius = next(radius for least, radius in SIZES if n >= least)
    said = f"{row.name} imports {target.name}"
    return f'<circle cx="{x}" cy="{row.y:g}" r="{radius:g}" fill="{colour}" stroke="#fff" stroke-width="1.5"><title>{said}</title></circle>'


def _box(row: Box, left: int) -> list[str]:
    """Return a package with its name, its first sentence and its parts."""
    top = row.y - _BOX_HEIGHT / 2
    lines = [
        f'<rect x="{left}" y="{top:g}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="6" fill="#fff" stroke="#c5ced8"/>',
        f'<text x="{left + 14}" y="{top + 25:g}" font-size="16" fill="#8b97a3">{_name(row.name)}</text>',
        f'<text x="{left + 14}" y="{top + 47:g}" font-size="12.5" fill="#3c4855">{escape(row.says)}</text>',
    ]
    if row.parts:
        parts = " · ".join(row.parts)
        lines.append(
            f'<text x="{left + _BOX_WIDTH - 14}" y="{top + 24:g}" font-size="11.5" fill="#7a8794" text-anchor="end">{parts}</text>'
        )
    return lines


def _name(name: str) -> str:
    """Return the name of a package with its last part in bold."""
    parent, dot, own = name.rpartition(".")
    return f'{parent}{dot}<tspan font-weight="700" fill="#1d2733">{own}</tspan>'


def _legend(y: float) -> list[str]:
    """Return what the sizes of the dots mean."""
    lines, x = [], float(_MARGIN + _NUMBER_WIDTH + 14)
    words = ("20 imports or more", "5 to 19", "1 to 4")
    for (_, radius), word in zip(SIZES, words, strict=True):
        lines += [
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="#53606e"/>',
            f'<text x="{x + 15:g}" y="{y + 5:g}" font-size="13" fill="#53606e">{word}</text>',
        ]
        x += 40 + 7.5 * len(word)
    return lines


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
