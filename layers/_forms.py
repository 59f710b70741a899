"""Manifests and tables of sources as pydantic models: reading a file, and the types of its values.

Values reach the models as they were written: a name ``010`` or ``no`` stays what it is, and a model says which of them
is a number or a date. One value may stand for a list of one.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from suitability.core.errors import Problem, SourceError
from suitability.core.types import Params
from suitability.core.validation import MistakeError, place_of, shown, validated
from suitability.core.yaml_files import read_yaml, read_yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from suitability.core.errors import Place
    from suitability.core.located_yaml import LocatedDict
    from suitability.core.validation import Loc

_MOST_BYTES: Final = 500_000
#: What is wrong with a file as a whole -> the sentence about a list of files, and about a table of services.
MANIFEST_WORDS: Final = {"file_missing": "sources_missing", "yaml_not_a_mapping": "sources_empty", "size": "sources_too_large"}  # fmt: skip
_TABLE_WORDS: Final = {"file_missing": "table_missing", "yaml_not_a_mapping": "table_empty", "size": "table_too_large"}


def read_written(path: Path, problems: list[Problem], words: Mapping[str, str], text: str | None = None) -> LocatedDict:
    """Return the mapping in a YAML file, or in ``text`` in its place, with values as they were written.

    Raises ``SourceError`` for a file that cannot be read at all; ``words``: its sentences, as above.
    """
    size = path.stat().st_size if text is None and path.exists() else 0
    if size > _MOST_BYTES:
        fields = {"found": f"{size / 1e6:.1f} MB", "expected": f"{_MOST_BYTES / 1e6:.1f} MB"}
        raise SourceError(Problem(str(path), words["size"], fields))
    try:
        if text is None:
            return read_yaml(path, problems, SourceError, as_written=True)
        return read_yaml_text(text, path, problems, SourceError, as_written=True)
    except SourceError as error:
        raise SourceError(*(Problem(p.where, words.get(p.key, p.key), p.fields) for p in error.problems)) from error


def places_in(located: LocatedDict, path: Path) -> Callable[[Loc], Place]:
    """Return a function that gives the place of a location in a file."""
    return partial(place_of, located, path, numbered=False)


_Form = TypeVar("_Form", bound=Params)


def read_form(path: Path, form: type[_Form], **context: object) -> _Form:
    """Return the table in a YAML file; raises ``SourceError`` with one sentence per mistake.

    ``context``: for the validators of the model, which also find the ``top`` of the file there.
    """
    problems: list[Problem] = []
    top = read_written(path, problems, _TABLE_WORDS)
    model = validated(top, form, problems, places_in(top, path), top=top, **context)
    if model is None or problems:
        raise SourceError(*problems)
    return model


def text_of(value: object) -> str:
    """Return a text that says something; raises ``MistakeError`` for another value."""
    if not isinstance(value, str) or not value.strip():
        raise MistakeError("expected_text", found=shown(value))
    return value


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise MistakeError("expected_date", found=shown(value)) from None


def _pattern(value: object) -> object:
    try:
        return re.compile(value) if isinstance(value, str) else value
    except re.error as error:
        raise MistakeError("table_pattern", found=value, detail=str(error)) from error


def _on_a_host(url: str, info: ValidationInfo) -> str:
    hosts = _listed(info.context["top"].get("hosts") if info.context else None)
    if urlsplit(url).hostname not in hosts:  # type: ignore[operator]
        raise MistakeError("table_host", found=url, expected=", ".join(map(str, hosts)))  # type: ignore[call-overload]
    return url


def one_of(*words: str) -> BeforeValidator:
    """Return the validator of a text that must be one of ``words``."""

    def check(value: object) -> object:
        if value not in words:
            raise MistakeError("wrong_choice", found=shown(value), expected=", ".join(words))
        return value

    return BeforeValidator(check)


Text = Annotated[str, BeforeValidator(text_of)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(min_length=1)]
#: Values of a field; None: nothing is filled in.
Values = Annotated[tuple[str | None, ...], BeforeValidator(_listed)]
Words = Annotated[frozenset[Text], BeforeValidator(_listed), Field(min_length=1)]
#: An address on one of the ``hosts`` at the top of the file.
HostUrl = Annotated[Text, AfterValidator(_on_a_host)]
HostUrls = Annotated[tuple[HostUrl, ...], BeforeValidator(_listed), Field(min_length=1)]
Day = Annotated[date, BeforeValidator(_day)]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
#: A number that is no NaN and not infinite.
Number = Annotated[float, Field(allow_inf_nan=False)]


class Named(Params):
    """Base of models whose fields are the names of things of one kind."""

    def names(self) -> dict[str, Any]:
        """Return the fields that are given, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
