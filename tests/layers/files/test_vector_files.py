"""One layer of a vector file: every usual kind gives the same rows, and an incomplete file is never read in part."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.files._vector_files import columns_in, layers_in, read_vector
from tests.layers.folders import parcels, sentences

if TYPE_CHECKING:
    from pathlib import Path

#: Suffix -> the driver that writes it, and whether its places are degrees by its nature.
WRITTEN: dict[str, tuple[str, bool]] = {
    ".gpkg": ("GPKG", False),
    ".fgb": ("FlatGeobuf", False),
    ".shp": ("ESRI Shapefile", False),
    ".geojson": ("GeoJSON", False),
    ".geojsonl": ("GeoJSONSeq", True),
    ".gml": ("GML", False),
}
PART = (".shx", ".dbf", ".prj", ".cpg")


def write(frame: gpd.GeoDataFrame, folder: Path, suffix: str, name: str = "percelen") -> Path:
    """Write a file of this kind and return it."""
    path = folder / f"{name}{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, driver=WRITTEN[suffix][0])
    return path


def said(path: Path, folder: Path, **options: Any) -> str:
    """Return the one sentence on a file that cannot be read."""
    (sentence,) = sentences(lambda: read_vector(path, **options), folder)
    return sentence


@pytest.mark.parametrize("suffix", [*WRITTEN, ".parquet"])
def test_every_kind_gives_the_same_rows(suffix: str, tmp_path: Path) -> None:
    """Ids, accents, numbers, places and coordinate system come back, whatever the file."""
    frame = parcels("a", "Krøller", "c", n=[1, 2, 3])
    read = read_vector(write(frame, tmp_path, suffix)).frame
    assert isinstance(read, gpd.GeoDataFrame)
    assert read.crs is not None
    there = read.to_crs(frame.crs).sort_values("n")
    assert there["parcel_id"].tolist() == ["a", "Krøller", "c"]
    assert there["n"].tolist() == (["1", "2", "3"] if suffix == ".gml" else [1, 2, 3])  # text, as GML has it
    shared = shapely.area(shapely.intersection(there.geometry.to_numpy(), frame.geometry.to_numpy()))
    assert shared.min() > (98.0 if WRITTEN.get(suffix, ("", False))[1] else 99.99)


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".shp", ".parquet"])
def test_columns_show_without_reading_the_rows(suffix: str, tmp_path: Path) -> None:
    """A misspelt column is found before the long reading begins."""
    assert set(columns_in(write(parcels(n=[1, 2, 3]), tmp_path, suffix))) == {"parcel_id", "n"}


@pytest.mark.parametrize("suffix", [*WRITTEN, ".parquet"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_file_that_stops_early_is_refused(suffix: str, share: float, tmp_path: Path) -> None:
    """A download that broke off never passes for a smaller town: GDAL reads half a GML as none and half a list as half."""
    many = parcels(*(f"id-{i}" for i in range(400)))
    path = write(many, tmp_path, suffix)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert said(path, tmp_path).startswith(f"percelen{suffix}")


@pytest.mark.parametrize("suffix", [*WRITTEN, ".parquet", ".csv", ".zip"])
def test_an_empty_file_is_refused(suffix: str, tmp_path: Path) -> None:
    """An empty file is reported as empty, or as a file that is no zip."""
    path = tmp_path / f"percelen{suffix}"
    path.touch()
    assert any(word in said(path, tmp_path) for word in ("empty", "damaged"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A geodatabase is a folder; people point at it."""
    (tmp_path / "percelen.gdb.gpkg").mkdir()
    assert "this is a folder, not a file" in said(tmp_path / "percelen.gdb.gpkg", tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The words are those of the system, in one sentence."""
    assert "cannot be read" in said(tmp_path / "nergens.gpkg", tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """Permissions are named; the administrator, who may read everything, is somebody else meanwhile."""
    path, user = write(parcels(), tmp_path, ".gpkg"), os.geteuid()
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        if folder.owner() == "root" and user == 0:
            folder.chmod(0o755)
    try:
        os.seteuid(65534 if user == 0 else user)
        assert "Permission denied" in said(path, tmp_path)
    finally:
        os.seteuid(user)


def test_another_kind_lists_the_kinds_that_are_read(tmp_path: Path) -> None:
    """A spreadsheet or a drawing is no map."""
    path = tmp_path / "percelen.dwg"
    path.write_bytes(b"AC1032")
    assert ".gpkg" in said(path, tmp_path)


@pytest.mark.parametrize("suffix", [*WRITTEN, ".parquet"])
def test_the_content_must_be_what_the_name_promises(suffix: str, tmp_path: Path) -> None:
    """A web page saved as a map is distinguished from a damaged map."""
    path = tmp_path / f"percelen{suffix}"
    path.write_text("<!doctype html><html><body>404</body></html>", encoding="utf-8")
    assert "although the name says so" in said(path, tmp_path)


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".geojson", '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'),
        (".gml", '<OGRVRTDataSource xmlns:g="http://www.opengis.net/gml"><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'),
        (".json", '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {}"}}'),
    ],
)  # fmt: skip
def test_a_description_that_leads_elsewhere_is_refused(suffix: str, content: str, tmp_path: Path) -> None:
    """GDAL follows some files to any other file or address; here a file is only itself."""
    other = write(parcels(), tmp_path, ".gpkg", "geheim")
    path = tmp_path / f"percelen{suffix}"
    path.write_text(content.format(other), encoding="utf-8")
    assert "although the name says so" in said(path, tmp_path)


def test_entities_in_gml_are_refused(tmp_path: Path) -> None:
    """An entity may hold another file, or grow a thousandfold."""
    path = write(parcels(), tmp_path, ".gml")
    text = path.read_text(encoding="utf-8")
    bomb = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    path.write_text(text.replace("?>", f"?>{bomb}", 1).replace(">a<", ">&e;<", 1), encoding="utf-8")
    assert "DOCTYPE" in said(path, tmp_path)


def test_reading_gml_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The folder of a planner stays as it is."""
    path = write(parcels(), tmp_path, ".gml")
    path.with_suffix(".xsd").unlink()
    read_vector(path)
    assert [file.name for file in tmp_path.iterdir()] == ["percelen.gml"]


def test_numbers_that_are_names_keep_their_zeros(tmp_path: Path) -> None:
    """A building of the register is 0193…, not 193…; GDAL would make it a number where no schema comes along."""
    path = write(parcels("0193", "0194", "0195"), tmp_path, ".gml")
    path.with_suffix(".xsd").unlink()
    assert read_vector(path).frame["parcel_id"].tolist() == ["0193", "0194", "0195"]


def test_a_file_with_several_layers_asks_which(tmp_path: Path) -> None:
    """The names are reported, and a misspelt name gets the nearest."""
    path = tmp_path / "plan.gpkg"
    parcels("a").to_file(path, layer="enkelbestemming")
    parcels("b").to_file(path, layer="bouwvlak")
    assert layers_in(path) == ("enkelbestemming", "bouwvlak")
    assert "several layers: enkelbestemming, bouwvlak" in said(path, tmp_path)
    assert "Did you mean 'bouwvlak'?" in said(path, tmp_path, layer="bouwvlakken")
    assert read_vector(path, "bouwvlak").frame["parcel_id"].tolist() == ["b"]


def test_a_locked_geopackage_is_read(tmp_path: Path) -> None:
    """A layer that is open in QGIS is not out of reach."""
    path = write(parcels(), tmp_path, ".gpkg")
    with sqlite3.connect(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert len(read_vector(path).frame) == 3
    other.close()


def test_a_shapefile_needs_its_other_files(tmp_path: Path) -> None:
    """Without its index it is no layer, and the sentence states which file to add."""
    path = write(parcels(), tmp_path, ".shp")
    path.with_suffix(".shx").unlink()
    assert "with the files that belong to it" in said(path, tmp_path)


def test_a_shapefile_without_prj_has_no_crs(tmp_path: Path) -> None:
    """A missing CRS is not guessed here."""
    path = write(parcels(), tmp_path, ".shp")
    path.with_suffix(".prj").unlink()
    assert read_vector(path).frame.crs is None


@pytest.mark.parametrize("encoding", ["UTF-8", "CP1252", "ISO-8859-1"])
def test_a_shapefile_without_code_page_keeps_its_accents(encoding: str, tmp_path: Path) -> None:
    """Both kinds of old Shapefile read as they were written, with no letters of another alphabet in a name."""
    path = tmp_path / "percelen.shp"
    parcels("Krøller", "café", "c").to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    assert read_vector(path).frame["parcel_id"].tolist() == ["Krøller", "café", "c"]


def test_a_zip_with_a_shapefile(tmp_path: Path) -> None:
    """As the services of the provinces deliver it, in a folder within the zip."""
    path = write(parcels(), tmp_path, ".shp")
    with zipfile.ZipFile(tmp_path / "levering.zip", "w") as archive:
        for suffix in (".shp", *PART):
            archive.write(path.with_suffix(suffix), f"levering/percelen{suffix}")
    assert read_vector(tmp_path / "levering.zip").frame["parcel_id"].tolist() == ["a", "b", "c"]


def test_a_zip_with_two_maps_asks_which(tmp_path: Path) -> None:
    """The files in it are its layers."""
    files = [write(parcels("a"), tmp_path, ".gpkg", "een"), write(parcels("b"), tmp_path, ".fgb", "twee")]
    with zipfile.ZipFile(tmp_path / "levering.zip", "w") as archive:
        for file in files:
            archive.write(file, file.name)
    path = tmp_path / "levering.zip"
    assert layers_in(path) == ("een", "twee")
    assert "several layers: een, twee" in said(path, tmp_path)
    assert read_vector(path, "twee").frame["parcel_id"].tolist() == ["b"]


def test_an_error_in_a_zip_names_the_zip(tmp_path: Path) -> None:
    """A temporary folder would be of no use to the reader."""
    with zipfile.ZipFile(tmp_path / "levering.zip", "w") as archive:
        archive.writestr("kaart/percelen.gpkg", "no map")
    assert said(tmp_path / "levering.zip", tmp_path).startswith("levering.zip/kaart/percelen.gpkg: ")


def test_a_zip_without_a_map(tmp_path: Path) -> None:
    """The content of the zip is reported."""
    with zipfile.ZipFile(tmp_path / "levering.zip", "w") as archive:
        archive.writestr("leesmij.pdf", "…")
    assert "leesmij.pdf" in said(tmp_path / "levering.zip", tmp_path)


def test_a_parquet_without_word_of_its_places(tmp_path: Path) -> None:
    """Shapes as plain bytes, as the sample municipality has them, are shapes without a coordinate system."""
    frame = parcels()
    plain = pd.DataFrame({"parcel_id": frame["parcel_id"], "geometry": shapely.to_wkb(frame.geometry.to_numpy())})
    plain.to_parquet(tmp_path / "percelen.parquet")
    read = read_vector(tmp_path / "percelen.parquet").frame
    assert isinstance(read, gpd.GeoDataFrame)
    assert read.crs is None
    assert (read.geometry.to_numpy() == frame.geometry.to_numpy()).all()


def test_a_table_without_places_is_a_table(tmp_path: Path) -> None:
    """Answers of people have no place of their own."""
    pd.DataFrame({"parcel_id": ["a"], "answer": [1]}).to_parquet(tmp_path / "antwoorden.parquet")
    assert not isinstance(read_vector(tmp_path / "antwoorden.parquet").frame, gpd.GeoDataFrame)


def test_newline_json_with_the_mark_of_records(tmp_path: Path) -> None:
    """RFC 8142 puts a control character before every line."""
    path = write(parcels(), tmp_path, ".geojsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    (tmp_path / "rs.geojsonl").write_text("".join(f"\x1e{line}\n" for line in lines), encoding="utf-8")
    assert len(read_vector(tmp_path / "rs.geojsonl").frame) == 3


def test_a_line_that_is_no_object(tmp_path: Path) -> None:
    """GDAL passes over it; then two parcels would stand for three."""
    path = write(parcels(), tmp_path, ".geojsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1][:-9] + "}", lines[2]]) + "\n", encoding="utf-8")
    assert "2 of 3 rows can be read" in said(path, tmp_path)


def test_geojson_with_a_crs_of_old(tmp_path: Path) -> None:
    """Dutch files still name RD in a member that the standard dropped."""
    path = write(parcels(), tmp_path, ".geojson")
    told = json.loads(path.read_text(encoding="utf-8"))["crs"]["properties"]["name"]
    assert "28992" in told
    assert read_vector(path).frame.crs.to_epsg() == 28992


def test_a_copy_with_capitals_in_its_suffix(tmp_path: Path) -> None:
    """Windows does not care."""
    path = write(parcels(), tmp_path, ".gpkg")
    shutil.copy(path, tmp_path / "PERCELEN2.GPKG")
    assert len(read_vector(tmp_path / "PERCELEN2.GPKG").frame) == 3
