"""The minutes: everything that happened is in them, text stays text, and the public version has no names."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pypdf
import pytest

from suitability.core.errors import WorkshopError
from suitability.core.messages import LANGS
from suitability.workshop.erasure import forget_participant
from suitability.workshop.events import (
    Commented,
    MinutesExported,
    SessionClosed,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
)
from suitability.workshop.minutes.content import Minutes, make_minutes
from suitability.workshop.minutes.export import export_minutes
from suitability.workshop.minutes.html import to_html
from suitability.workshop.minutes.pdf import to_pdf, to_pictures
from tests.workshop.evening import SUBJECT
from tests.workshop.test_stages import STEPS, goes, ticks, to_intended_decision

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from tests.workshop.evening import Evening

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NASTY = [
    "<script>alert(1)</script>",
    "#panic() $x$ *vet* _schuin_ @bron",
    "=cmd|'/C calc'!A0",
    "</td></table><img src=x>",
    '\\u{41} "aan" & `eind`',
]
NAMES = ("Wilhelmina", "Vastgoed", "Kwikzilver", "Bakelmans")


@pytest.fixture
def full(evening: Evening) -> Evening:
    """Give an evening in which everything happened that can happen."""
    jan, olga, third = evening.people
    for who, value in ((jan, 0), (olga, 0.5), (third, 9.5), (evening.chair, 10)):
        evening.does(who, WeightVoted(rule="near_work", value=value))
    evening.does(evening.chair, WeightSet(rule="near_shop", value=3.5, reason="uitkomst van het gesprek"), 0)
    evening.does(jan, SiteVoted(site="site-1", choice="against", reason="te veel verkeer, zegt ook Olga Bakelmans"))
    evening.does(third, SiteVoted(site="site-1", choice="for", reason="op fietsafstand"))
    for text in NASTY:
        evening.does(olga, Commented(topic="site", subject="site-1", text=text))
    evening.does(jan, Commented(topic="rule", subject="near_work", text="liever per fiets gemeten"))
    evening.does(jan, Commented(topic="session", text="eerste regel\ntweede regel"))
    evening.does(jan, SiteVoted(site="site-2", choice="unsure", reason="geheim terrein"))
    evening.locks("site-2", "out", "eigenaar verkoopt niet")
    entry = to_intended_decision(evening)
    for step in STEPS[:-1]:
        ticks(evening, step, entry)
    evening.does(evening.chair, SessionClosed(reason="tijd is om"), 0)
    return evening


def minutes(evening: Evening, lang: Lang = "nl", *, public: bool = False) -> Minutes:
    """Return the minutes of an evening, two days later."""
    return make_minutes(evening.state(), SUBJECT, lang, NOW, public=public)


class Texts(HTMLParser):
    """Collects the text that a browser would show, and the resources it would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and refuse one that loads something."""
        self.tags.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onload", "onclick", "onerror"}

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.shown.append(data)


def html_text(minutes: Minutes) -> str:
    """Return the text that the page shows, and check that it is whole."""
    page = to_html(minutes)
    reader = Texts()
    reader.feed(page)
    assert not reader.tags & {"script", "img", "link", "iframe", "object"}
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page
    return " ".join(reader.shown)


def pdf_text(content: bytes) -> str:
    """Return the text of a PDF."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def squeezed(text: str) -> str:
    """Return a text without blanks: lines break where a column ends."""
    return re.sub(r"\s|\u00ad", "", text)


SUBSTANCE = [
    "Wilhelmina Vastgoed", "Jan Kwikzilver", "dorpsbelang", "werkgevers (4)", "hardenberg-2025", "ab" * 32, "Kampen",
    "0.1.0+123456789abc", "30 januari 2023", "cdcdcdcdcdcd", "dicht bij werk", "3,5", "uitkomst van het gesprek", "verdeeld",
    "te veel verkeer, zegt ook Olga Bakelmans", "partijen staan tegenover elkaar", *NASTY, "liever per fiets gemeten",
    "eerste regel", "tweede regel", "niet meenemen", "eigenaar verkoopt niet", "aangedragen", "voldoet", "college akkoord",
    "gemeenteraad mondeling geïnformeerd", "te laat", "nog niet gedaan", "tijd is om", "19 november 2026, 19.30 uur",
    "Haatland (site-1): te laat en nog te doen: breed bekendgemaakt",
    "Over het gewicht van 'dicht bij werk' is gestemd, maar niets afgesproken.",
]  # fmt: skip


def test_the_page_holds_all_that_happened_as_text(full: Evening) -> None:
    """Names, weights with disagreement, votes, locks, stages, checklists, remarks, open points, data and hashes."""
    shown = squeezed(html_text(minutes(full)))
    assert [text for text in SUBSTANCE if squeezed(text) not in shown] == []


