"""YAML that remembers where every value stands, so that a mistake can be shown by file and line."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import yaml
from pydantic import ValidationError

from suitability.core.errors import Place, PolicyError, Problem, SourceError
from suitability.core.types import Params

if TYPE_CHECKING:
    from pathlib import Path


#: More than any policy or table needs. References to references may multiply a small file beyond all bounds.
_MOST_VALUES: Final = 100_000


class _TooManyError(Exception):
    """The file holds more values than a policy needs."""


class _Plain(yaml.SafeLoader):
    """Makes plain values; bytes have no place in a policy."""

    yaml_constructors: ClassVar = {
        tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag != "tag:yaml.org,2002:binary"
    }


class LocatedDict(dict[str, Any]):
    """A mapping that knows the place of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, Place] = {}

    def put(self, key: str, value: object, place: Place) -> None:
        """Set ``key`` and where it stands."""
        self[key] = value
        self.places[key] = place


class LocatedList(list[Any]):
    """A list that knows the place of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Place] = []

    def put(self, value: object, place: Place) -> None:
        """Append ``value`` and where it stands."""
        self.append(value)
        self.places.append(place)


def read_yaml(path: Path, collected: list[Problem] | None = None) -> LocatedDict:
    """Return the mapping in a YAML file; raises ``SourceError`` or ``PolicyError`` with one sentence per mistake.

    ``collected``: problems that leave the rest readable are added here, to be reported with later ones.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceError(Problem(str(path), "file_missing")) from None
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or error})) from error
    except UnicodeDecodeError as error:
        raise PolicyError(Problem(str(path), "not_utf8", {"found": error.start})) from error
    problems: list[Problem] = [] if collected is None else collected
    try:
        root = compose(text)
        if not isinstance(root, yaml.MappingNode):
            raise PolicyError(Problem(str(path), "yaml_not_a_mapping"))
        located = _build(root, str(path), problems, Counter())
    except (RecursionError, _TooManyError):
        raise PolicyError(Problem(str(path), "yaml_too_large", {"expected": _MOST_VALUES})) from None
    except yaml.MarkedYAMLError as error:
        raise PolicyError(syntax_problem(path, text, error)) from error
    except yaml.YAMLError as error:
        raise PolicyError(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    if problems and collected is None:
        raise PolicyError(*problems)
    return located  # type: ignore[no-any-return]


def _build(node: yaml.Node, file: str, problems: list[Problem], counter: Counter[str]) -> Any:  # noqa: ANN401 (YAML holds anything)
    counter["values"] += 1
    if counter["values"] > _MOST_VALUES:
        raise _TooManyError
    place = Place(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping = LocatedDict()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            key_place = Place(file, key_node.start_mark.line + 1)
            if key in mapping:
                problems.append(Problem(key_place, "duplicate_key", {"found": key}))
            mapping.put(key, _build(value_node, file, problems, counter), key_place)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        sequence = LocatedList()
        for item in node.value:
            sequence.put(_build(item, file, problems, counter), Place(file, item.start_mark.line + 1))
        return sequence
    constructor = _Plain("")
    try:
        return constructor.construct_object(node)
    except (yaml.YAMLError, ValueError):
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        problems.append(Problem(place, "yaml_syntax", {"found": f"{tag} {node.value}".strip()}))
        return None
    finally:
        constructor.dispose()


_Settings = TypeVar("_Settings", bound=Params)


def read_settings_file(path: Path, kind: type[_Settings], mistake: str) -> _Settings:
    """Return the settings in a file; ``mistake``: the sentence for a value that is missing or wrong.

    Raises ``SourceError``.
    """
    try:
        return kind.model_validate(load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    except yaml.YAMLError as error:
        raise SourceError(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SourceError(Problem(str(path), mistake, {"found": where})) from error


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
