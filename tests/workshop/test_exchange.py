"""A session as a spreadsheet and back: a line for every row, nothing vanishes, nothing runs."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from suitability.core.errors import WorkshopError
from suitability.core.messages import LANGS
from suitability.workshop.events import (
    ChecklistDone,
    Commented,
    LockChanged,
    SessionClosed,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
)
from suitability.workshop.spreadsheet.exchange import Receipt, export_xlsx, read_back
from suitability.workshop.state import pseudonymised
from suitability.workshop.wording import LOCAL
from tests.workshop.evening import OPENING, SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from suitability.core.messages import Lang
    from tests.workshop.conftest import Clock
    from tests.workshop.evening import Evening

NASTY = [
    "=cmd|'/C calc'!A0",
    "@SUM(1)",
    "+31 6",
    "-1",
    "\t=1",
    "<script>alert(1)</script>",
    "#panic()",
    "'s avonds",
    "été 漢 😀",
]


#: As a spreadsheet holds them: without a zone.
APRIL = datetime(2026, 4, 3, tzinfo=LOCAL).replace(tzinfo=None)
AFTERNOON = datetime(2026, 11, 21, 14, 30, tzinfo=LOCAL).replace(tzinfo=None)


def busy(evening: Evening) -> None:
    """Let a little of everything happen."""
    jan, olga, _ = evening.people
    evening.does(jan, WeightVoted(rule="near_work", value=7.5))
    evening.does(olga, WeightVoted(rule="near_work", value=2))
    evening.does(evening.chair, WeightSet(rule="near_work", value=5, reason="midden"), 0)
    for i, text in enumerate(NASTY):
        evening.does(olga, SiteVoted(site=f"site-{1 + i % 2}", choice="for" if i % 3 else "against", reason=text))
        evening.does(jan, Commented(topic="site", subject="site-1", text=text))
    evening.locks("site-1", "in", "ruim genoeg")
    evening.does(evening.chair, StageChanged(site="site-1", stage="put_forward"), 0)


def rows(sheet: Worksheet) -> list[dict[str, Any]]:
    """Return rows by header, with their number."""
    head = [str(cell.value) for cell in sheet[1]]
    return [
        {"row": y, **{h: c.value for h, c in zip(head, cells, strict=True)}}
        for y, cells in enumerate(sheet.iter_rows(min_row=2), 2)
    ]


def changed(content: bytes, change: Callable[[Workbook], None]) -> bytes:
    """Return the file with something changed in it, as someone at a desk would."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: Worksheet, value: object, column: str, **where: object) -> int:
    """Put a value in the row where columns have these values; return its number."""
    named = {key.replace("_", " "): value for key, value in where.items()}
    row = next(r for r in rows(sheet) if all(r[key] == value for key, value in named.items()))
    head = [cell.value for cell in sheet[1]]
    sheet.cell(row["row"], head.index(column) + 1).value = value  # type: ignore[assignment]
    return int(row["row"])


def reads(evening: Evening, content: bytes, lang: Lang = "nl", *, whole: bool = False) -> Receipt:
    """Read a file back as the chair."""
    return read_back(
        evening.store,
        evening.session,
        content,
        by=evening.chair,
        subject=SUBJECT,
        lang=lang,
        name="avond.xlsx",
        all_or_nothing=whole,
    )


@pytest.mark.parametrize("lang", LANGS)
def test_a_file_that_nobody_changed_changes_nothing(evening: Evening, lang: Lang) -> None:
    """Every row has a line, and every line says so, whatever signs people used."""
    busy(evening)
    content = export_xlsx(evening.state(), SUBJECT, lang)
    receipt = reads(evening, content, lang)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert set(receipt.counts()) == {"unchanged"}
    assert len(receipt.lines) == sum(sheet.max_row - 1 for sheet in book.worksheets[1:])
    assert not receipt.is_written
    assert len(receipt.sentences(lang)) == len(receipt.lines)


