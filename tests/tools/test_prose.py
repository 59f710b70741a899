"""Lint of docstrings: offences found, with their line, and plain sentences left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.prose import main, offences

if TYPE_CHECKING:
    from pathlib import Path

RIDDLES = [
    "Where work waits its turn.",
    "What of a layer counts for an area: columns and rows.",
    "Which parcels are drawn.",
    "Whose turn it is.",
    "How a verdict looks to residents.",
    "That a limit is never reached.",
    "Whether a column is there",
]
PHRASES = [
    ("Number of rows, for who asks no further.", "for who"),
    ("Index of the shop: the how-manieth nearest.", "how-manieth"),
    ("Upload form. The user is told every mistake.", "told"),
    ("Date of the data, as the file tells.", "tells"),
]
PLAIN = [
    "Work queue with one worker and a bounded backlog.",
    "Return whether a column is present.",
    "Return where the data is complete.",
    "Whatever the order of the parcels, the result is the same.",
    "Palette whose classes can be told apart on a grey print.",
    "Query for whom it may concern.",
    "Where in this municipality can housing go, and why there?",
]


@pytest.mark.parametrize("text", RIDDLES)
def test_a_riddle_is_found_in_every_docstring(text: str) -> None:
    """Modules, classes, functions and methods, with the line on which the docstring begins."""
    source = f'"""{text}"""\n\nclass A:\n    """{text}"""\n\n    def f(self):\n        """{text}"""\n\nasync def g():\n    """{text}"""\n'
    assert [line for line, _ in offences(source)] == [1, 4, 7, 10]
    assert all(finding.startswith('riddle "') for _, finding in offences(source))


@pytest.mark.parametrize(("text", "phrase"), PHRASES)
def test_a_phrase_is_found_on_its_own_line(text: str, phrase: str) -> None:
    """Anywhere in the docstring, not only in its first sentence."""
    found = list(offences(f'def f():\n    """Return a number.\n\n    Second paragraph.\n    {text}\n    """\n'))
    assert [(line, finding.split('"')[1]) for line, finding in found] == [(5, phrase)]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_are_left_alone(text: str) -> None:
    """Nouns, verbs, questions, and words that only resemble a forbidden one."""
    assert list(offences(f'"""{text}"""\n')) == []


def test_only_the_first_sentence_is_a_riddle_and_only_docstrings_are_read() -> None:
    """Later sentences may begin with any word; comments and other texts are not docstrings."""
    assert (
        list(offences('"""Limit of a rule. Where none is given, all pass."""\n# for who\nx = "told every mistake"\n'))
        == []
    )


def test_the_command_prints_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line per offence; the exit code is 1 with an offence and 0 without."""
    file = tmp_path / "module.py"
    file.write_text('"""Where things are."""\n', encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == f'{file}:1: riddle "Where things are.": begin with a noun phrase or a verb\n'
    file.write_text('"""Places of things."""\n', encoding="utf-8")
    assert main([str(file)]) == 0
    assert capsys.readouterr().out == ""
