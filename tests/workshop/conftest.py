"""Every test that asks for ``address`` or ``store`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from suitability.workshop.store import open_store
from tests.programs import without
from tests.shared import shared_process
from tests.workshop.evening import OPENING, Evening
from tests.workshop.postgres import Cluster, binaries, start_cluster, stop_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from suitability.workshop.store import Store


@pytest.fixture(scope="session")
def cluster(shared: Path) -> Iterator[Cluster]:
    """Give a PostgreSQL server, one for all workers; each test has databases of its own."""
    where = binaries()
    if where is None:
        without("PostgreSQL is missing")
    with shared_process(shared, "postgresql", lambda: start_cluster(where), stop_cluster) as about:
        yield Cluster(about["port"])


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a store that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'workshop.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


class Clock:
    """A clock that the test sets; it moves a second at every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 19, 18, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time, and let a second pass."""
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def store(address: str, clock: Clock) -> Iterator[Store]:
    """Give an open store on the test's clock."""
    opened = open_store(address, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def evening(store: Store) -> Evening:
    """Give a session with a chair and three participants of two parties."""
    opened = store.open_session(OPENING, name="Wilhelmina Vastgoed", party="gemeente")
    code = store.participant_code(opened.session)
    joined = [
        store.join(code, name=name, party=party).participant
        for name, party in (("Jan Kwikzilver", "dorpsbelang"), ("Olga Bakelmans", "dorpsbelang"), ("", "werkgevers"))
    ]
    return Evening(store, opened, tuple(joined))
