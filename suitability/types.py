"""The values that travel through a scan: frozen, strict, and without behaviour beyond checking themselves.

All coordinates are EPSG:28992 (metres). Arrays that speak of parcels are in parcel order and of length n.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from suitability.messages import Lang

CRS: Final = "EPSG:28992"

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]
GeometryArray = NDArray[np.object_]

#: Standing of a layer: seen in the world, worked out from something seen, or assumed for want of data.
Standing = Literal["observed", "derived", "assumed"]


class Outcome(IntEnum):
    """What a rule or a verdict says; all rules together are the minimum, any of them the maximum (Kleene)."""

    FAIL = 0
    UNKNOWN = 1
    PASS = 2


class Params(BaseModel):
    """Base of everything read from a policy: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(Params):
    """Where a number or a way of measuring comes from; ``document`` is a key of ``config/documents.yaml``."""

    document: str
    article: str | None = None


@dataclass(frozen=True)
class Measurement:
    """One number per parcel in the criterion's unit.

    ``value``: NaN = unknown; +inf = none there, and the data is complete.
    ``evidence``: row of the deciding object in its layer; -1 = none.
    ``lower``, ``upper``: where the true value must lie, given where the data is complete; both equal ``value``
    where the measurement is exact. They keep a shop behind the edge of the data from being counted as absent.
    ``details``: further numbers worth reporting, by name, for example ``access_leg_m``.
    """

    value: FloatArray
    evidence: IntArray
    lower: FloatArray
    upper: FloatArray
    details: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check lengths, types and that the value lies within its bounds."""
        n = len(self.value)
        for name, array in {"lower": self.lower, "upper": self.upper, **self.details}.items():
            if array.dtype != np.float64 or array.shape != (n,):
                raise TypeError(f"{name}: {array.dtype} {array.shape}, expected float64 ({n},)")
        if self.value.dtype != np.float64 or self.evidence.dtype != np.int64 or self.evidence.shape != (n,):
            raise TypeError("value must be float64 and evidence int64, of equal length")
        if np.isnan(self.lower).any() or np.isnan(self.upper).any():
            raise ValueError("bounds cannot be NaN: use -inf and +inf")
        if ((self.value < self.lower) | (self.value > self.upper)).any():
            raise ValueError("a value lies outside its own bounds")

    @classmethod
    def exact(
        cls, value: FloatArray, evidence: IntArray | None = None, details: Mapping[str, FloatArray] | None = None
    ) -> Measurement:
        """Return a measurement that is exact wherever it is not NaN."""
        unknown = np.isnan(value)
        return cls(
            value=value,
            evidence=np.full(len(value), -1, dtype=np.int64) if evidence is None else evidence,
            lower=np.where(unknown, -np.inf, value),
            upper=np.where(unknown, np.inf, value),
            details=details or {},
        )

    def up_to(self, cap: float) -> Measurement:
        """Return the measurement for who looked no further than ``cap``: a larger value is told as +inf, none up to there.

        What is left depends only on what lies within the cap, however much more was looked at.
        """
        if not np.isfinite(cap):
            return self
        beyond = self.value > cap
        return Measurement(
            value=np.where(beyond, np.inf, self.value),
            evidence=np.where(beyond, np.int64(-1), self.evidence),
            lower=np.where(beyond, np.minimum(self.lower, cap), self.lower),
            upper=np.where(beyond | (self.upper > cap), np.inf, self.upper),
            details=self.details,
        )

    @classmethod
    def unknown(cls, n: int) -> Measurement:
        """Return a measurement of which nothing is known, for n parcels."""
        return cls.exact(np.full(n, np.nan))


@dataclass(frozen=True)
class Findings:
    """What one rule says of every parcel: outcome, measured value, margin and reason.

    ``margin`` is in the criterion's unit: positive = to spare, negative = short, NaN where the outcome is unknown.
    ``reason`` indexes the criterion's ``reasons``. ``child`` is, for a rule of rules, the child that decided; -1 else.
    """

    measurement: Measurement
    outcome: CodeArray
    margin: FloatArray
    reason: CodeArray
    child: CodeArray

    def __post_init__(self) -> None:
        """Check that margin and outcome agree and that all columns have one length."""
        n = len(self.measurement.value)
        if not (self.outcome.shape == self.margin.shape == self.reason.shape == self.child.shape == (n,)):
            raise ValueError("the columns of the findings differ in length")
        bad = (
            ((self.outcome == Outcome.PASS) & ~(self.margin >= 0))
            | ((self.outcome == Outcome.FAIL) & ~(self.margin <= 0))
            | ((self.outcome == Outcome.UNKNOWN) & ~np.isnan(self.margin))
        )
        if bad.any():
            raise ValueError(f"margin and outcome disagree for {int(bad.sum())} parcels")

    @property
    def value(self) -> FloatArray:
        """Measured values, shape (n,)."""
        return self.measurement.value

    @property
    def evidence(self) -> IntArray:
        """Rows of the deciding objects, shape (n,)."""
        return self.measurement.evidence


@dataclass(frozen=True)
class LayerSpec:
    """What a layer of this name must contain. ``columns`` map a name to ``text``, ``int``, ``float`` or ``date``."""

    name: str
    kind: Literal["vector", "graph", "raster", "table"]
    geometry: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    unique: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Where a layer comes from. ``note`` says, per language, what is derived or assumed in it."""

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
    """Shapes as they stand in a file, made into objects where these are asked for: ``suitability.shapes.Shapes``."""

    @property
    def geometry(self) -> GeometryArray:
        """The shapes as objects, (n,)."""
        ...

    def take(self, rows: IntArray) -> StoredShapes:
        """Return the shapes of some rows, in the order of ``rows``."""
        ...


