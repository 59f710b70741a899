"""Read YAML files of people: policies, settings and tables, with one sentence for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from suitability.core.errors import Place, PolicyError, Problem, SourceError
from suitability.core.located_yaml import MOST_VALUES, LocatedDict, TooLargeError, parse

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.errors import SuitabilityError


def read_yaml(
    path: Path,
    collected: list[Problem] | None = None,
    raises: type[SuitabilityError] = PolicyError,
    *,
    as_written: bool = False,
) -> LocatedDict:
    """Return the mapping in a YAML file.

    Args:
        path: the file.
        collected: mistakes that leave the rest readable are added here, to be raised with what is found later.
        raises: the class of the error for mistakes in the file.
        as_written: numbers, dates and yes or no stay texts.

    Raises:
        SourceError: the file cannot be read.
        SuitabilityError: of the class ``raises``, with one sentence per mistake.
    """
    problems: list[Problem] = [] if collected is None else collected
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError(Problem(str(path), "file_missing")) from None
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or error})) from error
    except UnicodeDecodeError as error:
        raise raises(Problem(str(path), "not_utf8", {"found": error.start})) from error
    located = read_yaml_text(text, path, problems, raises, as_written=as_written)
    if problems and collected is None:
        raise raises(*problems)
    return located


def read_yaml_text(
    text: str, path: Path, collected: list[Problem], raises: type[SuitabilityError], *, as_written: bool = False
) -> LocatedDict:
    """Return the mapping in a text that stands, or would stand, in the file ``path``; the rest as ``read_yaml``."""
    try:
        parsed = parse(text, str(path), as_written=as_written)
    except TooLargeError:
        raise raises(Problem(str(path), "yaml_too_large", {"expected": MOST_VALUES})) from None
    except yaml.MarkedYAMLError as error:
        raise raises(_syntax_problem(path, text, error)) from error
    except yaml.YAMLError as error:
        raise raises(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    if not isinstance(parsed.value, LocatedDict):
        raise raises(Problem(str(path), "yaml_not_a_mapping"))
    for flaw in parsed.flaws:
        where = Place(flaw.line.file, flaw.line.number, field=".".join(flaw.keys))
        collected.append(Problem(where, flaw.kind, {"found": flaw.found}))
    return parsed.value


def _syntax_problem(path: Path, text: str, error: yaml.MarkedYAMLError) -> Problem:
    """Return the sentence for a text that is no YAML, with the line; a tab is named, because nobody sees it."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    where = Place(str(path), line)
    if "\t" in (lines[line - 1] if line <= len(lines) else ""):
        return Problem(where, "yaml_tab")
    return Problem(where, "yaml_syntax", {"found": error.problem or error.context or ""})
