"""Declaration of a criterion: layers, unit, params, and how its values are explained to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from suitability.core.measurement import Outcome
from suitability.core.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.core.types import Citation, Form, Params
    from suitability.spatial.parcels import Parcels
    from suitability.spatial.route import Route

    #: (parcels, index of the parcel, layers, params, evidence row) -> the trip, or None where there is none.
    RouteFinder = Callable[[Parcels, int, Layers, Any, int], Route | None]


@dataclass(frozen=True)
class Need:
    """A layer that a criterion reads, the columns it uses, and how far beyond the area (metres) it must look.

    ``reach`` gets the rule's params and the largest number of its limit. ``kinds`` gets the params and returns the kinds
    of row that are asked for, of a layer with a ``kind_column``; None = every kind.
    """

    layer: str
    columns: tuple[str, ...] = ()
    reach: Callable[[Any, float], float] = lambda _params, _limit: 0.0
    kinds: Callable[[Any], frozenset[str] | None] = lambda _params: None


#: A layer, and its columns that name a row to people: the name first.
Evidence = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Criterion:
    """A way of measuring. ``unit`` is a key of ``suitability.core.units.UNITS``.

    ``reasons``: message keys for (within, beyond, unknown).
    ``measure_up_to``: a quicker measure up to a given number; clipped by ``Measurement.up_to`` it equals ``measure``
    clipped the same way.
    ``evidence``: the layer whose rows the evidence indexes, and the columns that name them to people. For a criterion
    that measures to a layer chosen by the policy, needs and evidence follow from the params.
    ``is_slow``: cached on disk although no layer is read; measurements that read a layer are always cached.
    ``is_signed``: values below the lowest of the unit exist.
    ``chooses``: params that select rows of a layer, with the column they select on; None: a mapping column -> values.
    ``route``: the trip behind a value, where there is one.
    ``form``: the housing form of which it counts the beds.
    """

    id: str
    unit: str
    needs: tuple[Need, ...] | Callable[[Any], tuple[Need, ...]]
    params: type[Params]
    measure: Callable[[Parcels, Layers, Any], Measurement]
    reasons: tuple[str, str, str]
    source: Citation
    evidence: Evidence | Callable[[Any], Evidence | None] | None = None
    measure_up_to: Callable[[Parcels, Layers, Any, float], Measurement] | None = None
    is_slow: bool = False
    is_signed: bool = False
    chooses: Mapping[str, str | None] = field(default_factory=dict)
    route: RouteFinder | None = None
    form: Form | None = None

    def needs_of(self, params: object) -> tuple[Need, ...]:
        """Return the layers it reads with these params."""
        return self.needs(params) if callable(self.needs) else self.needs

    def evidence_of(self, params: object) -> Evidence | None:
        """Return the layer and columns that name what decided, with these params; None where nothing does."""
        return self.evidence(params) if callable(self.evidence) else self.evidence

    def __post_init__(self) -> None:
        """Check the reasons, the unit and the params named in ``chooses``."""
        if self.unit not in UNITS:
            raise TypeError(f"{self.id}: unit {self.unit} is not one of {', '.join(UNITS)}")
        if unknown := set(self.chooses) - set(self.params.model_fields):
            raise TypeError(f"{self.id}: chooses names no param: {', '.join(sorted(unknown))}")
        if (self.form is None) == (self.unit == "beds"):
            raise TypeError(f"{self.id}: a criterion that counts beds, and no other, has a housing form")
        if len(self.reasons) != len(Outcome):
            raise TypeError(f"{self.id}: reasons must be (within, beyond, unknown)")
