"""Stages: permitted transitions, parties to inform within 24 hours, and sites that may be made public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from suitability.core.config import config_folder
from suitability.core.errors import PolicyError, WorkshopError
from suitability.workshop.events import ChecklistDone, StageChanged
from suitability.workshop.stages import change_stage, checklist_of, may_publish, read_process, stage_of, tick
from suitability.workshop.store import Conflict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workshop.conftest import Clock
    from tests.workshop.evening import Evening

PROCESS = read_process("hardenberg")
STEPS = ("council", "neighbours", "interest_group", "surroundings", "everyone")


def goes(evening: Evening, stage: str, reason: str = "", when: datetime | None = None) -> int:
    """Let site-1 enter a stage; return the sequence."""
    act = StageChanged(site="site-1", stage=stage, reason=reason, when=when)
    return change_stage(evening.store, PROCESS, evening.state(), act, evening.session, evening.chair).sequence


def ticks(evening: Evening, step: str, entry: int, *, done: bool = True, when: datetime | None = None) -> None:
    """Tick a step for site-1."""
    act = ChecklistDone(site="site-1", step=step, entry=entry, done=done, when=when)
    tick(evening.store, PROCESS, evening.state(), act, evening.session, evening.chair)


def to_intended_decision(evening: Evening) -> int:
    """Move site-1 as far as the intended decision."""
    for stage, reason in (("put_forward", ""), ("assessed", ""), ("promising", "voldoet")):
        goes(evening, stage, reason)
    return goes(evening, "intended_decision", "college akkoord")


def test_the_whole_way_as_hardenberg_goes_it(evening: Evening) -> None:
    """From put forward to decided, everyone informed in order, twice."""
    assert not may_publish(PROCESS, evening.state(), "site-1")
    entry = to_intended_decision(evening)
    for step in STEPS:
        assert not may_publish(PROCESS, evening.state(), "site-1")
        ticks(evening, step, entry)
    goes(evening, "communicated")
    assert may_publish(PROCESS, evening.state(), "site-1")
    goes(evening, "further_study")
    goes(evening, "decided", "raad akkoord")
    again = checklist_of(PROCESS, evening.state(), "site-1", evening.store.clock())
    assert again is not None
    assert [step.at for step in again.steps] == [None] * 5
    assert stage_of(evening.state(), "site-1") == "decided"


def test_skipping_a_stage_is_refused_with_what_is_possible(evening: Evening) -> None:
    """In the words of the planner."""
    goes(evening, "put_forward")
    with pytest.raises(WorkshopError) as refused:
        goes(evening, "decided", "haast")
    assert "definitief besluit" in refused.value.sentences("nl")[0]
    assert "beoordeeld, afgevallen" in refused.value.sentences("nl")[0]
    with pytest.raises(WorkshopError, match="not possible now"):
        goes(evening, "nonsense")


def test_a_reason_is_needed_where_the_stages_say_so(evening: Evening) -> None:
    """To drop a site, and to call it promising."""
    goes(evening, "put_forward")
    with pytest.raises(WorkshopError, match="needs a reason"):
        goes(evening, "dropped")
    goes(evening, "assessed")
    with pytest.raises(WorkshopError, match="needs a reason"):
        goes(evening, "promising")


@pytest.mark.parametrize("stage", ["put_forward", "assessed", "promising", "intended_decision"])
def test_dropped_from_any_stage_and_not_known_by_that(evening: Evening, stage: str) -> None:
    """A site about which nobody was informed stays unknown."""
    for step, reason in (("put_forward", ""), ("assessed", ""), ("promising", "r"), ("intended_decision", "r")):
        goes(evening, step, reason)
        if step == stage:
            break
    goes(evening, "dropped", "eigenaar wil niet")
    assert not may_publish(PROCESS, evening.state(), "site-1")
    goes(evening, "put_forward", "nieuwe eigenaar")
    assert stage_of(evening.state(), "site-1") == "put_forward"


def test_a_known_site_that_is_dropped_stays_known(evening: Evening) -> None:
    """Everyone may know why it went."""
    entry = to_intended_decision(evening)
    for step in STEPS:
        ticks(evening, step, entry)
    goes(evening, "communicated")
    goes(evening, "dropped", "bodem vervuild")
    assert may_publish(PROCESS, evening.state(), "site-1")


def test_the_public_is_not_informed_before_the_neighbours(evening: Evening) -> None:
    """An open step holds the site back, and is named; a step out of order is reported."""
    entry = to_intended_decision(evening)
    for step in ("council", "surroundings", "everyone"):
        ticks(evening, step, entry)
    with pytest.raises(WorkshopError, match="direct neighbours told in person, local interest group"):
        goes(evening, "communicated")
    checklist = checklist_of(PROCESS, evening.state(), "site-1", evening.store.clock())
    assert checklist is not None
    assert [step.is_out_of_order for step in checklist.steps] == [False, False, False, True, True]


def test_24_hours_from_the_decision_to_the_last_step(evening: Evening, clock: Clock) -> None:
    """On the hour is in time, a second later is late; an open step is late once the time is over."""
    decided = clock.now + timedelta(seconds=1)
    entry = to_intended_decision(evening)
    begun = evening.store.events_since(evening.session, entry - 1)[0].at
    assert begun > decided
    clock.now = begun + timedelta(hours=30)
    ticks(evening, "council", entry, when=begun + timedelta(hours=24))
    ticks(evening, "neighbours", entry, when=begun + timedelta(hours=24, seconds=1))
    state = evening.state()
    checklist = checklist_of(PROCESS, state, "site-1", begun + timedelta(hours=24))
    assert checklist is not None
    assert [step.is_late for step in checklist.steps] == [False, True, False, False, False]
    later = checklist_of(PROCESS, state, "site-1", begun + timedelta(hours=25))
    assert later is not None
    assert [step.is_late for step in later.steps] == [False, True, True, True, True]
    assert later.deadline == begun + timedelta(hours=24)


def test_a_tick_by_mistake_can_be_taken_away(evening: Evening) -> None:
    """Two people who tick at the same time both see it."""
    entry = to_intended_decision(evening)
    ticks(evening, "council", entry)
    ticks(evening, "council", entry, done=False)
    checklist = checklist_of(PROCESS, evening.state(), "site-1", evening.store.clock())
    assert checklist is not None
    assert checklist.steps[0].at is None
    stale = evening.state()
    ticks(evening, "council", entry)
    act = ChecklistDone(site="site-1", step="council", entry=entry)
    with pytest.raises(Conflict):
        tick(evening.store, PROCESS, stale, act, evening.session, evening.chair)


def test_steps_that_do_not_belong_are_refused(evening: Evening, clock: Clock) -> None:
    """Of another stage, of an earlier round, or before the decision."""
    goes(evening, "put_forward")
    with pytest.raises(WorkshopError, match="does not belong"):
        ticks(evening, "council", 1)
    evening.does(
        evening.chair,
        StageChanged(site="site-1", stage="intended_decision"),
        evening.state().version(StageChanged, "site-1"),
    )
    entry = evening.state().version(StageChanged, "site-1")
    with pytest.raises(WorkshopError, match="before the stage"):
        ticks(evening, "council", entry, when=clock.now - timedelta(days=1))
    with pytest.raises(WorkshopError, match="does not belong"):
        ticks(evening, "council", entry - 1)


def test_two_who_move_a_site_at_once_both_see_it(evening: Evening) -> None:
    """The second gets a conflict, and nothing is overwritten."""
    goes(evening, "put_forward")
    stale = evening.state()
    goes(evening, "assessed")
    act = StageChanged(site="site-1", stage="dropped", reason="x")
    with pytest.raises(Conflict, match="assessed") as refused:
        change_stage(evening.store, PROCESS, stale, act, evening.session, evening.chair)
    assert "beoordeeld" in refused.value.sentences("nl")[0]


def test_a_stage_cannot_begin_before_the_one_before_it(evening: Evening) -> None:
    """A date typed wrong."""
    goes(evening, "put_forward")
    with pytest.raises(WorkshopError, match="before the stage 'put forward'"):
        goes(evening, "assessed", when=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("was", "becomes", "said"), [
    ("to: [assessed]", "to: [asessed]", "the stage 'asessed' does not exist"),
    ("to: [communicated]", "to: []", "no stage leads to: communicated"),
    ("hours: 24 ", "hours: 0 ", "> 0"), ("hours: 24 ", "hours: soon ", "is not a number"),
    ("publish: if_before", "publish: sometimes", "'never', 'always', 'if_before'"),
    ("publish: if_before", "publishd: never", "publish"), ("- id: council", "- id: neighbours", "neighbours"),
    ("hardenberg-handelingskader-2023,", "nowhere,", "is not known"),
])  # fmt: skip
def test_an_error_in_the_file_is_reported(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    """With the file, the value found and the value expected."""
    (tmp_path / "stages").mkdir()
    folder = config_folder()
    (tmp_path / "documents.yaml").write_text((folder / "documents.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    text = (folder / "stages" / "hardenberg.yaml").read_text(encoding="utf-8")
    assert was in text
    (tmp_path / "stages" / "own.yaml").write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=said) as refused:
        read_process("own", tmp_path)
    assert "own.yaml" in str(refused.value)


def test_unknown_stages_are_reported_with_the_known_ones() -> None:
    """The likely intended name is suggested too."""
    with pytest.raises(PolicyError, match="Did you mean 'hardenberg'"):
        read_process("hardenburg")
