"""Test helpers for an evening: a session with people, and short ways to let them act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from suitability.workshop.events import Act, DataStamp, Event, LockChanged, Recorded, ScanStamp, SessionOpened
from suitability.workshop.spreadsheet.layout import Subject
from suitability.workshop.stages import read_process
from suitability.workshop.state import State, fold

if TYPE_CHECKING:
    from uuid import UUID

    from suitability.workshop.store import Opened, Store

OPENING = SessionOpened(
    title="Aanjaagteam Kampen", policy_id="hardenberg-2025", policy_sha256="ab" * 32, source="demo", area="Kampen",
    stages="hardenberg",
    scan=ScanStamp(
        code="0.1.0+123456789abc", started=datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
        data=(DataStamp(layer="parcels", source="OpenStreetMap", reference_date=date(2023, 1, 30), sha256="cd" * 32),),
    ),
)  # fmt: skip

SUBJECT = Subject(
    rules={"near_work": "dicht bij werk", "near_shop": "winkel op loopafstand"},
    sites={"site-1": "Haatland", "site-2": "Koekoek"},
    process=read_process("hardenberg"),
)


@dataclass(frozen=True)
class Evening:
    """A session that is under way."""

    store: Store
    opened: Opened
    people: tuple[UUID, ...]

    @property
    def session(self) -> UUID:
        """Return the id of the session."""
        return self.opened.session

    @property
    def chair(self) -> UUID:
        """Return the id of the chair."""
        return self.opened.chair

    def does(self, who: UUID, act: Act, seen: int | None = None) -> Recorded:
        """Let someone do something."""
        return self.store.append(self.session, Event.model_validate({"by": who, "act": act}), seen)

    def locks(self, site: str, lock: str, reason: str, seen: int = 0) -> Recorded:
        """Let the chair lock a site."""
        told: dict[str, Any] = {"site": site, "lock": lock, "reason": reason}
        return self.does(self.chair, LockChanged.model_validate(told), seen)

    def state(self) -> State:
        """Return how it stands."""
        return fold(State(), self.store.events_since(self.session))