def test_filled_in_cells_come_into_the_session(evening: Evening) -> None:
    """Paper votes, a decimal comma, a lock, a stage, a remark: added or changed, each in the name of its author."""
    busy(evening)
    jan, olga, third = evening.people

    def fill(book: Workbook) -> None:
        put(book["Gewichten"], "7,5", "gewicht", regel="near_shop", deelnemer=4)
        put(book["Gewichten"], 6, "gewicht", regel="near_work", deelnemer="afgesproken")
        put(book["Stemmen"], "Tegen", "stem", locatie="site-1", deelnemer=2)
        put(book["Stemmen"], "Not sure", "stem", locatie="site-1", deelnemer=3)
        put(book["Afspraken"], "niet meenemen", "afspraak", locatie="site-2", soort_afspraak="vastzetten")
        put(book["Afspraken"], "te duur", "reden", locatie="site-2", soort_afspraak="vastzetten")
        put(book["Afspraken"], "beoordeeld", "afspraak", locatie="site-1", soort_afspraak="stap")
        book["Opmerkingen"].append(["locatie", "site-2", 4, None, None, "op papier: graag bomen", None, None])

    content = changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill)
    receipt = reads(evening, content)
    state = evening.state()
    assert {k: n for k, n in receipt.counts().items() if k != "unchanged"} == {"added": 4, "changed": 3}
    assert state.weights("near_shop") == {third: 7.5}
    weight = state.newest(WeightSet, "near_work")
    assert weight is not None
    assert (weight[1].value, weight[1].reason) == (6, "midden")
    assert state.votes("site-1")[jan].choice == "against"
    assert state.votes("site-1")[olga].choice == "unsure"
    lock, stage = state.newest(LockChanged, "site-2"), state.newest(StageChanged, "site-1")
    assert lock is not None
    assert stage is not None
    assert (lock[1].lock, lock[1].reason, lock[0].event.by) == ("out", "te duur", evening.chair)
    assert stage[1].stage == "assessed"
    record, remark = state.logged(Commented)[-1]
    assert (remark.text, record.whose, record.event.by) == ("op papier: graag bomen", third, evening.chair)
    before = evening.state().sequence
    again = reads(evening, content)
    assert evening.state().sequence == before
    assert not {"added", "changed"} & set(again.counts())


def test_a_change_since_the_export_is_a_conflict_that_says_by_whom(evening: Evening) -> None:
    """The lock of someone else stays; the rest of the file is taken in."""
    busy(evening)
    content = export_xlsx(evening.state(), SUBJECT, "nl")
    evening.locks("site-1", "out", "toch te druk", seen=evening.state().version(LockChanged, "site-1"))
    evening.does(evening.people[1], SiteVoted(site="site-1", choice="unsure"))

    def fill(book: Workbook) -> None:
        put(book["Afspraken"], "weer open", "afspraak", locatie="site-1", soort_afspraak="vastzetten")
        put(book["Stemmen"], "voor", "stem", locatie="site-1", deelnemer=3)
        put(book["Stemmen"], "voor", "stem", locatie="site-2", deelnemer=4)

    receipt = reads(evening, changed(content, fill))
    assert (receipt.counts()["conflict"], receipt.counts()["added"]) == (2, 1)
    told = " ".join(receipt.sentences("nl"))
    assert "Wilhelmina Vastgoed (gemeente) heeft dit na de export veranderd" in told
    assert "niet meenemen (toch te druk)" in told
    lock = evening.state().newest(LockChanged, "site-1")
    assert lock is not None
    assert lock[1].lock == "out"


def test_all_or_nothing_writes_nothing_when_one_row_is_wrong(evening: Evening) -> None:
    """And says which rows would have been taken in."""
    busy(evening)

    def fill(book: Workbook) -> None:
        put(book["Stemmen"], "voor", "stem", locatie="site-2", deelnemer=4)
        put(book["Stemmen"], "misschien", "stem", locatie="site-1", deelnemer=4)

    content, before = changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill), evening.state().sequence
    receipt = reads(evening, content, whole=True)
    assert (receipt.counts()["held_back"], receipt.counts()["refused"], receipt.is_written) == (1, 1, False)
    assert evening.state().sequence == before
    assert reads(evening, content).counts()["added"] == 1


