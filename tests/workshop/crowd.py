"""People in processes of their own, for the tests: each opens the store by its address and acts."""

from __future__ import annotations

import os
import sys
from uuid import UUID, uuid4

from suitability.workshop.events import Event, SiteVoted, WeightVoted
from suitability.workshop.store import open_store


def votes(address: str, code: str, number: int, n_votes: int) -> list[str]:
    """Join and vote, every vote sent twice, as a telephone does on a bad line; return the ids acknowledged."""
    store = open_store(address)
    me = store.join(code, party=f"party {number % 5}", name=f"person {number}")
    done = []
    for i in range(n_votes):
        act = {"rule": f"rule {i}", "value": number % 11} if i % 2 else {"site": f"site {i}", "choice": "for"}
        kind = WeightVoted if i % 2 else SiteVoted
        event = Event.model_validate({"by": me.participant, "act": kind.model_validate(act)})
        for _ in range(2):
            store.append(me.session, event)
        done.append(str(event.id))
    store.close()
    return done


def opens(address: str) -> int:
    """Open the store, and return how many events all sessions have."""
    store = open_store(address)
    n = sum(len(store.events_since(listed.session)) for listed in store.sessions())
    store.close()
    return n


def main() -> None:
    """Vote without end, and say each id on standard output once it is acknowledged."""
    address, session, who = sys.argv[1:]
    store = open_store(address)
    while True:
        event = Event(id=uuid4(), by=UUID(who), act=SiteVoted(site=f"site {uuid4()}", choice="for", reason="x" * 500))
        store.append(UUID(session), event)
        os.write(1, f"{event.id}\n".encode())


if __name__ == "__main__":
    main()
