"""Classification of the columns of submissions: part of the place, the submitter's reference, or about a person."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from suitability.core.errors import Problem, SubmissionError
from suitability.submissions.settings import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from suitability.submissions.settings import Settings

#: Roles that say by themselves, or together, where a place is.
PLACE_ROLES: Final = (
    "address", "street", "number", "letter", "addition", "postcode", "town", "parcel", "cadastral_municipality",
    "section", "parcel_number", "bag_id", "x", "y", "lon", "lat", "coordinates", "wkt", "place",
)  # fmt: skip
_LEAST_KNOWN: Final = 2  # columns by which a line is taken for a header, where none of them is a place by itself
_ENOUGH: Final = frozenset({"address", "postcode", "parcel", "bag_id", "coordinates", "wkt", "place"})


@dataclass(frozen=True)
class Columns:
    """``roles``: the column that has each role; ``personal``: columns about people; the others are remarks."""

    roles: Mapping[str, str] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()

    @property
    def place(self) -> frozenset[str]:
        """The columns that say where it is."""
        return frozenset(self.roles[role] for role in PLACE_ROLES if role in self.roles)


def is_header(cells: Iterable[str], settings: Settings, mapping: Mapping[str, str]) -> bool:
    """Return whether a line names columns: one that is a place by itself, or several that are known."""
    names = [cell.strip() for cell in cells if cell.strip()]
    if not names or len(names) != len(set(names)):
        return False
    if mapping and set(mapping.values()) & set(names):
        return True
    roles = {role for role in (_role_of(name, settings) for name in names) if role}
    known = sum(bool(_role_of(name, settings)) or is_personal(name, settings) for name in names)
    return bool(roles & _ENOUGH) or (known >= _LEAST_KNOWN and bool(roles))


def recognise(names: Iterable[str], settings: Settings, mapping: Mapping[str, str] | None = None) -> Columns:
    """Return what the columns are; ``mapping`` says so itself, by role. Raises ``SubmissionError`` for its mistakes."""
    present = list(dict.fromkeys(name for name in names if name.strip()))
    chosen = dict(mapping or {})
    problems = []
    for role, name in chosen.items():
        if role not in settings.columns:
            fields = {"found": role, "expected": ", ".join(settings.columns)}
            problems.append(Problem("--column", "submission_role", fields))
        elif name not in present:
            close = difflib.get_close_matches(name, present, n=1, cutoff=0.0)
            fields = {"found": name, "expected": ", ".join(present), "remedy": f"{role}={close[0] if close else ''}"}
            problems.append(Problem("--column", "submission_column", fields))
    if problems:
        raise SubmissionError(*problems)
    taken = set(chosen.values())
    for role, known in settings.columns.items():
        if role in chosen:
            continue
        by_key = {key_of(name): name for name in reversed(present) if name not in taken}
        found = next((by_key[key] for key in known if key in by_key), None)
        if found is not None:
            chosen[role] = found
            taken.add(found)
    personal = {name for name in present if name not in taken and is_personal(name, settings)}
    return Columns(chosen, frozenset(personal))


def is_personal(name: str, settings: Settings) -> bool:
    """Return whether a column by this name is about a person."""
    key = key_of(name)
    if _role_of(name, settings):
        return False
    return key in settings.personal.names or any(word in key for word in settings.personal.words)


def _role_of(name: str, settings: Settings) -> str:
    key = key_of(name)
    return next((role for role, known in settings.columns.items() if key in known), "")
