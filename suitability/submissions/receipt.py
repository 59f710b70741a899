"""Receipt of one line: accepted, accepted after repair, refused with a reason, or no submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from suitability.submissions.entry import Note


class Status(StrEnum):
    """``NO_SUBMISSION``: a blank line, a header that stands twice, a note above or under the table."""

    ACCEPTED = "accepted"
    MENDED = "mended"
    REFUSED = "refused"
    NO_SUBMISSION = "no_submission"


@dataclass(frozen=True)
class Receipt:
    """The receipt of one line.

    ``number`` counts all lines of a file from 1; ``line`` is its place in the file, in ``part`` (sheet or layer).
    ``given``: what was given as its place. ``reference``: the submitter's own. ``geometry``: the site, in EPSG:28992;
    ``site_id``: the parcel's designation where the site is one parcel. ``place_key``: equal for equal places.
    ``personal`` and ``remarks`` are for the case officer's receipt and go nowhere else.
    """

    number: int
    line: int
    part: str
    status: Status
    given: str = ""
    kind: str = ""
    reference: str = ""
    notes: tuple[Note, ...] = ()
    geometry: BaseGeometry | None = None
    site_id: str = ""
    parcel_ids: tuple[str, ...] = ()
    label: str = ""
    place_key: str = ""
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)
    remarks: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_accepted(self) -> bool:
        """True if there is a site to score."""
        return self.status in {Status.ACCEPTED, Status.MENDED}

    @property
    def is_answered(self) -> bool:
        """True if its submitter gets a card: every line except non-submissions."""
        return self.status is not Status.NO_SUBMISSION


@dataclass(frozen=True)
class Receipts:
    """The receipts of a file: one per line but its header, in order. ``batch``: hash of the file's content."""

    file: str
    batch: str
    lines: tuple[Receipt, ...]

    @property
    def accepted(self) -> tuple[Receipt, ...]:
        """Those with a site to score."""
        return tuple(line for line in self.lines if line.is_accepted)

    def count(self, status: Status) -> int:
        """Return how many lines have a status."""
        return sum(line.status is status for line in self.lines)
