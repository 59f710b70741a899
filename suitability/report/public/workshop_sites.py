"""The sites of a workshop as a publication takes them: with the stage of each, and whether it may be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.errors import Problem, WorkshopError
from suitability.report.public.sites import Sites
from suitability.selection.ranking.sites import make_sites
from suitability.workshop.stages import may_publish, read_process, stage_of
from suitability.workshop.state import State, fold

if TYPE_CHECKING:
    from uuid import UUID

    from suitability.scan.cache import MeasurementCache
    from suitability.scan.run import Scan
    from suitability.workshop.store import Store


def session_named(store: Store, name: str) -> UUID:
    """Return the session with this title or id, of several with one title the newest.

    Raises ``WorkshopError`` when there is none.
    """
    known = store.sessions()
    found = next((each.session for each in known if name in {each.title, str(each.session)}), None)
    if found is None:
        expected = ", ".join(each.title for each in known) or "-"
        raise WorkshopError(Problem("--session", "session_named", {"found": name, "expected": expected}))
    return found


def released_sites(store: Store, session: UUID, scan: Scan, cache: MeasurementCache | None = None) -> Sites:
    """Return the sites that the session speaks of and the scan has; of a session without stages none may be known.

    Raises ``WorkshopError`` when a site that may be known is not among the sites of this scan: nobody would miss it.
    """
    state = fold(State(), store.events_since(session))
    name = state.opened[1].stages
    process = read_process(name) if name else None
    stages = {
        site: (stage_of(state, site) or "", process is not None and may_publish(process, state, site))
        for site in state.sites
    }
    frame = make_sites(scan, cache=cache).frame
    missing = sorted({site for site, (_, may) in stages.items() if may} - set(frame["site_id"]))
    if missing:
        raise WorkshopError(Problem("--session", "released_missing", {"found": ", ".join(missing)}))
    kept = frame[frame["site_id"].isin(stages)]
    named = kept[["site_id", "geometry"]].assign(name=kept["label"].fillna("").astype("str"))
    return Sites(named, stages)
