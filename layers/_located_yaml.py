"""YAML read as marked nodes, never as objects: every value knows its line, and no tag can make anything.

A reader asks each node for what it expects (``mapping``, ``words``, ``day`` …); what is not so is added to
``problems`` and told together with the rest.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

import yaml

from suitability.core.errors import Place, Problem, SourceError
from suitability.core.yaml_files import compose, syntax_problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MOST_BYTES: Final = 500_000
_MOST_VALUES: Final = 50_000
_LONGEST_SHOWN: Final = 60
_NULL: Final = "tag:yaml.org,2002:null"
_PLAIN: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "timestamp", "map", "seq"))  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """A node and where it stands: ``path`` are the keys that lead to it."""

    node: yaml.Node
    file: str
    path: tuple[str, ...]
    problems: list[Problem] = field(repr=False)

    @property
    def place(self) -> Place:
        """File, line and keys, for a mistake."""
        return Place(self.file, self.node.start_mark.line + 1, field=".".join(self.path))

    @property
    def shown(self) -> str:
        """The value much as it was written, not too long."""
        text = str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else yaml.serialize(self.node)
        text = " ".join(text.split())
        return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"

    @property
    def is_null(self) -> bool:
        """Whether nothing is filled in."""
        return self.node.tag == _NULL

    @property
    def is_mapping(self) -> bool:
        """Whether keys stand under it."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    def wrong(self, key: str, **fields: object) -> None:
        """Add a mistake about this value."""
        self.problems.append(Problem(self.place, key, {"found": self.shown, **fields}))

    def mapping(self, allowed: Iterable[str] | None = None) -> dict[str, Spot]:
        """Return what stands under each key; keys that are unknown or stand twice are mistakes."""
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong("expected_mapping")
            return {}
        known, found = None if allowed is None else list(allowed), dict[str, Spot]()
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            place = replace(self.place, line=key_node.start_mark.line + 1, field=".".join((*self.path, key)))
            if key in found:
                self.problems.append(Problem(place, "duplicate_key", {"found": key}))
            elif known is not None and key not in known:
                fields = {"found": key, "expected": ", ".join(known), "suggestion": did_you_mean(key, known)}
                self.problems.append(Problem(place, "unknown_key", fields))
            else:
                found[key] = replace(self, node=value_node, path=(*self.path, key))
        return found

    def items(self) -> list[Spot]:
        """Return the items of a list, or a single value as a list of one."""
        if not isinstance(self.node, yaml.SequenceNode):
            return [self]
        return [replace(self, node=node) for node in self.node.value]

    def text(self) -> str | None:
        """Return text; a number or a date stands for how it was written. None, with a mistake, for anything else."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null or not str(self.node.value).strip():
            self.wrong("expected_text")
            return None
        return str(self.node.value)

    def day(self) -> date | None:
        """Return a date written as 2025-07-08."""
        try:
            return date.fromisoformat(str(self.node.value))
        except ValueError:
            self.wrong("expected_date")
            return None

    def choice(self, allowed: Iterable[str]) -> str | None:
        """Return one of the words allowed."""
        known = list(allowed)
        if isinstance(self.node, yaml.ScalarNode) and self.node.value in known:
            return str(self.node.value)
        self.wrong("wrong_choice", expected=", ".join(known))
        return None


def did_you_mean(name: str, known: Iterable[str]) -> dict[str, str]:
    """Return "did you mean …" in both languages, or nothing."""
    by_lower = {word.lower(): word for word in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    if not close:
        return {"nl": "", "en": ""}
    return {"nl": f" Bedoelt u '{by_lower[close[0]]}'?", "en": f" Did you mean '{by_lower[close[0]]}'?"}


def read_spots(path: Path, problems: list[Problem], text: str | None = None) -> Spot:
    """Return the top of a YAML file, or of ``text`` in its place; raises ``SourceError`` when it cannot be read at all."""
    text = _text(path) if text is None else text
    try:
        root = compose(text)
        if not isinstance(root, yaml.MappingNode):
            raise SourceError(Problem(str(path), "sources_empty"))
        _check(root, str(path), problems, Counter())
    except (RecursionError, _TooManyError):
        raise SourceError(Problem(str(path), "yaml_too_large", {"expected": _MOST_VALUES})) from None
    except yaml.MarkedYAMLError as error:
        raise SourceError(syntax_problem(path, text, error)) from error
    except yaml.YAMLError as error:
        raise SourceError(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    return Spot(root, str(path), (), problems)


class _TooManyError(Exception):
    """The file holds more values than a list of layers needs."""


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            fields = {"found": f"{size / 1e6:.1f} MB", "expected": f"{_MOST_BYTES / 1e6:.1f} MB"}
            raise SourceError(Problem(str(path), "sources_too_large", fields))
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError(Problem(str(path), "sources_missing")) from None
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or error})) from error
    except UnicodeDecodeError as error:
        raise SourceError(Problem(str(path), "not_utf8", {"found": error.start})) from error


def _check(node: yaml.Node, file: str, problems: list[Problem], counter: Counter[str]) -> None:
    """Count the values, references to references included, and refuse every tag that is not plain."""
    counter["values"] += 1
    if counter["values"] > _MOST_VALUES:
        raise _TooManyError
    if node.tag not in _PLAIN and node.tag != _NULL:
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        problems.append(Problem(Place(file, node.start_mark.line + 1), "yaml_syntax", {"found": tag}))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _check(key, file, problems, counter)
            _check(value, file, problems, counter)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check(item, file, problems, counter)