def test_a_file_with_the_words_of_an_earlier_version_is_read(evening: Evening) -> None:
    """Its sheets, columns and the word for leaving out were called otherwise; it may still lie on a desk."""
    busy(evening)

    def fill(book: Workbook) -> None:
        put(book["Gewichten"], 6, "gewicht", regel="near_work", deelnemer="afgesproken")
        put(book["Afspraken"], "laten vallen", "afspraak", locatie="site-2", soort_afspraak="vastzetten")
        put(book["Afspraken"], "te duur", "reden", locatie="site-2", soort_afspraak="vastzetten")
        book["Gewichten"].title, book["Afspraken"].title = "Wegingen", "Besluiten"
        for cell in book["Besluiten"][1]:
            cell.value = {"soort afspraak": "soort besluit", "afspraak": "besluit"}.get(cell.value, cell.value)

    receipt = reads(evening, changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill))
    lock, weight = evening.state().newest(LockChanged, "site-2"), evening.state().newest(WeightSet, "near_work")
    assert lock is not None
    assert weight is not None
    assert (lock[1].lock, lock[1].reason, weight[1].value) == ("out", "te duur", 6)
    assert "refused" not in receipt.counts()


@pytest.mark.parametrize(("sheet", "column", "value", "where", "said"), [
    ("Gewichten", "gewicht", 11, {"regel": "near_work", "deelnemer": 2}, "'11' kan hier niet. Vul een getal in van 0 tot en met 10"),
    ("Gewichten", "gewicht", "veel", {"regel": "near_work", "deelnemer": 2}, "'veel' kan hier niet"),
    ("Gewichten", "gewicht", APRIL, {"regel": "near_work", "deelnemer": 2}, "'03-04-2026' kan hier niet. Vul een getal in"),
    ("Gewichten", "gewicht", "3 april", {"regel": "near_work", "deelnemer": 2}, "'3 april' kan hier niet. Vul een getal in"),
    ("Gewichten", "gewicht", "=1+1", {"regel": "near_work", "deelnemer": 2}, "Vul een getal in"),
    ("Gewichten", "gewicht", True, {"regel": "near_work", "deelnemer": 2}, "Vul een getal in"),
    ("Gewichten", "gewicht", None, {"regel": "near_work", "deelnemer": 2}, "leeggemaakt"),
    ("Gewichten", "regel", "near_moon", {"regel": "near_work", "deelnemer": 2}, "'near_moon' kan hier niet. Kies uit: near_work"),
    ("Stemmen", "stem", "=A1", {"locatie": "site-1", "deelnemer": 3}, "formule '=A1'"),
    ("Stemmen", "deelnemer", 99, {"locatie": "site-1", "deelnemer": 3}, "nummer van een deelnemer (1 tot en met 4)"),
    ("Gewichten", "deelnemer", 2, {"regel": "near_work", "deelnemer": 3}, "dit staat al in rij"),
    ("Stemmen", "deelnemer", 2, {"locatie": "site-1", "deelnemer": 3}, "is niet het getal dat bij het exporteren"),
    ("Stemmen", "stand", "gisteren", {"locatie": "site-1", "deelnemer": 3}, "is niet het getal dat bij het exporteren"),
    ("Afspraken", "afspraak", "definitief besluit", {"locatie": "site-1", "soort afspraak": "stap"}, "kan nu niet. Kies uit: beoordeeld, afgevallen"),
    ("Afspraken", "afspraak", "afgevallen", {"locatie": "site-1", "soort afspraak": "stap"}, "reden nodig"),
    ("Afspraken", "afspraak", "zeker meenemen", {"locatie": "site-2", "soort afspraak": "vastzetten"}, "reden nodig"),
    ("Afspraken", "soort afspraak", "gevoel", {"locatie": "site-1", "soort afspraak": "stap"}, "Kies uit"),
    ("Opmerkingen", "opmerking", "iets anders", {"opmerking": "#panic()"}, "een opmerking wordt niet veranderd"),
])  # fmt: skip
def test_a_row_that_is_not_taken_over_says_why(
    evening: Evening, sheet: str, column: str, value: object, where: dict[str, object], said: str
) -> None:
    """Sheet and row, the value found, the value expected; the other rows are still imported."""
    busy(evening)
    number: list[int] = []

    def fill(book: Workbook) -> None:
        number.append(put(book[sheet], value, column, **where))

    content = changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill)
    before = evening.state().sequence
    receipt = reads(evening, content)
    wrong = [line for line in receipt.lines if line.outcome == "refused"]
    assert receipt.counts()["refused"] == 1
    told = next(text for line, text in zip(receipt.lines, receipt.sentences("nl"), strict=True) if line in wrong)
    assert said in told
    assert told.startswith(sheet)
    if "staat al in" not in said:
        assert f"rij {number[0]}" in told
    assert evening.state().sequence == before


