"""Layers as a source delivers them: specification, data, coverage and provenance. Coordinates in EPSG:28992, metres."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

import geopandas as gpd
import numpy as np
import shapely

from suitability.core.ground import NOWHERE, common_ground, polygons_of
from suitability.core.messages import message
from suitability.core.types import CRS, BoolArray, FloatArray, GeometryArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from suitability.core.messages import Lang


#: In ``Layer.kind_coverage``: every kind that is not named beside it.
OTHER_KINDS: Final = "*"

#: Standing of a layer: seen in the world, worked out from something seen, or assumed for want of data.
Standing = Literal["observed", "derived", "assumed"]


@dataclass(frozen=True)
class LayerSpec:
    """Specification of a layer. ``columns`` map a name to ``text``, ``int``, ``float`` or ``date``.

    ``kind_column``: the column that says of what kind a row is, for a layer that several sources fill kind by kind.
    ``kinds_asked``: the kinds that the rules ask for; empty: every kind.
    """

    name: str
    kind: Literal["vector", "graph", "raster", "table"]
    geometry: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    unique: str | None = None
    kind_column: str | None = None
    kinds_asked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Provenance:
    """Origin of a layer. ``note`` states, per language, what is derived or assumed in it.

    ``kinds``: by kind the name of the source that gave it, for a layer of several sources; ``*`` = every other kind.
    """

    source: str
    url: str
    licence: str
    attribution: str
    reference_date: date
    retrieved: date
    rows: int
    sha256: str
    standing: Standing
    note: Mapping[Lang, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)


def kinds_text(kinds: Mapping[str, str], lang: Lang) -> str:
    """Return in words which kinds come from which source, by kind the name of its source; empty without kinds."""
    of_source: dict[str, list[str]] = {}
    for kind, source in kinds.items():
        named = message("provenance.other_kinds", lang) if kind == OTHER_KINDS else kind
        of_source.setdefault(source, []).append(named)
    said = [message("provenance.kinds", lang, source=source, kinds=", ".join(of)) for source, of in of_source.items()]
    return "; ".join(said)


@dataclass(frozen=True)
class Raster:
    """A north-up grid in EPSG:28992. ``values`` (rows, columns), NaN = no data; (``left``, ``top``) is its corner."""

    values: NDArray[np.float32]
    left: float
    top: float
    cell_m: float


@dataclass(frozen=True)
class StreetGraph:
    """The streets one mode may use, as straight segments between nodes.

    ``node_xy`` (k, 2) in Morton order; segment i runs from node ``tail[i]`` to ``head[i]`` over ``length_m[i]``
    and may be travelled that way if ``forward[i]``, and back if ``backward[i]``. ``name[i]`` indexes ``names``; -1 = none.
    """

    node_xy: FloatArray
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_m: FloatArray
    forward: BoolArray
    backward: BoolArray
    name: NDArray[np.int32]
    names: tuple[str, ...]
    #: Work on this graph that several searches share; what is in it follows from the graph.
    shared: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def segments(self) -> GeometryArray:
        """The segments as LineStrings, shape (m,)."""
        ends = np.stack([self.node_xy[self.tail], self.node_xy[self.head]], axis=1)
        return np.asarray(shapely.linestrings(ends), dtype=object)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over ``segments``."""
        return shapely.STRtree(self.segments)


#: The data of the layer ``streets``: one graph per mode.
StreetNetwork = dict[str, StreetGraph]


class StoredShapes(Protocol):
    """Shapes as they stand in a file, made into objects where these are asked for: ``suitability.spatial.shapes.Shapes``."""

    @property
    def geometry(self) -> GeometryArray:
        """The shapes as objects, (n,)."""
        ...

    def take(self, rows: IntArray) -> StoredShapes:
        """Return the shapes of some rows, in the order of ``rows``."""
        ...


