"""Outgoing files: cards, receipts and scores. Texts of submitters stay texts, and personal data stays inside."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import lxml.html
import openpyxl
import pyogrio
import pytest
import shapely
import typst

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, Lang
from suitability.report.cards.facts import card_facts
from suitability.report.cards.map import Named, draw_map
from suitability.report.cards.pages import card_html, card_pdf, card_png
from suitability.submissions.score import score
from tests.conftest import demo_scan
from tests.moments import HANG_S
from tests.paths import ROOT
from tests.skins.command import run_here
from tests.submissions.test_same_verdict import taken_in

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.submissions.score import Scored

EVIL = '<script>alert(1)</script> #import "x.typ": * *vet* $x$ </svg> =1+1'
SECRETS = (
    "Jansen",
    "jan@voorbeeld.nl",
    "0612345678",
    "06-12345678",
    "111222333",
    "NL91ABNA0417164300",
    "geheime opmerking",
)


def scored_of(policy: str, *lines: dict[str, str]) -> Scored:
    """Return lines scored under a policy."""
    return score(taken_in(*lines), demo_scan(policy), 1.0)


def card_of(lang: Lang = "nl", policy: str = "hardenberg-2025", **cells: str) -> dict[str, Any]:
    """Return the texts of the card of one line."""
    return card_facts(scored_of(policy, cells), 0, documents(config_folder()), lang)


def run(*arguments: str, cache: Path, timeout: float = HANG_S) -> subprocess.CompletedProcess[str]:
    """Run ``suitability`` in a process of its own."""
    environment = {**os.environ, "SUITABILITY_CACHE": str(cache), "PYTHONPATH": str(ROOT), "COLUMNS": "140"}
    command = [sys.executable, "-m", "suitability", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=timeout, check=False)  # fmt: skip


@pytest.fixture(scope="module")
def cache(measured: Path) -> Path:
    """Return the cache that all tests share, so that each scan after the first is quick."""
    return measured


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> tuple[Path, str]:
    """Give the folder and the screen of a batch with persons, formulas and markup in it."""
    folder = tmp_path_factory.mktemp("sent")
    file = folder / "in.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["kenmerk", "naam", "e-mail", "telefoon", "adres", "toelichting"])
        writer.writerow(
            [EVIL, "Jan Jansen", "jan@voorbeeld.nl", "06-12345678", "Cantate 11, Kampen", "geheime opmerking"]
        )
        writer.writerow(["=HYPERLINK(1)", "=cmd()", "", "", "Winde 22, Kampen, tel 0612345678", "bsn 111222333"])
        writer.writerow(["NL91ABNA0417164300", "", "", "", "Reeveweg 134, Kampen", ""])
        writer.writerow(["x", "", "", "", "Nergensstraat 1", ""])
    done = run("score", str(file), "--out", str(folder / "out"), cache=cache)
    assert done.returncode == 0, done.stderr
    return folder / "out", done.stdout


def test_the_command_says_what_became_of_the_lines(sent: tuple[Path, str]) -> None:
    """Summary on the screen; receipt, scores, cards and register in the folder."""
    out, screen = sent
    assert "Rijen: 4. Getoetst: 1; getoetst met een opmerking: 2; niet getoetst: 1; zonder inzending: 0." in screen
    assert "rij 5: Adres Nergensstraat 1 is niet gevonden." in screen
    assert "alleen voor de behandelaar" in screen
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    cards = {f"cards/000{i}.{kind}" for i in (1, 2, 3, 4) for kind in ("html", "pdf")}
    tables = {"receipt.csv", "receipt.xlsx", "scores.csv", "scores.xlsx", "scores.gpkg", "places.jsonl", "batch.json"}
    assert names == cards | tables | {"cards/journal.jsonl"}


def test_nothing_about_persons_leaves_the_receipt(sent: tuple[Path, str]) -> None:
    """Names, addresses of mail, numbers and remarks are in the receipt and in no other file, in no encoding."""
    out, _ = sent
    receipt = (out / "receipt.csv").read_text(encoding="utf-8-sig")
    assert all(secret in receipt for secret in SECRETS)
    for path in out.rglob("*"):
        if not path.is_file() or path.name.startswith("receipt"):
            continue
        content = path.read_bytes()
        for secret in SECRETS:
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert secret.encode(encoding) not in content, (path.name, secret)
    for row in openpyxl.load_workbook(out / "scores.xlsx").active.iter_rows(values_only=True):
        assert not any(secret in str(cell) for cell in row for secret in SECRETS)
    table = pyogrio.read_dataframe(out / "scores.gpkg")
    assert not any(secret in table.drop(columns="geometry").to_csv() for secret in SECRETS)


def test_no_spreadsheet_executes_anything(sent: tuple[Path, str]) -> None:
    """In CSV no cell begins like a formula; in workbooks every such cell is text."""
    out, _ = sent
    for name in ("receipt", "scores"):
        with (out / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file, delimiter=";"):
                for cell in row:
                    assert not re.match(r"[=+@\t\r]|-(?!\d)", cell), cell
        for row in openpyxl.load_workbook(out / f"{name}.xlsx").active.iter_rows():
            assert all(cell.data_type in {"s", "n"} for cell in row)
        with (out / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, delimiter=";"))
        assert len({len(line) for line in lines}) == 1
    assert "'=HYPERLINK(1)" in (out / "scores.csv").read_text(encoding="utf-8-sig")


def test_a_file_of_which_nothing_can_be_used_still_gives_a_receipt(tmp_path: Path, cache: Path) -> None:
    """All lines refused: receipt and answer are written, there are no scores, and the screen says so."""
    file = tmp_path / "x.csv"
    file.write_text("adres\nNergensstraat 1\n", encoding="utf-8")
    done = run_here("score", str(file), "--out", str(tmp_path / "o"), "--lang", "en", cache=cache)
    assert done.returncode == 0, done.stderr
    assert "No row could be tested; the receipt says why." in done.stdout
    assert {path.name for path in (tmp_path / "o").iterdir()} == {
        "receipt.csv",
        "receipt.xlsx",
        "places.jsonl",
        "batch.json",
        "cards",
    }
    assert "Nergensstraat 1" in (tmp_path / "o" / "cards" / "0001.html").read_text(encoding="utf-8")


def test_another_batch_in_the_same_folder_overwrites_nothing(tmp_path: Path, cache: Path) -> None:
    """The results of the first move to earlier/, and a place that comes again is known from before."""
    out = tmp_path / "o"
    for name, address in (("a.csv", "Cantate 11"), ("b.csv", "Cantate 11, Kampen")):
        (tmp_path / name).write_text(f"adres\n{address}\n", encoding="utf-8")
        done = run_here("score", str(tmp_path / name), "--out", str(out), "--no-cards", cache=cache)
        assert done.returncode == 0, done.stderr
    (aside,) = (out / "earlier").iterdir()
    assert {"receipt.csv", "scores.gpkg", "batch.json"} <= {path.name for path in aside.iterdir()}
    assert "Eerder aangedragen: a.csv, rij 2" in (out / "receipt.csv").read_text(encoding="utf-8-sig")
    assert json.loads((out / "batch.json").read_text(encoding="utf-8"))["file"] == "b.csv"


def test_errors_get_one_sentence_each(tmp_path: Path, cache: Path) -> None:
    """A wrong mapping, a file of another kind, and a folder without an earlier batch."""
    file = tmp_path / "x.csv"
    file.write_text("adres\nCantate 11\n", encoding="utf-8")
    other = tmp_path / "x.docx"
    other.write_text("x", encoding="utf-8")
    out = ("--out", str(tmp_path / "o"), "--no-cards")
    for arguments, said in (
        ((str(file), "--column", "lat"), "soort=kolom"),
        ((str(file), "--column", "adres=straat"), "de soort kolom 'adres' bestaat niet"),
        ((str(file), "--column", "address=straat"), "Bedoelt u address=adres?"),
        ((str(other),), "een bestand van deze soort wordt niet gelezen: .docx"),
        ((str(file), "--earlier", str(tmp_path)), "places.jsonl"),
        ((str(tmp_path / "missing.csv"),), "missing.csv"),
    ):
        done = run_here("score", *arguments, *out, cache=cache)
        assert done.returncode == 2, done.stdout + done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path, cache: Path) -> None:
    """Killed while it makes cards: run again, no card is made twice, none is lost, and nothing half-written stays."""
    ids = demo_scan("kadaster-scan").parcels.ids[2000:12_000:500]
    file = tmp_path / "x.csv"
    file.write_text("perceel\n" + "\n".join(ids) + "\n", encoding="utf-8")
    out = tmp_path / "o"
    journal = out / "cards" / "journal.jsonl"
    environment = {**os.environ, "SUITABILITY_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "suitability", "score", str(file), "--out", str(out)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as batch:  # fmt: skip
        until = time.monotonic() + HANG_S
        while time.monotonic() < until and not (journal.exists() and journal.read_text(encoding="utf-8").count("\n") >= 3):  # fmt: skip
            time.sleep(0.02)
        batch.send_signal(signal.SIGKILL)
        assert batch.wait(HANG_S) == -signal.SIGKILL
    lines = journal.read_text(encoding="utf-8").splitlines()
    assert 3 <= len(lines) < len(ids)
    journal.write_text("\n".join(lines) + '\n{"card": "00', encoding="utf-8")  # a line torn by the kill
    (out / "cards" / ".0019.pdf.part").write_bytes(b"%PDF half")
    before = {path.name: path.stat().st_mtime_ns for path in (out / "cards").glob("*.pdf")}
    whole = {json.loads(line)["card"] for line in lines}
    done = run("score", str(file), "--out", str(out), cache=cache)
    assert done.returncode == 0, done.stderr
    assert f"Antwoordbladen gemaakt: {len(ids) - len(whole)}; er waren er al: {len(whole)}." in done.stdout
    after = {path.name: path.stat().st_mtime_ns for path in (out / "cards").glob("*.pdf")}
    assert set(after) == {f"{i:04}.pdf" for i in range(1, len(ids) + 1)}
    assert all(after[f"{name}.pdf"] == before[f"{name}.pdf"] for name in whole)
    assert not list(out.rglob("*.part"))
    named = [line for line in journal.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    assert sorted(json.loads(line)["card"] for line in named) == [f"{i:04}" for i in range(1, len(ids) + 1)]
    with (out / "receipt.csv").open(encoding="utf-8-sig") as file_:
        assert len(list(csv.reader(file_, delimiter=";"))) == len(ids) + 1


@pytest.mark.parametrize("lang", LANGS)
def test_texts_of_submitters_are_texts_on_the_card(lang: Lang) -> None:
    """Markup, script and Typst code in a reference come out as they were written, in HTML and in PDF."""
    card = card_of(lang, kenmerk=EVIL[:40], adres="Cantate 11, Kampen")
    card["heading"]["place"] = EVIL
    card["check"] = [EVIL]
    page = lxml.html.fromstring(card_html(card))
    assert page.get("lang") == lang
    assert not page.xpath("//script | //*[@onload or @onclick] | //@href | //@src")
    assert EVIL in page.xpath("string(//h1)")
    assert EVIL in [li.text for li in page.xpath("//li")]
    assert card_pdf(card).startswith(b"%PDF")
    template = (ROOT / "suitability/report/cards/static/site_card.typ").read_bytes()
    found = json.loads(typst.query(template, "heading.where(level: 1)", ignore_system_fonts=True, sys_inputs={"card": json.dumps(card)}))  # fmt: skip
    assert EVIL in _words(found[0]["body"])


def _words(body: Any) -> str:
    """Return the texts of Typst content, one after another."""
    if isinstance(body, dict):
        return "".join(_words(value) for key, value in body.items() if key in {"text", "body", "children", "child"})
    return "".join(map(_words, body)) if isinstance(body, list) else str(body)


def test_names_on_the_map_are_texts() -> None:
    """A name with markup in it ends no drawing and begins no script."""
    scan = demo_scan("kadaster-scan")
    site = scan.parcels.geometry[6000]
    drawing = draw_map(scan, site, Named(shapely.centroid(site), EVIL), None, "nl")
    tree = ET.fromstring(drawing.svg)
    assert not tree.findall(".//{*}script")
    assert any("<script>" in (text.text or "") for text in tree.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_card_is_complete_whatever_the_verdict(outcome: Outcome, lang: Lang) -> None:
    """Verdict, every rule with its limit, the remaining checks, dates and data; an alternative where it fails."""
    scan = demo_scan("hardenberg-2025")
    row = int((scan.verdicts.best == outcome).nonzero()[0][5])
    card = card_of(lang, perceel=str(scan.parcels.ids[row]))
    rules = [line for group in card["groups"] for line in group["rows"]]
    kind = scan.verdicts.best_type[row]
    applying = [rule for j, rule in enumerate(scan.policy.rules) if scan.verdicts.applies[kind, j]]
    assert [line["label"] for line in rules if line["depth"] == 0 and line["hard"]] == [
        rule.label.in_(lang) for rule in applying if rule.effect == "exclude"
    ]
    assert sum(line["depth"] == 0 for line in rules) == len(applying)
    assert all(line["source"] for line in rules if line["depth"] == 0)
    assert card["check"]
    assert bool(card["alternative"]) == (outcome != Outcome.PASS)
    assert bool(card["changes"]) == (outcome == Outcome.FAIL)
    assert card["documents"][0].startswith("[1] ")
    assert scan.run.policy_sha256[:8] in card["heading"]["run"]
    assert len(card_png(card)) > 10_000


def test_the_pdf_is_tagged_for_screen_readers_and_one_page() -> None:
    """The longest policy still gives one page, in a PDF that says it is PDF/UA."""
    pdf = card_pdf(card_of("nl", adres="Oudestraat 180, Kampen"))
    assert b"pdfuaid:part" in pdf
    assert re.search(rb"/Type\s*/Pages[^>]*/Count 1\b|/Count 1[^>]*/Type\s*/Pages", pdf)


def test_the_map_has_what_a_map_needs() -> None:
    """Scale bar, north, legend, hatching beside colour, and no request to anywhere."""
    card = card_of("nl", adres="Oudestraat 180, Kampen")
    svg = card["map"]
    assert "50 m" in svg
    assert ">N<" in svg
    assert "de locatie" in svg
    assert svg.count("<pattern") == 3
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", svg) == []
    assert re.findall(r"(?:href|src)=|url\((?!#)", card_html(card)) == []
