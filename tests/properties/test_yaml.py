"""libyaml reads YAML as PyYAML does, line for line; errors are in PyYAML's words; no input makes it crash."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suitability.core.yaml_files import compose
from tests.conftest import examples
from tests.paths import ROOT

_LINES: Final = [
    line
    for path in sorted((ROOT / "config").rglob("*.yaml"))
    for line in path.read_text(encoding="utf-8").splitlines(True)
]
_BITS: Final = [
    *"\t\n {}[]|>'\"#?%@\\é😀~=,\r!*&", "- ", ": ", " #", "? ", "&a ", "*a", "!!str ", "|-", "\u2028", "\x85", "\ufeff", "\x00",
    "---\n", "...\n", "null", "2020-01-01", "0o7", "<<: ", "!<a>", "%YAML 1.2\n---\n",
]  # fmt: skip


def _as_read(read: object, text: str) -> object:
    """Return the nodes with their lines, or the error message."""
    try:
        return _plain(read(text))  # type: ignore[operator]
    except yaml.YAMLError as error:
        return str(error)
    except RecursionError:
        return "too deep"


def _plain(node: yaml.Node | None) -> object:
    if node is None:
        return None
    line = node.start_mark.line
    if isinstance(node, yaml.MappingNode):
        return node.tag, line, [(_plain(key), _plain(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return node.tag, line, [_plain(item) for item in node.value]
    return node.tag, line if node.value else "nowhere in particular", node.value


@st.composite
def _spoilt(draw: st.DrawFn) -> str:
    """Some lines of a shipped file, with one to three errors in them."""
    first = draw(st.integers(0, len(_LINES) - 1))
    text = "".join(_LINES[first : first + draw(st.integers(1, 14))])
    for _ in range(draw(st.integers(1, 3))):
        at, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
        text = text[:at] + draw(st.sampled_from(["", *_BITS])) + text[at + cut :]
    return text


@given(_spoilt())
@example("a: [b\tc]\n")
@example("{what? ever: 1}\n")
@example("a: !b, c\n")
@example("a: \ufeff b\n")
@example("a: |-# b\n")
@example("&r [*r]\n")
@settings(max_examples=examples(2000))
def test_libyaml_reads_what_pyyaml_reads(text: str) -> None:
    """Values, tags, lines, and the words of errors."""
    assert _as_read(compose, text) == _as_read(lambda given: yaml.compose(given, Loader=yaml.SafeLoader), text)


def test_shipped_files_are_read_by_libyaml() -> None:
    """Else nothing would be gained: PyYAML's own reader is not called for the policies that come with the tool."""
    for path in (ROOT / "config").glob("*.yaml"):
        node = compose(path.read_text(encoding="utf-8"))
        assert node is not None
        assert node.start_mark.buffer is None, path  # only PyYAML itself keeps the text with the node


_DEEP = """
import sys, threading
from suitability.core.yaml_files import compose
texts = {{
    "brackets": "[" * {n} + "]" * {n}, "braces": "{{a: " * {n} + "}}" * {n}, "line": "- " * {n} + "x",
    "keys": "".join(" " * k + "a:\\n" for k in range({n})), "lists": "".join(" " * k + "-\\n" for k in range({n})),
    "both": "".join(" " * k + "a:\\n" + " " * k + "-\\n" for k in range({n})), "mixed": "- [" * ({n} // 2) + "]" * ({n} // 2),
}}
def read(name):
    try:
        compose(texts[name])
    except Exception as error:
        print(type(error).__name__)
    else:
        print("read")
threading.stack_size(512 * 1024)
sys.setrecursionlimit(300)
for name in texts:
    thread = threading.Thread(target=read, args=(name,))
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize(("n", "read"), [(20, True), (120, True), (2000, False), (9000, False)])
def test_no_nesting_brings_the_process_down(n: int, read: bool) -> None:  # noqa: FBT001
    """Not in a thread either, which has little room; C does not notice that there is none left."""
    done = subprocess.run(
        [sys.executable, "-c", _DEEP.format(n=n)], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    words = done.stdout.split()
    assert len(words) == 7
    assert set(words) <= {"read", "RecursionError", "ParserError", "ScannerError", "ComposerError"}
    assert words[:3] == (["read"] * 3 if read else ["RecursionError"] * 3)
