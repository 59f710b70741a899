"""Model of a file in ``config/stages``: stages, their order, and the requirements of entering one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from suitability.core.local_text import LocalText
from suitability.core.types import Citation, Params

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Step(Params):
    """One step of a checklist."""

    id: Identifier
    label: LocalText


class Checklist(Params):
    """Ordered checklist on entering a stage, due within ``hours``."""

    hours: float = Field(gt=0)
    steps: tuple[Step, ...] = Field(min_length=1)


class Stage(Params):
    """One stage. ``reason``: whether entering it needs one. ``publish``: whether the site may be known to everyone.

    ``if_before``: only when it was already, in an earlier stage. ``from_any``: every other stage leads here too.
    """

    id: Identifier
    label: LocalText
    to: tuple[str, ...] = ()
    from_any: bool = False
    reason: bool = False
    publish: Literal["never", "always", "if_before"]
    checklist: Checklist | None = None
    assumption: LocalText | None = None


class Process(Params):
    """All stages; a site that nobody moved is in none, and enters the first. ``id``: the name of the file."""

    id: str
    title: LocalText
    source: Citation | None = None
    stages: tuple[Stage, ...] = Field(min_length=1)

    def stage(self, name: str) -> Stage | None:
        """Return a stage by its id."""
        return next((stage for stage in self.stages if stage.id == name), None)

    def after(self, name: str | None) -> tuple[Stage, ...]:
        """Return the stages that may follow; ``None`` = in no stage yet."""
        if name is None:
            return self.stages[:1]
        here = self.stage(name)
        onward = here.to if here is not None else ()
        return tuple(s for s in self.stages if s.id in onward or (s.from_any and s.id != name))
