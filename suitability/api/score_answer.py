"""Places in, verdicts out: the intake and the scoring of ``suitability score``, with the answer as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from suitability.api.cards import Card, card_of, number_or_none
from suitability.core.measurement import Outcome
from suitability.report.cards.refusal import advice_of
from suitability.report.explain import explain
from suitability.report.wording.receipt import note_text
from suitability.submissions.intake import make_receipts
from suitability.submissions.score import score

if TYPE_CHECKING:
    from suitability.api.service import Service
    from suitability.core.messages import Lang
    from suitability.submissions.intake import Batch
    from suitability.submissions.receipt import Receipt
    from suitability.submissions.score import Scored


class Overlap(BaseModel):
    """A parcel that a place covers, with the share of the place that lies in it (0 to 1)."""

    parcel_id: str
    share: float


class Outlook(BaseModel):
    """Beds, rank and nearest alternative of a place. Null = unknown, or not asked by the policy."""

    beds: float | None
    larger_share: float | None = Field(description="Share of the passing parcels with more area (0 to 1).")
    better_share: float | None = Field(
        description="Share of the passing parcels with a higher score in the ranking (0 to 1)."
    )
    alternative: str | None = Field(description="Nearest parcel that passes, where this place does not.")
    alternative_m: float | None


class PlaceAnswer(BaseModel):
    """The receipt of one place and, when it was accepted, its verdict, card and outlook."""

    number: int = Field(description="Its place in the batch, from 1.")
    reference: str
    given: str = Field(description="What was given as its place.")
    status: str = Field(description="accepted, mended (accepted, with a note), refused or no_submission")
    notes: list[str] = Field(description="What was mended, or why it was refused.")
    advice: list[str] = Field(description="What to send instead, where it was refused.")
    verdict: str | None = Field(description="pass, unknown or fail; null where it was not accepted")
    parcels: list[Overlap]
    card: Card | None = Field(description="Null where it was not accepted, or with `cards=false`.")
    outlook: Outlook | None


class ScoreAnswer(BaseModel):
    """An answer for every place, in the order in which they were sent."""

    policy: str
    policy_sha256: str
    area: str
    places: list[PlaceAnswer]
    counts: dict[str, int] = Field(description="Places by verdict.")


def score_batch(service: Service, batch: Batch, lang: Lang, *, cards: bool = True) -> ScoreAnswer:
    """Return receipts and verdicts of a batch, with ``cards`` or without; the same place gets the verdict of the scan and of the command line."""
    scan, settings = service.scan, service.intake
    columns = batch.entries.columns
    is_geojson = any(line.has_shape for line in batch.entries.lines)
    mapping = {} if is_geojson else {name: name for name in columns}  # the fields of a place are named as the roles are
    receipts = make_receipts(batch, service.surroundings, settings, mapping)
    there = service.surroundings.there
    scored = score(receipts, scan, settings.limits.least_overlap_m2, there=there) if receipts.accepted else None
    site = {one.number: i for i, one in enumerate(scored.receipts)} if scored else {}
    places = [_answer(service, one, scored, site.get(one.number), lang, cards=cards) for one in receipts.lines]
    return ScoreAnswer(
        policy=scan.policy.id, policy_sha256=scan.policy.sha256, area=scan.area.name, places=places,
        counts=scored.counts if scored else {"fail": 0, "unknown": 0, "pass": 0},
    )  # fmt: skip


def _answer(
    service: Service, receipt: Receipt, scored: Scored | None, i: int | None, lang: Lang, *, cards: bool
) -> PlaceAnswer:
    card, verdict, parcels, outlook = None, None, [], None
    if scored is not None and i is not None:
        verdict = Outcome(int(scored.scan.verdicts.best[i])).name.lower()
        facts = explain(scored.scan, str(scored.scan.parcels.ids[i]), lang) if cards else None
        card = None if facts is None else card_of(scored.scan, facts, service.documents, lang)
        parcels = [Overlap(parcel_id=name, share=share) for name, share in scored.overlaps[i].items()]
        outlook = _outlook(scored, i)
    return PlaceAnswer(
        number=receipt.number, reference=receipt.reference, given=receipt.given, status=receipt.status.value,
        notes=[note_text(note, lang) for note in receipt.notes],
        advice=advice_of(receipt, lang) if receipt.is_answered else [],
        verdict=verdict, parcels=parcels, card=card, outlook=outlook,
    )  # fmt: skip


def _outlook(scored: Scored, i: int) -> Outlook:
    told = scored.outlook
    row = int(told.alternative[i])
    return Outlook(
        beds=number_or_none(told.beds[i]),
        larger_share=number_or_none(told.larger[i]),
        better_share=number_or_none(told.better[i]),
        alternative=str(scored.around.parcels.ids[row]) if row >= 0 else None,
        alternative_m=number_or_none(told.alternative_m[i]),
    )
