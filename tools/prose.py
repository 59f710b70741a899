"""Lint of docstrings: no riddle as a first sentence, and no turn of phrase where a standard term exists.

``python -m tools.prose [PATH …]`` prints ``file:line: finding`` per offence and exits with 1 when there is any. Without
paths it reads all Python files of the repository.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = ("suitability", "layers", "tools", "benchmarks", "tests")

_RIDDLE: Final = re.compile(r"(?:What|Which|Who|Whose|Where|Why|How|That|Whether)\b")
_SENTENCE: Final = re.compile(r".+?(?:[.?!:](?=\s|$)|\Z)", re.DOTALL)

_SHOWN: Final = 60

#: Turn of phrase, and the advice against it.
_PHRASES: Final = (
    (re.compile(r"\b(?:for|of|by|to|with) who\b"), 'name the reader or the caller: "for callers that …"'),
    (re.compile(r"\bhow[- ]manieth\b"), 'write "n-th" or "index"'),
    (re.compile(r"\b(?:told|tells?)\b(?! apart)"), 'write "returns", "reports", "states" or "receives"'),
)

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def offences(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and finding for each offence in the docstrings of Python source, in the order of the lines."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _Documented) and (text := ast.get_docstring(node, clean=False)):
            line = node.body[0].lineno
            found += ((line + text.count("\n", 0, start), finding) for start, finding in _in_docstring(text))
    yield from sorted(found)


def _in_docstring(text: str) -> Iterator[tuple[int, str]]:
    """Yield position and finding for each offence in one docstring."""
    start = len(text) - len(text.lstrip())
    first = _SENTENCE.match(text, start)
    if first and _RIDDLE.match(first[0]) and not first[0].endswith("?"):
        yield (
            start,
            f'riddle "{textwrap.shorten(first[0], _SHOWN, placeholder=" …")}": begin with a noun phrase or a verb',
        )
    for pattern, advice in _PHRASES:
        for match in pattern.finditer(text):
            yield match.start(), f'"{match[0]}": {advice}'


def main(names: list[str]) -> int:
    """Print the offences in files and folders; return the exit code."""
    paths = [Path(name) for name in names] or [ROOT / folder for folder in FOLDERS]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    found = [
        f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}:{line}: {finding}"
        for file in files
        for line, finding in offences(file.read_text(encoding="utf-8"))
    ]
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} docstrings to rewrite; how: CONTRIBUTING.md, rule 11", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
