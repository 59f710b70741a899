"""Sites of a workshop in a publication: only those that its stages release, and no remarks about them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suitability.core.config import config_folder
from suitability.core.errors import WorkshopError
from suitability.report.public.profile import read_profile
from suitability.report.public.sites import public_sites
from suitability.report.public.workshop_sites import released_sites, session_named
from suitability.workshop.events import Event, LockChanged, SessionOpened, StageChanged
from suitability.workshop.store import open_store
from tests.skins.small import area_rule, small_scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from suitability.workshop.store import Opened, Store

#: Every stage up to the one in which a site may be known.
KNOWN = ("put_forward", "assessed", "promising", "intended_decision", "communicated")
SAID_OF_IT = "eigenaar is Jansen"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    opened = open_store(str(tmp_path / "workshop.db"))
    yield opened
    opened.close()


def begun(store: Store, stages: str = "hardenberg") -> Opened:
    """Open a session."""
    return store.open_session(SessionOpened(title="Avond", policy_id="small", stages=stages), party="Gemeente")


def enter(store: Store, session: UUID, chair: UUID, site: str, *stages: str) -> None:
    """Let a site enter stages, one after the other."""
    seen = 0
    for stage in stages:
        event = Event(id=uuid4(), by=chair, act=StageChanged(site=site, stage=stage, reason=SAID_OF_IT))
        seen = store.append(session, event, seen).sequence


def test_only_what_the_stages_release(store: Store) -> None:
    """One made known, one put forward, one only locked: the first is published, by its address, without the remarks."""
    scan = small_scan(texts="abc", sides=(30.0, 50.0, 40.0), rules=[area_rule("large", "Groot", 400.0)])
    ids = [str(name) for name in scan.parcels.ids]
    opened = begun(store)
    enter(store, opened.session, opened.chair, ids[0], *KNOWN)
    enter(store, opened.session, opened.chair, ids[1], KNOWN[0])
    lock = LockChanged(site=ids[2], lock="in", reason=SAID_OF_IT)
    store.append(opened.session, Event(by=opened.chair, act=lock), 0)
    sites = released_sites(store, opened.session, scan)
    assert set(sites.frame["site_id"]) == set(ids)
    shown = public_sites(read_profile("residents", config_folder()), sites, scan)
    assert shown["site_id"].tolist() == [ids[0]]
    assert shown["stage"].tolist() == ["communicated"]
    assert SAID_OF_IT not in shown.drop(columns="geometry").to_json()


def test_a_session_without_stages_releases_nothing(store: Store) -> None:
    """Nobody said when a site may be known."""
    scan = small_scan(texts="a", sides=(30.0,), rules=[area_rule("large", "Groot", 400.0)])
    opened = begun(store, stages="")
    enter(store, opened.session, opened.chair, str(scan.parcels.ids[0]), *KNOWN)
    sites = released_sites(store, opened.session, scan)
    assert public_sites(read_profile("residents", config_folder()), sites, scan).empty


def test_a_released_site_that_the_scan_does_not_have_is_reported(store: Store) -> None:
    """Else it would be missing on the map without a word."""
    scan = small_scan(texts="a", sides=(30.0,), rules=[area_rule("large", "Groot", 400.0)])
    opened = begun(store)
    enter(store, opened.session, opened.chair, "elders", *KNOWN)
    with pytest.raises(WorkshopError, match="elders"):
        released_sites(store, opened.session, scan)


def test_a_session_by_its_title(store: Store) -> None:
    """The id works too; for an unknown name the existing titles are listed."""
    opened = begun(store)
    assert session_named(store, "Avond") == session_named(store, str(opened.session)) == opened.session
    with pytest.raises(WorkshopError, match="Avond"):
        session_named(store, "Ochtend")
