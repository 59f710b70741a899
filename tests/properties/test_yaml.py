"""YAML: the values of libyaml are those of PyYAML, mistakes are in PyYAML's words, and no nesting ends the process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suitability.core import located_yaml
from suitability.core.located_yaml import TooLargeError, parse
from tests.conftest import examples
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES: Final = [
    line
    for path in sorted((ROOT / "config").rglob("*.yaml"))
    for line in path.read_text(encoding="utf-8").splitlines(True)
]
_BITS: Final = [
    *"\t\n {}[]|>'\"#?%@\\é😀~=,\r!*&", "- ", ": ", " #", "? ", "&a ", "*a", "!!str ", "|-", "\u2028", "\x85", "\x00",
    "---\n", "...\n", "null", "2020-01-01", "0o7", "<<: ", "!<a>", "%YAML 1.2\n---\n",
]  # fmt: skip


def _by_pyyaml(text: str) -> object:
    """Return what PyYAML itself makes of a text, with the keys as they are written."""

    class Texts(yaml.SafeLoader):
        """Takes each key as it is written."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, object]:  # noqa: ARG002, FBT001, FBT002
            return {str(key.value): self.construct_object(value, deep=True) for key, value in node.value}

    return yaml.load(text, Loader=Texts)  # noqa: S506 (a safe loader)


def _plain(value: object) -> object:
    """Return a value as text, so that NaN is equal to itself and 1 is not equal to true."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else f"{type(value).__name__} {value}"


@st.composite
def _spoilt(draw: st.DrawFn) -> str:
    """Some lines of a shipped file, with one to three mistakes in them."""
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
def test_values_are_those_of_pyyaml(text: str) -> None:
    """Both parsers give the same values for a text without flaws that both accept."""
    try:
        parsed = parse(text)
        told = _by_pyyaml(text)
    except (yaml.YAMLError, TooLargeError, ValueError, LookupError, AttributeError, RecursionError):
        return
    if not parsed.flaws:
        assert _plain(parsed.value) == _plain(told)


@given(_spoilt())
@settings(max_examples=examples(500))
def test_mistakes_are_in_the_words_of_pyyaml(text: str) -> None:
    """Both parsers refuse: the sentence is PyYAML's."""
    said = _words(parse, text)
    if said is not None:
        assert said == _words(lambda given: yaml.compose(given, Loader=yaml.SafeLoader), text)


def _words(read: Callable[[str], object], text: str) -> str | None:
    """Return what is said of a text that cannot be parsed, None for one that can."""
    try:
        read(text)
    except yaml.MarkedYAMLError as error:
        return f"{error.problem} at {error.problem_mark}"
    except yaml.YAMLError as error:
        return str(error)
    except TooLargeError:
        return None
    return None


#: Accepted by libyaml, refused by PyYAML: each means what it looks like.
_LENIENT: Final = {
    "a: [b\tc]\n": {"a": ["b\tc"]},
    "{what? ever: 1}\n": {"what? ever": 1},
    "a:\tb\n": {"a": "b"},
    "a: |-# c\n  b\n": {"a": "b"},
}


def test_a_byte_order_mark_at_the_start_is_no_part_of_the_first_key() -> None:
    """The one text that both accept and read differently: PyYAML keeps the mark, which nobody can see."""
    assert parse("\ufeffa: 1\nb: 2\n").value == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", sorted(_LENIENT))
def test_what_only_libyaml_accepts(text: str) -> None:
    """PyYAML refuses it; the values are those that anyone would read there."""
    assert parse(text).value == _LENIENT[text]


def test_shipped_files_are_read_by_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser, fifty times slower, is not called for the files that come with the tool."""
    monkeypatch.setattr(located_yaml.yaml, "SafeLoader", None)
    for path in (ROOT / "config").rglob("*.yaml"):
        parsed = parse(path.read_text(encoding="utf-8"), str(path))
        assert parsed.value, path
        assert parsed.flaws == [], path


def test_lines_count_from_one_and_name_the_file() -> None:
    """Each key and each item carries its own line, an alias the line where it is used."""
    value = parse("# top\na: &x\n  b: 1\nc:\n  - 2\n  - *x\n", "f.yaml").value
    assert value.lines == {"a": ("f.yaml", 2), "c": ("f.yaml", 4)}
    assert value["a"].lines == {"b": ("f.yaml", 3)}
    assert value["c"].lines == [("f.yaml", 5), ("f.yaml", 6)]
    assert value["c"] == [2, {"b": 1}]


@pytest.mark.parametrize(
    "text", ["!!bool x", "!!int ''", "!!timestamp x", "!!float x", "2025-13-45", "!!set {a}", "!!binary aGk="]
)
def test_a_value_that_is_none_is_a_flaw(text: str) -> None:
    """No text under any tag is more than a flaw with its line."""
    (flaw,) = parse(f"a: 1\nb: {text}\n").flaws
    assert (flaw.kind, flaw.line.number) == ("yaml_syntax", 2)


_DEEP = """
import sys, threading
from suitability.core.located_yaml import parse
texts = {{
    "brackets": "[" * {n} + "]" * {n}, "braces": "{{a: " * {n} + "}}" * {n}, "line": "- " * {n} + "x",
    "keys": "".join(" " * k + "a:\\n" for k in range({n})), "lists": "".join(" " * k + "-\\n" for k in range({n})),
    "both": "".join(" " * k + "a:\\n" + " " * k + "-\\n" for k in range({n})), "mixed": "- [" * ({n} // 2) + "]" * ({n} // 2),
}}
def read(name):
    try:
        parse(texts[name])
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
        text=True, timeout=240, check=True,
    )  # fmt: skip
    words = done.stdout.split()
    assert len(words) == 7
    assert set(words) <= {"read", "TooLargeError", "ParserError", "ScannerError"}
    assert words[:3] == (["read"] * 3 if read else ["TooLargeError"] * 3)
