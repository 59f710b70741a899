"""Files for users: each file read back, and every text in it harmless."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, message
from suitability.report.files.geopackage import write_geopackage
from suitability.report.files.longlist_sheet import harmless
from suitability.report.maps import longlist_map as site_map
from suitability.report.scan_files import FILES, write_outputs
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES
from suitability.scan.longlist import make_longlist
from tests.skins.small import area_rule, small_scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.scan.run import Scan

NASTY = [
    "=HYPERLINK(0)", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "\u200b=1", "\uff1d1", "\u22121",
    "</script><script>document.title='taken'</script>", "<img src=x onerror=\"document.title='taken'\">",
    "{{7*7}}", "{% raise %}", "${7*7}", "a;b", 'a"b', "a,b", "a\nb", "Ĳsselmuiden", "O'Neill & zn.", "'; DROP TABLE x",
]  # fmt: skip


def write(scan: Scan, folder: Path, lang: Lang = "nl") -> dict[str, Path]:
    """Write all files of a scan; return them by name."""
    files = write_outputs(
        scan, make_longlist(scan), folder, lang, documents=documents(config_folder()),
        wall_seconds=lambda: 1.5, progress=lambda *_: None,
    )  # fmt: skip
    assert {file.name for file in files} == set(FILES)
    return {file.name: file for file in files}


def read_csv(path: Path, lang: Lang) -> list[dict[str, str]]:
    """Return the rows of a longlist as a spreadsheet reads them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";" if lang == "nl" else ","))


@pytest.fixture(scope="module")
def demo(scan_of: Callable[[str], Scan], tmp_path_factory: pytest.TempPathFactory) -> tuple[Scan, dict[str, Path]]:
    """Return the scan of the demo under the policy of Hardenberg, with restrictions and types, and its files."""
    scan = scan_of("hardenberg-2025")
    return scan, write(scan, tmp_path_factory.mktemp("demo"))


def test_parquet_holds_every_parcel_with_its_verdict(demo: tuple[Scan, dict[str, Path]]) -> None:
    """The GeoParquet is the scan: ids, geometry, verdicts and the value of every check."""
    scan, files = demo
    table = gpd.read_parquet(files["parcels.parquet"])
    assert table.crs.to_epsg() == 28992
    assert list(table["parcel_id"]) == list(scan.parcels.ids)
    assert list(table["verdict"]) == [Outcome(int(o)).name.lower() for o in scan.verdicts.best]
    assert table.geometry.geom_equals_exact(gpd.GeoSeries(scan.parcels.geometry, crs=28992), 0).all()
    for check in scan.policy.checks():
        np.testing.assert_array_equal(table[f"{check.id}_value"], scan.findings[check.id].value)
    assert (table["consequence_nl"] != "").sum() == scan.verdicts.restricted.any(axis=1).sum()
    decided = table["deciding_rule"] != ""
    for lang in LANGS:
        assert (table.loc[decided, f"reason_{lang}"] != "").all()
    assert table.loc[table["verdict"] == "fail", "deciding_source_nl"].str.contains("Hardenberg").any()


def test_geopackage_has_two_styled_layers(demo: tuple[Scan, dict[str, Path]]) -> None:
    """Each layer has a default style whose categories are the classes that occur, and is in EPSG:28992."""
    scan, files = demo
    path = files["longlist.gpkg"]
    longlist, parcels = (pyogrio.read_dataframe(path, layer=name) for name in ("longlist", "parcels"))
    assert longlist.crs.to_epsg() == parcels.crs.to_epsg() == 28992
    assert len(parcels) == len(scan.parcels)
    assert set(longlist["parcel_id"]) == set(scan.parcels.ids[scan.verdicts.best != Outcome.FAIL])
    with closing(sqlite3.connect(path)) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
        listed = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
    assert listed == {"longlist", "parcels", "layer_styles"}
    for name, rows in (("longlist", longlist), ("parcels", parcels)):
        renderer = ET.fromstring(styles[name].split("\n", 1)[1]).find("renderer-v2")
        assert renderer is not None
        assert renderer.get("attr") == "verdict_class"
        assert {c.get("value") for c in renderer.iter("category")} == set(rows["verdict_class"])
        assert {c.get("symbol") for c in renderer.iter("category")} == {s.get("name") for s in renderer.iter("symbol")}


