"""Forty hostile and real-looking files: each line gets the receipt that a person agreed with, and none vanishes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import LANGS
from suitability.report.wording.receipt import note_text
from suitability.submissions.intake import Batch, make_receipts
from suitability.submissions.readers.csv import entries_of_text
from suitability.submissions.receipt import Status
from tests.submissions.files import FILES, MAPPINGS, make_files
from tests.submissions.receipts import SETTINGS, TABLE, kampen, receipts_of, section_of

if TYPE_CHECKING:
    from pathlib import Path

#: How many lines a file has beside its header; those that are refused as a whole are not here.
LINES = {
    "01": 3, "02": 2, "03": 3, "04": 2, "05": 2, "06": 2, "07": 3, "08": 2, "09": 3, "10": 5, "11": 5, "12": 2, "13": 5, "14": 10,
    "15": 2, "16": 6, "17": 9, "18": 4, "19": 4, "20": 2, "21": 5, "22": 3, "23": 6, "24": 3, "25": 3, "26": 3, "27": 1, "30": 8,
    "31": 3, "34": 7, "35": 2, "37": 5, "38": 3, "39": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the forty files."""
    made = tmp_path_factory.mktemp("forty")
    make_files(made)
    return made


def test_there_are_forty_files_and_the_table_speaks_of_each(folder: Path) -> None:
    """No file is left out of the table."""
    assert len(FILES) == len(list(folder.iterdir())) == 40
    told = [line[3:] for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert told == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_every_file_gets_the_receipts_that_were_agreed(folder: Path, name: str) -> None:
    """The table describes the present result of each file."""
    table = TABLE.read_text(encoding="utf-8")
    assert section_of(folder / name) in table + "\n"


@pytest.mark.parametrize("name", FILES)
def test_no_line_vanishes(folder: Path, name: str) -> None:
    """As many receipts as lines, each line once and in order, and every refusal has its reason."""
    try:
        found = receipts_of(folder / name, MAPPINGS.get(name))
    except SuitabilityError:
        assert name[:2] not in LINES
        return
    assert len(found.lines) == LINES[name[:2]]
    assert [one.number for one in found.lines] == list(range(1, len(found.lines) + 1))
    places = [(one.part, one.line) for one in found.lines]
    assert len(set(places)) == len(places)
    for one in found.lines:
        assert one.notes or one.status is Status.ACCEPTED
        assert one.is_accepted == (one.geometry is not None)
        for lang in LANGS:
            assert all(note_text(note, lang) for note in one.notes)


_CELL = st.text(st.sampled_from("abc 12,;\"\t|=.5<>é@-'\n"), max_size=12)


@given(rows=st.lists(st.lists(_CELL, min_size=1, max_size=6), max_size=12), quoted=st.booleans())
def test_any_garbage_under_a_header_gives_a_receipt_per_line(rows: list[list[str]], quoted: bool) -> None:  # noqa: FBT001
    """Whatever stands under a header: every physical line is in exactly one receipt."""
    if quoted:
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows(rows)
        body = out.getvalue()
    else:
        body = "".join(";".join(cell.replace("\n", " ") for cell in row) + "\n" for row in rows)
    content = "nr;adres;opmerking\n" + body
    entries = entries_of_text(content.encode(), "x.csv", SETTINGS, {})
    lines = len(content.splitlines()) - 1
    numbers = [entry.line for entry in entries.lines]
    assert numbers == sorted(set(numbers))
    covered = [number for entry in entries.lines for number in range(entry.line, entry.line + entry.n_lines)]
    assert covered == list(range(2, lines + 2))
    found = make_receipts(Batch("x.csv", "", entries), kampen(), SETTINGS)
    assert len(found.lines) == len(numbers)


def test_earlier_batches_are_remembered(folder: Path, tmp_path: Path) -> None:
    """A place of an earlier batch is accepted and says so; the same file again does not count as earlier in its own folder."""
    from suitability.submissions.register import read_register, write_register  # noqa: PLC0415

    first = receipts_of(folder / "01-semicolons-windows.csv")
    write_register(tmp_path, first, "2026-05-01")
    write_register(tmp_path, first, "2026-05-02")
    known = read_register(tmp_path)
    assert [one.place for one in known] == [one.place_key for one in first.accepted]
    from suitability.submissions.files import read_batch  # noqa: PLC0415

    again = make_receipts(read_batch(folder / "02-commas-bom.csv", SETTINGS), kampen(), SETTINGS, None, known)
    assert [note.key for note in again.lines[0].notes][-1] == "submitted_before"
    assert again.lines[0].status is Status.MENDED
    assert "01-semicolons-windows.csv, row 2, on 2 May 2026" in note_text(again.lines[0].notes[-1], "en")
    torn = (tmp_path / "places.jsonl").read_text(encoding="utf-8") + '{"batch": "x", "fi'
    (tmp_path / "places.jsonl").write_text(torn, encoding="utf-8")
    assert read_register(tmp_path) == known


@pytest.mark.parametrize("text", ["HDB02 K 1234", "hdb02-k-01234", "HDB02K1234G0000", "HDB02, K, 1234"])
def test_a_designation_is_read_as_people_write_it(text: str) -> None:
    """Spaces, signs, leading zeros and the index for ground make no other parcel."""
    from suitability.submissions.lookup_context import designation_key  # noqa: PLC0415

    assert designation_key(text) == designation_key("HDB02 K 1234")
    assert designation_key("HDB02 K 12340") != designation_key("HDB02 K 1234")


def test_a_wrong_mapping_names_what_there_is(folder: Path) -> None:
    """An unknown role and a column that is not there are reported together, with suggestions."""
    with pytest.raises(SuitabilityError) as told:
        receipts_of(folder / "27-other-names.csv", {"latt": "breedte graad", "lat": "breedte grad"})
    said = told.value.sentences("nl")
    assert len(said) == 2
    assert "lat=breedte graad" in said[1]


def test_personal_columns_stand_apart(folder: Path) -> None:
    """Names, telephone numbers, e-mail addresses, account and service numbers are in no field but the personal one."""
    found = receipts_of(folder / "25-persons.csv")
    for one in found.lines:
        rest = " ".join([one.reference, one.given, one.label, *(note_text(note, "nl") for note in one.notes), *one.remarks.values()])  # fmt: skip
        for secret in ("Jansen", "06-12345678", "0612345678", "038-3311234", "voorbeeld", "111222333", "NL91"):
            assert secret not in rest
    assert found.lines[0].personal == {"naam": "Jan Jansen", "telefoon": "06-12345678", "toelichting": "bel mij op 038-3311234"}  # fmt: skip