@pytest.mark.parametrize(("value", "hour"), [("21-11-2026 14:30", 13), ("2026-07-01 14:30", 12), (AFTERNOON, 13)])
def test_times_are_read_as_people_write_them(evening: Evening, clock: Clock, value: object, hour: int) -> None:
    """A date as text or as a date, on the local clock, in winter and in summer."""
    if "07" in str(value)[5:7]:
        clock.now = datetime.fromisoformat("2026-07-01T08:00:00+00:00")
    evening.does(evening.chair, StageChanged(site="site-1", stage="intended_decision", reason="r"), 0)

    def fill(book: Workbook) -> None:
        put(book["Afspraken"], "gedaan", "afspraak", locatie="site-1", onderdeel="gemeenteraad mondeling geïnformeerd")
        put(book["Afspraken"], value, "wanneer", locatie="site-1", onderdeel="gemeenteraad mondeling geïnformeerd")

    content = changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill)
    clock.now += timedelta(days=3)
    receipt = reads(evening, content)
    assert receipt.counts().get("refused") is None, receipt.sentences("nl")
    entry = evening.state().version(StageChanged, "site-1")
    done = evening.state().newest(ChecklistDone, str(entry), "council", "site-1")
    assert done is not None
    assert done[1].when is not None
    assert (done[1].when.hour, done[1].when.minute) == (hour, 30)


def test_sheets_and_columns_that_are_not_read_are_named(evening: Evening) -> None:
    """A sheet of one's own, a renamed header, a column added, merged cells: nothing vanishes in silence."""
    busy(evening)

    def fill(book: Workbook) -> None:
        book.create_sheet("Kladje").append(["van alles"])
        book["Gewichten"]["F1"].value = "zwaarte"
        book["Stemmen"]["I1"].value = "mijn kolom"
        book["Afspraken"].merge_cells("A2:B2")

    content = changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill)
    receipt = reads(evening, content)
    told = "\n".join(receipt.sentences("nl"))
    assert "het blad 'Kladje' wordt niet gelezen" in told
    assert "deze kolommen worden niet gelezen: mijn kolom" in told
    assert "Afspraken, rij 2: in deze rij zijn cellen samengevoegd" in told
    n_weights = openpyxl.load_workbook(io.BytesIO(content))["Gewichten"].max_row
    assert told.count("ontbreekt of staat er dubbel: gewicht") == n_weights


def test_only_a_chair_of_this_session_while_it_is_open(evening: Evening) -> None:
    """A participant, another session's file, and a closed session are refused as a whole."""
    busy(evening)
    content = export_xlsx(evening.state(), SUBJECT, "nl")
    with pytest.raises(WorkshopError, match="only a chair"):
        read_back(evening.store, evening.session, content, by=evening.people[0], subject=SUBJECT, lang="nl")
    other = evening.store.open_session(OPENING, party="elders")
    with pytest.raises(WorkshopError, match="from another session"):
        read_back(evening.store, other.session, content, by=other.chair, subject=SUBJECT, lang="nl")
    evening.does(evening.chair, SessionClosed(), 0)
    with pytest.raises(WorkshopError, match="session is closed"):
        reads(evening, content)


