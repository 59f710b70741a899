"""Several sources as one: every layer comes from the first that offers it; of a layer with kinds, every kind does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from suitability.core.errors import LayerError, Problem
from suitability.core.ground import common_ground, polygons_of
from suitability.core.layer import OTHER_KINDS, Layer, Provenance, kinds_text
from suitability.core.messages import LANGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Area, LayerSpec, Source, Standing
    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray

_STANDINGS: Final[tuple[Standing, ...]] = ("observed", "derived", "assumed")


@dataclass(frozen=True)
class FirstOf:
    """Sources in the order of preference. When the first that offers a layer cannot deliver it, its mistake is raised.

    ``notices``: layers of which a source does not say its kinds, so that those of the next are not used.
    """

    sources: Sequence[Source]
    notices: list[Problem] = field(default_factory=list, kw_only=True, compare=False)

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

        Of a layer with kinds, rows and coverage of each kind come from the first source that knows it. A later source is
        read only for kinds that no earlier one knows, and never steps in for one that fails: its data would be of
        another kind, and nobody would know.
        """
        offering = [source for source in self.sources if spec.name in source.offers()]
        if not offering:
            expected = ", ".join(sorted(self.offers())) or "-"
            raise LayerError(Problem(self.name, "layer_not_offered", {"found": spec.name, "expected": expected}))
        if spec.kind_column is None:
            return offering[0].load(spec, area)
        parts, known = list[_Part](), set[str]()
        for i, source in enumerate(offering):
            layer = source.load(spec, area)
            kinds = layer.kind_coverage or {OTHER_KINDS: layer.coverage}
            parts.append(_Part(source.name, layer, {kind: at for kind, at in kinds.items() if kind not in known}))
            known |= set(kinds)
            if not layer.kind_coverage and offering[i + 1 :]:
                self._note(source.name, spec.name, offering[i + 1 :])
            if OTHER_KINDS in known or (spec.kinds_asked and spec.kinds_asked <= known):
                break
        return parts[0].layer if len(parts) == 1 else _merged(spec, parts)

    def _note(self, source: str, layer: str, unused: Sequence[Source]) -> None:
        """Keep that layers of later sources are not used, once."""
        problem = Problem(
            source, "kinds_not_said", {"layer": layer, "expected": ", ".join(each.name for each in unused)}
        )
        if problem not in self.notices:
            self.notices.append(problem)


@dataclass(frozen=True)
class _Part:
    """A layer of one source, by its name, and the kinds of which it is the first to know, with their coverage."""

    source: str
    layer: Layer
    kinds: Mapping[str, BaseGeometry]

    def rows(self, claimed: Iterable[str]) -> BoolArray:
        """Return which rows count: of its own kinds, of kinds that no source claims, and those without a kind."""
        kinds, others = self.layer.table[self.layer.spec.kind_column], set(claimed) - set(self.kinds)
        if OTHER_KINDS not in others:
            return np.asarray(~kinds.isin(others), dtype=bool)
        return np.asarray(kinds.isin(self.kinds) | kinds.isna(), dtype=bool)


def _merged(spec: LayerSpec, parts: Sequence[_Part]) -> Layer:
    """Return the layers of several sources as one; row numbers of a later source follow those of the one before."""
    kinds = {kind: at for part in parts for kind, at in part.kinds.items()}
    kept = [part.layer.where(part.rows(kinds)) for part in parts]
    anywhere = polygons_of(shapely.union_all([part.layer.coverage for part in parts]))
    assumed = (part.layer.assumed_kinds & set(part.kinds) for part in parts)
    return Layer(
        spec,
        _rows(spec, parts, kept),
        common_ground([*kinds.values(), anywhere]),
        _provenance(parts, sum(len(layer.table) for layer in kept)),
        kinds,
        frozenset[str]().union(*assumed),
    )


def _rows(spec: LayerSpec, parts: Sequence[_Part], kept: Sequence[Layer]) -> pd.DataFrame:
    """Return the rows that count of all parts; numbers do not depend on the window that was loaded."""
    frames, first = list[pd.DataFrame](), 0
    for part, layer in zip(parts, kept, strict=True):
        frame = layer.frame if spec.kind == "vector" else layer.table
        frames.append(frame.set_axis(frame.index + first))
        highest = int(part.layer.table.index.max()) + 1 if len(part.layer.table) else 0
        first += max(part.layer.provenance.rows, highest)
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1])


def _provenance(parts: Sequence[_Part], rows: int) -> Provenance:
    """Return where the parts come from: all that is said of them, the oldest dates, the least sure standing."""
    origins = [part.layer.provenance for part in parts]
    digest = hashlib.sha256()
    for part, origin in zip(parts, origins, strict=True):
        digest.update(repr((part.source, sorted(part.kinds), origin.sha256)).encode())
    merged = Provenance(
        source=_all(origin.source for origin in origins),
        url=_all(origin.url for origin in origins),
        licence=_all(origin.licence for origin in origins),
        attribution=_all(origin.attribution for origin in origins),
        reference_date=min(origin.reference_date for origin in origins),
        retrieved=min(origin.retrieved for origin in origins),
        rows=rows,
        sha256=digest.hexdigest(),
        standing=max((origin.standing for origin in origins), key=_STANDINGS.index),
        kinds={kind: part.source for part in parts for kind in sorted(part.kinds)},
    )
    return replace(merged, note={lang: _note(parts, lang) for lang in LANGS})


def _note(parts: Sequence[_Part], lang: Lang) -> str:
    """Return which kinds are whose, by what their data is called, and then what each source says of its own."""
    origins = [part.layer.provenance for part in parts]
    whose = {kind: part.layer.provenance.source for part in parts for kind in sorted(part.kinds)}
    said = kinds_text(whose, lang)
    return " ".join([f"{said[:1].upper()}{said[1:]}.", *dict.fromkeys(o.note[lang] for o in origins if lang in o.note)])


def _all(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))
