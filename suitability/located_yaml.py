"""YAML that remembers where every value stands, so that a mistake can be shown by file and line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Final

import yaml

from suitability.errors import Place, PolicyError, Problem, SourceError
from suitability.yaml_nodes import compose, syntax_problem

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

    ``collected``: mistakes that leave the rest readable are added here, to be told with what is found later.
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
