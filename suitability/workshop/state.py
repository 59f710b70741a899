"""The state of a session: a pure fold over its events, in any order and any portions.

What replaces what is decided by the sequence that the store gave, so a screen that gets its news late or twice shows the
same as one that starts anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar, cast

from suitability.workshop.events import (
    ERASED,
    Act,
    ChecklistDone,
    Commented,
    LockChanged,
    MinutesExported,
    ParticipantJoined,
    Recorded,
    SessionClosed,
    SessionOpened,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
    WordsErased,
    without_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

A = TypeVar("A", bound=Act)

#: What is folded under one key, the newest winning: kind, then whose or of what.
Key = tuple[str, ...]

#: Parts of a name this short stand in too many other words to be blotted out by themselves.
_SHORT_NAME: Final = 4


@dataclass(frozen=True)
class Participant:
    """Participant. ``number``: order of joining, from 1; it never changes."""

    id: UUID
    number: int
    name: str
    party: str
    role: str

    def called(self) -> str:
        """Return the name with the party, or the party with the number where there is no name."""
        return f"{self.name} ({self.party})" if self.name else f"{self.party} ({self.number})"


@dataclass(frozen=True)
class State:
    """A session at one moment. ``latest``: the newest event of each thing; ``log``: those of which all are kept.

    ``sequence``: the last event that is in it; ask the store for what comes after.
    """

    sequence: int = 0
    latest: Mapping[Key, Recorded] = field(default_factory=dict)
    log: Mapping[int, Recorded] = field(default_factory=dict)

    def all_of(self, kind: type[A]) -> list[tuple[Recorded, A]]:
        """Return the newest events of one kind, by thing, in the order of the store."""
        found = [record for key, record in self.latest.items() if key[0] == kind.__name__]
        return [(r, cast("A", r.event.act)) for r in sorted(found, key=lambda r: r.sequence)]

    def logged(self, kind: type[A]) -> list[tuple[Recorded, A]]:
        """Return every event of one kind, also those that were changed later, in the order of the store."""
        return [(r, cast("A", r.event.act)) for _, r in sorted(self.log.items()) if isinstance(r.event.act, kind)]

    def newest(self, kind: type[A], *of: str) -> tuple[Recorded, A] | None:
        """Return the newest event of a thing, for example ``newest(LockChanged, site)``; its sequence is its version."""
        record = self.latest.get((kind.__name__, *of))
        return None if record is None else (record, cast("A", record.event.act))

    def version(self, kind: type[Act], *of: str) -> int:
        """Return the sequence of the newest event of a thing, 0 for none: what a change of it must have seen."""
        record = self.latest.get((kind.__name__, *of))
        return 0 if record is None else record.sequence

    @cached_property
    def opened(self) -> tuple[Recorded, SessionOpened]:
        """The event that opened the session."""
        return self.logged(SessionOpened)[0]

    @cached_property
    def is_closed(self) -> bool:
        """True if the session takes no more votes."""
        return bool(self.logged(SessionClosed))

    @cached_property
    def participants(self) -> dict[UUID, Participant]:
        """Everyone who joined, by id, in the order of joining."""
        joined = self.logged(ParticipantJoined)
        return {
            r.event.id: Participant(r.event.id, i, act.name, act.party, act.role)
            for i, (r, act) in enumerate(joined, 1)
        }

    @cached_property
    def sites(self) -> list[str]:
        """The sites that something was said or decided about, sorted."""
        acts = [r.event.act for r in (*self.latest.values(), *self.log.values())]
        commented = {act.subject for act in acts if isinstance(act, Commented) and act.topic == "site"}
        return sorted(commented | {act.site for act in acts if isinstance(act, SiteVoted | LockChanged | StageChanged)})

    @cached_property
    def rules(self) -> list[str]:
        """The rules that something was said or decided about, sorted."""
        acts = [r.event.act for r in (*self.latest.values(), *self.log.values())]
        commented = {act.subject for act in acts if isinstance(act, Commented) and act.topic == "rule"}
        return sorted(commented | {act.rule for act in acts if isinstance(act, WeightVoted | WeightSet)})

    def weights(self, rule: str) -> dict[UUID, float]:
        """Return the weight that each person gives a rule."""
        return {r.whose: act.value for r, act in self.all_of(WeightVoted) if act.rule == rule}

    def votes(self, site: str) -> dict[UUID, SiteVoted]:
        """Return each person's vote on a site."""
        return {r.whose: act for r, act in self.all_of(SiteVoted) if act.site == site}


#: Kinds of which all events are kept, because the way there matters too.
_LOGGED: Final = (
    SessionOpened, ParticipantJoined, Commented, LockChanged, StageChanged, WeightSet, MinutesExported, SessionClosed,
    WordsErased,
)  # fmt: skip


def _key(record: Recorded) -> Key | None:
    """Return under what an event is folded; None where it replaces nothing."""
    act = record.event.act
    match act:
        case WeightVoted():
            of: tuple[str, ...] = (str(record.whose), act.rule)
        case SiteVoted():
            of = (str(record.whose), act.site)
        case WeightSet():
            of = (act.rule,)
        case LockChanged() | StageChanged():
            of = (act.site,)
        case ChecklistDone():
            of = (str(act.entry), act.step, act.site)
        case SessionClosed():
            of = ()
        case _:
            return None
    return (type(act).__name__, *of)


def fold(state: State, records: Iterable[Recorded]) -> State:
    """Return the state with these events in it; events that it holds already change nothing."""
    latest, log, last = dict(state.latest), dict(state.log), state.sequence
    fresh_erasure = False
    for record in records:
        last = max(last, record.sequence)
        if isinstance(record.event.act, _LOGGED):
            log.setdefault(record.sequence, record)
        key = _key(record)
        if key is not None and (key not in latest or latest[key].sequence < record.sequence):
            latest[key] = record
        fresh_erasure = fresh_erasure or bool(record.event.act.words) or isinstance(record.event.act, WordsErased)
    erased = {one for r in log.values() if isinstance(r.event.act, WordsErased) for one in r.event.act.events}
    if erased and fresh_erasure:
        latest = {k: without_words(r) if r.event.id in erased else r for k, r in latest.items()}
        log = {k: without_words(r) if r.event.id in erased else r for k, r in log.items()}
    return State(last, latest, log)


def pseudonymised(state: State) -> State:
    """Return the state without names, for whatever leaves the workshop in public: parties only.

    A participant's name, whole or a part of four letters or more, is blotted out of every text as well. Names of others
    in a remark are not known here: someone must read the remarks before they are published.
    """
    whole = {act.name for _, act in state.logged(ParticipantJoined) if act.name}
    parts = {part for name in whole for part in re.findall(r"\w+", name) if len(part) >= _SHORT_NAME}
    found = sorted(map(re.escape, whole | parts), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", re.IGNORECASE) if found else None

    def hidden(record: Recorded) -> Recorded:
        act = record.event.act
        told = {word: pattern.sub(ERASED, getattr(act, word)) for word in act.words} if pattern else {}
        if isinstance(act, ParticipantJoined):
            told = {"name": ""}
        event = record.event.model_copy(update={"act": act.model_copy(update=told)})
        return Recorded(record.sequence, record.at, event)

    latest = {key: hidden(record) for key, record in state.latest.items()}
    return State(state.sequence, latest, {key: hidden(record) for key, record in state.log.items()})
