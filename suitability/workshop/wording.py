"""Short sentences on the events of a workshop, for tables, conflicts and minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from suitability.core.messages import long_date, message, number
from suitability.workshop.events import (
    ChecklistDone,
    LockChanged,
    SessionClosed,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
)

if TYPE_CHECKING:
    from datetime import datetime

    from suitability.core.messages import Lang
    from suitability.workshop.events import Act
    from suitability.workshop.stage_model import Process

#: The clock on the wall in a Dutch town hall.
LOCAL: Final = ZoneInfo("Europe/Amsterdam")


def local_time(moment: datetime, lang: Lang) -> str:
    """Return a moment on the local clock, written out: 21 november 2026, 19.30 uur."""
    here = moment.astimezone(LOCAL)
    return message("workshop.moment", lang, day=long_date(here.date(), lang), hour=f"{here:%H}", minute=f"{here:%M}")


def weight_text(value: float, lang: Lang) -> str:
    """Return a weight with one decimal, or none where it is whole."""
    return number(value, lang, 0 if round(value, 1) == round(value) else 1)


def subject_of(act: Act) -> str:
    """Return what an act is about: a site, a rule, or nothing in particular."""
    return str(getattr(act, "site", "") or getattr(act, "rule", "") or act.thing or "")


def act_text(act: Act, lang: Lang, process: Process | None = None) -> str:
    """Return what was done, with the reason where there is one: "kept in (close to the station)"."""
    match act:
        case LockChanged():
            text = message(f"workshop.lock_{act.lock}", lang)
        case SiteVoted():
            text = message(f"workshop.choice_{act.choice}", lang)
        case WeightSet() | WeightVoted():
            text = weight_text(act.value, lang)
        case StageChanged():
            text = stage_text(act.stage, lang, process)
        case ChecklistDone():
            text = message("workshop.step_done" if act.done else "workshop.step_open", lang)
        case SessionClosed():
            text = message("workshop.closed", lang)
        case _:
            raise TypeError(f"no words for {type(act).__name__}")
    reason = getattr(act, "reason", "")
    return f"{text} ({reason})" if reason else text


def stage_text(name: str, lang: Lang, process: Process | None) -> str:
    """Return the label of a stage, or its id where the stages are not known."""
    stage = process.stage(name) if process is not None else None
    return name if stage is None else stage.label.in_(lang)
