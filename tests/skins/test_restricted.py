"""Hardenberg: too much noise makes a place neither plainly suitable nor unsuitable; every output says for how long."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyogrio
import pytest

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS
from suitability.report.explain import card_text, explain
from tests.skins.test_exports import cards_of, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.scan.run import Scan

FOUR_MONTHS = {"nl": "maximaal 4 maanden", "en": "at most 4 months"}


@pytest.fixture(scope="module")
def scan(scan_of: Callable[[str], Scan]) -> Scan:
    """Return the scan of the demo under the policy of Hardenberg."""
    return scan_of("hardenberg-2025")


@pytest.fixture(scope="module")
def noisy(scan: Scan) -> int:
    """Return the largest parcel that would be plainly suitable but for the noise."""
    noise = [rule.id for rule in scan.policy.rules].index("noise")
    alone = (scan.verdicts.restricted.sum(axis=1) == 1) & scan.verdicts.restricted[:, noise]
    rows = np.flatnonzero(alone & (scan.verdicts.best == Outcome.PASS))
    assert len(rows) > 10
    return int(rows[scan.parcels.areas[rows].argmax()])


@pytest.mark.parametrize("lang", LANGS)
def test_the_card_says_so(scan: Scan, noisy: int, lang: Lang) -> None:
    """Suitable, with the restriction, and the noise as the reason."""
    facts = explain(scan, str(scan.parcels.ids[noisy]), lang)
    assert facts is not None
    text = card_text(scan, facts, documents(config_folder()), lang)
    assert {"nl": "GESCHIKT", "en": "SUITABLE"}[lang] in text
    assert {"nl": "ONGESCHIKT", "en": "UNSUITABLE"}[lang] not in text
    assert FOUR_MONTHS[lang] in text
    assert {"nl": "Geluidbelasting niet te hoog: voldoet niet", "en": "Noise level not too high: not met"}[lang] in text


def test_every_file_says_so(scan: Scan, noisy: int, tmp_path: Path) -> None:
    """GeoPackage, GeoParquet, spreadsheet and map: a class of its own and the four months."""
    parcel = str(scan.parcels.ids[noisy])
    files = write(scan, tmp_path)
    tables = [
        gpd.read_parquet(files["parcels.parquet"]),
        pyogrio.read_dataframe(files["longlist.gpkg"], layer="longlist"),
    ]
    for table in tables:
        row = table.set_index("parcel_id").loc[parcel]
        assert (row["verdict"], row["verdict_class"]) == ("pass", "pass_restricted")
        for lang in LANGS:
            assert FOUR_MONTHS[lang] in row[f"consequence_{lang}"]
    with files["longlist.csv"].open(encoding="utf-8-sig", newline="") as file:
        listed = {row["perceel"]: row for row in csv.DictReader(file, delimiter=";")}
    assert listed[parcel]["oordeel"] == "geschikt, met beperking"
    assert FOUR_MONTHS["nl"] in listed[parcel]["beperking"]
    page = files["map.html"].read_text(encoding="utf-8")
    (card,) = [card for card in cards_of(page) if parcel in card[0][1]]
    assert ["Oordeel", "geschikt, met beperking"] in card
    assert FOUR_MONTHS["nl"] in card[-1][1]


def test_unknown_noise_is_no_silent_pass(scan: Scan) -> None:
    """If the noise is not known, the condition of four months must be checked."""
    noise = scan.findings["noise"].outcome == Outcome.UNKNOWN
    assert noise.any()
    assert not (scan.verdicts.best[noise] == Outcome.PASS).any()
