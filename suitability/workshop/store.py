"""The store of what people make in a workshop: events that are appended, never changed.

``open_store`` gives a store on SQLite or PostgreSQL. Every write is one transaction under a lock on its session, so that
sequences have no gaps and a reader who asks for what is new never misses anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import sqlalchemy as sa

from suitability.core.errors import Problem, WorkshopError
from suitability.core.messages import LANGS
from suitability.workshop import access_codes as codes
from suitability.workshop.database import default_url, make_engine, reading, shown, url_of, writing
from suitability.workshop.event_validation import act_of
from suitability.workshop.events import (
    ACTS,
    ERASED,
    Event,
    ParticipantJoined,
    Recorded,
    SessionOpened,
    WordsErased,
)
from suitability.workshop.migrate import migrate
from suitability.workshop.tables import EVENT, SESSION, WORDS
from suitability.workshop.wording import act_text, local_time, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.engine import Connection, Engine, Row

    from suitability.workshop.events import Role

#: A clock may be ahead of the server's so much, and no more.
_AHEAD: Final = timedelta(minutes=5)

#: Key in the body of an event: which of its words were said, so that an erased text is told from an empty one.
_SAID: Final = "said"

#: Acts with a way of their own.
_GUARDED: Final = (SessionOpened, ParticipantJoined, WordsErased)


class Conflict(WorkshopError):  # noqa: N818 (the word people use for it)
    """Someone else changed the same thing first. ``theirs``: what they did; try again with its sequence, or leave it."""

    def __init__(self, problem: Problem, theirs: Recorded) -> None:
        super().__init__(problem)
        self.theirs = theirs


class MovedOn(Exception):  # noqa: N818
    """The session has more events than the caller had seen: look again."""


@dataclass(frozen=True)
class Opened:
    """A session that was just opened. ``chair_code`` is shown now and never again."""

    session: UUID
    participant_code: str
    chair_code: str
    chair: UUID


@dataclass(frozen=True)
class Joined:
    """Someone who takes part: ``participant`` is who they are in every later event."""

    session: UUID
    participant: UUID
    role: Role


@dataclass(frozen=True)
class Listed:
    """A session in the list of all."""

    session: UUID
    title: str
    opened: datetime
    is_closed: bool


@dataclass(frozen=True)
class Write:
    """An event to be stored. ``seen``: the sequence of the last change of the same thing that its maker saw, 0 = none."""

    event: Event
    seen: int | None = None


class Store:
    """Event store; created by ``open_store``. Thread-safe."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine = engine
        self.clock = clock

    @property
    def place(self) -> str:
        """Address of the database, without the password."""
        return shown(self.engine.url)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def open_session(
        self, opening: SessionOpened, *, name: str = "", party: str, session: UUID | None = None
    ) -> Opened:
        """Open a session with its first chair, and return its codes."""
        chosen, chair = session or uuid4(), uuid4()
        participant_code, chair_code = codes.new_code(codes.PARTICIPANT_LENGTH), codes.new_code(codes.CHAIR_LENGTH)
        joining = act_of({"kind": "participant_joined", "name": name, "party": party, "role": "chair"})
        first = (Write(Event(by=chair, act=opening)), Write(Event(id=chair, by=chair, act=joining)))
        with writing(self.engine) as connection:
            connection.execute(
                SESSION.insert().values(
                    id=str(chosen),
                    participant_code=participant_code,
                    chair_digest=codes.digest(chair_code),
                    last_sequence=0,
                )
            )
            self.append_in(connection, chosen, first, last=0)
        return Opened(chosen, participant_code, chair_code, chair)

    def participant_code(self, session: UUID) -> str:
        """Return the code to show on the wall."""
        with reading(self.engine) as connection:
            query = sa.select(SESSION.c.participant_code).where(SESSION.c.id == str(session))
            return _known(connection.execute(query).scalar(), session)

    def join(self, code: str, *, party: str, name: str = "", origin: str = "", event: UUID | None = None) -> Joined:
        """Let someone take part by a code. ``event``: an id made beforehand, so that a second try is the same person.

        Raises ``WorkshopError`` for a wrong code, or a closed session (chairs may still come in).
        """
        session, role = codes.session_of(self.engine, code, origin)
        mine = event or uuid4()
        act = act_of({"kind": "participant_joined", "name": name, "party": party, "role": role})
        self._locked(session, (Write(Event(id=mine, by=mine, act=act)),))
        return Joined(session, mine, role)

    def append(self, session: UUID, event: Event, seen: int | None = None) -> Recorded:
        """Store an event and return it as stored; one that was stored before is returned as it was.

        ``seen`` is needed where two may change the same thing (``event.act.thing``).
        Raises ``Conflict``, ``WorkshopError`` or ``StoreError``.
        """
        return self.append_all(session, (Write(event, seen),))[0]

    def append_all(self, session: UUID, writes: Sequence[Write], *, up_to: int | None = None) -> list[Recorded]:
        """Store events together, or none of them. ``up_to``: raise ``MovedOn`` when the session has more events."""
        for write in writes:
            if isinstance(write.event.act, _GUARDED):
                raise TypeError(f"{write.event.act.kind} is done by open_session, join or the erasures")
        return self._locked(session, writes, up_to)

    def _locked(self, session: UUID, writes: Sequence[Write], up_to: int | None = None) -> list[Recorded]:
        with writing(self.engine) as connection:
            last = self.locked_at(connection, session)
            if up_to is not None and last != up_to:
                raise MovedOn
            return self.append_in(connection, session, writes, last)

    def locked_at(self, connection: Connection, session: UUID) -> int:
        """Keep others from writing in this session until the transaction ends; return how many events it has."""
        query = sa.select(SESSION.c.last_sequence).where(SESSION.c.id == str(session)).with_for_update()
        last: int | None = connection.execute(query).scalar()
        if last is None:
            raise WorkshopError(Problem(str(session), "session_unknown"))
        return last

    def append_in(self, connection: Connection, session: UUID, writes: Sequence[Write], last: int) -> list[Recorded]:
        """Store events in a transaction that holds the session's lock (``locked_at``)."""
        recorded = []
        for write in writes:
            before = _by_ids(connection, [write.event.id])
            if before:
                recorded.append(_same(before[0], write.event, session, connection))
                continue
            self._check(connection, session, write)
            last += 1
            recorded.append(_insert(connection, session, write, last, self.clock()))
        count = SESSION.update().where(SESSION.c.id == str(session)).values(last_sequence=last)
        connection.execute(count)
        return recorded

    def _check(self, connection: Connection, session: UUID, write: Write) -> None:
        """Raise when this person may not do this, now, in this session, on what they saw."""
        act, where = write.event.act, write.event.act.kind
        if isinstance(act, SessionOpened):
            return
        role = act.role if isinstance(act, ParticipantJoined) else _role(connection, session, write.event.by)
        whose = getattr(act, "whose", None) or write.event.by
        if whose != write.event.by:
            _role(connection, session, whose)
        if role != "chair" and (act.by_chair or whose != write.event.by):
            raise WorkshopError(Problem(where, "act_by_chair"))
        when = getattr(act, "when", None)
        if when is not None and when > self.clock() + _AHEAD:
            raise WorkshopError(Problem(where, "act_in_future", {"found": when.isoformat(timespec="minutes")}))
        is_chair_coming = isinstance(act, ParticipantJoined) and role == "chair"
        if not (act.after_closing or is_chair_coming) and _is_closed(connection, session):
            raise WorkshopError(Problem(where, "session_closed"))
        _check_seen(connection, session, write)

    def events_since(self, session: UUID, sequence: int = 0) -> list[Recorded]:
        """Return what happened after ``sequence``, in order: for a screen that follows along."""
        with reading(self.engine) as connection:
            known = sa.select(SESSION.c.id).where(SESSION.c.id == str(session))
            _known(connection.execute(known).scalar(), session)
            after = (EVENT.c.session_id == str(session)) & (EVENT.c.sequence > sequence)
            return _read(connection, sa.select(EVENT).where(after).order_by(EVENT.c.sequence))

    def sessions(self) -> list[Listed]:
        """Return all sessions, the newest first."""
        with reading(self.engine) as connection:
            query = sa.select(EVENT).where(EVENT.c.kind == "session_opened").order_by(EVENT.c.at.desc())
            rows = connection.execute(query).all()
            closed = sa.select(EVENT.c.session_id).where(EVENT.c.kind == "session_closed")
            ended = set(connection.execute(closed).scalars())
        titles = [json.loads(row.body)["title"] for row in rows]
        return [
            Listed(UUID(row.session_id), title, datetime.fromisoformat(row.at), row.session_id in ended)
            for row, title in zip(rows, titles, strict=True)
        ]


