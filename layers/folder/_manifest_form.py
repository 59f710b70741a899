"""The form of an entry in ``sources.yaml``: its keys, and what each may hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, create_model, model_validator

from layers._forms import Day, Named, Text, Texts, Values, one_of, text_of
from layers.files._crs import read_crs
from layers.folder import _folder
from suitability.core.errors import suggestion
from suitability.core.layer import OTHER_KINDS, LayerSpec, Standing
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import LANGS
from suitability.core.types import Params
from suitability.core.validation import MistakeError, shown

#: How a file is read when no national format is meant.
PLAIN_FORMATS: Final = ("vector", "raster", "osm", "streets")
#: In place of columns of coordinates: areas stand for a point within them.
INNER_POINT: Final = "inner_point"
_COVERAGES: Final = ("features", "bounds", "none")
_COORDINATES: Final = ("x", "y", "wkt")
#: Under ``kinds``: rows of every kind that there is.
_ALL_KINDS: Final = "all"


@dataclass(frozen=True)
class ColumnRule:
    """Origin of a column of the layer.

    ``columns`` of the file, several joined by a space; or one ``value`` for all rows. ``number``: texts are numbers as
    written in that country; ``date``: texts are dates of this form (``%d-%m-%Y``); ``text``: numbers are names.
    """

    columns: tuple[str, ...] = ()
    value: str | None = None
    number: Literal["nl", "en"] | None = None
    date: str | None = None
    text: bool = False


@dataclass(frozen=True)
class CoverageRule:
    """Rule for the coverage of the layer: ``features``, ``bounds``, ``none``, a layer of this folder, or the areas in a file."""

    kind: str
    path: Path | None = None
    name: str = ""
    file_layer: str | None = None
    crs: str | None = None


def known_formats() -> tuple[str, ...]:
    """Return what ``format`` may say."""
    from layers.formats import FORMATS  # noqa: PLC0415 (readers of national formats load only where files are read)

    return (*PLAIN_FORMATS, *(format_.id for format_ in FORMATS))


def _context(info: ValidationInfo) -> dict[str, Any]:
    """Return the context of an entry: its ``spec``, the ``folder``, and the names of all ``layers`` in the file."""
    return info.context or {}


def _found(value: object, info: ValidationInfo) -> Path:
    """Return the file of that name in the folder."""
    folder, text = Path(_context(info)["folder"]), text_of(value)
    try:
        path = _folder.find(folder, text)
    except ValueError:
        raise MistakeError("local_outside", found=shown(text)) from None
    if path is None:
        names = [_folder.relative(file, folder) for file in _folder.files_in(folder)]
        close = suggestion(text.replace("\\", "/"), names)
        raise MistakeError("local_no_such_file", found=shown(text), suggestion=close)
    if not path.is_file():
        raise MistakeError("local_not_a_file", found=shown(text))
    return path


def _known_format(text: str) -> str:
    known = known_formats()
    if text not in known:
        raise MistakeError("wrong_choice", found=shown(text), expected=", ".join(known))
    return text


def _known_crs(text: str) -> str:
    if read_crs(text) is None:
        raise MistakeError("local_unknown_crs", found=shown(text))
    return text


def _places(value: object) -> object:
    """Return the columns of coordinates or shapes by ``x``, ``y`` and ``wkt``; or ``inner_point``."""
    if not isinstance(value, dict):
        if value != INNER_POINT:
            raise MistakeError("wrong_choice", found=shown(value), expected=INNER_POINT)
        return {INNER_POINT: INNER_POINT}
    unknown = next((key for key in value if key not in _COORDINATES), None)
    if unknown is not None:
        fields = {
            "found": unknown,
            "expected": ", ".join(_COORDINATES),
            "suggestion": suggestion(unknown, _COORDINATES),
        }
        raise MistakeError("unknown_key", (unknown,), **fields)
    if set(value) not in ({"x", "y"}, {"wkt"}):
        raise MistakeError("local_geometry_form", found=shown(value))
    return value


def _known_kinds(value: object, info: ValidationInfo) -> object:
    """Return the kinds of row that a file knows; the word ``all`` stands alone."""
    spec: LayerSpec = _context(info)["spec"]
    if spec.kind_column is None:
        expected = ", ".join(name for name, other in LAYERS.items() if other.kind_column is not None)
        raise MistakeError("local_no_kinds", layer=spec.name, expected=expected)
    if value == _ALL_KINDS:
        return [OTHER_KINDS]
    listed = value if isinstance(value, list) else [value]
    if isinstance(value, dict) or not listed:
        raise MistakeError("local_kinds_form", found=shown(value))
    return [text_of(kind) for kind in listed]


File = Annotated[Path, BeforeValidator(_found)]
Crs = Annotated[Text, AfterValidator(_known_crs)]


class _Column(Params):
    """The name of a column, names to join, or more about it."""

    column: Texts | None = None
    value: Text | None = None
    number: Annotated[Literal["nl", "en"], one_of("nl", "en")] | None = None
    date: Text | None = None
    text: bool = False

    @model_validator(mode="before")
    @classmethod
    def _form(cls, value: object) -> object:
        if not isinstance(value, dict):
            return {"column": value}
        if ("column" in value) == ("value" in value):
            raise MistakeError("local_column_form", found=shown(value))
        return value

    def rule(self) -> ColumnRule:
        """Return where the column comes from."""
        return ColumnRule(self.column or (), self.value, self.number, self.date, self.text)


class _Columns(Named):
    """Base of the columns of a layer, each a ``_Column``."""


class _Changes(Named):
    """Base of the columns of a layer, each with what its values become."""


class _Coverage(Params):
    """Coverage of the layer: a word, a layer of the folder, or the areas in a file."""

    kind: str = "file"
    file: File | None = None
    layer: Text | None = None
    crs: Crs | None = None

    @model_validator(mode="before")
    @classmethod
    def _form(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, dict):
            if "file" not in value:
                raise MistakeError("missing_key", found="file")
            return value
        spec: LayerSpec = _context(info)["spec"]
        others = (name for name in _context(info)["layers"] if name != spec.name)
        areas = tuple(name for name in others if name in LAYERS and "Polygon" in LAYERS[name].geometry)
        if value not in (known := (*_COVERAGES, *areas)):
            raise MistakeError("wrong_choice", found=shown(value), expected=", ".join(known))
        if value == "features" and spec.kind == "vector" and "Polygon" not in spec.geometry:
            raise MistakeError("local_coverage_no_areas", found=value, expected="bounds, none")
        return {"kind": value}

    def rule(self, folder: Path) -> CoverageRule:
        """Return where the layer is complete."""
        if self.file is None:
            return CoverageRule(self.kind)
        return CoverageRule("file", self.file, _folder.relative(self.file, folder), self.layer, self.crs)


class _Note(Params):
    """A note in one or both languages; one text stands for both."""

    nl: Text | None = None
    en: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _form(cls, value: object) -> object:
        return value if isinstance(value, dict) else dict.fromkeys(LANGS, value)

    def texts(self) -> dict[str, str]:
        """Return the note by language."""
        nl, en = self.nl or self.en, self.en or self.nl
        return {"nl": nl, "en": en} if nl and en else {}


class EntryForm(Params):
    """One file as part of a layer; ``Entry`` documents the keys."""

    file: File
    format: Annotated[Text, AfterValidator(_known_format)] | None = None
    layer: Text | None = None
    crs: Crs | None = None
    axes: Annotated[str, one_of("xy", "yx")] = "xy"
    geometry: Annotated[dict[str, Text], BeforeValidator(_places)] | None = None
    columns: _Columns | None = None
    values: _Changes | None = None
    where: dict[str, Values] = Field(default_factory=dict)
    reference_date: Day | None = None
    source: Text = ""
    url: Text = ""
    licence: Text = ""
    attribution: Text = ""
    coverage: _Coverage | None = None
    kinds: Annotated[frozenset[str], BeforeValidator(_known_kinds)] | None = None
    standing: Annotated[Standing, one_of("observed", "derived", "assumed")] = "observed"
    note: _Note | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.standing != "observed" and self.note is None:
            raise MistakeError("local_note_missing", ("standing",), found=self.standing)
        return self


@cache
def form_of(layer: str) -> type[EntryForm]:
    """Return the form of an entry of a layer, with the columns of that layer."""
    names = (*LAYERS[layer].columns, *LAYERS[layer].optional)
    columns: dict[str, Any] = dict.fromkeys(names, (_Column, None))
    changes: dict[str, Any] = dict.fromkeys(names, (dict[str, Text | None], None))
    return create_model(
        "Entry", __base__=EntryForm,
        columns=(create_model("Columns", __base__=_Columns, **columns), None),
        values=(create_model("Changes", __base__=_Changes, **changes), None),
    )  # fmt: skip
