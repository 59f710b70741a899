"""Open formats for other software: GeoJSON by its standard, styled layers, sheets that execute nothing."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from openpyxl import load_workbook

from suitability.core.messages import LANGS, message
from suitability.report.files.longlist_sheet import harmless
from suitability.report.public.layers import write_public_geojson, write_public_geopackage
from suitability.report.public.sheet import write_public_csv, write_public_xlsx
from tests.report.public.conftest import NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.report.public.gate import PublicTable
    from suitability.scan.run import Scan


@pytest.fixture(scope="module")
def geojson(kampen: tuple[Scan, PublicTable], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the GeoJSON of the demo municipality."""
    path = tmp_path_factory.mktemp("geojson") / "p.geojson"
    write_public_geojson(kampen[1], path, "nl")
    collection: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return collection


def test_geojson_follows_its_standard(geojson: dict[str, Any], kampen: tuple[Scan, PublicTable]) -> None:
    """RFC 7946: no crs, longitude first, seven decimals, closed rings, outer ones counter-clockwise, holes clockwise."""
    assert set(geojson) == {"type", "features"}
    assert len(geojson["features"]) == len(kampen[1].parcels)
    holes = 0
    for feature in geojson["features"]:
        assert feature["type"] == "Feature"
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        for part in parts:
            for k, ring in enumerate(part):
                xy = np.array(ring)
                assert len(ring) >= 4
                assert ring[0] == ring[-1]
                assert (xy[:, 0] > 3).all()
                assert (xy[:, 0] < 8).all()
                assert (xy[:, 1] > 50).all()
                assert (xy[:, 1] < 54).all()
                assert shapely.is_ccw(shapely.linearrings(ring)) == (k == 0)
                holes += k > 0
    assert holes > 10
    text = json.dumps(geojson["features"][:500])
    assert max(len(number.split("]")[0].split(",")[0]) for number in text.split(".")[1:] if number[:1].isdigit()) <= 40


def test_geojson_decimals_are_seven_at_most(geojson: dict[str, Any]) -> None:
    """A centimetre: more only seems exact."""
    for feature in geojson["features"][::50]:
        for ring in feature["geometry"]["coordinates"]:
            for x, y in ring if feature["geometry"]["type"] == "Polygon" else ring[0]:
                assert max(len(repr(number).split(".")[1]) for number in (x, y)) <= 7


def test_geojson_lies_where_the_parcels_lie(geojson: dict[str, Any], kampen: tuple[Scan, PublicTable]) -> None:
    """Turned back to metres, every corner is within 2 cm of the table's."""
    frame = gpd.GeoDataFrame.from_features(geojson["features"][:2000], crs=4326).to_crs(28992)
    table = kampen[1].parcels.iloc[:2000]
    apart = shapely.hausdorff_distance(frame.geometry.to_numpy(), table.geometry.to_numpy())
    assert apart.max() < 0.02
    assert list(frame["parcel_id"]) == list(table["parcel_id"])
    assert not [column for column in frame if column.endswith("_en")]


def test_geopackage_opens_styled(kampen: tuple[Scan, PublicTable], tmp_path: Path) -> None:
    """Each layer has a default style, is in EPSG:28992 and holds the columns of the profile."""
    path = tmp_path / "kaart.gpkg"
    write_public_geopackage(kampen[1], path, "nl")
    parcels = gpd.read_file(path, layer="parcels")
    assert parcels.crs.to_epsg() == 28992
    assert list(parcels.columns) == list(kampen[1].parcels.columns)
    with closing(sqlite3.connect(path)) as database:
        layers = {
            row[0] for row in database.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
        }
        styled = dict(
            database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1").fetchall()
        )
    assert layers == set(styled) == {"parcels", *kampen[1].background}
    for name in ("pass", "unknown", "near_miss", "fail"):
        assert message(f"outcome.{name}", "nl") in styled["parcels"]
    assert "b_diagonal" in styled["parcels"]


def test_parquet_is_the_table(secret_folder: Path, secret_table: PublicTable) -> None:
    """Ids, verdicts and shapes as they are in the public table."""
    table = gpd.read_parquet(secret_folder / "percelen.parquet")
    assert table.crs.to_epsg() == 28992
    assert list(table.columns) == list(secret_table.parcels.columns)
    assert list(table["label"]) == NAMES
    assert shapely.equals(table.geometry.to_numpy(), secret_table.parcels.geometry.to_numpy()).all()


@pytest.mark.parametrize("lang", LANGS)
def test_no_cell_of_a_sheet_is_executed(secret_table: PublicTable, lang: Lang, tmp_path: Path) -> None:
    """Every name comes back whole; in the workbook it is a text, in the CSV no spreadsheet takes it for a formula."""
    write_public_xlsx(secret_table, tmp_path / "p.xlsx", lang)
    write_public_csv(secret_table, tmp_path / "p.csv", lang)
    sheet = load_workbook(tmp_path / "p.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    column = heads.index(message("column.label", lang))
    cells = [row[column] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)} <= {
        "s",
        "inlineStr",
    }
    wanted = [harmless(name) for name in NAMES]
    assert [cell.value.replace("\r", "\n") for cell in cells] == [name.replace("\r", "\n") for name in wanted]
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";" if lang == "nl" else ","))
    assert [row[message("column.label", lang)] for row in rows] == wanted
    assert list(rows[0]) == heads
    area = message("column.area_m2", lang)
    assert [float(row[area]) for row in rows] == [row[heads.index(area)].value for row in sheet.iter_rows(min_row=2)]


def test_a_margin_has_a_decimal_comma_in_dutch(kampen: tuple[Scan, PublicTable], tmp_path: Path) -> None:
    """As a Dutch spreadsheet reads numbers; unknown values are empty."""
    from tests.report.public.conftest import profile_named, public  # noqa: PLC0415

    table = public(kampen[0], profile_named("residents", fields=["parcel_id", "margin"]))
    write_public_csv(table, tmp_path / "p.csv", "nl")
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    said = np.array([row[message("column.margin", "nl")] for row in rows])
    margins = table.parcels["margin"].to_numpy()
    finite = np.isfinite(margins)
    assert (said[~finite] == "").all()
    np.testing.assert_allclose([float(text.replace(",", ".")) for text in said[finite]], margins[finite], atol=0.0006)
    assert not any("." in text for text in said)
