"""Forty files as people send them, good and bad: ``make_files(folder)`` writes them all, the same bytes every time but zips.

They speak of four parcels of the embedded municipality; which of them is meant is clear from the address.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import openpyxl
from shapely.geometry import LineString, Point, Polygon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Address: (parcel, x, y in RD, longitude, latitude, BAG id of the building).
CANTATE = ("afgeleid-06416", 190022.1, 506077.3, 5.9034427, 52.5412100, "0166100000007566")
LISDODDE = ("afgeleid-11439", 190062.0, 507511.1, 5.9041816, 52.5540935, "0166100000007977")
WINDE = ("afgeleid-03960", 189952.6, 507598.1, 5.9025781, 52.5548819, "0166100000006987")
LELY = ("afgeleid-09340", 190357.0, 506880.0, 5.9084650, 52.5484024, "0166100000010605")

#: The outlines of two of them, as in the layer of parcels.
CANTATE_RING = [(190014.9375, 506090.875), (190025.8125, 506091.125), (190028.8125, 506090.6875), (190029.1875, 506063.5625), (190015.4375, 506063.4375)]  # fmt: skip
LELY_RING = [(190369.6875, 506885.125), (190356.8125, 506866.5625), (190344.375, 506875.1875), (190357.3125, 506893.25)]
#: A free-hand outline over several parcels, one that crosses itself, and a street.
FIELD = [(190200, 506300), (190300, 506300), (190300, 506380), (190200, 506380)]
BOW_TIE = [(190200, 506300), (190300, 506380), (190300, 506300), (190200, 506380)]
STREET = [(190200, 506300), (190300, 506380), (190400, 506390)]


def make_files(folder: Path) -> list[Path]:
    """Write all files to a folder and return their paths in the order of the table of receipts."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_made(folder / name, write) for name, write in FILES.items()]


def _made(path: Path, write: Callable[[Path], object]) -> Path:
    write(path)
    return path


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    """Give a writer of a text file."""
    return lambda path: path.write_bytes(content.encode(encoding))


def workbook(**sheets: list[list[Any]]) -> Callable[[Path], object]:
    """Give a writer of an Excel workbook with these sheets."""

    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name.replace("_", " "))
            for row in rows:
                sheet.append(row)
        book.save(path)

    return write


def features(*given: tuple[dict[str, Any] | None, dict[str, Any]], **top: object) -> Callable[[Path], object]:
    """Give a writer of GeoJSON with these geometries and properties."""
    rows = [{"type": "Feature", "geometry": shape, "properties": about} for shape, about in given]
    return text(json.dumps({"type": "FeatureCollection", **top, "features": rows}, ensure_ascii=False))


def ring(corners: list[tuple[float, float]]) -> dict[str, Any]:
    """Return corners as a polygon of GeoJSON."""
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def frame(shapes: list[Any], crs: str | None, **columns: list[Any]) -> gpd.GeoDataFrame:
    """Return shapes with columns."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def geopackage(**layers: gpd.GeoDataFrame) -> Callable[[Path], object]:
    """Give a writer of a GeoPackage with these layers."""

    def write(path: Path) -> None:
        path.unlink(missing_ok=True)
        for name, table in layers.items():
            table.to_file(path, layer=name, driver="GPKG")

    return write


def shapefile(table: gpd.GeoDataFrame, *without: str) -> Callable[[Path], object]:
    """Give a writer of a zipped Shapefile, without some of its files."""

    def write(path: Path) -> None:
        room = path.parent / f".{path.stem}"
        room.mkdir(exist_ok=True)
        table.to_file(room / "plekken.shp")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(room.iterdir()):
                if file.suffix not in without:
                    archive.write(file, f"levering/{file.name}")
        for file in room.iterdir():
            file.unlink()
        room.rmdir()

    return write


def zipped(*members: tuple[str, str | bytes]) -> Callable[[Path], object]:
    """Give a writer of a zip with these members."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)

    return write


def kml(*marks: str) -> str:
    """Return a KML with these Placemarks."""
    return f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{"".join(marks)}</Folder></Document></kml>'


