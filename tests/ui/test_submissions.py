"""The page of submitted locations: a file in, a receipt per line and a verdict per place, in both languages."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from suitability.core.messages import LANGS, Lang, message
from tests.ui.test_pages import fine, go, in_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

FILE = "nr;naam;adres\n1;Jan Jansen;Cantate 11, Kampen\n2;;Reeveweg 134, Kampen\n3;;Nergensstraat 1\n"
MIME = "text/csv"


def sent(at: AppTest, content: str, name: str = "x.csv") -> AppTest:
    """Upload a file on the page."""
    return fine(go(at, "submissions").get_by_key("submission_file").upload(name, content.encode(), MIME).run())


@pytest.mark.parametrize("lang", LANGS)
def test_every_line_gets_a_receipt_and_every_place_a_verdict(session: Callable[[], AppTest], lang: Lang) -> None:
    """The table names no person, and states the result of each line."""
    at = sent(in_language(session(), lang), FILE)
    table = at.dataframe[0].value
    column = {key: message(f"submission.column.{key}", lang) for key in ("status", "verdict", "notes", "given")}
    assert list(table[column["status"]]) == [message(f"submission.status.{s}", lang) for s in ("accepted", "accepted", "refused")]  # fmt: skip
    assert table[column["verdict"]].iloc[0] == message("outcome.pass", lang)
    assert "Nergensstraat 1" in table[column["notes"]].iloc[2]
    assert "Jansen" not in table.to_csv()


def test_the_answers_can_be_downloaded(session: Callable[[], AppTest]) -> None:
    """Receipt, scores and the cards in a zip; two cards and the answer to the refused line, each as HTML and PDF."""
    at = sent(session(), FILE)
    fine(at.get_by_key("make_answers").click().run())
    folder = at.session_state["submission_answers"].path
    assert {"receipt.xlsx", "scores.xlsx", "scores.gpkg", "kaarten.zip"} <= {path.name for path in folder.iterdir()}
    with zipfile.ZipFile(io.BytesIO((folder / "kaarten.zip").read_bytes())) as archive:
        assert archive.namelist() == [f"000{i}.{kind}" for i in (1, 2, 3) for kind in ("html", "pdf")]


def test_a_column_of_another_name_can_be_pointed_at(session: Callable[[], AppTest]) -> None:
    """The role of the column is chosen on the page."""
    at = sent(session(), "nr;adres;waar dan\n1;;afgeleid-06416\n")
    assert "afgeleid-06416" not in at.dataframe[0].value[message("submission.column.site", "nl")].iloc[0]
    box = next(box for box in at.selectbox if box.label == message("submission.role.parcel", "nl"))
    fine(box.set_value("waar dan").run())
    assert at.dataframe[0].value[message("submission.column.site", "nl")].iloc[0] == "afgeleid-06416"


def test_a_file_that_cannot_be_read_is_reported_in_a_sentence(session: Callable[[], AppTest]) -> None:
    """No traceback, and no path of this computer."""
    at = sent(session(), "1;2;3\n4;5;6\n")
    assert "er is geen rij met kolomnamen gevonden" in at.error[0].value
    assert "locatiescan-" not in at.error[0].value
