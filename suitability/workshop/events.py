"""Events of a workshop: one frozen model per kind of act, discriminated by ``kind``, inside an event.

The actor creates the event with its own id, so that a repeated write is stored once. The store adds the sequence number
and the time (UTC). A participant's id is the id of the event by which they joined.

A new kind of act or a new field needs a migration, even an empty one: an older program then refuses the store instead
of failing on an unknown field.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal
from uuid import UUID, uuid4

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from suitability.core.types import Params

if TYPE_CHECKING:
    from suitability.scan.run_record import RunRecord

#: What stands where a text was erased on request; the same in every language.
ERASED: Final = "[…]"

#: Signs that make what follows read the other way round (Unicode, bidirectional controls).
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

#: The scale on which weights are voted: 0 = does not count, 10 = decides.
LOWEST_WEIGHT: Final = 0.0
HIGHEST_WEIGHT: Final = 10.0


def plain(text: str) -> str:
    """Return a text without what a document, database or spreadsheet cannot hold, or what hides how it reads.

    Control signs and half characters, signs that Unicode keeps for no use, and those that turn the direction of reading.
    """
    kept = (sign if sign == "\n" or not _is_unfit(sign) else " " for sign in text)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _is_unfit(sign: str) -> bool:
    code = ord(sign)
    is_unused = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004 (Unicode, noncharacters)
    return is_unused or sign in _TURNING or unicodedata.category(sign) in {"Cc", "Cs"}


def _single_line(text: str) -> str:
    return " ".join(plain(text).split())


def _filled(text: str) -> str:
    if not text:
        raise ValueError("event_text_empty")
    return text


Line = Annotated[str, AfterValidator(_single_line), Field(max_length=200)]
FilledLine = Annotated[Line, AfterValidator(_filled)]
Text = Annotated[str, AfterValidator(plain), Field(max_length=4000)]
FilledText = Annotated[Text, AfterValidator(_filled)]
Weight = Annotated[float, Field(ge=LOWEST_WEIGHT, le=HIGHEST_WEIGHT, allow_inf_nan=False)]

Role = Literal["chair", "participant"]
Choice = Literal["for", "against", "unsure"]
LockState = Literal["in", "out", "open"]
Topic = Literal["site", "rule", "session"]


class Act(Params):
    """Base of everything that can happen."""

    #: Fields with what a person said or is called: kept apart, the only part that can be erased.
    words: ClassVar[tuple[str, ...]] = ()

    #: Whether only a chair may do this.
    by_chair: ClassVar[bool] = True

    #: Whether this is still possible when the session is closed.
    after_closing: ClassVar[bool] = False

    @property
    def thing(self) -> str | None:
        """Subject of the change, where two people may change the same; None where no conflict is possible."""
        return None


class DataStamp(Params):
    """One layer that the scan was made with."""

    layer: FilledLine
    source: Line = ""
    reference_date: date
    sha256: Line = ""


class ScanStamp(Params):
    """Scan under discussion: code version, time, and the data with their dates and hashes."""

    code: Line = ""
    started: AwareDatetime | None = None
    data: tuple[DataStamp, ...] = ()


class SessionOpened(Act):
    """A session begins. ``stages``: the name of a file in ``config/stages``."""

    kind: Literal["session_opened"] = "session_opened"
    title: FilledLine
    policy_id: FilledLine
    policy_sha256: Line = ""
    source: Line = ""
    area: Line = ""
    stages: Line = ""
    scan: ScanStamp = ScanStamp()


class ParticipantJoined(Act):
    """Someone takes part, by a code. The name may be left out; the party is what counts in the results."""

    words: ClassVar = ("name",)
    by_chair: ClassVar = False
    kind: Literal["participant_joined"] = "participant_joined"
    name: Line = ""
    party: FilledLine
    role: Role = "participant"


class WeightVoted(Act):
    """Vote of one person on the weight of a rule. ``whose``: the voter, when a chair enters it for them."""

    by_chair: ClassVar = False
    kind: Literal["weight_voted"] = "weight_voted"
    rule: FilledLine
    value: Weight
    whose: UUID | None = None


class WeightSet(Act):
    """The weight that a rule gets after the votes."""

    words: ClassVar = ("reason",)
    kind: Literal["weight_set"] = "weight_set"
    rule: FilledLine
    value: Weight
    reason: Text = ""

    @property
    def thing(self) -> str:
        """The weight of this rule."""
        return f"weight:{self.rule}"


class SiteVoted(Act):
    """For, against or unsure about a site."""

    words: ClassVar = ("reason",)
    by_chair: ClassVar = False
    kind: Literal["site_voted"] = "site_voted"
    site: FilledLine
    choice: Choice
    reason: Text = ""
    whose: UUID | None = None


class Commented(Act):
    """A remark on a site, on a rule or on the session as a whole (``subject`` empty). ``whose``: as with a vote."""

    words: ClassVar = ("text",)
    by_chair: ClassVar = False
    kind: Literal["commented"] = "commented"
    topic: Topic
    subject: Line = ""
    text: FilledText
    whose: UUID | None = None


class LockChanged(Act):
    """A site is kept in or out whatever its score, or neither any more (``open``)."""

    words: ClassVar = ("reason",)
    kind: Literal["lock_changed"] = "lock_changed"
    site: FilledLine
    lock: LockState
    reason: FilledText

    @property
    def thing(self) -> str:
        """The lock of this site."""
        return f"lock:{self.site}"


class StageChanged(Act):
    """A site enters a stage. ``when``: the moment of the decision itself, if that was earlier."""

    words: ClassVar = ("reason",)
    after_closing: ClassVar = True
    kind: Literal["stage_changed"] = "stage_changed"
    site: FilledLine
    stage: FilledLine
    reason: Text = ""
    when: AwareDatetime | None = None

    @property
    def thing(self) -> str:
        """The stage of this site."""
        return f"stage:{self.site}"


class ChecklistDone(Act):
    """A step of a stage's checklist is done, or was ticked by mistake (``done`` false).

    ``entry``: sequence of the event by which the site entered the stage; a second round has steps of its own.
    """

    after_closing: ClassVar = True
    kind: Literal["checklist_done"] = "checklist_done"
    site: FilledLine
    step: FilledLine
    entry: int
    done: bool = True
    when: AwareDatetime | None = None

    @property
    def thing(self) -> str:
        """This step in this round."""
        return f"check:{self.entry}:{self.step}:{self.site}"


class MinutesExported(Act):
    """The minutes were taken out. ``up_to``: the last event in them; ``sha256``: of the file."""

    after_closing: ClassVar = True
    kind: Literal["minutes_exported"] = "minutes_exported"
    form: Literal["html", "pdf", "xlsx"]
    lang: Literal["nl", "en"]
    public: bool
    up_to: int
    sha256: Line


class SessionClosed(Act):
    """No more votes, remarks, locks or participants; stages and their checklists go on."""

    words: ClassVar = ("reason",)
    kind: Literal["session_closed"] = "session_closed"
    reason: Text = ""

    @property
    def thing(self) -> str:
        """The session itself."""
        return "session"


class WordsErased(Act):
    """Erasure on request of the words in these events, or of a name."""

    after_closing: ClassVar = True
    kind: Literal["words_erased"] = "words_erased"
    events: tuple[UUID, ...]
    reason: FilledText


AnyAct = Annotated[
    SessionOpened
    | ParticipantJoined
    | WeightVoted
    | WeightSet
    | SiteVoted
    | Commented
    | LockChanged
    | StageChanged
    | ChecklistDone
    | MinutesExported
    | SessionClosed
    | WordsErased,
    Field(discriminator="kind"),
]

ACTS: Final[TypeAdapter[AnyAct]] = TypeAdapter(AnyAct)


class Event(Params):
    """Act with its actor. ``id``: created by the actor; ``by``: a participant's id."""

    id: UUID = Field(default_factory=uuid4)
    by: UUID
    act: AnyAct


@dataclass(frozen=True)
class Recorded:
    """An event as it was stored: its place in the session (from 1, without gaps) and the server's time (UTC)."""

    sequence: int
    at: datetime
    event: Event

    @property
    def whose(self) -> UUID:
        """Owner of the vote or remark; of any other act, the actor."""
        return getattr(self.event.act, "whose", None) or self.event.by


def without_words(record: Recorded) -> Recorded:
    """Return a record with what was said erased; a name becomes empty."""
    act = record.event.act
    blank = {name: "" if name == "name" else ERASED for name in act.words if getattr(act, name)}
    event = record.event.model_copy(update={"act": act.model_copy(update=blank)})
    return Recorded(record.sequence, record.at, event)


def stamp_of(run: RunRecord) -> ScanStamp:
    """Return which scan was on the table, from its run record."""
    data = tuple(
        DataStamp(layer=name, source=p.source[:200], reference_date=p.reference_date, sha256=p.sha256)
        for name, p in sorted(run.layers.items())
    )
    return ScanStamp(code=run.code, started=run.started, data=data)
