"""Answer to a refused line, as plain texts: what was received, why it cannot be tested, what to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from suitability.core.messages import long_date, message, number
from suitability.report.wording.receipt import note_text
from suitability.submissions.personal_data import without_personal

if TYPE_CHECKING:
    from datetime import date

    from suitability.core.messages import Lang
    from suitability.scan.run import Scan
    from suitability.submissions.receipt import Receipt, Receipts

#: Why a line was refused -> the key behind ``refusal.advice.`` of what to send instead.
ADVICE: Final = {
    "address_ambiguous": "address", "address_other_number": "address", "address_unknown": "address", "no_addresses": "no_addresses",
    "bag_address_layer": "bag", "bag_form": "bag", "bag_no_layer": "bag", "bag_rounded": "bag", "bag_unknown": "bag",
    "broken_shape": "shape", "empty_shape": "shape", "line": "shape", "no_feature": "shape", "several_points": "several",
    "duplicate": "duplicate", "duplicate_part": "duplicate",
    "far_away": "coordinates", "half_coordinates": "coordinates", "no_number": "coordinates", "zero_coordinates": "coordinates",
    "in_no_parcel": "point", "on_boundary": "point", "outside_area": "outside", "parcel_unknown": "parcel",
    "no_place": "place", "too_large": "size", "too_small": "size", "too_many_columns": "columns",
}  # fmt: skip
_WORDS: Final = ("received", "why", "advice", "private")


def advice_of(receipt: Receipt, lang: Lang) -> list[str]:
    """Return what a submitter can send instead, each once; empty for a line that was not refused."""
    from_notes = [ADVICE[note.key] for note in receipt.notes if note.key in ADVICE]
    keys = ["duplicate"] if "duplicate" in from_notes else dict.fromkeys(from_notes or ["place"])
    return [] if receipt.is_accepted else [message(f"refusal.advice.{key}", lang) for key in keys]


def refusal_facts(receipts: Receipts, receipt: Receipt, scan: Scan, day: date, lang: Lang) -> dict[str, Any]:
    """Return all texts of the answer to a refused line. What looks personal is left out of what it quotes."""
    original = _answered_before(receipts, receipt)
    kind = "place" if original is None else "duplicate"
    return {
        "lang": lang,
        "words": {
            "title": message("card.title", lang),
            "page": message("refusal.page", lang, number=number(receipt.number, lang)),
            **{key: message(f"refusal.{key}", lang) for key in _WORDS},
        },
        "heading": {
            "reference": message("card.reference", lang, reference=receipt.reference) if receipt.reference else "",
            "day": day.isoformat(),
        },
        "verdict": {"head": message(f"refusal.head.{kind}", lang), "sense": message(f"refusal.sense.{kind}", lang)},
        "received": _received(receipt, lang),
        "why": [without_personal(note_text(note, lang)) for note in receipt.notes],
        "advice": [message("refusal.answered", lang, number=number(original.number, lang))]
        if original is not None
        else advice_of(receipt, lang),
        "run": message(
            "refusal.run", lang, date=long_date(day, lang), policy=scan.policy.title.in_(lang), area=scan.area.name, code=scan.run.code,
        ),
    }  # fmt: skip


def _received(receipt: Receipt, lang: Lang) -> list[str]:
    if receipt.kind == "shape":
        return [message("card.given.shape", lang)]
    given = without_personal(receipt.given)
    if not given:
        return [message("refusal.received.nothing", lang)]
    if not receipt.kind:
        return [message("refusal.received.text", lang, given=given)]
    return [message("card.given", lang, kind=message(f"submission.kind.{receipt.kind}", lang), given=given)]


def _answered_before(receipts: Receipts, receipt: Receipt) -> Receipt | None:
    """Return the line that is the same place and was answered, for a line refused because of that."""
    if not any(note.key in {"duplicate", "duplicate_part"} for note in receipt.notes):
        return None
    same = (one for one in receipts.lines if one.is_accepted and one.place_key == receipt.place_key)
    return next(same, None)
