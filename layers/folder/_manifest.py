"""``sources.yaml``: which file of a folder is which layer, and how its columns are named.

An unknown key, a name that does not exist or a file outside the folder is a mistake with its line; all mistakes are
raised together. Under ``layers:`` stands the name of each layer, and under that one file or a list of files, each with
at least ``file:``; ``Entry`` documents the other keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from layers._forms import MANIFEST_WORDS, places_in, read_written
from layers.folder import _folder
from layers.folder._manifest_form import INNER_POINT, ColumnRule, CoverageRule, form_of
from suitability.core.errors import Place, Problem, SourceError
from suitability.core.layer_specs import LAYERS
from suitability.core.located_yaml import LocatedDict
from suitability.core.types import Params
from suitability.core.validation import place_of, unknown_key, validated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from suitability.core.layer import LayerSpec, Standing
    from suitability.core.validation import Loc

NAME: Final = "sources.yaml"
#: Layers that leave no gap between their rows: where they are, they are complete.
TILING: Final = frozenset({"parcels", "zoning", "municipality"})


@dataclass(frozen=True)
class Entry:
    """One file, or one layer of it, as part of a layer.

    ``name``: the file within the folder. ``format``: how to read it, when it cannot be recognised. ``crs``, ``swapped``
    (``axes: yx``), ``geometry``: where its places are, when it does not say. ``where``: the rows that count, by column
    of the file; ``*`` = something is filled in. ``changes``: under ``values``, what each value of a column becomes.
    ``kinds``: the kinds of row that the file knows, ``OTHER_KINDS`` for all of them; None: those of its rows.
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
    kinds: frozenset[str] | None = None
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
        return repr(parts if self.kinds is None else (*parts, sorted(self.kinds)))

    @property
    def known(self) -> CoverageRule:
        """Coverage of the layer: as stated, else only where its own rows leave no gap."""
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
    path, problems = folder / NAME, list[Problem]()
    top = read_written(path, problems, MANIFEST_WORDS, text)
    places = places_in(top, path)
    form = validated(top, _Manifest, problems, places)
    layers: dict[str, tuple[Entry, ...]] = {}
    for name, written in form.layers.items() if form is not None else ():
        if name not in LAYERS:
            problems.append(Problem(places(("layers", name)), "unknown_key", unknown_key(name, LAYERS)))
            continue
        many = isinstance(written, list)
        entries = [
            _entry(item, ("layers", name, i) if many else ("layers", name), top, folder, problems)
            for i, item in enumerate(written if many else [written])
        ]
        layers[name] = tuple(entry for entry in entries if entry is not None)
    if problems:
        raise SourceError(*problems)
    return Manifest(folder, layers)


class _Manifest(Params):
    layers: dict[str, Any]


def _entry(written: object, loc: Loc, top: LocatedDict, folder: Path, problems: list[Problem]) -> Entry | None:
    spec, path = LAYERS[str(loc[1])], folder / NAME
    form = validated(
        written, form_of(spec.name), problems, lambda inner: place_of(top, path, (*loc, *inner), numbered=False),
        spec=spec, folder=folder, layers=tuple(top["layers"]),
    )  # fmt: skip
    if form is None or not isinstance(written, LocatedDict):
        return None
    geometry = form.geometry or {}
    return Entry(
        spec=spec, path=form.file, name=_folder.relative(form.file, folder), place=place_of(top, path, (*loc, "file"), numbered=False),
        format=form.format, file_layer=form.layer, crs=form.crs, swapped=form.axes == "yx",
        geometry={} if INNER_POINT in geometry else geometry, inner_points=INNER_POINT in geometry,
        columns={name: column.rule() for name, column in form.columns.names().items()} if form.columns else {},
        changes=form.values.names() if form.values else {}, where=form.where,
        reference_date=form.reference_date, source=form.source, url=form.url, licence=form.licence, attribution=form.attribution,
        coverage=form.coverage.rule(folder) if form.coverage else None, kinds=form.kinds,
        standing=form.standing, note=form.note.texts() if form.note else {}, lines=_lines(written),
    )  # fmt: skip


def _lines(written: LocatedDict) -> dict[str, int]:
    """Return the line of each key, and of each column named under one."""
    inner = {
        f"{key}.{name}": line.number
        for key in ("columns", "values", "geometry")
        if isinstance(part := written.get(key), LocatedDict)
        for name, line in part.lines.items()
    }
    return {**{key: line.number for key, line in written.lines.items()}, **inner}