def test_no_cell_is_a_formula_and_no_name_is_in_the_public_file(evening: Evening) -> None:
    """Texts that look like formulas are texts, marked so that they stay it; there is no macro and no link."""
    busy(evening)
    content = export_xlsx(evening.state(), SUBJECT, "nl")
    cells = [c for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f"]
    texts = {c.value for c in cells if c.data_type == "s"}
    assert {text.strip() for text in NASTY} <= texts
    assert all(c.quotePrefix for c in cells if c.data_type == "s" and str(c.value).startswith(("=", "@", "+", "-")))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert not [n for n in package.namelist() if "vba" in n.lower() or "external" in n.lower()]
        assert b"<f>" not in b"".join(package.read(n) for n in package.namelist())
    public = export_xlsx(pseudonymised(evening.state()), SUBJECT, "nl")
    with zipfile.ZipFile(io.BytesIO(public)) as package:
        everything = b"".join(package.read(n) for n in package.namelist())
    assert b"Kwikzilver" not in everything
    assert b"Kwikzilver" in b"".join(zipfile.ZipFile(io.BytesIO(content)).read(n) for n in package.namelist())


def test_reading_goes_on_while_others_vote(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone votes between looking and writing: the file is compared with the session again."""
    busy(evening)

    def fill(book: Workbook) -> None:
        put(book["Stemmen"], "voor", "stem", locatie="site-2", deelnemer=4)
        put(book["Stemmen"], "tegen", "stem", locatie="site-2", deelnemer=2)

    content = changed(export_xlsx(evening.state(), SUBJECT, "nl"), fill)
    write, calls = evening.store.append_all, list[int]()

    def late(*args: Any, **options: Any) -> Any:
        if not calls and options.get("up_to"):
            calls.append(1)
            evening.does(evening.people[0], SiteVoted(site="site-2", choice="unsure"))
        return write(*args, **options)

    monkeypatch.setattr(evening.store, "append_all", late)
    receipt = reads(evening, content)
    assert (receipt.counts()["added"], receipt.counts()["conflict"], calls) == (1, 1, [1])
    assert evening.state().votes("site-2")[evening.people[0]].choice == "unsure"


def zipped(**parts: bytes) -> bytes:
    """Return a zip with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def test_hostile_files_get_a_sentence(evening: Evening) -> None:
    """No zip, half a zip, one that swells, one that runs something, one with entities, one without sheets."""
    good = export_xlsx(evening.state(), SUBJECT, "nl")
    with zipfile.ZipFile(io.BytesIO(good)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    entities = {**parts, "xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + parts["xl/workbook.xml"]}
    padded = {**parts, "xl/styles.xml": b"<!--" + b" " * 10_000 + b"--><!DOCTYPE x>" + parts["xl/styles.xml"]}
    broken = {**parts, "xl/workbook.xml": b"<workbook"}
    cases = {
        "not an Excel file": [b"", b"hello", good[:500], good[: len(good) // 2], b"PK\x03\x04" + b"x" * 100],
        "is larger than 20 MB": [zipped(**{**parts, "xl/worksheets/sheet9.xml": b"0" * 30_000_000})],
        "is larger than 5 MB": [b"x" * 6_000_000],
        "contains a program": [zipped(**{**parts, "xl/vbaProject.bin": b"x"})],
        "holds references": [zipped(**entities), zipped(**padded)],
        "is damaged": [zipped(**broken), zipped(a=b"b"), zipped(**{f"p{i}": b"" for i in range(600)})],
    }
    before = evening.state()
    for said, contents in cases.items():
        for content in contents:
            with pytest.raises(WorkshopError, match=said) as refused:
                reads(evening, content)
            assert str(refused.value).startswith("avond.xlsx")
    assert evening.state() == before


def test_a_sheet_with_one_cell_at_the_far_end_is_refused(evening: Evening) -> None:
    """It would be a million rows."""
    content = changed(
        export_xlsx(evening.state(), SUBJECT, "nl"), lambda book: book["Stemmen"].cell(1_048_576, 2, "x") and None
    )
    with pytest.raises(WorkshopError, match="Remove empty rows"):
        reads(evening, content)
