"""What a way of measuring declares of itself: what it reads, in which unit it tells, and what names its answer to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suitability.core.measurement import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.core.types import Citation, Params
    from suitability.spatial.parcels import Parcels


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
    """A way of measuring. ``reasons`` are message keys for (within, beyond, unknown).

    ``measure_up_to``: the same for who asks no further than a number, where that is quicker; what it tells, cut off by
    ``Measurement.up_to`` that number, is what ``measure`` tells, cut off so.
    ``evidence``: the layer whose rows the measurement's evidence names, and the columns that name them to people.
    Of a criterion that measures to a layer of the policy's choice, both follow from the params.
    ``is_slow``: worth keeping on disk although it reads no layer; what reads a layer always is.
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

    def needs_of(self, params: object) -> tuple[Need, ...]:
        """Return the layers it reads with these params."""
        return self.needs(params) if callable(self.needs) else self.needs

    def evidence_of(self, params: object) -> Evidence | None:
        """Return the layer and columns that name what decided, with these params; None where nothing does."""
        return self.evidence(params) if callable(self.evidence) else self.evidence

    def __post_init__(self) -> None:
        """Refuse a declaration that could not be shown."""
        if len(self.reasons) != len(Outcome):
            raise TypeError(f"{self.id}: reasons must be (within, beyond, unknown)")
