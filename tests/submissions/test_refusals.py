"""A line that was refused gets an answer too: what was received, why it cannot be tested, what to send instead."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest
import typst

from suitability.core.errors import SuitabilityError
from suitability.core.messages import LANGS, Lang, message
from suitability.report.cards.pages import refusal_html, refusal_pdf, refusal_png
from suitability.report.cards.refusal import ADVICE, advice_of, refusal_facts
from suitability.submissions.receipt import Status
from tests.conftest import demo_scan
from tests.paths import ROOT
from tests.submissions.files import MAPPINGS, make_files
from tests.submissions.receipts import receipts_of
from tests.submissions.test_same_verdict import taken_in

if TYPE_CHECKING:
    from pathlib import Path

EVIL = '<script>alert(1)</script> #import "x.typ": * $x$'


def refusal_of(lang: Lang = "nl", *lines: dict[str, str]) -> dict[str, Any]:
    """Return the texts of the answer to the last of some lines, which must be refused."""
    receipts = taken_in(*lines)
    assert receipts.lines[-1].status is Status.REFUSED
    return refusal_facts(receipts, receipts.lines[-1], demo_scan("kadaster-scan"), date(2025, 3, 1), lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("cells", "advice"),
    [
        ({"adres": "Nergensstraat 1"}, "address"),
        ({"perceel": "XYZ00 A 1"}, "parcel"),
        ({"bag": "123"}, "bag"),
        ({"x": "noord", "y": "oost"}, "coordinates"),
        ({"wkt": "LINESTRING(190000 507500, 190100 507500)"}, "shape"),
        ({"lat": "52.09", "lon": "5.12"}, "outside"),
        ({"kenmerk": "A-17", "adres": ""}, "place"),
    ],
)
def test_it_says_what_was_received_why_not_and_what_to_send(cells: dict[str, str], advice: str, lang: Lang) -> None:
    """In one page, as HTML and as PDF, in both languages."""
    card = refusal_of(lang, cells)
    assert message(f"refusal.advice.{advice}", lang) in card["advice"]
    assert card["why"]
    assert len(card["received"]) == 1
    page = lxml.html.fromstring(refusal_html(card))
    assert page.get("lang") == lang
    said = page.text_content()
    assert all(text in said for text in (*card["received"], *card["why"], *card["advice"], card["verdict"]["head"]))
    pdf = refusal_pdf(card)
    assert b"pdfuaid:part" in pdf
    assert re.search(rb"/Type\s*/Pages[^>]*/Count 1\b|/Count 1[^>]*/Type\s*/Pages", pdf)
    assert len(refusal_png(card)) > 10_000


@pytest.mark.parametrize("lang", LANGS)
def test_the_second_of_two_equal_places_hears_where_the_answer_is(lang: Lang) -> None:
    """By the number of the submission that was answered; nothing need be sent."""
    card = refusal_of(lang, {"adres": "Cantate 11, Kampen"}, {"adres": "Cantate 11, Kampen"})
    assert card["verdict"]["head"] == message("refusal.head.duplicate", lang)
    assert card["advice"] == [message("refusal.answered", lang, number="1")]


def test_every_reason_to_refuse_has_an_advice_of_its_own(tmp_path: Path) -> None:
    """In all of the forty files: no refused line is left with an advice that answers another question."""
    seen = set()
    for path in make_files(tmp_path):
        try:
            receipts = receipts_of(path, MAPPINGS.get(path.name))
        except SuitabilityError:  # refused as a whole: there are no lines
            continue
        for line in receipts.lines:
            if line.status is Status.REFUSED:
                assert advice_of(line, "nl")
                assert any(note.key in ADVICE for note in line.notes), line.notes
                seen |= {note.key for note in line.notes if note.key in ADVICE}
            if line.is_accepted:
                assert advice_of(line, "nl") == []
    assert len(seen) > 15


def test_nothing_personal_is_quoted_and_texts_are_texts() -> None:
    """E-mail and telephone are left out, also where they were written in place of a coordinate; markup is text."""
    card = refusal_of(
        "nl",
        {"kenmerk": EVIL[:40], "adres": f"{EVIL} 1, jan@voorbeeld.nl 06-12345678", "x": "jan@voorbeeld.nl", "y": "1"},
    )
    html, text = refusal_html(card), json.dumps(card)
    assert "voorbeeld.nl" not in text
    assert "12345678" not in text
    page = lxml.html.fromstring(html)
    assert not page.xpath("//script | //@href | //@src | //*[@onload]")
    assert EVIL[:40] in page.text_content()
    card["why"] = [EVIL]
    assert refusal_pdf(card).startswith(b"%PDF")
    template = (ROOT / "suitability/report/cards/static/refusal.typ").read_bytes()
    found = typst.query(template, "list", ignore_system_fonts=True, sys_inputs={"card": json.dumps(card)})
    assert '#import \\"x.typ\\"' in found
