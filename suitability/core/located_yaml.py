"""Parse YAML text into plain values in which every key and item knows its file and line.

Values are built from the events of the parser, in a loop: no nesting can exhaust the stack. libyaml parses first; a text
that it refuses is parsed once more by PyYAML, whose words for a mistake are the better known ones. What libyaml accepts
is accepted, also where PyYAML is stricter (a tab or a ``?`` within a line): both read the same values where both read.
Keys are always texts. Merge keys (``<<``) and tags other than those of plain values are mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

#: More than any policy or table needs. References to references may multiply a small file beyond all bounds.
MOST_VALUES: Final = 100_000
#: Levels of nesting; what reads the values afterwards may call itself once or twice per level.
_DEEPEST: Final = 200
_STANDARD: Final = "tag:yaml.org,2002:"
_TEXT, _NULL = f"{_STANDARD}str", f"{_STANDARD}null"
_SCALARS: Final = frozenset({_TEXT, _NULL, *(f"{_STANDARD}{kind}" for kind in ("int", "float", "bool", "timestamp"))})
_COLLECTIONS: Final = {
    yaml.MappingStartEvent: (None, f"{_STANDARD}map"),
    yaml.SequenceStartEvent: (None, f"{_STANDARD}seq"),
}
_ENDS: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class TooLargeError(ValueError):
    """The text is nested too deeply, refers to itself or holds more than ``MOST_VALUES`` values."""


class Line(NamedTuple):
    """A line of a file, counted from 1."""

    file: str
    number: int


class LocatedDict(dict[str, Any]):
    """A mapping with the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, Line] = {}

    def put(self, key: str, value: object, line: Line) -> None:
        """Set ``key`` and its line."""
        self[key] = value
        self.lines[key] = line


