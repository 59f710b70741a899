"""Snapshots of a source's layers: fetched once, stored with their date, and read offline on request.

A copy counts when it was taken of an area that holds the one asked for, reach included. What cannot be kept or is
damaged is reported in ``notices``; it never stops a run that can go on, and never goes on with less than was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from layers.clip import narrowed
from layers.snapshots._store import BrokenCopyError, Copies, Copy
from suitability.core.config import read_table
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from suitability.core.layer import Area, Layer, LayerSpec, Source

_DEFAULT: Final = "default"


@dataclass(frozen=True)
class CopyInfo:
    """One copy, for people: of which layer and area, taken on which day, whether it is too old, and its size."""

    layer: str
    area: Area
    retrieved: date
    reference_date: date
    age_days: int
    is_stale: bool
    n_bytes: int
    n_rows: int


def read_freshness() -> dict[str, int]:
    """Return how many days a copy of each layer may be old; raises ``SourceError``."""
    return {str(name): int(days) for name, days in read_table("sources/freshness.yaml")["days"].items()}


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class CachedSource:
    """A source with copies in a folder.

    ``offline``: copies only, the source is never asked. ``max_age_days``: by layer, ``default`` for the others.
    ``notices``: what went wrong with copies and did not stop the run.
    """

    source: Source
    folder: Path
    offline: bool = field(kw_only=True)
    max_age_days: Mapping[str, int] = field(kw_only=True)
    today: Callable[[], date] = field(default=_today, kw_only=True)
    notices: list[Problem] = field(default_factory=list, kw_only=True, compare=False)

    @property
    def name(self) -> str:
        """Name of the source itself."""
        return self.source.name

    @property
    def home(self) -> str | None:
        """The municipality that the source is about."""
        return self.source.home

    def offers(self) -> frozenset[str]:
        """Return the layers that the source offers; offline those of which there is a copy."""
        return frozenset(copy.layer for copy in self._mine()) if self.offline else self.source.offers()

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer from a copy, or else from the source, and then it is kept.

        Offline any copy that covers the area will do, the newest first; online it must be fresh. Raises ``SourceError``
        when there is none offline, and what the source raises.
        """
        if self.offline and spec.name not in LAYERS:
            expected = ", ".join(sorted(self.offers())) or "-"
            raise LayerError(Problem(self.name, "layer_not_offered", {"found": spec.name, "expected": expected}))
        candidates = [copy for copy in self._mine() if copy.layer == spec.name and copy.covers(area)]
        broken: list[Problem] = []
        for copy in candidates:
            if not self.offline and self._is_stale(copy):
                continue
            try:
                layer = self._copies.read(copy, spec)
            except BrokenCopyError as error:
                broken += error.problems
                self._note(error.problems)
            else:
                return layer if copy.is_of(area) else narrowed(layer, area)
        if self.offline:
            raise self._missing(spec, area, broken)
        try:
            layer = self.source.load(spec, area)
        except (SourceError, LayerError) as error:
            raise _with_hint(error, candidates) from error
        try:
            self._copies.write(self.name, layer, area, self.today())
        except SourceError as error:
            self._note(error.problems)
        return layer

    def has_fresh(self, spec: LayerSpec, area: Area) -> bool:
        """Return whether ``load`` would not ask the source."""
        mine = (copy for copy in self._mine() if copy.layer == spec.name and copy.covers(area))
        return self.offline or any(not self._is_stale(copy) for copy in mine)

    def fetch(self, spec: LayerSpec, area: Area) -> Layer:
        """Ask the source, whatever copies there are, and keep the answer; raises ``SourceError`` when it cannot be kept."""
        layer = self.source.load(spec, area)
        self._copies.write(self.name, layer, area, self.today())
        return layer

    def copies(self) -> tuple[CopyInfo, ...]:
        """Return the copies of this source, newest first."""
        return tuple(
            CopyInfo(
                layer=copy.layer, area=copy.area, retrieved=copy.taken, reference_date=copy.provenance.reference_date,
                age_days=self._age(copy), is_stale=self._is_stale(copy), n_bytes=copy.n_bytes, n_rows=copy.provenance.rows,
            )
            for copy in self._mine()
        )  # fmt: skip

    def ages(self) -> dict[str, int]:
        """Return per layer how many days old its newest copy is."""
        ages: dict[str, int] = {}
        for info in self.copies():
            ages.setdefault(info.layer, info.age_days)
        return ages

    def prune(self, keep: int = 2) -> int:
        """Take away the copies that ``keep`` newer ones make superfluous; return how many. Raises ``SourceError``."""
        mine, gone = self._mine(), list[Copy]()
        for i, copy in enumerate(mine):
            newer = [other for other in mine[:i] if other.layer == copy.layer and other.covers(copy.area)]
            if len(newer) >= max(keep, 1):
                gone.append(copy)
        try:
            self._copies.remove(gone)
        except OSError as error:
            raise SourceError(
                Problem(str(self.folder), "out_not_writable", {"found": error.strerror or str(error)})
            ) from error
        return len(gone)

    @property
    def _copies(self) -> Copies:
        return Copies(self.folder)

    def _mine(self) -> list[Copy]:
        """Return the copies of this source, newest first."""
        found, problems = self._copies.all()
        self._note(problems.values())
        return [copy for copy in found if copy.source == self.name]

    def _note(self, problems: Iterable[Problem]) -> None:
        self.notices.extend(problem for problem in problems if problem not in self.notices)

    def _age(self, copy: Copy) -> int:
        return (self.today() - copy.taken).days

    def _is_stale(self, copy: Copy) -> bool:
        """A copy from the future is not fresh either: some clock was wrong."""
        most = self.max_age_days.get(copy.layer, self.max_age_days.get(_DEFAULT, 0))
        return not 0 <= self._age(copy) <= most

    def _missing(self, spec: LayerSpec, area: Area, broken: list[Problem]) -> SourceError:
        others = [copy for copy in self._mine() if copy.layer == spec.name]
        command = f"suitability fetch --source {self.name}"
        if area.polygon is not None:
            command += f' --area "{area.name}"'
        fields = {"layer": spec.name, "area": area.name, "reach": f"{area.reach_m:.0f}", "remedy": command}
        if not others:
            return SourceError(*broken, Problem(str(self.folder), "copy_missing", fields))
        there = sorted({f"{copy.area.name} ({copy.area.reach_m:.0f} m)" for copy in others})
        return SourceError(*broken, Problem(str(self.folder), "copy_too_small", {**fields, "found": ", ".join(there)}))


def _with_hint(error: SourceError | LayerError, candidates: list[Copy]) -> SourceError | LayerError:
    """Return the source's own mistake and, when there is an older copy, how to go on with that."""
    if not candidates:
        return error
    newest = candidates[0]
    hint = Problem(newest.source, "copy_to_hand", {"layer": newest.layer, "found": newest.taken.isoformat()})
    return (
        type(error)(*error.problems, hint)
        if type(error) in {SourceError, LayerError}
        else SourceError(*error.problems, hint)
    )
