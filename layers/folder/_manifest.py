"""``sources.yaml``: which file of a folder is which layer, and how its columns are named.

Read strictly: an unknown key, a name that does not exist or a file outside the folder is a mistake with its line; all
mistakes are told together. Under ``layers:`` stands the name of each layer, and under that one file or a list of
files, each with at least ``file:``; what the other keys mean, ``Entry`` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, cast

from layers._located_yaml import Spot, did_you_mean, read_spots
from layers.files._crs import read_crs
from layers.folder import _folder
from layers.formats import FORMATS
from suitability.core.errors import Place, Problem, SourceError
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from suitability.core.layer import LayerSpec, Standing

NAME: Final = "sources.yaml"
#: How a file is read when no national format is meant.
PLAIN_FORMATS: Final = ("vector", "raster", "osm", "streets")
#: Layers that leave no gap between their rows: where they are, they are complete.
TILING: Final = frozenset({"parcels", "zoning", "municipality"})
_STANDINGS: Final = ("observed", "derived", "assumed")
_COVERAGES: Final = ("features", "bounds", "none")
_ENTRY: Final = (
    "file", "format", "layer", "crs", "axes", "geometry", "columns", "values", "where", "reference_date", "source", "url",
    "licence", "attribution", "coverage", "standing", "note",
)  # fmt: skip
_COLUMN: Final = ("column", "value", "number", "date", "text")


@dataclass(frozen=True)
class ColumnRule:
    """Where a column of the layer comes from.

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
    """Where the layer is complete: ``features``, ``bounds``, ``none``, a layer of this folder, or the areas in a file."""

    kind: str
    path: Path | None = None
    name: str = ""
    file_layer: str | None = None
    crs: str | None = None


@dataclass(frozen=True)
class Entry:
    """One file, or one layer of it, as part of a layer.

    ``name``: the file within the folder. ``format``: how to read it, when it cannot be recognised. ``crs``, ``swapped``
    (``axes: yx``), ``geometry``: where its places are, when it does not say. ``where``: the rows that count, by column
    of the file; ``*`` = something is filled in. ``changes``: under ``values``, what each value of a column becomes.
    ``lines``: the line of each key, also of ``columns.NAME``.
    """

    spec: LayerSpec
    path: Path
    name: str
    place: Place
    format: str | None = None
    file_layer: str | None = None
    crs: str | None = None
    swapped: bool = False
    geometry: Mapping[str, str] = field(default_factory=dict)
    inner_points: bool = False
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    where: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    reference_date: date | None = None
    source: str = ""
    url: str = ""
    licence: str = ""
    attribution: str = ""
    coverage: CoverageRule | None = None
    standing: Standing = "observed"
    note: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def place_of(self, key: str) -> Place:
        """Return where ``key`` of this entry stands, or else the entry itself."""
        return replace(self.place, line=self.lines.get(key, self.place.line), field=f"{self.spec.name}.{key}")

    @property
    def meaning(self) -> str:
        """All that decides which rows and values come of the file, as one text."""
        parts = (
            self.spec.name, self.format, self.file_layer, self.crs, self.swapped, sorted(self.geometry.items()),
            self.inner_points, sorted(self.columns.items()),
            sorted((name, sorted(changed.items(), key=str)) for name, changed in self.changes.items()), sorted(self.where.items()),
        )  # fmt: skip
        return repr(parts)

    @property
    def known(self) -> CoverageRule:
        """Where the layer is complete: as said, else only where its own rows leave no gap."""
        if self.coverage is not None:
            return self.coverage
        return CoverageRule(
            "features" if self.spec.name in TILING else "bounds" if self.spec.kind == "raster" else "none"
        )


@dataclass(frozen=True)
class Manifest:
    """The layers of a folder, by name."""

    folder: Path
    layers: Mapping[str, tuple[Entry, ...]]


def read_manifest(folder: Path, text: str | None = None) -> Manifest:
    """Return what ``sources.yaml`` in the folder says, or what ``text`` would say there.

    Raises ``SourceError`` with one sentence per mistake.
    """
    if not folder.is_dir():
        key = "local_folder_is_file" if folder.exists() else "local_folder_missing"
        raise SourceError(Problem(str(folder), key))
    problems: list[Problem] = []
    top = read_spots(folder / NAME, problems, text).mapping(("layers",))
    layers: dict[str, tuple[Entry, ...]] = {}
    if "layers" not in top and not problems:
        problems.append(Problem(str(folder / NAME), "missing_key", {"found": "layers"}))
    named = top["layers"].mapping(LAYERS) if "layers" in top else {}
    for name, spot in named.items():
        entries = [_entry(item, LAYERS[name], folder, tuple(named)) for item in spot.items()]
        layers[name] = tuple(entry for entry in entries if entry is not None)
    if problems:
        raise SourceError(*problems)
    return Manifest(folder, layers)


def _entry(spot: Spot, spec: LayerSpec, folder: Path, layers: tuple[str, ...]) -> Entry | None:
    told = spot.mapping(_ENTRY)
    if not told:
        return None
    if "file" not in told:
        spot.problems.append(Problem(spot.place, "missing_key", {"found": "file"}))
        return None
    standing = _choice(told.get("standing"), _STANDINGS) or "observed"
    if standing != "observed" and "note" not in told:
        told["standing"].wrong("local_note_missing")
    path = _file(told["file"], folder)
    geometry, inner_points = _geometry(told.get("geometry"))
    return None if path is None else Entry(
        spec=spec, path=path, name=_folder.relative(path, folder), place=told["file"].place,
        format=_choice(told["format"], known_formats()) if "format" in told else None, file_layer=_text(told.get("layer")),
        crs=_crs(told.get("crs")), swapped=_choice(told.get("axes"), ("xy", "yx")) == "yx",
        geometry=geometry, inner_points=inner_points, columns=_columns(told.get("columns"), spec),
        changes=_values(told.get("values"), spec), where=_where(told.get("where")),
        reference_date=told["reference_date"].day() if "reference_date" in told else None,
        source=_text(told.get("source")) or "", url=_text(told.get("url")) or "",
        licence=_text(told.get("licence")) or "", attribution=_text(told.get("attribution")) or "",
        coverage=_coverage(told.get("coverage"), spec, folder, layers),
        standing=cast("Standing", standing), note=_note(told.get("note")),
        lines=_lines(told),
    )  # fmt: skip


