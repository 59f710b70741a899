"""Codes by which people join: short, without signs that look alike, and too many to guess in an evening.

A participant's code has 6 of 21 signs: 8.6e7 codes. At most ``MOST_WRONG`` wrong ones are answered per quarter of an
hour, so in an evening of 4 hours 4,800 guesses, a chance of 1 in 18,000 for each open session. A chair's code has 12
signs (7.4e15 codes) and is kept only as a digest. Codes are compared in constant time, each with all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import sqlalchemy as sa

from suitability.core.errors import Problem, WorkshopError
from suitability.workshop.database import reading, writing
from suitability.workshop.tables import SESSION, WRONG_CODE

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from suitability.workshop.events import Role

#: No vowels, so that no word comes out; no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET: Final = "34679CDFGHJKMNPQRTWXY"

PARTICIPANT_LENGTH: Final = 6
CHAIR_LENGTH: Final = 12

#: Wrong codes that are answered within ``WINDOW``: from one origin (a town hall has one address), and in all.
MOST_FROM_ONE: Final = 30
MOST_WRONG: Final = 300
WINDOW: Final = timedelta(minutes=15)

_GROUP: Final = 3


def new_code(length: int) -> str:
    """Return a code in groups of three, for example ``7KD-P3X``."""
    signs = [secrets.choice(ALPHABET) for _ in range(length)]
    return "-".join("".join(signs[i : i + _GROUP]) for i in range(0, length, _GROUP))


def normal(code: str) -> str:
    """Return a code as it was given out, however it was typed: small letters, blanks, no hyphens."""
    signs = [sign for sign in code.upper() if sign in ALPHABET]
    return "-".join("".join(signs[i : i + _GROUP]) for i in range(0, len(signs), _GROUP))


def digest(text: str) -> str:
    """Return what is kept of a chair's code or of an origin."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def session_of(engine: Engine, code: str, origin: str) -> tuple[UUID, Role]:
    """Return which session a code opens, and as what. ``origin``: where the guess comes from, as an address.

    Raises ``WorkshopError`` for a wrong code, and for any code when too many were wrong.
    """
    _check_rate(engine, origin)
    typed = normal(code)
    found: tuple[UUID, Role] | None = None
    with reading(engine) as connection:
        rows = connection.execute(sa.select(SESSION.c.id, SESSION.c.participant_code, SESSION.c.chair_digest)).all()
    for name, participant_code, chair_digest in rows:  # all of them: the time taken tells nothing
        if hmac.compare_digest(typed, participant_code):
            found = (UUID(name), "participant")
        if hmac.compare_digest(digest(typed), chair_digest):
            found = (UUID(name), "chair")
    if found is None:
        with writing(engine) as connection:
            connection.execute(WRONG_CODE.insert().values(at=_now().isoformat(), origin=digest(origin)))
        raise WorkshopError(Problem("code", "code_wrong"))
    return found


def _check_rate(engine: Engine, origin: str) -> None:
    since = (_now() - WINDOW).isoformat()
    with writing(engine) as connection:
        connection.execute(WRONG_CODE.delete().where(WRONG_CODE.c.at < since))
        origins = connection.execute(sa.select(WRONG_CODE.c.origin)).scalars().all()
    if len(origins) >= MOST_WRONG or origins.count(digest(origin)) >= MOST_FROM_ONE:
        minutes = int(WINDOW.total_seconds() // 60)
        raise WorkshopError(Problem("code", "code_wait", {"minutes": minutes}))


def _now() -> datetime:
    return datetime.now(UTC)
