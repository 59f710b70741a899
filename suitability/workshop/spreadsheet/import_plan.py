"""Import plan of a filled-in spreadsheet: per row the event to write, or the reason for refusing it.

Nothing is written here. A row is compared with what it showed when it was exported (``seen``) and with what holds now.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID, uuid5

from pydantic import ValidationError

from suitability.core.errors import Place, Problem, WorkshopError
from suitability.core.messages import LANGS, message
from suitability.workshop.event_validation import problems_of
from suitability.workshop.events import (
    ERASED,
    HIGHEST_WEIGHT,
    LOWEST_WEIGHT,
    Act,
    ChecklistDone,
    Commented,
    Event,
    LockChanged,
    Recorded,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
    plain,
)
from suitability.workshop.spreadsheet.layout import (
    CHOICES,
    DECISIONS,
    LOCKS,
    STEPS,
    TOPICS,
    Subject,
    by_word,
    header_of,
    local,
    rules_of,
    sites_of,
)
from suitability.workshop.stages import check_stage, check_step, checklist_of
from suitability.workshop.state import State, fold
from suitability.workshop.store import Write
from suitability.workshop.wording import LOCAL, act_text, local_time

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.workshop.spreadsheet.layout import SheetName
    from suitability.workshop.state import Participant

RowOutcome = Literal["added", "changed", "unchanged", "refused", "conflict", "held_back"]

_MOMENTS: Final = ("%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S")
_SHOWN: Final = 60


@dataclass(frozen=True)
class Row:
    """A row of a sheet with its cells by column; ``title``: the tab as it is called in the file."""

    sheet: SheetName
    title: str
    number: int
    cells: dict[str, object]
    is_merged: bool = False


@dataclass(frozen=True)
class Line:
    """Plan for one row. ``problem``: why it is refused or in conflict."""

    title: str
    row: int
    outcome: RowOutcome
    problem: Problem | None = None


class RefusedRowError(Exception):
    """This row cannot be used."""

    def __init__(self, row: Row, column: str, key: str, lang: Lang, **fields: object) -> None:
        super().__init__(key)
        place = Place(row.title, rows=str(row.number), field=header_of(column, lang) if column else "")
        self.problem = Problem(place, key, fields)
        self.outcome: RowOutcome = "conflict" if key == "row_conflict" else "refused"


@dataclass
class Plan:
    """The lines and writes of one file so far; ``state`` has the writes in it, ``known`` does not."""

    known: State
    subject: Subject
    by: UUID
    session: UUID
    now: datetime
    lang: Lang
    state: State = field(init=False)
    lines: list[Line] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    taken: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with what is known."""
        self.state = self.known
        self.people: dict[int, Participant] = {p.number: p for p in self.known.participants.values()}

    def add(self, row: Row) -> None:
        """Take in a row: a line always, a write where something is to change."""
        try:
            outcome = self._outcome(row)
        except RefusedRowError as refused:
            self.lines.append(Line(row.title, row.number, refused.outcome, refused.problem))
        except ValidationError as error:
            problem = problems_of(error, Place(row.title, rows=str(row.number)))[0]
            self.lines.append(Line(row.title, row.number, "refused", problem))
        except WorkshopError as error:
            self.lines.append(Line(row.title, row.number, "refused", _placed(row, error)))
        else:
            self.lines.append(Line(row.title, row.number, outcome))

    def _outcome(self, row: Row) -> RowOutcome:
        if row.is_merged:
            raise RefusedRowError(row, "", "row_merged", self.lang)
        readers = {
            "weights": self._weight, "votes": self._vote, "decisions": self._decision, "comments": self._comment,
        }  # fmt: skip
        return readers[row.sheet](row)

    def _weight(self, row: Row) -> RowOutcome:
        rule, value = self._known(row, "rule", rules_of(self.known, self.subject)), self._number(row)
        agreed = {message("workshop.agreed", lang).lower() for lang in LANGS}
        who = self._text(row, "participant").lower()
        if who in agreed:
            was = self.known.newest(WeightSet, rule)
            if value is None:
                return self._empty(row, was, "weight")
            reason = self._reason(row, was[1].reason if was else "")
            same = was is not None and (was[1].value, was[1].reason) == (value, reason)
            return self._put(
                row, WeightSet(rule=rule, value=value, reason=reason), was and was[0], same=same, of=(rule,)
            )
        person = self._person(row)
        vote = self.known.newest(WeightVoted, str(person.id), rule)
        if value is None:
            return self._empty(row, vote, "weight")
        act = WeightVoted(rule=rule, value=value, whose=self._whose(person))
        same = vote is not None and vote[1].value == value
        return self._put(row, act, vote and vote[0], same=same, of=(str(person.id), rule))

    def _vote(self, row: Row) -> RowOutcome:
        site, person = self._known(row, "site", sites_of(self.known, self.subject)), self._person(row)
        was = self.known.newest(SiteVoted, str(person.id), site)
        if not self._text(row, "vote"):
            return self._empty(row, was, "vote")
        choice = self._word(row, "vote", "choice", CHOICES)
        reason = self._reason(row, was[1].reason if was else "")
        act = SiteVoted.model_validate({"site": site, "choice": choice, "reason": reason, "whose": self._whose(person)})
        same = was is not None and (was[1].choice, was[1].reason) == (choice, reason)
        return self._put(row, act, was and was[0], same=same, of=(str(person.id), site))

    def _decision(self, row: Row) -> RowOutcome:
        site = self._known(row, "site", sites_of(self.known, self.subject))
        kind = self._word(row, "decision", "decision", DECISIONS)
        if kind == "lock":
            return self._lock(row, site)
        if self.subject.process is None:
            raise RefusedRowError(row, "decision", "row_no_stages", self.lang)
        return self._stage(row, site) if kind == "stage" else self._step(row, site)

    def _lock(self, row: Row, site: str) -> RowOutcome:
        was = self.known.newest(LockChanged, site)
        if not self._text(row, "value"):
            return self._empty(row, was, "value")
        lock = self._word(row, "value", "lock", LOCKS)
        reason = self._reason(row, was[1].reason if was else "")
        same = was is not None and (was[1].lock, was[1].reason) == (lock, reason)
        if not reason:
            raise RefusedRowError(row, "reason", "row_reason", self.lang)
        act = LockChanged.model_validate({"site": site, "lock": lock, "reason": reason})
        return self._put(row, act, was and was[0], same=same, of=(site,))

    def _stage(self, row: Row, site: str) -> RowOutcome:
        process, was = self.subject.process, self.known.newest(StageChanged, site)
        assert process is not None  # noqa: S101 (seen to by the caller)
        if not self._text(row, "value"):
            return self._empty(row, was, "value")
        words = {word.lower(): s.id for s in process.stages for word in (s.id, s.label.nl, s.label.en)}
        stage = self._among(row, "value", words, ", ".join(s.label.in_(self.lang) for s in process.stages))
        reason, when = self._reason(row, was[1].reason if was else ""), self._moment(row)
        same = was is not None and was[1].stage == stage and was[1].reason == reason
        if was is not None and was[1].stage != stage:  # what stands there is of the earlier stage unless it was changed
            reason = "" if reason == was[1].reason else reason
            when = None if when is not None and local(when) == local(was[1].when or was[0].at) else when
        act = StageChanged(site=site, stage=stage, reason=reason, when=when)
        if not same and self._seen(row) == (was[0].sequence if was else 0):
            self._not_ahead(row, when)
            check_stage(process, self.state, act, self.now)
        return self._put(row, act, was and was[0], same=same, of=(site,))

    def _step(self, row: Row, site: str) -> RowOutcome:
        process = self.subject.process
        assert process is not None  # noqa: S101 (seen to by the caller)
        checklist = checklist_of(process, self.known, site, self.now)
        steps = checklist.steps if checklist else ()
        words = {word.lower(): s for s in steps for word in (s.id, s.label.nl, s.label.en)}
        labels = ", ".join(s.label.in_(self.lang) for s in steps) or "-"
        step = words[self._among(row, "step", {word: word for word in words}, labels)]
        done, when = self._word(row, "value", "step", STEPS) == "done", self._moment(row)
        entry = checklist.entry if checklist else 0
        was = self.known.newest(ChecklistDone, str(entry), step.id, site)
        same = done == (step.at is not None) and (not done or when is None or local(when) == local(step.at or when))
        act = ChecklistDone(site=site, step=step.id, entry=entry, done=done, when=when if done else None)
        if not same:
            self._not_ahead(row, when)
            check_step(process, self.state, act, self.now)
        return self._put(row, act, was and was[0], same=same, of=(str(entry), step.id, site))

    def _comment(self, row: Row) -> RowOutcome:
        topic, person = self._word(row, "topic", "topic", TOPICS), self._person(row)
        subject, text, seen = self._text(row, "subject"), self._text(row, "text"), self._seen(row)
        if not text:
            raise RefusedRowError(row, "text", "row_empty", self.lang)
        if seen:
            record = self.known.log.get(seen)
            was = record.event.act if record else None
            if isinstance(was, Commented) and (was.text == plain(text) or ERASED in text):
                return "unchanged"
            raise RefusedRowError(row, "text", "row_comment", self.lang)
        if topic != "session":
            among = sites_of(self.known, self.subject) if topic == "site" else rules_of(self.known, self.subject)
            self._known(row, "subject", among)
        content = {"topic": topic, "subject": subject, "text": text, "whose": self._whose(person)}
        act = Commented.model_validate(content)
        said = [(r.whose, a.topic, a.subject, a.text) for r, a in self.state.logged(Commented)]
        if (person.id, act.topic, act.subject, act.text) in said:
            return "unchanged"
        self._write(act, None, row)
        return "added"

    def _put(self, row: Row, act: Act, was: Recorded | None, *, same: bool, of: tuple[str, ...]) -> RowOutcome:
        """Plan a change, unless nothing changes or someone else was first."""
        key = (type(act).__name__, *of)
        if key in self.taken:
            raise RefusedRowError(row, "", "row_twice", self.lang, found=self.taken[key])
        self.taken[key] = row.number
        seen, version = self._seen(row), was.sequence if was else 0
        if same:
            return "unchanged"
        if seen != version and was is None:
            raise RefusedRowError(row, "seen", "row_seen", self.lang, found=seen)
        if seen != version and was is not None:
            by = self.known.participants[was.event.by].called()
            found, at = act_text(was.event.act, self.lang, self.subject.process), local_time(was.at, self.lang)
            raise RefusedRowError(row, "seen", "row_conflict", self.lang, by=by, at=at, found=found)
        self._write(act, version if act.thing else None, row)
        return "changed" if was else "added"

    def _write(self, act: Act, seen: int | None, row: Row) -> None:
        """Plan an event with an id that follows from the row: a file that is read twice is counted once."""
        told = f"{row.sheet}|{act.model_dump_json()}|{self.by}|{self._seen(row)}"
        event = Event.model_validate({"id": uuid5(self.session, told), "by": self.by, "act": act})
        self.writes.append(Write(event, seen))
        self.state = fold(self.state, [Recorded(self.state.sequence + 1, self.now, event)])

    def _empty(self, row: Row, was: tuple[Recorded, Act] | None, column: str) -> RowOutcome:
        if was is None:
            return "unchanged"
        raise RefusedRowError(row, column, "row_emptied", self.lang)

    def _whose(self, person: Participant) -> UUID | None:
        return None if person.id == self.by else person.id

    def _text(self, row: Row, column: str) -> str:
        value = row.cells.get(column)
        if isinstance(value, str) and value.startswith("=") and column not in {"reason", "text"}:
            raise RefusedRowError(row, column, "row_formula", self.lang, found=_short(value))
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else plain(str(value))

    def _reason(self, row: Row, was: str) -> str:
        """Return the reason; the mark of an erased text keeps what was there."""
        text = self._text(row, "reason")
        return was if ERASED in text else text

    def _among(self, row: Row, column: str, words: dict[str, str], expected: str) -> str:
        text = self._text(row, column)
        if text.lower() not in words:
            raise RefusedRowError(row, column, "row_choice", self.lang, found=_short(text), expected=expected)
        return words[text.lower()]

    def _word(self, row: Row, column: str, family: str, codes: tuple[str, ...]) -> str:
        words = by_word(family, codes)
        return self._among(row, column, words, ", ".join(sorted(set(words) - set(codes)) or codes))

    def _known(self, row: Row, column: str, among: list[str]) -> str:
        text = self._text(row, column)
        if text not in among:
            raise RefusedRowError(
                row, column, "row_choice", self.lang, found=_short(text), expected=_short(", ".join(among))
            )
        return text

    def _person(self, row: Row) -> Participant:
        text = self._text(row, "participant")
        person = self.people.get(int(text)) if text.isascii() and text.isdigit() and len(text) < _SHOWN else None
        if person is None:
            raise RefusedRowError(
                row, "participant", "row_person", self.lang, found=_short(text), expected=len(self.people)
            )
        return person

    def _seen(self, row: Row) -> int:
        text = self._text(row, "seen") or "0"
        if not (text.isascii() and text.isdigit() and len(text) < _SHOWN):
            raise RefusedRowError(row, "seen", "row_seen", self.lang, found=_short(text))
        return int(text)

    def _number(self, row: Row) -> float | None:
        value = row.cells.get("weight")
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        low, high = LOWEST_WEIGHT, HIGHEST_WEIGHT
        try:
            found = float(plain(value).replace(",", ".")) if isinstance(value, str) else value
        except ValueError:
            found = value
        if (
            isinstance(found, bool)
            or not isinstance(found, int | float)
            or not math.isfinite(found)
            or not low <= found <= high
        ):
            shown = value.strftime("%d-%m-%Y") if isinstance(value, date) else value
            raise RefusedRowError(
                row, "weight", "row_weight", self.lang, found=_short(str(shown)), low=f"{low:g}", high=f"{high:g}"
            )
        return float(found)

    def _moment(self, row: Row) -> datetime | None:
        value = row.cells.get("when")
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, str):
            value = next((m for form in _MOMENTS if (m := _parsed(plain(value), form)) is not None), value)
        if not isinstance(value, datetime):
            raise RefusedRowError(row, "when", "row_moment", self.lang, found=_short(str(value)))
        return value.replace(tzinfo=LOCAL).astimezone(UTC)

    def _not_ahead(self, row: Row, when: datetime | None) -> None:
        if when is not None and when > self.now:
            raise RefusedRowError(row, "when", "act_in_future", self.lang, found=local_time(when, self.lang))


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 (the local clock, as the cell says it)
    except ValueError:
        return None


def _placed(row: Row, error: WorkshopError) -> Problem:
    """Return what the stages say of a row, with the place of the row."""
    problem = error.problems[0]
    return Problem(Place(row.title, rows=str(row.number)), problem.key, problem.fields)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
