"""Stages of a site, from a file in ``config/stages``: their order and their requirements.

Hardenberg's are those of its handelingskader, 3.3: nobody is informed before the intended decision, and then everyone
within 24 hours, in a fixed order. Times are UTC inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from suitability.core.config import config_folder, documents
from suitability.core.errors import Place, PolicyError, Problem, WorkshopError, suggestion
from suitability.core.messages import LANGS
from suitability.core.validation import place_of, validated, without_echo
from suitability.core.yaml_files import read_yaml
from suitability.workshop.events import ChecklistDone, Event, StageChanged
from suitability.workshop.stage_model import Process, Stage
from suitability.workshop.store import Conflict
from suitability.workshop.wording import act_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from suitability.core.local_text import LocalText
    from suitability.core.located_yaml import LocatedDict
    from suitability.workshop.events import Recorded
    from suitability.workshop.state import State
    from suitability.workshop.store import Store

FOLDER: Final = "stages"


@dataclass(frozen=True)
class StepState:
    """A step of a checklist for one site. ``at``: when it was done, None = open.

    ``is_late``: done, or still open, after the deadline; ``is_out_of_order``: done before a step that comes earlier.
    """

    id: str
    label: LocalText
    at: datetime | None
    is_late: bool
    is_out_of_order: bool
    version: int


@dataclass(frozen=True)
class ChecklistState:
    """The checklist of the stage a site is in. ``entry``: sequence of the event by which it came there."""

    entry: int
    begun: datetime
    deadline: datetime
    steps: tuple[StepState, ...]

    @property
    def is_done(self) -> bool:
        """True if every step is done."""
        return all(step.at is not None for step in self.steps)


def read_process(name: str, config: Path | None = None) -> Process:
    """Return the stages of a file in ``config/stages``. Raises ``PolicyError`` with every mistake in it."""
    folder = config_folder(config)
    path = folder / FOLDER / f"{name}.yaml"
    known = sorted(file.stem for file in (folder / FOLDER).glob("*.yaml"))
    if name not in known:
        fields = {"found": name, "expected": ", ".join(known), "suggestion": suggestion(name, known)}
        raise PolicyError(Problem("--stages", "unknown_stages", fields))
    problems: list[Problem] = []
    located = read_yaml(path, problems)
    process = validated({**located, "id": name}, Process, problems, partial(place_of, located, path))
    if process is not None:
        problems += _meaning(process, located, path, folder)
    if process is None or problems:
        raise PolicyError(*without_echo(problems))
    return process


def _meaning(process: Process, located: LocatedDict, path: Path, folder: Path) -> list[Problem]:
    """Return the mistakes that the form does not show: names that do not exist or occur twice, dead stages."""
    names = [stage.id for stage in process.stages]
    problems = []
    for stage, line in zip(process.stages, located["stages"].lines, strict=True):
        here = Place(line.file, line.number, rule=stage.id)
        wrong = [name for name in stage.to if name not in names]
        if wrong:
            problems.append(Problem(here, "stage_unknown", {"found": ", ".join(wrong), "expected": ", ".join(names)}))
        steps = [step.id for step in stage.checklist.steps] if stage.checklist else []
        twice = {n for n in (stage.id,) if names.count(n) > 1} | {n for n in steps if steps.count(n) > 1}
        problems += [Problem(here, "double_id", {"found": name}) for name in sorted(twice)]
    reached, todo = {names[0]}, [names[0]]
    while todo:
        new = {stage.id for stage in process.after(todo.pop())} - reached
        reached |= new
        todo += sorted(new)
    dead = [name for name in names if name not in reached]
    if dead:
        problems.append(Problem(str(path), "stage_unreachable", {"found": ", ".join(dead)}))
    if process.source is not None and process.source.document not in documents(folder):
        fields = {"found": process.source.document, "expected": ", ".join(sorted(documents(folder)))}
        problems.append(Problem(Place(*located.lines["source"]), "unknown_document", fields))
    return problems


def stage_of(state: State, site: str) -> str | None:
    """Return the stage a site is in, None = in none yet."""
    found = state.newest(StageChanged, site)
    return None if found is None else found[1].stage


def checklist_of(process: Process, state: State, site: str, now: datetime) -> ChecklistState | None:
    """Return how far the checklist is of the stage a site is in, None where that has none."""
    found = state.newest(StageChanged, site)
    stage = process.stage(found[1].stage) if found else None
    if found is None or stage is None or stage.checklist is None:
        return None
    entry, begun = found[0].sequence, found[1].when or found[0].at
    deadline = begun + timedelta(hours=stage.checklist.hours)
    done = [state.newest(ChecklistDone, str(entry), step.id, site) for step in stage.checklist.steps]
    times = [(tick[1].when or tick[0].at) if tick and tick[1].done else None for tick in done]
    steps = []
    for i, (step, tick, at) in enumerate(zip(stage.checklist.steps, done, times, strict=True)):
        skipped = at is not None and any(earlier is None or earlier > at for earlier in times[:i])
        version = tick[0].sequence if tick else 0
        steps.append(StepState(step.id, step.label, at, (at or now) > deadline, skipped, version))
    return ChecklistState(entry, begun, deadline, tuple(steps))


def check_stage(process: Process, state: State, act: StageChanged, now: datetime) -> None:
    """Raise ``WorkshopError`` when a site may not enter this stage now: no such step, no reason, open checklist."""
    here, where = stage_of(state, act.site), act.site
    allowed = process.after(here)
    chosen = next((stage for stage in allowed if stage.id == act.stage), None)
    if chosen is None:
        fields = {"found": _labels(process, act.stage), "expected": _allowed(allowed)}
        raise WorkshopError(Problem(where, "stage_not_allowed", fields))
    names = [stage.id for stage in process.stages]
    is_back = here is not None and names.index(act.stage) < names.index(here)
    if (chosen.reason or is_back) and not act.reason:
        raise WorkshopError(Problem(where, "stage_reason", {"found": _labels(process, act.stage)}))
    checklist = checklist_of(process, state, act.site, now)
    if checklist is not None and not checklist.is_done and not chosen.from_any and not is_back:
        open_steps = tuple(step.label for step in checklist.steps if step.at is None)
        raise WorkshopError(Problem(where, "stage_checklist", {"found": _joined(open_steps)}))
    last = state.newest(StageChanged, act.site)
    if act.when is not None and last is not None and act.when < (last[1].when or last[0].at):
        raise WorkshopError(Problem(where, "stage_before", {"found": _labels(process, last[1].stage)}))


def check_step(process: Process, state: State, act: ChecklistDone, now: datetime) -> None:
    """Raise ``WorkshopError`` when this step is not on the checklist of the stage a site is in, or too early."""
    checklist = checklist_of(process, state, act.site, now)
    steps = () if checklist is None else checklist.steps
    if checklist is None or act.entry != checklist.entry or act.step not in [step.id for step in steps]:
        fields = {"found": act.step, "expected": ", ".join(step.id for step in steps) or "-"}
        raise WorkshopError(Problem(act.site, "stage_step", fields))
    if act.when is not None and act.when < checklist.begun:
        here = stage_of(state, act.site)
        raise WorkshopError(Problem(act.site, "stage_before", {"found": _labels(process, here or "")}))


def change_stage(store: Store, process: Process, state: State, act: StageChanged, session: UUID, by: UUID) -> Recorded:
    """Let a site enter a stage. Raises ``WorkshopError``, or ``Conflict`` when ``state`` is no longer how it is."""
    check_stage(process, state, act, store.clock())
    return _append(store, process, session, Event(by=by, act=act), state.version(StageChanged, act.site))


def tick(store: Store, process: Process, state: State, act: ChecklistDone, session: UUID, by: UUID) -> Recorded:
    """Tick a step of a checklist, or take the tick away. Raises ``WorkshopError`` or ``Conflict``."""
    check_step(process, state, act, store.clock())
    seen = state.version(ChecklistDone, str(act.entry), act.step, act.site)
    return _append(store, process, session, Event(by=by, act=act), seen)


def _append(store: Store, process: Process, session: UUID, event: Event, seen: int) -> Recorded:
    """Store a step; a conflict names the stage as people know it, which the store cannot."""
    try:
        return store.append(session, event, seen)
    except Conflict as conflict:
        problem, theirs = conflict.problems[0], conflict.theirs
        found = {lang: act_text(theirs.event.act, lang, process) for lang in LANGS}
        raise Conflict(Problem(problem.where, problem.key, {**problem.fields, "found": found}), theirs) from None


def may_publish(process: Process, state: State, site: str) -> bool:
    """Return whether a site may be known to everyone: in no stage, or in one that is not in the file, it may not."""
    entered = [act.stage for _, act in state.logged(StageChanged) if act.site == site]
    kinds = [stage.publish if (stage := process.stage(name)) else "never" for name in entered]
    return bool(kinds) and (kinds[-1] == "always" or (kinds[-1] == "if_before" and "always" in kinds))


def _labels(process: Process, name: str) -> dict[str, str]:
    stage = process.stage(name)
    return {"nl": name, "en": name} if stage is None else {"nl": stage.label.nl, "en": stage.label.en}


def _allowed(stages: tuple[Stage, ...]) -> dict[str, str]:
    return _joined(tuple(stage.label for stage in stages))


def _joined(labels: tuple[LocalText, ...]) -> dict[str, str]:
    return {"nl": ", ".join(x.nl for x in labels) or "-", "en": ", ".join(x.en for x in labels) or "-"}
