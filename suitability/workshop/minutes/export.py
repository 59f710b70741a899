"""Taking the minutes out as a file, and recording that: who, when, which version, and the hash of the file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from suitability.workshop.events import Event, MinutesExported
from suitability.workshop.minutes.content import make_minutes
from suitability.workshop.minutes.html import to_html
from suitability.workshop.minutes.pdf import to_pdf
from suitability.workshop.state import State, fold

if TYPE_CHECKING:
    from uuid import UUID

    from suitability.core.messages import Lang
    from suitability.workshop.spreadsheet.layout import Subject
    from suitability.workshop.store import Store


def export_minutes(
    store: Store, session: UUID, subject: Subject, *, by: UUID, form: Literal["html", "pdf"], lang: Lang, public: bool
) -> bytes:
    """Return the minutes as they are now, as a file; ``by``: the chair who takes them out.

    Raises ``WorkshopError`` when ``by`` is no chair, or the document cannot be set.
    """
    state, now = fold(State(), store.events_since(session)), store.clock()
    minutes = make_minutes(state, subject, lang, now, public=public)
    content = to_pdf(minutes, now) if form == "pdf" else to_html(minutes).encode("utf-8")
    digest = hashlib.sha256(content).hexdigest()
    act = MinutesExported(form=form, lang=lang, public=public, up_to=minutes.up_to, sha256=digest)
    store.append(session, Event(by=by, act=act))
    return content
