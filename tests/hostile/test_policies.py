"""Files that were not meant as a policy, or were meant maliciously: a sentence, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from suitability.core.messages import LANGS
from tests.paths import ROOT
from tests.policy.edits import GOOD, edited, make_config, mistakes

if TYPE_CHECKING:
    from pathlib import Path

NESTED = "rules: " + "[" * 5000 + "]" * 5000 + "\n"
NESTED_BLOCK = "\n".join("  " * i + "a:" for i in range(1500)) + "\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

#: File contents -> a part of the English sentence.
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file holds no keys"),
    "only_a_comment": (b"# rules: later\n", "the file holds no keys"),
    "a_list": (b"- rules\n", "the file holds no keys"),
    "a_number": (b"42\n", "the file holds no keys"),
    "binary": (bytes(range(256)) * 8, "UTF-8"),
    "zeros": (b"\0" * 100, "YAML"),
    "utf16": (GOOD.encode("utf-16"), "UTF-8"),
    "control_characters": (GOOD.replace("Werk", "We\x07rk").encode(), "YAML"),
    "a_tab": (GOOD.replace("    criterion: e", "\tcriterion: e").encode(), "tab"),
    "unclosed_bracket": (GOOD.replace("[park]", "[park").encode(), "YAML"),
    "unclosed_quote": (GOOD.replace('"2"', '"2').encode(), "YAML"),
    "two_documents": (GOOD.encode() + b"---\n" + GOOD.encode(), "YAML"),
    "unknown_alias": (GOOD.replace("[park]", "*park").encode(), "YAML"),
    "python_tag": (GOOD.replace("min_jobs: 10", "min_jobs: !!python/name:os.system ").encode(), "os.system"),
    "deep_nesting": (NESTED.encode(), "nested too deeply"),
    "deep_nesting_in_blocks": (NESTED_BLOCK.encode(), "nested too deeply"),
    "alias_of_itself": (b"rules: &r [*r]\n", "nested too deeply"),
    "a_billion_laughs": (LAUGHS.encode(), "more than"),
}


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("lang", LANGS)
def test_files_that_are_no_policy(name: str, lang: str, tmp_path: Path) -> None:
    """One sentence with the file in front, in either language."""
    content, part = FILES[name]
    config = make_config(tmp_path)
    (config / "bad.yaml").write_bytes(content)
    found = mistakes(config, lang=lang)
    assert len(found) == 1, found
    assert found[0].startswith("bad.yaml")
    if lang == "en":
        assert part in found[0]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a_tab", 9),
        ("unclosed_bracket", None),
        ("two_documents", GOOD.count("\n") + 1),
        ("unknown_alias", 14),
        ("python_tag", 10),
    ],
)
def test_syntax_mistakes_have_a_line(name: str, line: int | None, tmp_path: Path) -> None:
    """The line of the error is reported whenever the file can be read at all."""
    config = make_config(tmp_path)
    (config / "bad.yaml").write_bytes(FILES[name][0])
    assert mistakes(config)[0].startswith(f"bad.yaml, line {line or ''}")


def test_extends_loops(tmp_path: Path) -> None:
    """A policy that extends itself, directly or indirectly, is reported with the cycle; so is a missing base."""
    config = make_config(
        tmp_path, self="extends: self\n", a="extends: b\n", b="extends: c\n", c="extends: a\n", d="extends: nowhere\n",
        e="extends: [a]\ntitle: x\n",
    )  # fmt: skip
    assert "self → self" in mistakes(config, "self")[0]
    assert "a → b → c → a" in mistakes(config, "a")[0]
    assert mistakes(config, "d")[0].startswith("d.yaml, line 1: the policy 'nowhere'")
    assert any("line 1, extends" in text for text in mistakes(config, "e"))


def test_a_duplicate_key_does_not_hide_other_mistakes(tmp_path: Path) -> None:
    """It is reported together with the other errors."""
    text = edited("near_miss: 0.5", "effect: exclude").replace("min_jobs: 10", "min_jobs: many")
    assert len(mistakes(make_config(tmp_path, bad=text))) == 2


def test_every_line_taken_away_or_broken(tmp_path: Path) -> None:
    """Whatever single line is deleted, doubled, cut short or garbled: sentences or a good policy, nothing else."""
    lines = GOOD.splitlines()
    random = np.random.default_rng(1)
    n_wrong = 0
    for i, line in enumerate(lines):
        garbled = "".join(random.permutation(list(line)))
        for new in ([], [line, line], [line[: len(line) // 2]], [garbled], [line.replace(":", "")], [line + " }"]):
            text = "\n".join([*lines[:i], *new, *lines[i + 1 :]])
            n_wrong += bool(mistakes(make_config(tmp_path, bad=text)))
    assert n_wrong > 4 * len(lines)


@pytest.mark.parametrize(
    "value", ["[]", "{}", "null", "yes", ".nan", "-.inf", "2025-01-01", "'x'", "[[1]]", "1e400", "!!binary aGk="]
)
def test_any_value_in_any_place(value: str, tmp_path: Path) -> None:
    """A list where a number should be, a date where a text should be: sentences, in both languages."""
    lines = GOOD.splitlines()
    for i, line in enumerate(lines):
        key, colon, rest = line.partition(": ")
        if not colon or not rest:
            continue
        text = "\n".join([*lines[:i], f"{key}: {value}", *lines[i + 1 :]])
        config = make_config(tmp_path, bad=text)
        assert len(mistakes(config)) == len(mistakes(config, lang="nl"))


def test_tables_and_documents_that_are_broken(tmp_path: Path) -> None:
    """A scale without columns, or with a number for columns, is an error of the file, not of the program."""
    for content in ("columns: 5\n", "columns: {quiet: 5}\n", "columns: [quiet]\n", "x: 1\n", "columns:\n"):
        config = make_config(tmp_path)
        (config / "scales" / "distances.yaml").write_text(content, encoding="utf-8")
        assert len(mistakes(config, "good")) >= 1


@pytest.mark.parametrize("lang", LANGS)
def test_at_the_command_line(lang: str, tmp_path: Path) -> None:
    """check-policy: exit code 2, the sentences on standard error, no traceback."""
    config = make_config(tmp_path, bad=edited("min_jobs: 10", "min_jobs: many"))
    run = subprocess.run(
        [sys.executable, "-m", "suitability", "check-policy", str(config / "bad.yaml"), "--lang", lang],
        capture_output=True, text=True, check=False, env={"SUITABILITY_CONFIG": str(config), "PATH": ""},
        cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 2
    place = {"nl": "regel 10, beleidsregel near_work", "en": "line 10, rule near_work"}[lang]
    assert f"{place}, params.min_jobs" in run.stderr
    assert "Traceback" not in run.stderr + run.stdout
    assert run.stdout == ""
