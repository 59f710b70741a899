"""The poster: its scale bar is right, its text is text, nothing is cut off, and its fonts travel with it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pypdf
import pytest

from suitability.core.messages import message, number
from suitability.report.public.poster import SIZES, write_poster
from suitability.report.public.poster_map import draw, round_scale
from tests.report.public.conftest import NAMES, profile_named, public
from tests.report.public.peel import pdf_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.report.public.gate import PublicTable
    from suitability.report.public.poster import Paper
    from suitability.report.public.poster_map import Drawing
    from suitability.scan.run import Scan

SVG = "{http://www.w3.org/2000/svg}"


def numbers(path: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the corners of a path, (k, 2)."""
    return np.array(re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", path), dtype=float).reshape(-1, 2)


@pytest.fixture(scope="module")
def drawn(kampen: tuple[Scan, PublicTable]) -> Callable[[float, float], Drawing]:
    """Give the drawing of the demo municipality on a paper of this size, made once."""
    return cache(lambda size, height: draw(kampen[1], 288.0 * size, height * size, size))


@pytest.mark.parametrize(("size", "height"), [(SIZES["a3"], 222.0), (SIZES["a0"], 120.0)])
def test_scale_bar_is_as_long_as_it_says(
    kampen: tuple[Scan, PublicTable], drawn: Callable[[float, float], Drawing], size: float, height: float
) -> None:
    """Held against the municipality's own width, as drawn and as it is: right to 1 %."""
    table = kampen[1]
    drawing = drawn(size, height)
    root = ET.fromstring(drawing.svg)
    border = next(path for path in root.iter(f"{SVG}path") if path.get("class") == "municipality")
    drawn_mm = np.ptp(numbers(border.get("d", ""))[:, 0])
    west, _, east, _ = table.background["municipality"].total_bounds
    boxes = next(group for group in root.iter(f"{SVG}g") if group.get("id") == "scale-bar").findall(f"{SVG}rect")
    bar_mm = sum(float(box.get("width", 0)) for box in boxes)
    assert bar_mm / drawn_mm == pytest.approx(drawing.bar_m / (east - west), rel=0.01)
    assert bar_mm == pytest.approx(drawing.bar_m * 1000 / drawing.scale, rel=0.001)
    assert bar_mm <= 288 * size * 0.25
    assert drawing.scale == round_scale(drawing.scale)


def test_everything_lies_on_the_paper(
    kampen: tuple[Scan, PublicTable], drawn: Callable[[float, float], Drawing]
) -> None:
    """All parcels, names and the bar are within the map; east is right and north is up."""
    table = kampen[1]
    drawing = drawn(SIZES["a3"], 222.0)
    root = ET.fromstring(drawing.svg)
    for path in root.iter(f"{SVG}path"):
        if path.get("class") in {"pass", "fail", "unknown", "near_miss"}:
            xy = numbers(path.get("d", ""))
            assert (xy >= 0).all()
            assert (xy <= [drawing.width_mm, drawing.height_mm]).all()
    spots = {text: (x, y) for text, x, y in drawing.names}
    frame = table.background["settlements"].dissolve("name").bounds
    assert set(spots) <= set(frame.index)
    assert "Kampen" in spots
    n_apart = 0
    for one in spots:
        for other in spots:
            if frame.maxx[one] < frame.minx[other]:
                assert spots[one][0] < spots[other][0]
                n_apart += 1
            if frame.maxy[one] < frame.miny[other]:
                assert spots[one][1] > spots[other][1]
    assert n_apart


def test_scales_are_round() -> None:
    """The next one up, never smaller than what fits."""
    for least, scale in ((34_600, 35_000), (35_000, 35_000), (35_001, 40_000), (9_800, 10_000), (101, 125)):
        assert round_scale(least) == scale


@pytest.mark.parametrize(("policy", "lang"), [("kadaster-scan", "en"), ("hardenberg-2025", "nl")])
def test_pdf_says_everything_and_nothing_is_cut_off(policy: str, lang: Lang, tmp_path: Path) -> None:
    """Legend with numbers, what each rule removes, sources, licence, and the last words of the last assumption."""
    from tests.conftest import demo_scan  # noqa: PLC0415

    table = public(demo_scan(policy), profile_named("residents"))
    pdf = tmp_path / "poster.pdf"
    drawing = write_poster(table, pdf, tmp_path / "poster.png", "a3", lang)
    said = " ".join(pdf_text(pdf).replace("-\n", "").replace("\u00ad", "").split())
    flat = said.replace(" ", "").replace("-", "").replace("\u00a0", "")

    def has(text: str) -> bool:
        return text.replace(" ", "").replace("-", "").replace("\u00a0", "") in flat

    assert has(message("public.ui.title", lang, area="Kampen"))
    assert has(message("public.ui.no_decision", lang))
    assert has(number(drawing.scale, lang))
    assert has("ODbL 1.0")
    for name, n in table.about.counts.items():
        assert not n or (has(number(n, lang)) and has(message(f"public.ui.means.{name}", lang)))
    for rule in table.about.rules:
        assert rule.step is None or has(rule.label.in_(lang))
        assert has(rule.assumption.in_(lang))
    reader = pypdf.PdfReader(pdf)
    assert len(reader.pages) == 1
    assert [float(side) * 25.4 / 72 for side in reader.pages[0].mediabox[2:]] == pytest.approx([420, 297], abs=0.5)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == lang


@pytest.mark.parametrize("paper", ["a3", "a0"])
def test_fonts_are_in_the_file(secret_folder: Path, paper: Paper) -> None:
    """A printer's shop has no fonts of ours."""
    reader = pypdf.PdfReader(secret_folder / f"poster-{paper}.pdf")
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert "/FontFile2" in described or "/FontFile3" in described
        assert "DejaVu" in described["/FontName"] or "Libertinus" in described["/FontName"]
    size = [float(side) * 25.4 / 72 for side in reader.pages[0].mediabox[2:]]
    assert size == pytest.approx([420 * SIZES[paper], 297 * SIZES[paper]], abs=0.5)


def test_markup_in_a_name_is_printed_as_it_is(secret_folder: Path) -> None:
    """A rule called <b>Groot</b> is printed so; a settlement's name is no code of the typesetter."""
    said = pdf_text(secret_folder / "poster-a3.pdf").replace("\n", " ")
    assert "<b>Groot</b> genoeg" in said
    assert NAMES[0] in said
