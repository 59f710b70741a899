"""YAML text as nodes that know their lines, by libyaml where it can: PyYAML itself takes fifteen times as long.

PyYAML itself reads what libyaml refuses, for the words of its refusal, what libyaml takes more lightly, so that a file that
is read here is read everywhere, and what may be nested so deeply that C would not come back from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from suitability.errors import Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

#: How deep libyaml may go: 300 to 500 bytes of stack a level, of which a thread may have no more than half a megabyte.
_DEEPEST: Final = 500

#: Where they do not belong, or in tags, libyaml makes something of these that PyYAML does not.
_TAKEN_LIGHTLY: Final = re.compile("[\t?!\ufeff]|[|>][-+0-9]*#")

#: A block within a block begins further right, after nothing but these; a list may stand right under its key.
_INDENT: Final = re.compile(r"[ \-:]*")


def compose(text: str) -> yaml.Node | None:
    """Return the top node; None = there is none. Raises ``yaml.YAMLError``, and ``RecursionError`` when it is too deep."""
    found: yaml.Node | None = _read(text, yaml.compose)
    return found


def load(text: str) -> Any:  # noqa: ANN401 (YAML holds anything)
    """Return the plain values in a text; raises as ``compose`` does."""
    return _read(text, yaml.load)


def _read(text: str, read: Any) -> Any:  # noqa: ANN401 (as above)
    fast = getattr(yaml, "CSafeLoader", None)  # PyYAML can be built without libyaml
    if fast is not None and not _TAKEN_LIGHTLY.search(text) and _levels_at_most(text) <= _DEEPEST:
        try:
            return read(text, Loader=fast)
        except (yaml.YAMLError, UnicodeEncodeError):
            pass  # what is wrong, PyYAML says in the words that people know
    return read(text, Loader=yaml.SafeLoader)


def _levels_at_most(text: str) -> int:
    """Return a number of levels that a text can surely not exceed: each needs a bracket, or stands further right."""
    indent = max((_INDENT.match(line).end() for line in text.splitlines()), default=0)  # type: ignore[union-attr]
    return 2 * indent + text.count("[") + text.count("{") + 2


def syntax_problem(path: Path, text: str, error: yaml.MarkedYAMLError) -> Problem:
    """Return the sentence for a text that is no YAML, with the line; a tab is named, because nobody sees it."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    where = Place(str(path), line)
    if "\t" in (lines[line - 1] if line <= len(lines) else ""):
        return Problem(where, "yaml_tab")
    return Problem(where, "yaml_syntax", {"found": error.problem or error.context or ""})