def test_colours_can_be_told_apart_by_lightness() -> None:
    """On a grey print no two classes look alike."""
    red, green, blue = (
        np.array([int(COLOURS[name][i : i + 2], 16) for name in CLASSES], dtype=float) for i in (1, 3, 5)
    )
    lightness = np.sort(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    assert np.diff(lightness).min() > 5


@pytest.mark.parametrize("lang", LANGS)
def test_csv_holds_the_longlist_in_local_numbers(
    demo: tuple[Scan, dict[str, Path]], lang: Lang, tmp_path: Path
) -> None:
    """Passing parcels come first, then those to be checked; every number reads back."""
    scan, _ = demo
    rows = read_csv(write(scan, tmp_path, lang)["longlist.csv"], lang)
    wanted = {Outcome.PASS: [], Outcome.UNKNOWN: [], Outcome.FAIL: []}  # type: dict[int, list[str]]
    for parcel, outcome in zip(scan.parcels.ids, scan.verdicts.best, strict=True):
        wanted[int(outcome)].append(parcel)
    names = {key: message(f"column.{key}", lang) for key in ("parcel_id", "area_m2", "verdict", "x")}
    assert [row[names["parcel_id"]] for row in rows] == sorted(wanted[Outcome.PASS]) + sorted(wanted[Outcome.UNKNOWN])
    row = rows[0]
    i = scan.index_of(row[names["parcel_id"]])
    assert i is not None
    mark = "," if lang == "nl" else "."
    assert any(mark in each[names["x"]] for each in rows)
    assert float(row[names["area_m2"]].replace(mark, ".")) == pytest.approx(scan.parcels.areas[i], abs=0.5)
    assert row[names["verdict"]] in {message("outcome.pass", lang), message("outcome.pass_restricted", lang)}


def test_csv_values_carry_their_unit_in_the_header(demo: tuple[Scan, dict[str, Path]]) -> None:
    """Minutes are minutes, shares per cent; unknown values are empty, never zero."""
    scan, files = demo
    table = pd.DataFrame(read_csv(files["longlist.csv"], "nl")).set_index("perceel")
    kept = scan.verdicts.best != Outcome.FAIL
    order = pd.Index(scan.parcels.ids[kept])
    for check in scan.policy.checks():
        column = next((c for c in table if c.startswith(f"{check.label.nl}: waarde")), None)
        assert column is not None
        unit = re.search(r"\(([^()]+)\)$", column)
        values = scan.findings[check.id].value[kept] * (100 if unit and unit[1] == "%" else 1)
        shown = (
            table.loc[order, column].replace({",": ".", "geen": "inf", "^$": "nan"}, regex=True).to_numpy(dtype=float)
        )
        np.testing.assert_allclose(shown, values, atol=0.051 if unit and unit[1] == "%" else 0.51)


@pytest.mark.parametrize("text", NASTY)
def test_no_cell_starts_a_formula(text: str) -> None:
    """Whatever an owner types, the cell is text; ordinary text is left as it is."""
    safe = harmless(text)
    stripped = safe.lstrip("\t\r\n \u200b\ufeff")
    assert stripped[0] not in "=+-@\uff1d\uff0b\uff0d\uff20\u2212"
    assert safe.endswith(text)
    assert harmless("Kerkstraat 1-3") == "Kerkstraat 1-3"


@pytest.mark.parametrize("lang", LANGS)
def test_csv_of_nasty_texts_is_harmless_and_whole(lang: Lang, tmp_path: Path) -> None:
    """Every text comes back whole, in its own cell, in cells and in headers alike."""
    rules = [area_rule("one", "=cmd()", 400.0), area_rule("two", "=cmd()", 300.0)]
    rows = read_csv(write(small_scan(NASTY, rules=rules), tmp_path, lang)["longlist.csv"], lang)
    shown = sorted((row[message("column.parcel_id", lang)], row[message("column.label", lang)]) for row in rows)
    assert [text for _, text in shown] == [harmless(text) for text in NASTY]
    assert all(harmless(header) == header for header in rows[0])
    assert None not in rows[0], "two rules with one label do not share a column"
    assert sum("cmd()" in header for header in rows[0]) == 2 * 3


def test_two_rules_with_one_label_keep_columns_of_their_own(tmp_path: Path) -> None:
    """Equal labels are numbered."""
    rules = [area_rule("one", "Groot", 400.0), area_rule("two", "Groot", 300.0)]
    row = read_csv(write(small_scan(rules=rules), tmp_path)["longlist.csv"], "nl")[0]
    margins = [value for header, value in row.items() if header.startswith("Groot: marge")]
    assert margins == ["500", "600"]


def page_of(scan: Scan, tmp_path: Path, lang: Lang = "nl") -> str:
    """Return the map of a scan as text."""
    return write(scan, tmp_path, lang)["map.html"].read_text(encoding="utf-8")


def data_of(page: str) -> list[dict[str, Any]]:
    """Return the shapes in a map."""
    text = re.search(r"<script>var DATA = (\[.*\]);</script>", page)
    assert text is not None
    shapes: list[dict[str, Any]] = json.loads(text[1])
    return shapes


def cards_of(page: str) -> list[list[list[str]]]:
    """Return the lines of every parcel that can be clicked."""
    return [f["properties"]["lines"] for part in data_of(page) for f in part["features"] if "lines" in f["properties"]]


def test_map_asks_nothing_of_any_server(demo: tuple[Scan, dict[str, Path]]) -> None:
    """No link, picture, script or style from elsewhere, and a rule in the page that forbids them."""
    page = demo[1]["map.html"].read_text(encoding="utf-8")
    assert not re.findall(r"<(?:script|img|link|iframe)[^>]*(?:src|href)=", page)
    assert not re.findall(r"url\((?!#)", page)
    assert "default-src 'none'" in page
    assert page.index("Content-Security-Policy") < page.index("<script")


def test_map_draws_at_most_so_many_and_says_which(demo: tuple[Scan, dict[str, Path]]) -> None:
    """The largest of the longlist can be clicked; the panel gives both numbers."""
    scan, files = demo
    page = files["map.html"].read_text(encoding="utf-8")
    kept = scan.verdicts.best != Outcome.FAIL
    assert kept.sum() > site_map.MOST_DRAWN
    cards = cards_of(page)
    assert len(cards) == site_map.MOST_DRAWN
    assert f"de 5.000 grootste van de {kept.sum():,}".replace(",", ".") in page
    largest = set(scan.parcels.ids[kept][np.argsort(-scan.parcels.areas[kept], kind="stable")[: site_map.MOST_DRAWN]])
    assert {re.search(r"afgeleid-\w+", line[0][1])[0] for line in cards} == largest  # type: ignore[index]


def test_map_colours_all_parcels(demo: tuple[Scan, dict[str, Path]]) -> None:
    """The merged areas of the classes together are as large as all parcels."""
    scan, files = demo
    shapes = data_of(files["map.html"].read_text(encoding="utf-8"))
    merged = [f["geometry"] for part in shapes for f in part["features"] if f["geometry"]["type"] == "MultiPolygon"]
    frame = gpd.GeoDataFrame.from_features(
        [{"type": "Feature", "properties": {}, "geometry": g} for g in merged], crs=4326
    )
    areas = np.sort(frame.to_crs(28992).area.to_numpy())[::-1]
    n_classes = len(np.unique(site_map.classes_of(scan)))
    water = scan.layers["water"].frame.area.max()
    assert areas[areas > water / 50].sum() >= scan.parcels.areas.sum() * 0.99
    assert n_classes == 5


@pytest.mark.parametrize("lang", LANGS)
def test_small_map_draws_every_parcel(lang: Lang, tmp_path: Path) -> None:
    """With few parcels all can be clicked, and a pop-up agrees with the findings of the scan."""
    rules = [area_rule("large", "Groot genoeg", 400.0), area_rule("ample", "Ruim", 1000.0, "restrict")]
    page = page_of(small_scan(list("abcd"), sides=(30.0, 40.0, 19.9, 10.0), rules=rules), tmp_path, lang)
    verdicts = [line[1][1] for line in cards_of(page)]
    keys = ("pass", "pass_restricted", "near_miss", "fail")
    assert sorted(verdicts) == sorted(message(f"outcome.{key}", lang) for key in keys)
    assert message("map.what_all", lang) in page
    assert any(line[-1] == [message("map.restriction", lang), "ten hoogste 4 maanden"] for line in cards_of(page))


def test_map_of_nothing_suitable_says_so(tmp_path: Path) -> None:
    """An empty longlist is reported, and the parcels that failed can be clicked for the reason."""
    page = page_of(small_scan(sides=(10.0,)), tmp_path)
    assert message("map.empty", "nl") in page
    assert len(cards_of(page)) == 2


def test_no_text_in_the_map_is_code(tmp_path: Path) -> None:
    """Every text arrives as it was, and none outside the data."""
    page = page_of(small_scan(NASTY), tmp_path)
    shown = [line[0][1] for line in cards_of(page)]
    for text in NASTY:
        assert any(card.startswith(f"{text} (") for card in shown)
    outside = page[: page.index("var DATA = ")] + page[page.index("];</script>") :]
    assert "taken" not in outside
    assert "7*7" not in outside
    assert "49" not in "".join(shown)


def test_hostile_titles_are_escaped_in_the_panel(tmp_path: Path) -> None:
    """The title of a policy and the name of an area are people's texts too."""
    scan = small_scan()
    title = scan.policy.title.model_copy(update={"nl": NASTY[10]})
    renamed = scan.policy.model_copy(update={"title": title})
    page = page_of(type(scan)(**{**vars(scan), "policy": renamed}), tmp_path)
    assert NASTY[10] not in page
    assert "&lt;/script&gt;" in page


def test_same_scan_gives_the_same_files(tmp_path: Path) -> None:
    """Every byte but the wall time follows from the scan."""
    scan = small_scan(["a", "b", "c"])
    first, second = write(scan, tmp_path / "1"), write(scan, tmp_path / "2")
    for name, path in first.items():
        assert path.read_bytes() == second[name].read_bytes(), name


def test_run_record_says_what_the_run_was_made_of(demo: tuple[Scan, dict[str, Path]]) -> None:
    """Policy hash, code version, every layer's provenance, counts, funnel and wall time."""
    scan, files = demo
    record = json.loads(files["run.json"].read_text(encoding="utf-8"))
    assert record["policy"] == {"id": "hardenberg-2025", "sha256": scan.policy.sha256}
    assert record["wall_seconds"] == 1.5
    assert record["missing_layers"] == ["declarations"]
    assert set(record["layers"]) == set(scan.layers)
    for name, entry in record["layers"].items():
        assert entry["sha256"] == scan.layers[name].provenance.sha256
        assert entry["standing"] == "observed" or entry["note"]["nl"]
    assert len(record["funnel"]) == len(scan.policy.deciding_rules)
    counts = record["counts"]
    assert counts["pass"] + counts["unknown"] == record["longlist"]


def test_geopackage_of_an_empty_longlist_opens(tmp_path: Path) -> None:
    """No parcel left: the layer is there, empty, and the style does not fail on it."""
    files = write(small_scan(sides=(10.0,)), tmp_path)
    assert len(pyogrio.read_dataframe(files["longlist.gpkg"], layer="longlist")) == 0
    assert len(pyogrio.read_dataframe(files["longlist.gpkg"], layer="parcels")) == 2
    assert read_csv(files["longlist.csv"], "nl") == []


def test_geopackage_leaves_the_clock_alone(tmp_path: Path) -> None:
    """The date in the file is that of the scan; GDAL's setting is put back."""
    scan = small_scan()
    frame = gpd.GeoDataFrame({"verdict_class": ["pass", "fail"]}, geometry=scan.parcels.geometry, crs=28992)
    path = tmp_path / "x.gpkg"
    write_geopackage(frame, np.array([True, False]), path, scan.run.started, "nl")
    with closing(sqlite3.connect(path)) as database:
        stamps = {stamp for (stamp,) in database.execute("SELECT last_change FROM gpkg_contents")}
    assert stamps == {scan.run.started.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
