"""Several sources as one: every layer comes from the first that offers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from suitability.core.errors import LayerError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.layer import Area, Layer, LayerSpec, Source


@dataclass(frozen=True)
class FirstOf:
    """Sources in the order of preference. When the first that offers a layer cannot deliver it, that is told."""

    sources: Sequence[Source]

    @property
    def name(self) -> str:
        """The names of the sources, joined by a plus sign."""
        return "+".join(source.name for source in self.sources)

    @property
    def home(self) -> str | None:
        """The municipality that the first source is about that says so."""
        return next((source.home for source in self.sources if source.home is not None), None)

    def offers(self) -> frozenset[str]:
        """Return the names of the layers that any of the sources offers."""
        return frozenset[str]().union(*(source.offers() for source in self.sources))

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer from the first source that offers it; raises what that source raises.

        A later source never steps in for one that fails: its data would be of another kind, and nobody would know.
        """
        for source in self.sources:
            if spec.name in source.offers():
                return source.load(spec, area)
        expected = ", ".join(sorted(self.offers())) or "-"
        raise LayerError(Problem(self.name, "layer_not_offered", {"found": spec.name, "expected": expected}))
