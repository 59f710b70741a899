"""State of one browser session: the one typed object from which everything else follows."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.ui.action_order import Turns

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.submissions.readers.drawn import Drawn
    from suitability.ui.temporary_folder import KeptFolder
    from suitability.workshop.store import Joined

_KEY: Final = "app_state"

#: Environment variables that say what a session starts with, and what it starts with without them.
_STARTS: Final = {
    "SUITABILITY_POLICY": "kadaster-scan",
    "SUITABILITY_SOURCE": "demo",
    "SUITABILITY_AREA": "",
    "SUITABILITY_LANG": "nl",
}

_MOST_STEPS_BACK: Final = 200

Limits = dict[str, tuple[float, ...]]


def _start(name: str) -> str:
    return os.environ.get(name) or _STARTS[name]


@dataclass
class AppState:
    """``trials``: per policy the limits tried one after the other, per check in the criterion's unit; the last holds.

    ``weighed``: per policy the weights tried, by rule. ``on_top``: the parcel that the table shows first, because it was chosen elsewhere. ``uploads``: policy files
    brought, by name. ``before``: the policy that was chosen before this one. ``brought``: layers brought, which come
    before those of the source. ``seat``: in which session of a workshop, and as whom; ``code``: that of an invitation.
    ``drawn``: places drawn on the map, by a number that is given once; ``n_drawn``: the last of these.
    """

    lang: Lang = field(default_factory=lambda: "en" if _start("SUITABILITY_LANG") == "en" else "nl")
    policy: str = field(default_factory=lambda: _start("SUITABILITY_POLICY"))
    before: str | None = None
    source: str = field(default_factory=lambda: _start("SUITABILITY_SOURCE"))
    area: str | None = field(default_factory=lambda: _start("SUITABILITY_AREA") or None)
    trials: dict[str, list[Limits]] = field(default_factory=dict)
    weighed: dict[str, dict[str, float]] = field(default_factory=dict)
    site: str | None = None
    parcel: str | None = None
    on_top: str | None = None
    uploads: dict[str, str] = field(default_factory=dict)
    brought: KeptFolder | None = None
    online_map: bool = False
    code: str | None = None
    seat: Joined | None = None
    chair_code: str | None = None
    turns: Turns = field(default_factory=Turns)
    drawn: dict[int, Drawn] = field(default_factory=dict)
    n_drawn: int = 0

    @property
    def limits(self) -> Limits:
        """The limits that are tried now; empty = those of the policy."""
        return self.trials[self.policy][-1] if self.can_undo else {}

    @property
    def can_undo(self) -> bool:
        """True if a moved limit of this policy can be moved back."""
        return bool(self.trials.get(self.policy))

    def choose_policy(self, name: str) -> None:
        """Take another policy; limits tried stay with the policy they belong to."""
        if name != self.policy:
            self.before, self.policy = self.policy, name

    def choose_area(self, name: str) -> None:
        """Take another area; a parcel belongs to the one before."""
        if name != self.area:
            self.area, self.parcel, self.on_top = name, None, None

    def bring_layers(self, brought: KeptFolder | None) -> None:
        """Take layers that a person brought, or none; area and parcel belong to the data before."""
        self.brought, self.parcel, self.on_top = brought, None, None
        self.area = _start("SUITABILITY_AREA") or None

    def bring_policy(self, name: str, text: str) -> None:
        """Take what a person brought under a name; limits tried belonged to what had that name before."""
        if self.uploads.get(name) != text:
            self.uploads[name] = text
            self.trials.pop(name, None)

    def try_limits(self, limits: Limits) -> None:
        """Try other limits, and remember those of before."""
        if limits != self.limits:
            steps = [*self.trials.get(self.policy, []), limits]
            self.trials[self.policy] = steps[-_MOST_STEPS_BACK:]

    def undo(self) -> None:
        """Go back to the limits of before."""
        if self.can_undo:
            self.trials[self.policy].pop()

    def draw(self, one: Drawn) -> None:
        """Put a place behind those that were drawn before."""
        self.n_drawn += 1
        self.drawn[self.n_drawn] = one

    @property
    def weights(self) -> dict[str, float]:
        """The weights that are tried now; empty = those of the policy."""
        return self.weighed.get(self.policy, {})

    def weigh(self, weights: dict[str, float]) -> None:
        """Try other weights; none = those of the policy."""
        self.weighed[self.policy] = weights

    def choose_site(self, site: str, parcel: str) -> None:
        """Choose a site, and with it one of its parcels."""
        self.site = site
        self.choose_parcel(parcel)

    def choose_parcel(self, parcel: str | None, *, in_table: bool = False) -> None:
        """Choose a parcel; one that was not chosen in the table goes on top there."""
        self.parcel = parcel
        if not in_table:
            self.on_top = parcel


def app_state() -> AppState:
    """Return the state of this session, made on first use."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = AppState()
    state: AppState = st.session_state[_KEY]
    return state