@dataclass(frozen=True)
class Layer:
    """Layer of data from a source. ``coverage``: where the data is complete; inside it "none" is a fact, outside it unknown.

    ``kind_coverage``: where each kind of row is complete, of a layer whose specification has a ``kind_column``. A kind
    that is not in it is not known anywhere, unless ``OTHER_KINDS`` is; ``coverage`` is then where every kind is
    complete, for a question that names none. Empty: the source does not say its kinds, and ``coverage`` holds for all.
    ``assumed_kinds``: those of which it is an assumption that they are complete there.
    """

    spec: LayerSpec
    data: gpd.GeoDataFrame | pd.DataFrame | Raster | StreetNetwork
    coverage: BaseGeometry
    provenance: Provenance
    kind_coverage: Mapping[str, BaseGeometry] = field(default_factory=dict)
    assumed_kinds: frozenset[str] = frozenset()
    #: The shapes of a vector layer whose source has them as they stand in a file; ``data`` has none then.
    areas: StoredShapes | None = None
    #: Work on this layer that several rules or pieces share; what is in it follows from the layer.
    shared: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """The data of a vector layer, shapes among them; its index holds the original row numbers."""
        if self.areas is None:
            return self.data
        return gpd.GeoDataFrame(self.data, geometry=self.areas.geometry, crs=CRS)

    @property
    def table(self) -> pd.DataFrame:
        """The columns of a layer without its shapes; the index holds the original row numbers."""
        return cast("pd.DataFrame", self.data)

    @property
    def raster(self) -> Raster:
        """The data of a raster layer."""
        return cast("Raster", self.data)

    @property
    def streets(self) -> StreetNetwork:
        """The data of the layer of streets: a graph per mode."""
        return cast("StreetNetwork", self.data)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of content and coverage: two layers with the same fingerprint give the same measurements."""
        digest = hashlib.sha256(self.provenance.sha256.encode())
        digest.update(shapely.to_wkb(self.coverage, output_dimension=2))
        for kind in sorted(self.kind_coverage):
            digest.update(repr(kind).encode() + shapely.to_wkb(self.kind_coverage[kind], output_dimension=2))
        return digest.hexdigest()

    @property
    def presumes(self) -> bool:
        """True if content or completeness of the layer is derived or assumed."""
        return self.provenance.standing != "observed" or bool(self.assumed_kinds)

    def knows(self, kind: str) -> bool:
        """Return whether the source knows a kind of row; where it is complete, ``coverage_of`` says."""
        return not self.kind_coverage or kind in self.kind_coverage or OTHER_KINDS in self.kind_coverage

    @property
    def ground(self) -> BaseGeometry:
        """Coverage in which rows of at least one kind are complete."""
        return polygons_of(shapely.union_all([self.coverage, *self.kind_coverage.values()]))

    def coverage_of(self, *kinds: str) -> BaseGeometry:
        """Return where the rows of all these kinds are complete; without kinds, where those of every kind are."""
        if not kinds:
            return self.coverage
        return common_ground(self._coverage_of_one(kind) for kind in kinds)

    def _coverage_of_one(self, kind: str) -> BaseGeometry:
        if not self.knows(kind):
            return NOWHERE
        return self.kind_coverage.get(kind, self.kind_coverage.get(OTHER_KINDS, self.coverage))

    def where(self, keep: BoolArray) -> Layer:
        """Return the rows for which ``keep`` (length of the data) holds; row numbers stay what they were."""
        if self.areas is None:
            return replace(self, data=self.frame[keep])
        return replace(self, data=self.table[keep], areas=self.areas.take(np.flatnonzero(keep)))


@dataclass(frozen=True)
class Area:
    """The area to scan: a polygon in EPSG:28992, with the metres around it from which objects still count."""

    name: str
    polygon: BaseGeometry | None = None
    reach_m: float = 0.0

    @classmethod
    def everywhere(cls) -> Area:
        """Return an area without bounds: all that a source has."""
        return cls("everywhere")

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return (min x, min y, max x, max y) with the reach included; None when unbounded."""
        if self.polygon is None:
            return None
        left, bottom, right, top = self.polygon.bounds
        return left - self.reach_m, bottom - self.reach_m, right + self.reach_m, top + self.reach_m


class Source(Protocol):
    """Anything that delivers layers."""

    @property
    def name(self) -> str:
        """Name of the source on the command line and in ``run.json``."""
        ...

    @property
    def home(self) -> str | None:
        """The municipality of its data; None where it has several or states none."""
        ...

    def offers(self) -> frozenset[str]:
        """Return the names of the layers it can deliver."""
        ...

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, cut to the area and its reach; raises ``SourceError`` or ``LayerError``."""
        ...


Layers = dict[str, Layer]
