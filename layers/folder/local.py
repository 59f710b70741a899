"""A folder of files as a source: ``sources.yaml`` in it says which file is which layer.

Files are read as they are, and known by their hash. Where the layers are complete is only what the folder says: by
default nowhere, so that "none there" stays unknown, except for layers whose rows leave no gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.clip import narrowed
from layers.coverage import areas_of, box_of, touching
from layers.files._vector_files import columns_in
from layers.folder._columns import column_problems
from layers.folder._entry_reader import (
    Opened,
    Part,
    format_of,
    kinds_of,
    read_ground,
    read_part,
    stamp_of,
    stamp_of_file,
)
from layers.folder._local_provenance import provenance_of
from layers.folder._manifest import Manifest, read_manifest
from suitability.core.errors import LayerError, Problem, SourceError, SuitabilityError
from suitability.core.ground import NOWHERE, common_ground, polygons_of
from suitability.core.layer import OTHER_KINDS, Area, Layer
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.folder._manifest import Entry
    from layers.folder._manifest_form import CoverageRule
    from suitability.core.layer import LayerSpec


@dataclass(frozen=True)
class LocalSource:
    """The layers of a folder. ``name``: how the source is called; default ``dir:`` and the folder."""

    folder: Path
    name: str = ""
    home: str | None = None
    _parts: dict[str, tuple[object, tuple[Part, ...]]] = field(default_factory=dict, repr=False, compare=False)
    _opened: Opened = field(default_factory=dict, repr=False, compare=False)
    _grounds: dict[str, tuple[object, np.ndarray]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the name from the folder when none is given."""
        if not self.name:
            object.__setattr__(self, "name", f"dir:{self.folder}")

    @cached_property
    def manifest(self) -> Manifest:
        """The parsed ``sources.yaml``, checked against the columns of files that list them quickly."""
        manifest = read_manifest(self.folder)
        problems = [problem for entries in manifest.layers.values() for entry in entries for problem in _at_once(entry)]
        if problems:
            raise SourceError(*problems)
        return manifest

    def offers(self) -> frozenset[str]:
        """Return the names of the layers in ``sources.yaml``; raises ``SourceError`` with every mistake in it."""
        return frozenset(self.manifest.layers)

    def hold(self, name: str) -> None:
        """Read the rows of a layer now, whole, and keep them; raises as ``load`` does."""
        self._read(self.manifest.layers[name], Area.everywhere())

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, cut to the area and its reach; row numbers run through the files in their order.

        Raises ``SourceError`` for what cannot be read, ``LayerError`` for rows that do not make this layer.
        """
        entries = self.manifest.layers.get(spec.name, ())
        if not entries:
            expected = ", ".join(sorted(self.offers())) or "-"
            raise LayerError(Problem(self.name, "layer_not_offered", {"found": spec.name, "expected": expected}))
        parts = self._read(entries, area)
        data = parts[0].data if spec.kind in {"raster", "graph"} else _joined(parts, entries, spec)
        pairs = list(zip(entries, parts, strict=True))
        coverage, kinds = self.known(pairs, area)
        return narrowed(Layer(spec, data, coverage, provenance_of(pairs, data), kinds), area)

    def known(self, pairs: Sequence[tuple[Entry, Part]], area: Area) -> tuple[BaseGeometry, dict[str, BaseGeometry]]:
        """Return where a layer is complete, and where each kind of row is, of a layer that has kinds.

        Every kind together is known only where each is, and only of files that are not said to hold some kinds alone.
        Raises ``LayerError`` for rows of a kind that their file is not said to hold.
        """
        grounds = [self.ground(entry, part, area) for entry, part in pairs]
        if pairs[0][0].spec.kind_column is None:
            return _together(grounds), {}
        held = [kinds_of(entry, part) for entry, part in pairs]
        kinds = {
            kind: _together([ground for ground, of in zip(grounds, held, strict=True) if of & {kind, OTHER_KINDS}])
            for kind in sorted(frozenset[str]().union(*held))
        }
        whole = [
            ground
            for ground, (entry, _), of in zip(grounds, pairs, held, strict=True)
            if entry.kinds is None or OTHER_KINDS in of
        ]
        return common_ground([*kinds.values(), _together(whole)]), kinds

    def _read(self, entries: tuple[Entry, ...], area: Area) -> tuple[Part, ...]:
        """Return the parts of a layer; all problems in its files are reported together. Read again only when changed."""
        spec = entries[0].spec
        if spec.kind in {"raster", "graph"} and len(entries) > 1:
            raise SourceError(Problem(entries[1].place, "local_one_file", {"layer": spec.name}))
        key = f"{spec.name} {area.bounds()}" if spec.kind in {"raster", "graph"} else spec.name
        stamp = tuple(stamp_of(entry) for entry in entries)
        known = self._parts.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        parts, problems = list[Part](), list[Problem]()
        for entry in entries:
            try:
                parts.append(read_part(entry, area, self._opened))
            except (SourceError, LayerError) as error:
                problems += error.problems
        if problems:
            raise LayerError(*problems)
        self._parts[key] = (stamp, tuple(parts))
        return tuple(parts)

    def ground(self, entry: Entry, part: Part, area: Area) -> BaseGeometry:
        """Return where one part of a layer is complete: as said, but never where its file does not reach."""
        if part.known is None:
            return self._stated(entry, part, area)
        return (
            part.known if entry.coverage is None else shapely.intersection(part.known, self._stated(entry, part, area))
        )

    def _areas_in(self, path: Path, rule: CoverageRule) -> np.ndarray:
        """Return the areas in a file that says where layers are complete. Read again only when changed."""
        key, stamp = f"{path} {rule.file_layer} {rule.crs}", stamp_of_file(path)
        if key not in self._grounds or self._grounds[key][0] != stamp:
            self._grounds[key] = (stamp, read_ground(path, rule))
        return self._grounds[key][1]

    def _stated(self, entry: Entry, part: Part, area: Area) -> BaseGeometry:
        rule = entry.known
        if rule.kind == "none" or entry.spec.kind == "table":
            return NOWHERE
        if rule.kind == "bounds":
            return box_of(part.data) if part.areas is None else shapely.box(*part.areas.total_bounds)
        if rule.kind == "features":
            shapes = part.shapes.geometry
        elif rule.path is not None:
            shapes = self._areas_in(rule.path, rule)
        else:
            others = self._read(self.manifest.layers[rule.kind], area)
            shapes = np.concatenate([other.shapes.geometry for other in others])
        return areas_of(touching(shapes, area))


def _together(grounds: list[BaseGeometry]) -> BaseGeometry:
    """Return the ground that areas cover together; nowhere without areas."""
    if len(grounds) == 1:
        return polygons_of(grounds[0])
    return polygons_of(shapely.union_all(grounds)) if grounds else NOWHERE


def _at_once(entry: Entry) -> list[Problem]:
    """Return what is wrong between an entry and its file that can be seen without reading the rows."""
    if not (entry.columns or entry.where or entry.geometry):
        return []
    try:
        if format_of(entry) != "vector":
            return []
        present = columns_in(entry.path, entry.file_layer)
    except SuitabilityError as error:
        return list(error.problems)
    return column_problems(entry, present) if present else []


def _joined(parts: tuple[Part, ...], entries: tuple[Entry, ...], spec: LayerSpec) -> pd.DataFrame | gpd.GeoDataFrame:
    """Return the rows of all files in their order, numbered from 0; an identifier is one over all of them."""
    frames = [part.data for part in parts]
    if len(frames) == 1:
        return frames[0].copy()  # what is kept here stays as it was read
    joined = pd.concat(frames, ignore_index=True)
    if spec.unique is not None:
        ids = joined[spec.unique]
        twice = np.flatnonzero(ids.duplicated(keep=False))
        if len(twice):
            files = np.repeat([entry.name for entry in entries], [len(frame) for frame in frames])[twice]
            fields = {
                "found": ids.iloc[twice[0]],
                "count": int(ids.iloc[twice].nunique()),
                "files": ", ".join(dict.fromkeys(files)),
            }
            raise LayerError(Problem(entries[0].place, "local_id_in_two_files", fields))
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=CRS) if spec.kind == "vector" else joined