def _bomb(path: Path) -> None:
    """Write a workbook whose sheet unpacks to far more than it is packed."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    path.write_bytes(inner.getvalue())


_MARK = "<Placemark><name>{name}</name>{shape}</Placemark>"
_POINT = "<Point><coordinates>{x},{y},0</coordinates></Point>"
_EVIL = "<script>alert(1)</script>"

FILES: dict[str, Callable[[Path], object]] = {
    "01-semicolons-windows.csv": text(
        "Volgnr;Naam indiener;E-mail;Adres;Plaats\r\n1;J. de Vries;jan@voorbeeld.nl;Cantate 11;Kampen\r\n"
        "2;Müller;m@voorbeeld.nl;Lisdodde 18;Kampen\r\n3;Agnès;;Aïda 11;Kampen\r\n", "cp1252"),
    "02-commas-bom.csv": text('id,address,town\n1,"Cantate 11",Kampen\n2,"Lisdodde 18, Kampen",\n', "utf-8-sig"),
    "03-tabs.tsv": text("nr\tpostcode\thuisnummer\n1\t8261CW\t180\n2\t8261 cw\t180\n3\t8261CW\t9999\n"),
    "04-decimal-comma.csv": text(f"ref;lat;lon\nA;{str(CANTATE[4]).replace('.', ',')};{str(CANTATE[3]).replace('.', ',')}\nB;52,5540935;5,9041816\n"),
    "05-swapped-axes.csv": text("ref,lat,lon\nA,5.9034427,52.54121\nB,52.5540935,5.9041816\n"),
    "06-rd-in-degrees.csv": text("ref,latitude,longitude\nA,506077.3,190022.1\nB,190062.0,507511.1\n"),
    "07-degrees-in-rd.csv": text("ref;x;y\nA;5,9034427;52,54121\nB;190.062,0;507.511,1\nC;190,0626;507,5113\n"),
    "08-degrees-minutes.csv": text("ref;breedtegraad;lengtegraad\nA;52°32'28.356\"N;5°54'12.394\"O\nB;52° 33' 14,74\" NB;5.9041816\n"),
    "09-one-column-of-coordinates.csv": text('ref;coördinaten\nA;"52.54121, 5.9034427"\nB;190062 507511\nC;ergens\n'),
    "10-far-away.csv": text("ref,lat,lon\nParijs,48.8566,2.3522\nZwolle,52.5168,6.0830\nnul,0,0\nhalf,52.55,\nwoord,noord,oost\n"),
    "11-parcel-ids.csv": text("kenmerk;perceel\n1;afgeleid-06416\n2;AFGELEID 06416\n3;afgeleid-11439 en afgeleid-03960\n4;KPN00 A 1234\n5;afgeleid-99999\n"),
    "12-cadastral-columns.csv": text("nr;kadastrale gemeente;sectie;perceelnummer\n1;KPN01;K;1234\n2;;;\n"),
    "13-bag-ids.csv": text("nr;bag_id\n1;0166100000007566\n2;166100000007977\n3;1,661E+14\n4;0166100000099999\n5;pand\n"),
    "14-wkt.csv": text(
        "nr;wkt\n1;POINT(190022.1 506077.3)\n2;POLYGON((190200 506300,190300 506300,190300 506380,190200 506380,190200 506300))\n"
        "3;POLYGON((190200 506300,190300 506380,190300 506300,190200 506380,190200 506300))\n4;LINESTRING(190200 506300,190300 506380)\n"
        "5;LINESTRING(190200 506300,190300 506300,190300 506380,190200 506300)\n6;POLYGON EMPTY\n7;POLYGON((1 2\n8;SRID=4326;POINT(5.9041816 52.5540935)\n"
        "9;MULTIPOINT(190022 506077,190062 507511)\n10;POLYGON((190200 506300,190201 506300,190201 506301,190200 506300))\n"),
    "15-list-of-wkt.wkt": text("POINT (190022.1 506077.3)\nPOLYGON ((190200 506300, 190300 506300, 190300 506380, 190200 506380, 190200 506300))\n"),
    "16-list-of-places.txt": text("Cantate 11, Kampen\nafgeleid-11439\n52.5548819, 5.9025781\n0166100000010605\n\nKampen\n"),
    "17-title-and-notes.csv": text(
        "Aangedragen locaties gemeente Kampen;;\nstand 1 mei;;\n;;\nnr;adres;opmerking\n1;Cantate 11, Kampen;mooi\n;;\nnr;adres;opmerking\n"
        "2;Lisdodde 18, Kampen;\nTotaal aantal inzendingen: 2;;\n;;\n"),
    "18-too-many-columns.csv": text("nr,adres,plaats\n1,Cantate 11,Kampen,extra\n2,Lisdodde 18, Kampen,nog,meer\n3,Winde 22,Kampen,,\n4,Lelystraat 37\n"),
    "19-open-quote.csv": text('nr;adres;opmerking\n1;Cantate 11, Kampen;"goede plek\n2;Lisdodde 18, Kampen;\n3;Winde 22, Kampen;zegt "prima\n4;Lelystraat 37, Kampen;\n'),
    "20-note-over-two-lines.csv": text('nr;adres;opmerking\n1;Cantate 11, Kampen;"eerste regel\ntweede regel"\n2;Lisdodde 18, Kampen;klaar\n'),
    "21-duplicates.csv": text(
        f"nr;adres;perceel;x;y\n1;Cantate 11, Kampen;;;\n2;;afgeleid-06416;;\n3;;;{CANTATE[1]};{CANTATE[2]}\n4;;;5.9034427;52.54121\n5;Lisdodde 18, Kampen;;;\n"),
    "22-contradictions.csv": text("nr;adres;lat;lon\n1;Cantate 11, Kampen;52.5540935;5.9041816\n2;Cantate 11, Kampen;0;0\n3;Nergensweg 1, Kampen;52.5548819;5.9025781\n"),
    "23-spelling.csv": text("nr;adres\n1;cantate 11 kampen\n2;Cantat 11, Kampen\n3;Cantate 12345, Kampen\n4;Cantate\n5;Hoofdstraat 1, Amsterdam\n6;Lelystr. 37 Kampen\n"),
    "24-boundary-and-water.csv": text("nr;x;y\n1;190028.8125;506090.6875\n2;192281;505962.1\n3;187042.8;510239.2\n"),
    "25-persons.csv": text(
        "nr;naam;telefoon;adres;toelichting\n1;Jan Jansen;06-12345678;Cantate 11, Kampen;bel mij op 038-3311234\n"
        "jan@voorbeeld.nl;;;Lisdodde 18, Kampen;mijn bsn is 111222333\n3;;;Winde 22, Kampen, tel 0612345678;NL91ABNA0417164300\n"),
    "26-formulas-and-markup.csv": text(
        f'nr;adres;opmerking\n"=1+1";Cantate 11, Kampen;"=HYPERLINK(""http://x.nl"")"\n"{_EVIL}";Lisdodde 18, Kampen;"#import ""x""; *vet*"\n@SUM(A1);Winde 22, Kampen;"</svg><b>x"\n'),
    "27-other-names.csv": text("nummer inzending;breedte graad;lengte graad\n1;52.54121;5.9034427\n"),
    "28-no-header.csv": text("1;Cantate 11;Kampen\n2;Lisdodde 18;Kampen\n"),
    "29-empty.csv": text("  \r\n\r\n"),
    "30-workbook.xlsx": workbook(
        Inzendingen=[["Aangedragen locaties"], [], ["Nr", "Straat", "Huisnummer", "Plaats", "Naam"], [1, "Cantate", 11, "Kampen", "Jan"],
                     [2.0, "Lisdodde", "18", "Kampen", None], [None] * 5, [3, "=1+1", None, "Kampen", "Piet"]],
        Uitleg=[["Vul per regel één plek in."], ["Vragen? Bel ons."]]),
    "31-two-sheets.xlsx": workbook(wijk_A=[["adres"], ["Cantate 11, Kampen"]], wijk_B=[["adres"], ["Lisdodde 18, Kampen"], ["Cantate 11, Kampen"]]),
    "32-not-a-workbook.xlsx": text("dit is geen werkmap"),
    "33-bomb.xlsx": _bomb,
    "34-map.geojson": features(
        ({"type": "Point", "coordinates": [CANTATE[3], CANTATE[4]]}, {"id": 1}), ({"type": "Point", "coordinates": [LISDODDE[4], LISDODDE[3]]}, {"id": 2}),
        (ring(LELY_RING), {"id": 3}), (None, {"id": 4}), ({"type": "Polygon", "coordinates": []}, {"id": 5}),
        ({"type": "Polygon", "coordinates": "kapot"}, {"id": 6}), (None, {"id": 7, "adres": "Winde 22, Kampen"})),
    "35-old-crs.geojson": features((ring(CANTATE_RING), {"ref": "A"}), (ring(BOW_TIE), {"ref": "B"}), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}),
    "36-broken.geojson": text('{"type": "FeatureCollection", "features": [{"type": "Feat'),
    "37-two-layers.gpkg": geopackage(
        vlakken=frame([Polygon(CANTATE_RING), Polygon(FIELD), LineString(STREET)], "EPSG:28992", kenmerk=["a", "b", "c"]),
        punten=frame([Point(LISDODDE[3], LISDODDE[4]), None], "EPSG:4326", kenmerk=["d", "e"])),
    "38-shapefile.zip": shapefile(frame([Polygon(LELY_RING), Polygon(BOW_TIE), Polygon([(x + 90_000, y) for x, y in FIELD])], "EPSG:28992", kenmerk=["a", "b", "c"])),
    "39-drawn.kmz": zipped(("doc.kml", kml(
        _MARK.format(name="Plek van Jan", shape=_POINT.format(x=CANTATE[3], y=CANTATE[4])),
        _MARK.format(name="leeg", shape=""),
        _MARK.format(name="lijn", shape="<LineString><coordinates>5.90,52.54 5.91,52.55</coordinates></LineString>"),
        _MARK.format(name="kapot", shape="<Point><coordinates>x,y</coordinates></Point>")))),
    "40-entities.kml": text('<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa">]><kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>&a;</name></Placemark></kml>'),
}  # fmt: skip

#: Columns that have to be said for a file, as on the command line.
MAPPINGS = {"27-other-names.csv": {"lat": "breedte graad", "lon": "lengte graad", "reference": "nummer inzending"}}
