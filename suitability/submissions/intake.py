"""From the lines of a file to receipts: every line one receipt, in order, whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.submissions.columns import Columns, recognise
from suitability.submissions.entry import Note
from suitability.submissions.locate import Site, locate_points, locate_shapes, nearly_same, place_key, site_of_rows
from suitability.submissions.location_candidates import Attempt, attempts_of, point_of
from suitability.submissions.lookup_context import Hit, Missed
from suitability.submissions.personal_data import looks_personal, without_personal
from suitability.submissions.receipt import Receipt, Receipts, Status
from suitability.submissions.register import by_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from suitability.core.types import GeometryArray
    from suitability.submissions.entry import Entries, Entry
    from suitability.submissions.lookup_context import Surroundings
    from suitability.submissions.register import Known
    from suitability.submissions.settings import Limits, Settings

_LONGEST_REFERENCE: Final = 40
#: Roles of places in which people write sentences, and so may write about themselves.
_WRITTEN: Final = ("address", "street", "town", "place")
#: Notes that tell how a line was read, and mend nothing.
_HARMLESS: Final = frozenset({"point_to_parcel", "over_lines"})


@dataclass(frozen=True)
class Batch:
    """A file of submissions: its name for people, the hash of its content, and what stands in it."""

    file: str
    sha256: str
    entries: Entries


@dataclass(frozen=True)
class _Line:
    """One line on its way to a receipt: the attempts that were made, and the one that is used."""

    entry: Entry
    attempts: tuple[Attempt, ...] = ()

    @property
    def chosen(self) -> Attempt | None:
        return next((one for one in self.attempts if one.failure is None), None)

    @property
    def failed_before(self) -> tuple[Attempt, ...]:
        """The ways that were surer but came to nothing."""
        before = []
        for one in self.attempts:
            if one.failure is None:
                break
            before.append(one)
        return tuple(before)


def make_receipts(
    batch: Batch,
    around: Surroundings,
    settings: Settings,
    mapping: Mapping[str, str] | None = None,
    earlier: Iterable[Known] = (),
) -> Receipts:
    """Return the receipts of a batch. ``mapping``: columns by role, where their names do not say it.

    ``earlier``: places of earlier batches. Raises ``SubmissionError`` for a wrong mapping, and ``SourceError`` when a
    service of addresses does not answer: then nothing was decided about any line.
    """
    limits = settings.limits
    columns = Columns({"place": "place"}) if batch.entries.headerless else recognise(batch.entries.columns, settings, mapping)  # fmt: skip
    lines = [_attempted(entry, columns, around, limits) for entry in batch.entries.lines]
    lines = _looked_up(lines, around)
    sites = _located(lines, around, limits)
    receipts = [
        _receipt(number, line, site, columns, around, limits)
        for number, (line, site) in enumerate(zip(lines, sites, strict=True), start=1)
    ]
    marked = _without_repeats(receipts, by_place(earlier), limits)
    return Receipts(batch.file, batch.sha256, tuple(marked))


def _attempted(entry: Entry, columns: Columns, around: Surroundings, limits: Limits) -> _Line:
    if entry.is_none is not None or entry.trouble is not None:
        return _Line(entry)
    attempts = tuple(attempts_of(entry, columns, around, limits))
    if not attempts and _is_loose(entry, columns):
        return _Line(replace(entry, is_none=Note("loose_note")))
    return _Line(entry, attempts)


def _is_loose(entry: Entry, columns: Columns) -> bool:
    """Return whether a line is a remark under the table: words in one cell of several, and no place."""
    filled = [text for text in entry.cells.values() if text]
    return (
        len(filled) == 1 and len(entry.cells) > 1 and " " in filled[0] and not entry.has_shape and bool(columns.roles)
    )


def _looked_up(lines: list[_Line], around: Surroundings) -> list[_Line]:
    """Return the lines with every address looked up, all in one question to the finder."""
    texts = list(dict.fromkeys(one.text for line in lines for one in line.attempts if one.text))
    if around.finder is None:
        answers: dict[str, Hit | Missed | None] = dict.fromkeys(texts)
    else:
        answers = dict(zip(texts, around.finder.find_all(texts), strict=True))
    return [replace(line, attempts=tuple(_answered(one, answers, around) for one in line.attempts)) for line in lines]


def _answered(one: Attempt, answers: Mapping[str, Hit | Missed | None], around: Surroundings) -> Attempt:
    if not one.text or one.failure is not None:
        return one
    answer = answers[one.text]
    if answer is None:
        return replace(one, failure=Note("no_addresses", {"found": one.given}))
    if isinstance(answer, Hit):
        read_as = (Note("read_as", {"label": answer.label}),) if answer.score < 1 else ()
        return replace(one, shape=answer.point, label=answer.label, notes=(*one.notes, *read_as))
    if one.kind == "parcel":
        return replace(one, failure=Note("parcel_unknown", {"found": one.given, "area": around.area_name}))
    key = {"none": "address_unknown", "ambiguous": "address_ambiguous", "other_number": "address_other_number"}
    if answer.reason != "none" and not answer.label:
        return replace(one, failure=Note("address_unknown", {"found": one.given}))
    return replace(one, failure=Note(key[answer.reason], {"found": one.given, "label": answer.label}))


def _located(lines: list[_Line], around: Surroundings, limits: Limits) -> list[Site | Note | None]:
    """Return the ground of each line, or why there is none; None where nothing was given."""
    sites: list[Site | Note | None] = [None] * len(lines)
    points: list[int] = []
    shapes: list[int] = []
    for i, line in enumerate(lines):
        chosen = line.chosen
        if chosen is None:
            continue
        if chosen.rows:
            sites[i] = site_of_rows(chosen.rows, around)
        elif chosen.shape is not None:
            (points if chosen.shape.geom_type == "Point" else shapes).append(i)
    for rows, locate in ((points, locate_points), (shapes, locate_shapes)):
        if rows:
            found = [one.shape for i in rows if (one := lines[i].chosen) is not None]
            given: GeometryArray = np.array(found, dtype=object)
            for i, site in zip(rows, locate(given, around, limits), strict=True):
                sites[i] = site
    return sites


def _receipt(
    number: int, line: _Line, site: Site | Note | None, columns: Columns, around: Surroundings, limits: Limits
) -> Receipt:
    entry = line.entry
    apart = _kept_apart(entry, columns)
    blank = Receipt(number, entry.line, entry.part, Status.REFUSED, personal=apart.personal, remarks=apart.remarks)
    if entry.is_none is not None:
        said = " ".join(text for text in entry.cells.values() if text)
        return replace(blank, status=Status.NO_SUBMISSION, notes=(entry.is_none,), given=without_personal(said)[:80])
    blank = replace(blank, reference=apart.reference, notes=(*entry.notes, *apart.notes))
    given = line.chosen or next(iter(line.attempts), None)
    if given is not None:
        blank = replace(blank, given=given.given, kind=given.kind, label=given.label)
    if entry.trouble is not None:
        said = " ".join(entry.cells.get(name, "") for name in columns.roles.values() if name in columns.place).strip()
        return replace(blank, given=without_personal(said)[:80], notes=(*blank.notes, entry.trouble))
    failures = tuple(one.failure for one in line.failed_before if one.failure is not None)
    if isinstance(site, Note):
        return replace(blank, notes=(*blank.notes, *failures, *(given.notes if given else ()), site))
    if site is None:
        return replace(blank, notes=(*blank.notes, *(failures or (Note("no_place"),))))
    chosen = line.chosen
    notes = [*blank.notes, *failures, *(chosen.notes if chosen else ()), *site.notes]
    if failures and chosen is not None:
        notes.append(Note("rescued", {"kind": chosen.kind}))
    notes += _contradictions(line, site, around, limits)
    ids = tuple(str(around.parcels.ids[row]) for row in site.rows)
    is_plain = {note.key for note in notes} <= _HARMLESS
    return replace(
        blank, status=Status.ACCEPTED if is_plain else Status.MENDED, notes=tuple(notes), geometry=site.geometry,
        site_id=ids[0] if len(ids) == 1 else f"site-{number:04}", parcel_ids=ids, place_key=place_key(site, around),
    )  # fmt: skip


@dataclass(frozen=True)
class _Apart:
    """Cells of a line besides the place, divided by access: public or personal."""

    reference: str
    personal: Mapping[str, str]
    remarks: Mapping[str, str]
    notes: tuple[Note, ...]


def _kept_apart(entry: Entry, columns: Columns) -> _Apart:
    reference_column = columns.roles.get("reference", "")
    written = {columns.roles[role] for role in _WRITTEN if role in columns.roles}
    personal: dict[str, str] = {}
    remarks: dict[str, str] = {}
    notes: tuple[Note, ...] = ()
    reference = ""
    for name, text in entry.cells.items():
        if not text:
            continue
        if name in columns.place and name != reference_column:
            if name in written and looks_personal(text):
                personal[name] = text
            continue
        if name in columns.personal or looks_personal(text):
            personal[name] = text
            notes = (Note("reference_apart"),) if name == reference_column else notes
        elif name == reference_column:
            reference = text[:_LONGEST_REFERENCE]
        else:
            remarks[name] = text
    return _Apart(reference, personal, remarks, notes)


def _contradictions(line: _Line, site: Site, around: Surroundings, limits: Limits) -> list[Note]:
    """Return a note for each other way that leads somewhere else, or nowhere."""
    notes = []
    for one in line.attempts:
        if one is line.chosen or one in line.failed_before:
            continue
        place = point_of(one, around)
        if place is None:
            notes.append(Note("also_given_unknown", {"kind": one.kind, "found": one.given}))
        elif (metres := float(site.geometry.distance(place))) > limits.disagree_m:
            notes.append(Note("disagree", {"kind": one.kind, "found": one.given, "metres": metres}))
    return notes


def _without_repeats(receipts: list[Receipt], earlier: Mapping[str, Known], limits: Limits) -> list[Receipt]:
    """Return the receipts with places that come twice refused the second time, and those known from before noted."""
    first: dict[str, Receipt] = {}
    marked = list(receipts)
    for i, one in enumerate(receipts):
        if not one.is_accepted:
            continue
        before = first.setdefault(one.place_key, one)
        if before is not one:
            fields = {"line": before.line, "part": before.part}
            note = Note("duplicate_part" if before.part else "duplicate", fields)
            marked[i] = replace(one, status=Status.REFUSED, notes=(*one.notes, note), geometry=None)
        elif (known := earlier.get(one.place_key)) is not None:
            note = Note("submitted_before", {"file": known.file, "line": known.line, "date": known.day})
            marked[i] = replace(one, status=Status.MENDED, notes=(*one.notes, note))
    accepted = [i for i, one in enumerate(marked) if one.is_accepted]
    sites = np.array([marked[i].geometry for i in accepted], dtype=object)
    for later, before_at in nearly_same(sites, limits.same_place_share) if len(sites) else ():
        one, other = marked[accepted[later]], marked[accepted[before_at]]
        note = Note("nearly_same", {"line": other.line})
        marked[accepted[later]] = replace(one, status=Status.MENDED, notes=(*one.notes, note))
    return marked
