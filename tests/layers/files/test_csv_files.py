"""Tables as people save them: whatever the country and the program, the same rows in the same places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest

from layers.files._csv_files import header, read_csv
from tests.layers.folders import sentences

if TYPE_CHECKING:
    from pathlib import Path

RD = [(190123.5, 507000.0), (190500.0, 507100.25)]
TABLES: dict[str, tuple[bytes, str]] = {
    "excel_nl": ("\ufeffnaam;x;y\r\nJansen;190123,5;507000\r\nDe Vries;190500;507100,25\r\n".encode(), "EPSG:28992"),
    "excel_nl_thousands": (b"naam;x;y\nJansen;190.123,5;507.000\nDe Vries;190.500;507.100,25\n", "EPSG:28992"),
    "excel_en": (b"naam,x,y\nJansen,190123.5,507000\nDe Vries,190500,507100.25\n", "EPSG:28992"),
    "tab": (b"naam\tX\tY\nJansen\t190123.5\t507000\nDe Vries\t190500\t507100.25\n", "EPSG:28992"),
    "sep_line": (b"sep=|\nnaam|x|y\nJansen|190123.5|507000\nDe Vries|190500|507100.25\n", "EPSG:28992"),
    "utf16": ("naam\tx\ty\nJansen\t190123.5\t507000\nDe Vries\t190500\t507100.25\n".encode("utf-16"), "EPSG:28992"),
    "quoted": (b'"naam";"x";"y"\n"Jansen; \xc3\xa9n ""Zn""";190123.5;507000\nDe Vries;190500;507100.25\n', "EPSG:28992"),
    "blank_end": (b"naam;x;y\nJansen;190123.5;507000\nDe Vries;190500;507100.25\n\n;;\n\n", "EPSG:28992"),
    "wkt": (b"naam;wkt\nJansen;POINT (190123.5 507000)\nDe Vries;POINT (190500 507100.25)\n", "EPSG:28992"),
    "ewkt": (b"naam;geom\nJansen;SRID=28992;POINT (1 2)\n", ""),
    "wgs84": (b"naam;lat;lon\nJansen;52.5495;5.9050\nDe Vries;52.5504;5.9106\n", "EPSG:4326"),
    "wgs84_comma": (b"naam;breedtegraad;lengtegraad\nJansen;52,5495;5,9050\nDe Vries;52,5504;5,9106\n", "EPSG:4326"),
}  # fmt: skip


def table(folder: Path, content: bytes) -> Path:
    """Return a table with this content."""
    path = folder / "tabel.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"ewkt", "blank_end"}))
def test_the_same_places_from_every_program(name: str, tmp_path: Path) -> None:
    """The coordinate system follows from the size of the numbers, the country from the marks between them."""
    content, crs = TABLES[name]
    frame = read_csv(table(tmp_path, content)).frame
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs.to_string() == crs
    placed = frame.to_crs("EPSG:28992").geometry
    near = 0.01 if crs == "EPSG:28992" else 30.0
    for shape, (x, y) in zip(placed, RD, strict=True):
        assert abs(shape.x - x) < near
        assert abs(shape.y - y) < near
    assert frame["naam"].iloc[1] == "De Vries"


def test_lines_without_values_are_no_rows(tmp_path: Path) -> None:
    """A spreadsheet leaves empty lines below its table."""
    frame = read_csv(table(tmp_path, TABLES["blank_end"][0])).frame
    assert len(frame.dropna(subset="naam")) == 2


def test_inferred_columns_are_reported(tmp_path: Path) -> None:
    """A planner reads from which columns the places come, and as what."""
    remarks = read_csv(table(tmp_path, TABLES["excel_nl"][0])).remarks
    assert [remark.text("nl") for remark in remarks] == [
        "tabel.csv: de coördinaten komen uit de kolommen x en y; naar de grootte van de getallen is dat EPSG:28992."
    ]


def test_windows_letters(tmp_path: Path) -> None:
    """Text that is not UTF-8 is read as cp1252, of a Dutch Windows, and a remark says so."""
    read = read_csv(table(tmp_path, "naam;soort\nCafé 't Hoekje €;horeca\n".encode("cp1252")))
    assert read.frame["naam"].tolist() == ["Café 't Hoekje €"]
    assert [remark.key for remark in read.remarks] == ["note_cp1252"]


def test_nothing_between_delimiters_is_not_known(tmp_path: Path) -> None:
    """An empty cell and a cell of spaces hold no answer; "NA" is a name."""
    frame = read_csv(table(tmp_path, b"a;b\n;  \nNA;null\n")).frame
    assert frame["a"].isna().tolist() == [True, False]
    assert frame["b"].tolist()[1] == "null"


def test_a_row_without_a_place_stays(tmp_path: Path) -> None:
    """The folder decides whether the row may be left out, not the reader."""
    frame = read_csv(table(tmp_path, b"naam;x;y\nJansen;190123;507000\nDe Vries;;\n")).frame
    assert frame.geometry.isna().tolist() == [False, True]


def test_the_header_alone(tmp_path: Path) -> None:
    """Its names come without reading the table."""
    assert header(table(tmp_path, "\ufeffNaam; Aantal \r\na;1\r\n".encode())) == ["Naam", "Aantal"]


MISTAKES: dict[str, tuple[bytes, dict[str, str] | None, tuple[str, ...]]] = {
    "ragged": (b"a;b\n1;2\n1;2;3\n4\n", None, ("line 3", "3 values", "line 4", "1 values")),
    "twice": (b"naam;naam\na;b\n", None, ("twice", "naam")),
    "quotes": (b'a;b\n"1";"2"x\n', None, ("line 2", "quotation marks")),
    "binary": (b"\x00\x01\x02\x81\x8d\n", None, ("not text",)),
    "no_number": (b"x;y\n190000;507000\nonbekend;507000\n", None, ("x, row 2", "'onbekend' is not a coordinate")),
    "swapped": (b"x;y\n507000;190000\n", None, ("x, y", "507000 / 190000", "geometry: {x: ..., y: ...}")),
    "elsewhere": (b"x;y\n12;13\n", None, ("12 / 13",)),
    "wkt": (b"wkt\nPOINT (190000 507000)\nPOINT (190000\n", None, ("wkt, row 2", "cannot be read")),
    "srids": (b'wkt\n"SRID=28992;POINT (190000 507000)"\n"SRID=4326;POINT (5.9 52.5)"\n', None, ("28992, 4326",)),
    "columns": (b"a;b\n1;2\n", {"x": "oost", "y": "noord"}, ("the column oost, noord does not exist", "a, b")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_errors_are_reported(name: str, tmp_path: Path) -> None:
    """Line, column or row, the value found, and the remedy; all ragged lines together."""
    content, geometry, words = MISTAKES[name]
    told = " ".join(sentences(lambda: read_csv(table(tmp_path, content), geometry), tmp_path))
    for word in words:
        assert word in told, told


def test_named_columns_go_before_usual_names(tmp_path: Path) -> None:
    """A table may hold two pairs of coordinates."""
    path = table(tmp_path, b"x;y;oost;noord\n1;2;190000;507000\n")
    frame = read_csv(path, {"x": "oost", "y": "noord"}).frame
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.geometry.x.tolist() == [190000.0]


def test_shapes_with_their_number_in_front(tmp_path: Path) -> None:
    """PostGIS writes the coordinate system before the shape."""
    path = table(tmp_path, b'naam,geom\nJansen,"SRID=28992;POINT (190123.5 507000)"\n')
    frame = read_csv(path).frame
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs.to_epsg() == 28992