def open_store(address: str | None = None, *, clock: Callable[[], datetime] | None = None) -> Store:
    """Open the store at an address (a path, ``sqlite:///…`` or ``postgresql://…``), its tables brought up to date.

    Default: a file in the user's data folder. Raises ``StoreError`` when it is not writable, not reachable, or was
    written by a newer version of this program.
    """
    engine = make_engine(url_of(address or default_url()))
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, clock or (lambda: datetime.now(UTC)))


def _known(found: str | None, session: UUID) -> str:
    if found is None:
        raise WorkshopError(Problem(str(session), "session_unknown"))
    return found


def _insert(connection: Connection, session: UUID, write: Write, sequence: int, at: datetime) -> Recorded:
    event = write.event
    said = {name: getattr(event.act, name) for name in event.act.words if getattr(event.act, name)}
    body = event.act.model_dump(mode="json", exclude={"kind", *event.act.words}) | {_SAID: sorted(said)}
    connection.execute(
        EVENT.insert().values(
            id=str(event.id), session_id=str(session), sequence=sequence, at=at.astimezone(UTC).isoformat(),
            by=str(event.by), kind=event.act.kind, thing=event.act.thing,
            follows=None if event.act.thing is None else write.seen,
            body=json.dumps(body, ensure_ascii=False, sort_keys=True),
        )
    )  # fmt: skip
    if said:
        rows = [{"event_id": str(event.id), "field": name, "text": text} for name, text in said.items()]
        connection.execute(WORDS.insert(), rows)
    return Recorded(sequence, at.astimezone(UTC), event)