@dataclass(frozen=True)
class Layer:
    """What a source delivers. ``coverage``: where the data is complete; inside, "none" is a fact, outside, unknown.

    ``kind_coverage``: the coverage of one kind of row (a chain's list of shops is complete further out than a map).
    """

    spec: LayerSpec
    data: gpd.GeoDataFrame | pd.DataFrame | Raster | StreetNetwork
    coverage: BaseGeometry
    provenance: Provenance
    kind_coverage: Mapping[str, BaseGeometry] = field(default_factory=dict)
    #: The shapes of a vector layer whose source has them as they stand in a file; ``data`` has none then.
    areas: StoredShapes | None = None
    #: Work on this layer that several rules or pieces share; what is in it follows from the layer.
    shared: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """The data of a vector layer, shapes among them; its index holds the original row numbers."""
        if self.areas is None:
            return self.data
        import geopandas as gpd  # noqa: PLC0415 (slow to load)

        return gpd.GeoDataFrame(self.data, geometry=self.areas.geometry, crs=CRS)

    @property
    def table(self) -> pd.DataFrame:
        """The columns of a layer, for who asks for no shapes; its index holds the original row numbers."""
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
            digest.update(kind.encode() + shapely.to_wkb(self.kind_coverage[kind], output_dimension=2))
        return digest.hexdigest()

    @property
    def presumes(self) -> bool:
        """Whether something in the layer, or how complete it is, was derived or assumed."""
        return self.provenance.standing != "observed" or bool(self.kind_coverage)

    def coverage_of(self, kind: str) -> BaseGeometry:
        """Return where the rows of one kind are complete."""
        return self.kind_coverage.get(kind, self.coverage)

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
        """How the source is called on the command line and in ``run.json``."""
        ...

    @property
    def home(self) -> str | None:
        """The municipality that it is about; None where it has many, or does not say."""
        ...

    def offers(self) -> frozenset[str]:
        """Return the names of the layers it can deliver."""
        ...

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, cut to the area and its reach; raises ``SourceError`` or ``LayerError``."""
        ...


Layers = dict[str, Layer]