class LocatedList(list[Any]):
    """A list with the line of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def put(self, value: object, line: Line) -> None:
        """Append ``value`` and its line."""
        self.append(value)
        self.lines.append(line)


class Flaw(NamedTuple):
    """A mistake that leaves the rest readable: a repeated key, or a value that is none (``kind`` as in the catalogue)."""

    line: Line
    kind: Literal["duplicate_key", "yaml_syntax"]
    found: str
    keys: tuple[str, ...] = ()  # that lead to a repeated key


@dataclass(frozen=True)
class Parsed:
    """The value of a text (None = it holds nothing), and its flaws."""

    value: Any
    flaws: list[Flaw]


def parse(text: str, file: str = "", *, as_written: bool = False) -> Parsed:
    """Parse YAML.

    Args:
        text: the YAML.
        file: the name that lines carry.
        as_written: keep numbers, dates and yes or no as texts, for a reader that knows what it expects.

    Raises:
        yaml.YAMLError: the text is no YAML, or holds more than one document.
        TooLargeError: see there.
    """
    libyaml = getattr(yaml, "CSafeLoader", None)  # PyYAML can be built without it
    if libyaml is not None:
        try:
            return _Builder(file, as_written=as_written).build(_events(text, libyaml))
        except (yaml.YAMLError, UnicodeEncodeError):
            pass  # read once more, for the words of the mistake
    return _Builder(file, as_written=as_written).build(_events(text, yaml.SafeLoader))


def _events(text: str, kind: Any) -> Iterator[Any]:  # noqa: ANN401 (either parser; they have no common base)
    parser = kind(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


class _Scalars(SafeConstructor, Resolver):
    """Makes a value of a scalar by the types of YAML 1.1; the yaml package has no public function for one scalar."""

    yaml_constructors: ClassVar = {
        tag: make for tag, make in SafeConstructor.yaml_constructors.items() if tag in _SCALARS or tag is None
    }

    def __init__(self) -> None:
        SafeConstructor.__init__(self)
        Resolver.__init__(self)


@dataclass(slots=True)
class _Level:
    """A collection that is being filled; for a mapping also the key whose value comes next."""

    into: LocatedDict | LocatedList
    anchor: str | None = None
    n_before: int = 0  # values before it
    name: str = ""  # the key that it stands under; empty in a list
    key: tuple[str, Line] | None = None


class _Builder:
    """Builds values from events; the whole text is the one item of a list."""

    def __init__(self, file: str, *, as_written: bool) -> None:
        self.file, self.as_written = file, as_written
        self.flaws: list[Flaw] = []
        self.n_values = 0
        self.top = LocatedList()
        self.levels = [_Level(self.top)]
        self.anchors: dict[str, tuple[Any, int] | None] = {}  # value and number of values; None: not complete yet
        self.scalars = _Scalars()

    def build(self, events: Iterator[Any]) -> Parsed:
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value = self._scalar(event)
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
                self._put(value, event, 1)
            elif kind in _COLLECTIONS:
                self._open(event, LocatedDict() if kind is yaml.MappingStartEvent else LocatedList())
            elif kind in _ENDS:
                level = self.levels.pop()
                if level.anchor is not None:
                    self.anchors[level.anchor] = (level.into, self.n_values - level.n_before)
            elif kind is yaml.AliasEvent:
                self._put(*self._aliased(event))
            elif kind is yaml.DocumentStartEvent and self.top:
                mark = event.start_mark
                raise ComposerError(
                    "expected a single document in the stream", None, "but found another document", mark
                )
        return Parsed(self.top[0] if self.top else None, self.flaws)

    def _open(self, event: Any, made: LocatedDict | LocatedList) -> None:  # noqa: ANN401 (an event of either parser)
        if len(self.levels) > _DEEPEST:
            raise TooLargeError
        if event.tag not in _COLLECTIONS[type(event)]:
            self._flaw(event, event.tag.replace(_STANDARD, "!!"))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        key = self.levels[-1].key
        level = _Level(made, event.anchor, self.n_values, key[0] if key else "")
        self._put(made, event, 1)
        self.levels.append(level)

    def _aliased(self, event: Any) -> tuple[Any, Any, int]:  # noqa: ANN401
        if event.anchor not in self.anchors:
            raise ComposerError(None, None, f"found undefined alias {event.anchor!r}", event.start_mark)
        known = self.anchors[event.anchor]
        if known is None:  # within itself
            raise TooLargeError
        return known[0], event, known[1]

    def _put(self, value: Any, event: Any, size: int) -> None:  # noqa: ANN401
        """Put a value into the list at hand, or make it the next key, or put it under that key."""
        self.n_values += size
        if self.n_values > MOST_VALUES:
            raise TooLargeError
        level = self.levels[-1]
        into = level.into
        if isinstance(into, LocatedList):
            into.put(value, Line(self.file, event.start_mark.line + 1))
        elif level.key is not None:
            into.put(level.key[0], value, level.key[1])
            level.key = None
        else:
            level.key = self._key(value, event, into)

    def _key(self, value: object, event: Any, into: LocatedDict) -> tuple[str, Line]:  # noqa: ANN401
        if isinstance(value, LocatedDict | LocatedList):
            self._flaw(event, "{…}" if isinstance(value, LocatedDict) else "[…]")
        key, line = str(event.value if isinstance(event, yaml.ScalarEvent) else value), self._line(event)
        if key in into:
            above = (level.name for level in self.levels if level.name)
            self.flaws.append(Flaw(line, "duplicate_key", key, (*above, key)))
        return key, line

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401
        tag, text, level = event.tag, event.value, self.levels[-1]
        if tag is None:
            tag = self.scalars.resolve(yaml.ScalarNode, text, event.implicit)  # type: ignore[no-untyped-call]
        if tag == _TEXT:
            return text
        is_key = level.key is None and isinstance(level.into, LocatedDict)
        if (self.as_written or is_key) and tag in _SCALARS:
            return None if tag == _NULL else text
        try:
            return self.scalars.construct_object(yaml.ScalarNode(tag, text, event.start_mark, event.end_mark))
        except (yaml.YAMLError, ValueError, LookupError, AttributeError):  # all that a wrong text under a tag raises
            self._flaw(event, f"{tag.replace(_STANDARD, '!!')} {text}".strip())
            return None

    def _line(self, event: Any) -> Line:  # noqa: ANN401
        return Line(self.file, event.start_mark.line + 1)

    def _flaw(self, event: Any, found: str) -> None:  # noqa: ANN401
        self.flaws.append(Flaw(self._line(event), "yaml_syntax", found))
