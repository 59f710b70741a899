"""A workshop that is under way, for tests and pictures: prepared through the store, as if people had been at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from suitability.core.messages import message
from suitability.selection.ranking.order import rank
from suitability.selection.ranking.sites import make_sites
from suitability.workshop.event_validation import act_of
from suitability.workshop.events import Event, SessionOpened, StageChanged
from suitability.workshop.state import State, fold
from tests.ui.screen import PATIENCE_MS

if TYPE_CHECKING:
    from uuid import UUID

    from suitability.scan.run import Scan
    from suitability.workshop.store import Opened, Store
    from tests.ui.screen import Screen

POLICY: Final = "hardenberg-2025"
TITLE: Final = "Aanjaagteam Kampen, 19 november"

#: Party -> what it votes: the weights of noise, environment and facilities, and for or against the sites.
PEOPLE: Final = {
    "Dorpsbelang": ((9.5, 6.0, 3.0), ("against", "unsure")),
    "Huisvester": ((3.0, 5.0, 8.0), ("for", "for")),
    "Uitzendbureau": ((1.0, 4.5, 9.0), ("for", "for")),
    "Werkgever": ((2.0, 5.5, 7.0), ("for", "against")),
}
RULES: Final = ("noise", "environment", "facilities")
WHY: Final = {"for": "dicht bij het werk", "against": "de weg is te smal", "unsure": ""}


@dataclass(frozen=True)
class Meeting:
    """A session in a store. ``opened``: with the codes; ``sites``: those on the agenda."""

    store: Store
    opened: Opened
    sites: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The code of participants."""
        return self.opened.participant_code

    def does(self, who: UUID, content: dict[str, Any], seen: int | None = None) -> None:
        """Let someone do something."""
        self.store.append(self.opened.session, Event(by=who, act=act_of(content)), seen)

    def state(self) -> State:
        """Return how it stands."""
        return fold(State(), self.store.events_since(self.opened.session))


def best_sites(scan: Scan, n: int = 2) -> tuple[str, ...]:
    """Return the sites that come first."""
    ranking = rank(make_sites(scan), {})
    return tuple(str(ranking.site_ids[row]) for row in ranking.order[:n])


def meeting(store: Store, sites: tuple[str, ...]) -> Meeting:
    """Open a session with these sites on the agenda, and nobody in it yet but the chair."""
    opening = SessionOpened(title=TITLE, policy_id=POLICY, area="Kampen", stages="hardenberg")
    made = Meeting(store, store.open_session(opening, party="Gemeente Kampen"), sites)
    for site in sites:
        made.does(made.opened.chair, {"kind": "stage_changed", "site": site, "stage": "put_forward"}, 0)
    return made


def busy_meeting(store: Store, sites: tuple[str, ...]) -> Meeting:
    """Open a session in which four parties have voted, one site is in an intended decision and one is out."""
    made = meeting(store, sites)
    for party, (weights, choices) in PEOPLE.items():
        who = store.join(made.code, party=party).participant
        for rule, value in zip(RULES, weights, strict=True):
            made.does(who, {"kind": "weight_voted", "rule": rule, "value": value})
        for site, choice in zip(sites, choices, strict=True):
            made.does(who, {"kind": "site_voted", "site": site, "choice": choice, "reason": WHY[choice]})
    chair, first, second = made.opened.chair, *sites
    remark = {"kind": "commented", "topic": "site", "subject": first, "text": "Kan de bushalte dichterbij?"}
    made.does(chair, remark)
    for stage in ("assessed", "promising", "intended_decision"):
        seen = made.state().version(StageChanged, first)
        act = {"kind": "stage_changed", "site": first, "stage": stage, "reason": "ruim, stil en dicht bij werk"}
        made.does(chair, act, seen)
    made.does(chair, {"kind": "lock_changed", "site": second, "lock": "out", "reason": "te dicht bij de school"}, 0)
    made.does(chair, {"kind": "weight_set", "rule": "environment", "value": 5, "reason": "allen in het midden"}, 0)
    return made


def come_in(screen: Screen, code: str, party: str) -> Screen:
    """Follow an invitation and come in."""
    screen.page.goto(f"{screen.address}/workshop?code={code}")
    screen.page.get_by_role("textbox", name=message("meeting.party", "nl")).fill(party, timeout=PATIENCE_MS)
    screen.settle().page.get_by_role("button", name=message("meeting.come_in", "nl"), exact=True).click()
    screen.page.get_by_role("button", name=message("meeting.leave", "nl")).wait_for(timeout=PATIENCE_MS)
    return screen.settle()


def to_workshop(screen: Screen) -> Screen:
    """Go to the session that one sits in, whose title stands above the page."""
    screen.page.get_by_test_id("stSidebarNavLink").filter(has_text=message("app.page.workshop", "nl")).click()
    screen.page.get_by_role("heading", level=1).filter(has_text=TITLE).wait_for(timeout=PATIENCE_MS)
    return screen.settle()