def _lines(told: Mapping[str, Spot]) -> dict[str, int]:
    """Return the line of each key, and of each column named under one."""
    inner = {f"{key}.{name}": item for key in ("columns", "values", "geometry") if key in told and told[key].is_mapping
             for name, item in told[key].mapping().items()}  # fmt: skip
    return {key: item.place.line for key, item in {**told, **inner}.items()}


def known_formats() -> tuple[str, ...]:
    """Return what ``format`` may say."""
    return (*PLAIN_FORMATS, *(format_.id for format_ in FORMATS))


def _file(spot: Spot, folder: Path) -> Path | None:
    text = spot.text()
    if text is None:
        return None
    try:
        path = _folder.find(folder, text)
    except ValueError:
        spot.wrong("local_outside")
        return None
    if path is None:
        names = [_folder.relative(file, folder) for file in _folder.files_in(folder)]
        spot.wrong("local_no_such_file", suggestion=did_you_mean(text.replace("\\", "/"), names))
    elif not path.is_file():
        spot.wrong("local_not_a_file")
        return None
    return path


def _text(spot: Spot | None) -> str | None:
    return None if spot is None else spot.text()


def _choice(spot: Spot | None, allowed: tuple[str, ...]) -> str | None:
    return None if spot is None else spot.choice(allowed)


def _crs(spot: Spot | None) -> str | None:
    text = _text(spot)
    if spot is not None and text is not None and read_crs(text) is None:
        spot.wrong("local_unknown_crs")
        return None
    return text


def _geometry(spot: Spot | None) -> tuple[dict[str, str], bool]:
    """Return the columns of coordinates or shapes, and whether areas stand for a point within them."""
    if spot is None:
        return {}, False
    if not spot.is_mapping:
        return {}, spot.choice(("inner_point",)) is not None
    columns = {key: item.text() or "" for key, item in spot.mapping(("x", "y", "wkt")).items()}
    if set(columns) not in ({"x", "y"}, {"wkt"}):
        spot.wrong("local_geometry_form")
    return columns, False


def _columns(spot: Spot | None, spec: LayerSpec) -> dict[str, ColumnRule]:
    known = (*spec.columns, *spec.optional)
    return {} if spot is None else {name: _column(item) for name, item in spot.mapping(known).items()}


def _column(spot: Spot) -> ColumnRule:
    if not spot.is_mapping:
        return ColumnRule(columns=tuple(item.text() or "" for item in spot.items()))
    told = spot.mapping(_COLUMN)
    if ("column" in told) == ("value" in told):
        spot.wrong("local_column_form")
    columns = tuple(item.text() or "" for item in told["column"].items()) if "column" in told else ()
    value = None if "value" not in told or told["value"].is_null else told["value"].text()
    number = _choice(told.get("number"), ("nl", "en"))
    text = _choice(told.get("text"), ("true", "false")) == "true"
    return ColumnRule(columns, value, cast("Literal['nl', 'en'] | None", number), _text(told.get("date")), text)


def _values(spot: Spot | None, spec: LayerSpec) -> dict[str, dict[str, str | None]]:
    if spot is None:
        return {}
    columns = spot.mapping((*spec.columns, *spec.optional))
    return {
        name: {old: None if new.is_null else new.text() for old, new in item.mapping().items()}
        for name, item in columns.items()
    }


def _where(spot: Spot | None) -> dict[str, tuple[str | None, ...]]:
    if spot is None:
        return {}
    return {
        name: tuple(None if value.is_null else value.text() for value in item.items())
        for name, item in spot.mapping().items()
    }


def _coverage(spot: Spot | None, spec: LayerSpec, folder: Path, layers: tuple[str, ...]) -> CoverageRule | None:
    if spot is None:
        return None
    if not spot.is_mapping:
        areas = tuple(name for name in layers if "Polygon" in LAYERS[name].geometry and name != spec.name)
        kind = spot.choice((*_COVERAGES, *areas)) or "none"
        if kind == "features" and spec.kind == "vector" and "Polygon" not in spec.geometry:
            spot.wrong("local_coverage_no_areas", expected="bounds, none")
        return CoverageRule(kind)
    told = spot.mapping(("file", "layer", "crs"))
    if "file" not in told:
        spot.problems.append(Problem(spot.place, "missing_key", {"found": "file"}))
        return CoverageRule("none")
    path = _file(told["file"], folder)
    name = _folder.relative(path, folder) if path else ""
    return CoverageRule("file", path, name, _text(told.get("layer")), _crs(told.get("crs")))


def _note(spot: Spot | None) -> dict[str, str]:
    """Return the note in both languages; one text stands for both."""
    if spot is None:
        return {}
    told = spot.mapping(("nl", "en")) if spot.is_mapping else {"nl": spot, "en": spot}
    texts = {lang: item.text() or "" for lang, item in told.items()}
    return {lang: texts.get(lang, next(iter(texts.values()))) for lang in ("nl", "en")} if texts else {}