def test_the_pdf_holds_all_that_happened_as_text(full: Evening) -> None:
    """The same, and no markup was run."""
    content = to_pdf(minutes(full), NOW)
    assert content.startswith(b"%PDF-")
    assert b"pdfuaid" in content
    shown = squeezed(pdf_text(content))
    assert [text for text in SUBSTANCE if squeezed(text) not in shown] == []


@pytest.mark.parametrize("lang", LANGS)
def test_both_languages_in_their_own_dates_and_numbers(full: Evening, lang: Lang) -> None:
    """A decimal comma and "uur" in Dutch, a point and a colon in English; the page says its language."""
    shown = html_text(minutes(full, lang))
    assert {"nl": "19 november 2026, 19.30 uur", "en": "19 November 2026, 19:30"}[lang] in shown
    assert {"nl": "3,5", "en": "3.5"}[lang] in shown
    assert f'<html lang="{lang}">' in to_html(minutes(full, lang))


def test_the_public_version_has_no_names_and_no_sites_that_nobody_may_know(full: Evening) -> None:
    """Names are gone from the list and from people's texts; a site is there once it was made known."""
    public = minutes(full, public=True)
    for shown in (html_text(public), to_html(public), str(public.blocks)):
        assert [name for name in NAMES if name.lower() in shown.lower()] == []
        assert [
            secret for secret in ("site-1", "Haatland", "site-2", "geheim terrein", "eigenaar") if secret in shown
        ] == []
    assert "nog niet openbaar zijn: 2." in html_text(public)
    assert "dorpsbelang 2" in html_text(public)
    entry = full.state().version(StageChanged, "site-1")
    ticks(full, STEPS[-1], entry)
    goes(full, "communicated")
    known = html_text(minutes(full, public=True))
    assert "te veel verkeer, zegt ook […]" in known
    assert "Haatland" in known
    assert "geheim terrein" not in known
    assert [name for name in NAMES if name in known] == []


def test_the_public_pdf_has_no_names_either(full: Evening) -> None:
    """The metadata of the PDF has none either."""
    content = to_pdf(minutes(full, public=True), NOW)
    shown = pdf_text(content) + content.decode("latin-1")
    assert [name for name in NAMES if name in shown] == []


def test_a_sign_that_no_font_has_is_reported_by_its_number(evening: Evening) -> None:
    """A PDF for everyone may have no empty boxes; the page shows the sign itself."""
    evening.does(evening.people[0], Commented(topic="session", text="naam: 漢字 Łódź Șerban Иван 😀 عربي"))
    made = minutes(evening)
    assert "漢字" in html_text(made)
    shown = squeezed(pdf_text(to_pdf(made, NOW)))
    for text in ("[U+6F22][U+5B57]", "ŁódźȘerbanИван"):
        assert text in shown
    pictures = to_pictures(made, NOW)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_the_same_minutes_are_the_same_bytes(full: Evening) -> None:
    """The hash kept of them can then be checked."""
    made = minutes(full)
    assert to_pdf(made, NOW) == to_pdf(made, NOW)
    content = export_minutes(full.store, full.session, SUBJECT, by=full.chair, form="pdf", lang="en", public=True)
    record, act = full.state().logged(MinutesExported)[0]
    assert act == MinutesExported(
        form="pdf", lang="en", public=True, up_to=made.up_to, sha256=hashlib.sha256(content).hexdigest()
    )
    assert record.sequence == made.up_to + 1
    with pytest.raises(WorkshopError, match="only a chair"):
        export_minutes(full.store, full.session, SUBJECT, by=full.people[0], form="html", lang="nl", public=False)


def test_an_evening_in_which_nothing_happened_has_minutes_too(evening: Evening) -> None:
    """They say so."""
    shown = html_text(minutes(evening))
    assert shown.count("Er zijn geen open punten.") == 1
    assert "Over locaties is niet gestemd." in shown
    assert to_pdf(minutes(evening), NOW).startswith(b"%PDF-")


def test_erased_content_is_gone_from_the_minutes_and_counted(full: Evening) -> None:
    """Their number is given, not their content."""
    forget_participant(full.store, full.session, full.people[0], by=full.chair, reason="verzoek")
    shown = html_text(minutes(full))
    assert "Kwikzilver" not in shown
    assert "gewiste namen of teksten: 1" in shown


def test_a_long_evening_fits(evening: Evening) -> None:
    """Long words, long texts and hundreds of remarks break over pages."""
    for i in range(120):
        evening.does(evening.people[i % 3], Commented(topic="session", text=f"{i} " + "x" * 300 + " woord" * 60))
    content = to_pdf(make_minutes(evening.state(), SUBJECT, "nl", NOW + timedelta(days=1), public=False), NOW)
    assert len(content) > 20_000
