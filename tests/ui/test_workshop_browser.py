"""A workshop in real browsers: a chair on a laptop, participants on phones, one server."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from suitability.core.messages import message
from suitability.ui.workshop.projector import own_address
from suitability.workshop.store import open_store
from tests.moments import HANG_S
from tests.ui.conftest import start_server
from tests.ui.meeting import POLICY, TITLE, best_sites, busy_meeting, come_in, meeting, to_workshop
from tests.ui.screen import PATIENCE_MS, Screen
from tests.ui.test_accessibility import violations
from tests.ui.test_browser import HARDENBERG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from suitability.scan.run import Scan
    from suitability.workshop.state import State
    from suitability.workshop.store import Store
    from tests.ui.meeting import Meeting

    Screens = Callable[..., Screen]

pytestmark = pytest.mark.xdist_group("browser")

PHONE = (390, 844)
LAPTOP = (1366, 768)

#: How long what was stored may take to be on the wall of a busy machine; on a quiet one it is there within two seconds.

NOISE = "Geluidbelasting niet te hoog"
OTHER_PAGES = (
    "",
    "overview",
    "what_if",
    "longlist",
    "parcel",
    "compare",
    "ranking",
    "shortlist",
    "site",
    "data",
    "download",
)


@pytest.fixture
def sites(scan_of: Callable[[str], Scan]) -> tuple[str, ...]:
    """Give two sites of the demo municipality."""
    return best_sites(scan_of(POLICY))


@pytest.fixture
def busy(server_store: Store, sites: tuple[str, ...]) -> Meeting:
    """Give a session in which people have voted and decided."""
    return busy_meeting(server_store, sites)


def tab(screen: Screen, name: str) -> Screen:
    """Go to another tab."""
    screen.page.get_by_role("tab", name=message(name, "nl")).click()
    screen.page.mouse.move(0, 0)  # a slider under the mouse shows its ends, and fades
    screen.page.wait_for_timeout(400)
    return screen.settle()


def slider(screen: Screen, label: str = NOISE) -> Any:
    """Return a slider."""
    return screen.page.get_by_role("slider", name=re.compile(re.escape(label)))


def until_stored(look: Callable[[], bool]) -> None:
    """Wait until something is stored."""
    until = time.monotonic() + HANG_S
    while not look():
        assert time.monotonic() < until, "nothing was stored"
        time.sleep(0.02)


def on_wall(chair: Screen, *texts: str) -> None:
    """Check that a row with all these texts comes on the wall, which nobody reloads."""
    row = chair.page.get_by_role("row")
    for text in texts:
        row = row.filter(has_text=text)
    row.first.wait_for(timeout=PATIENCE_MS)


def test_a_chair_and_three_phones(open_screen: Screens, server_store: Store) -> None:
    """Opened on a laptop, joined by the address and code on the wall; each vote comes on the wall by itself."""
    chair = open_screen(*LAPTOP).open().choose_policy(HARDENBERG).go("workshop")
    chair.page.get_by_role("button", name=message("meeting.open_it", "nl")).click()
    code = chair.settle().page.get_by_role("heading", name=re.compile(r"^\w{3}-\w{3}$")).inner_text().strip()
    session = server_store.sessions()[0].session
    running = RunningMeeting(server_store, session, chair)
    chair.page.evaluate("() => { window.same = true }")
    phones = []
    for n, party in enumerate(("Dorpsbelang", "Werkgever", "Huisvester"), 2):
        phones.append(come_in(open_screen(*PHONE), code, party))
        assert phones[-1].page.locator("h1").inner_text() == chair.page.locator("h1").first.inner_text()
        chair.page.get_by_text(f"Aanwezig: {n}").wait_for(timeout=PATIENCE_MS)
    for phone, steps in zip(phones, (-10, 10, 8), strict=True):
        before = len(running.state().weights("noise"))
        slider(phone).focus()
        for _ in range(abs(steps)):
            phone.page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
        expected = 5 + steps / 2
        until_stored(lambda before=before: len(running.state().weights("noise")) > before)
        until_stored(lambda expected=expected: expected in running.state().weights("noise").values())
        on_wall(chair, NOISE, f"{'' if before else '0 – '}{expected:g}".strip())
    on_wall(chair, NOISE, "0 – 10", "Dorpsbelang 0", "Huisvester 9", "Werkgever 10")
    on_wall(chair, NOISE, message("meeting.split", "nl"))
    assert chair.page.evaluate("() => window.same") is True


class RunningMeeting:
    """A session that was opened on a screen."""

    def __init__(self, store: Store, session: Any, chair: Screen) -> None:
        self.store, self.session, self.chair = store, session, chair

    def state(self) -> State:
        """Return how it stands."""
        from suitability.workshop.state import State, fold  # noqa: PLC0415

        return fold(State(), self.store.events_since(self.session))


def test_votes_on_sites_and_remarks(open_screen: Screens, server_store: Store, sites: tuple[str, ...]) -> None:
    """A tap is a vote; the reason goes with it; the wall counts, by party; a remark leaves an empty field behind."""
    running = meeting(server_store, sites)
    chair = come_in(open_screen(*LAPTOP), running.opened.chair_code, "Gemeente")
    phone = tab(come_in(open_screen(*PHONE), running.code, "Dorpsbelang"), "meeting.tab.sites")
    other = tab(come_in(open_screen(*PHONE), running.code, "Werkgever"), "meeting.tab.sites")
    for screen, choice, counts in ((phone, "against", "Dorpsbelang 0–1"), (other, "for", "Werkgever 1–0")):
        before = len(running.state().votes(sites[0]))
        group = (
            screen.page.get_by_role("radiogroup")
            .or_(screen.page.get_by_role("group"))
            .filter(has_text=message("workshop.choice_for", "nl"))
        )
        group.last.wait_for()
        screen.page.get_by_role("radio", name=message(f"workshop.choice_{choice}", "nl"), exact=True).or_(
            screen.page.get_by_role("button", name=message(f"workshop.choice_{choice}", "nl"), exact=True)
        ).first.click()
        voted = min(sites)
        until_stored(lambda voted=voted, n=before: len(running.state().votes(voted)) > n)
        on_wall(chair, voted, counts)
    on_wall(chair, min(sites), message("meeting.split_parties", "nl"))
    phone.settle().page.get_by_label(message("meeting.sites.why", "nl")).first.fill("de weg is smal")
    phone.page.keyboard.press("Enter")
    until_stored(lambda: "de weg is smal" in [vote.reason for vote in running.state().votes(min(sites)).values()])
    field = tab(phone.settle(), "meeting.tab.remarks").page.get_by_label(message("meeting.remark.text", "nl"))
    field.fill("fijne avond")
    phone.page.get_by_role("button", name=message("meeting.remark.send", "nl")).click()
    until_stored(lambda: any(getattr(r.event.act, "text", "") == "fijne avond" for r in running.state().log.values()))
    assert phone.settle().page.get_by_label(message("meeting.remark.text", "nl")).input_value() == ""


def test_the_last_key_press_wins(open_screen: Screens, server_store: Store) -> None:
    """On three phones at once, each faster than the server answers: stored is where the slider stands."""
    running = meeting(server_store, ())
    phones = [come_in(open_screen(*PHONE), running.code, party) for party in ("Een", "Twee", "Drie")]
    who = {p.party: p.id for p in running.state().participants.values()}
    for phone in phones:
        slider(phone).focus()
    for pause in (0, 60, 210, 260, 120, 300, 205):  # a slider tells after 200 ms without a key
        for phone in phones:
            phone.page.keyboard.press("ArrowRight")
            phone.page.keyboard.press("ArrowRight")
            phone.page.keyboard.press("ArrowLeft")
        phones[0].page.wait_for_timeout(pause)
    phones[1].page.keyboard.press("ArrowLeft")
    phones[2].page.keyboard.press("End")
    for phone in phones:
        phone.page.wait_for_timeout(400)
        phone.settle()
    for phone, party, expected in zip(phones, ("Een", "Twee", "Drie"), (8.5, 8.0, 10.0), strict=True):
        assert float(slider(phone).input_value()) == expected
        until_stored(lambda party=party, to=expected: running.state().weights("noise")[who[party]] == to)
    phones[0].page.wait_for_timeout(1000)
    assert [running.state().weights("noise")[who[party]] for party in ("Een", "Twee", "Drie")] == [8.5, 8.0, 10.0]


def states_of(open_screen: Screens, busy: Meeting, size: tuple[int, int]) -> Iterator[tuple[str, Screen]]:
    """Yield every state of the workshop on a screen of this size, by name."""
    doors = open_screen(*LAPTOP).open().go("workshop")
    doors.page.set_viewport_size({"width": size[0], "height": size[1]})
    yield "doors", doors
    guest = open_screen(*size)
    guest.page.goto(f"{guest.address}/workshop?code={busy.code}")
    guest.page.get_by_role("textbox", name=message("meeting.party", "nl")).wait_for(timeout=PATIENCE_MS)
    yield "invited", guest.settle()
    phone = come_in(open_screen(*size), busy.code, "Buurt")
    for name in ("weights", "sites", "remarks"):
        yield f"ballot_{name}", tab(phone, f"meeting.tab.{name}")
    chair = come_in(open_screen(*LAPTOP), busy.opened.chair_code, "Gemeente Kampen")
    for name in ("site", "shortlist", "ranking", "workshop"):
        chair.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
        chair.go(name) if name != "workshop" else to_workshop(chair)
        chair.page.set_viewport_size({"width": size[0], "height": size[1]})
        chair.page.wait_for_timeout(300)
        yield name, chair.settle()
    tab(chair, "meeting.table")
    chair.page.get_by_text(message("meeting.paper", "nl"), exact=True).click()
    chair.page.get_by_text(message("meeting.close", "nl"), exact=True).click()
    chair.page.wait_for_timeout(500)
    yield "table", chair.settle()


def test_everyone_can_use_every_state(open_screen: Screens, busy: Meeting) -> None:
    """By axe-core nothing serious or critical; and on a phone nothing runs off to the side."""
    found, wide = {}, {}
    for name, screen in states_of(open_screen, busy, PHONE):
        found[name] = violations(screen)
        wide[name] = screen.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
    assert {name: each for name, each in found.items() if each} == {}
    assert {name: width for name, width in wide.items() if width > PHONE[0]} == {}


@pytest.fixture
def network(shared: Path, measured: Path) -> Iterator[tuple[str, Store]]:
    """Give a server that phones can reach, by the address of this machine in its network, and its store."""
    address = own_address()
    if address == "localhost" or address.startswith("127."):
        pytest.skip("this machine is in no network; test_workshop_pages plays the guest")
    options = ("--server.address", "0.0.0.0")  # noqa: S104 (what is tested)
    about = start_server(shared, *options, SUITABILITY_NETWORK="1", SUITABILITY_CACHE=str(measured))
    store = open_store(about["store"])
    yield about["address"].replace("localhost", address), store
    store.close()
    os.kill(about["pid"], signal.SIGTERM)


def test_someone_on_another_address(browser: Any, network: tuple[str, Store], sites: tuple[str, ...]) -> None:
    """Sees the workshop at any address of a page, nothing of others, and no menu; with the chair's code everything."""
    address, store = network
    running = busy_meeting(store, sites)
    chair = Screen(browser.new_context(viewport={"width": 1366, "height": 768}).new_page(), address)
    guest = Screen(browser.new_context(viewport={"width": 390, "height": 844}).new_page(), address)
    for name in OTHER_PAGES:
        guest.page.goto(f"{address}/{name}")
        guest.page.get_by_test_id("stFormSubmitButton").wait_for(timeout=PATIENCE_MS)
        said = guest.settle().text()
        assert guest.page.locator("h1").all_inner_texts() == [message("app.page.workshop", "nl")], name
        assert guest.page.get_by_test_id("stSidebarNavLink").count() == 0
        if name:
            guest.page.get_by_role("dialog").wait_for()  # there is no such page
        assert TITLE not in said
        assert not any(site in said for site in sites)
        assert message("meeting.open_it", "nl") not in said
    come_in(guest, running.code, "Buurt")
    assert guest.page.get_by_role("dialog").count() == 0
    assert guest.page.get_by_test_id("stSidebarNavLink").count() == 0
    assert message("meeting.table", "nl") not in guest.text()
    chair.page.goto(address)
    chair.page.get_by_role("button", name=message("meeting.come_in", "nl"), exact=True).wait_for(timeout=PATIENCE_MS)
    come_in(chair, running.opened.chair_code, "Gemeente Kampen")
    assert f"{address}/workshop" in chair.text()
    assert message("meeting.only_here", "nl") not in chair.text()
    chair.go("site")
    assert any(site in chair.text() for site in sites)
    for screen in (chair, guest):
        screen.page.context.close()