def _check_seen(connection: Connection, session: UUID, write: Write) -> None:
    """Raise ``Conflict`` when the thing was changed after what the maker saw."""
    act = write.event.act
    if act.thing is None:
        return
    if write.seen is None:
        raise TypeError(f"{act.kind} needs the sequence of the last change that was seen, 0 for none")
    of_thing = (EVENT.c.session_id == str(session)) & (EVENT.c.thing == act.thing)
    newest = _read(connection, sa.select(EVENT).where(of_thing).order_by(EVENT.c.sequence.desc()).limit(1))
    if newest and newest[0].sequence != write.seen:
        raise Conflict(_conflict(connection, newest[0]), newest[0])
    if not newest and write.seen:
        raise WorkshopError(Problem(act.kind, "act_unseen", {"found": write.seen}))


def _conflict(connection: Connection, theirs: Recorded) -> Problem:
    who = _by_ids(connection, [theirs.event.by])
    joined = who[0].event.act if who else None
    by = (joined.name or joined.party) if isinstance(joined, ParticipantJoined) else ERASED
    found = {lang: act_text(theirs.event.act, lang) for lang in LANGS}
    at = {lang: local_time(theirs.at, lang) for lang in LANGS}
    return Problem(subject_of(theirs.event.act), "act_conflict", {"by": by, "at": at, "found": found})


def _role(connection: Connection, session: UUID, participant: UUID) -> Role:
    query = sa.select(EVENT.c.body).where(
        (EVENT.c.id == str(participant)) & (EVENT.c.session_id == str(session)) & (EVENT.c.kind == "participant_joined")
    )
    body = connection.execute(query).scalar()
    if body is None:
        raise WorkshopError(Problem("participant", "act_not_a_participant"))
    role: Role = json.loads(body)["role"]
    return role


def _is_closed(connection: Connection, session: UUID) -> bool:
    query = sa.select(EVENT.c.id).where((EVENT.c.session_id == str(session)) & (EVENT.c.kind == "session_closed"))
    return connection.execute(query).first() is not None


def _same(before: Recorded, event: Event, session: UUID, connection: Connection) -> Recorded:
    """Return the event that was stored before, after seeing that it is the same one."""
    owner = connection.execute(sa.select(EVENT.c.session_id).where(EVENT.c.id == str(event.id))).scalar()
    said = [field for field in before.event.act.words if getattr(before.event.act, field) in {"", ERASED}]
    told = event.model_copy(
        update={"act": event.act.model_copy(update={field: getattr(before.event.act, field) for field in said})}
    )
    if owner != str(session) or told != before.event:
        raise WorkshopError(Problem(str(event.id), "act_id_reused"))
    return before


def _by_ids(connection: Connection, ids: Iterable[UUID]) -> list[Recorded]:
    return _read(connection, sa.select(EVENT).where(EVENT.c.id.in_([str(one) for one in ids])))


def _read(connection: Connection, query: sa.Select[tuple[object, ...]]) -> list[Recorded]:
    """Return events with what was said in them; what was erased reads as such."""
    rows = connection.execute(query).all()
    said: dict[tuple[str, str], str] = {}
    for event_id, name, text in connection.execute(
        sa.select(WORDS).where(WORDS.c.event_id.in_(query.with_only_columns(EVENT.c.id)))
    ):
        said[event_id, name] = text
    return [_recorded(row, said) for row in rows]


def _recorded(row: Row[tuple[object, ...]], said: dict[tuple[str, str], str]) -> Recorded:
    body = json.loads(row.body)
    words = {name: said.get((row.id, name), "" if name == "name" else ERASED) for name in body.pop(_SAID)}
    act = ACTS.validate_python({"kind": row.kind, **body, **words})
    return Recorded(row.sequence, datetime.fromisoformat(row.at), Event(id=UUID(row.id), by=UUID(row.by), act=act))
