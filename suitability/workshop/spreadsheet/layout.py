"""Layout of a session as a spreadsheet: sheets, columns and their words, for export and import.

``seen`` is in every row: the sequence of the newest event that the row shows. Reading back compares it, so that a change
made in the meantime is not overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from suitability.core.messages import LANGS, has_message, message
from suitability.workshop.events import Commented, LockChanged, SiteVoted, StageChanged, WeightSet, WeightVoted
from suitability.workshop.spreadsheet.workbook import Column
from suitability.workshop.stages import checklist_of
from suitability.workshop.wording import LOCAL, stage_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from suitability.core.messages import Lang
    from suitability.workshop.spreadsheet.workbook import CellValue
    from suitability.workshop.stage_model import Process
    from suitability.workshop.state import Participant, State

SheetName = Literal["weights", "votes", "decisions", "comments"]
_Code = TypeVar("_Code", bound=str)

#: Sheet -> its columns, in order.
LAYOUT: Final[Mapping[SheetName, tuple[str, ...]]] = {
    "weights": ("rule", "label", "participant", "name", "party", "weight", "reason", "seen"),
    "votes": ("site", "label", "participant", "name", "party", "vote", "reason", "seen"),
    "decisions": ("site", "label", "decision", "step", "value", "when", "reason", "seen"),
    "comments": ("topic", "subject", "participant", "name", "party", "text", "when", "seen"),
}

#: Columns that are to be filled in; of the comments all that a new row needs.
OPEN_COLUMNS: Final = {"weight", "vote", "value", "reason", "when", "text"}

_WIDTHS: Final = {"label": 30, "reason": 40, "text": 60, "name": 24, "party": 24, "value": 20, "when": 18, "seen": 10}
_WIDTH: Final = 16

#: Words in cells -> what they stand for; each in both languages, and the code itself.
CHOICES: Final = ("for", "against", "unsure")
LOCKS: Final = ("in", "out", "open")
DECISIONS: Final = ("lock", "stage", "step")
TOPICS: Final = ("site", "rule", "session")
STEPS: Final = ("done", "open")


@dataclass(frozen=True)
class Subject:
    """Subject of the workshop: labels of rules and of sites by id, and the stages; a spreadsheet has a row for each.

    What events speak of and is not here gets its id for a label.
    """

    rules: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    process: Process | None = None


def title_of(sheet: str, lang: Lang) -> str:
    """Return the name on the tab."""
    return message(f"workshop.sheet_{sheet}", lang)


def header_of(column: str, lang: Lang) -> str:
    """Return what stands above a column."""
    return message(f"workshop.column_{column}", lang)


def by_word(family: str, codes: Collection[_Code]) -> dict[str, _Code]:
    """Return the code for each word in each language, small letters; words of earlier versions are read too."""
    words = {message(f"workshop.{family}_{code}", lang).lower(): code for code in codes for lang in LANGS}
    former = {
        message(key, lang).lower(): code
        for code in codes
        for lang in LANGS
        if has_message(key := f"workshop.{family}_{code}.former")
    }
    return {**{code: code for code in codes}, **former, **words}


def columns_of(sheet: SheetName, subject: Subject, lang: Lang) -> tuple[Column, ...]:
    """Return the columns of a sheet."""
    choices = {
        ("votes", "vote"): tuple(message(f"workshop.choice_{code}", lang) for code in CHOICES),
        ("comments", "topic"): tuple(message(f"workshop.topic_{code}", lang) for code in TOPICS),
        ("decisions", "value"): _decision_words(subject, lang),
    }
    return tuple(
        Column(header_of(name, lang), _WIDTHS.get(name, _WIDTH), name in OPEN_COLUMNS, choices.get((sheet, name), ()))
        for name in LAYOUT[sheet]
    )


def _decision_words(subject: Subject, lang: Lang) -> tuple[str, ...]:
    locks = tuple(message(f"workshop.lock_{code}", lang) for code in LOCKS)
    steps = tuple(message(f"workshop.step_{code}", lang) for code in STEPS)
    stages = tuple(stage.label.in_(lang) for stage in subject.process.stages) if subject.process else ()
    return (*locks, *stages, *steps)


def rows_of(sheet: SheetName, state: State, subject: Subject, lang: Lang) -> list[tuple[CellValue, ...]]:
    """Return the rows of a sheet."""
    rows = {"weights": _weights, "votes": _votes, "decisions": _decisions, "comments": _comments}[sheet]
    return list(rows(state, subject, lang))


def local(moment: datetime) -> datetime:
    """Return a moment as a spreadsheet shows it: the local clock, whole minutes, no zone."""
    return moment.astimezone(LOCAL).replace(tzinfo=None, second=0, microsecond=0)


def rules_of(state: State, subject: Subject) -> list[str]:
    """Return the rules with a row: those of the workshop in their order, then others."""
    return [*subject.rules, *(rule for rule in state.rules if rule not in subject.rules)]


def sites_of(state: State, subject: Subject) -> list[str]:
    """Return the sites with a row: those of the workshop in their order, then others."""
    return [*subject.sites, *(site for site in state.sites if site not in subject.sites)]


def _who(person: Participant) -> tuple[int, str, str]:
    return person.number, person.name, person.party


def _weights(state: State, subject: Subject, lang: Lang) -> Iterator[tuple[CellValue, ...]]:
    agreed = message("workshop.agreed", lang)
    for rule in rules_of(state, subject):
        label = subject.rules.get(rule, "")
        was = state.newest(WeightSet, rule)
        value, reason = (was[1].value, was[1].reason) if was else (None, "")
        yield rule, label, agreed, "", "", value, reason, was[0].sequence if was else 0
        for person in state.participants.values():
            vote = state.newest(WeightVoted, str(person.id), rule)
            yield rule, label, *_who(person), vote[1].value if vote else None, "", vote[0].sequence if vote else 0


def _votes(state: State, subject: Subject, lang: Lang) -> Iterator[tuple[CellValue, ...]]:
    for site in sites_of(state, subject):
        for person in state.participants.values():
            vote = state.newest(SiteVoted, str(person.id), site)
            word = message(f"workshop.choice_{vote[1].choice}", lang) if vote else ""
            reason = vote[1].reason if vote else ""
            yield site, subject.sites.get(site, ""), *_who(person), word, reason, vote[0].sequence if vote else 0


def _decisions(state: State, subject: Subject, lang: Lang) -> Iterator[tuple[CellValue, ...]]:
    kinds = {code: message(f"workshop.decision_{code}", lang) for code in DECISIONS}
    for site in sites_of(state, subject):
        head = site, subject.sites.get(site, "")
        lock = state.newest(LockChanged, site)
        word = message(f"workshop.lock_{lock[1].lock}", lang) if lock else ""
        yield *head, kinds["lock"], "", word, None, lock[1].reason if lock else "", lock[0].sequence if lock else 0
        if subject.process is None:
            continue
        yield from _steps(head, state, subject.process, kinds["step"], lang)
        stage = state.newest(StageChanged, site)
        word = stage_text(stage[1].stage, lang, subject.process) if stage else ""
        when = local(stage[1].when or stage[0].at) if stage else None
        reason = stage[1].reason if stage else ""
        yield *head, kinds["stage"], "", word, when, reason, stage[0].sequence if stage else 0


def _steps(
    head: tuple[str, str], state: State, process: Process, kind: str, lang: Lang
) -> Iterator[tuple[CellValue, ...]]:
    """Yield the checklist before the stage: who ticks the last step and moves on may do so in one file."""
    checklist = checklist_of(process, state, head[0], datetime.now(UTC))
    for step in checklist.steps if checklist else ():
        word = message(f"workshop.step_{'done' if step.at else 'open'}", lang)
        yield *head, kind, step.label.in_(lang), word, local(step.at) if step.at else None, "", step.version


def _comments(state: State, _subject: Subject, lang: Lang) -> Iterator[tuple[CellValue, ...]]:
    for record, act in state.logged(Commented):
        person = state.participants[record.whose]
        topic = message(f"workshop.topic_{act.topic}", lang)
        yield topic, act.subject, *_who(person), act.text, local(record.at), record.sequence
