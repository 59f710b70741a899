"""A first ``sources.yaml``: facts from the files are filled in, the rest is asked, and the result can be read."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely
import yaml

from layers.demo import DemoSource
from layers.folder._infer import infer_manifest, write_manifest
from layers.folder.local import LocalSource
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from tests.layers.folders import DEMO, X, Y, load, parcels, sentences, square
from tests.paths import DATA

if TYPE_CHECKING:
    from pathlib import Path


def unzip(folder: Path, *names: str) -> None:
    """Put files of the real deliveries into a folder, unpacked."""
    for name in names:
        with zipfile.ZipFile(DATA / name) as archive:
            archive.extractall(folder)


def inferred(folder: Path) -> LocalSource:
    """Return the folder as a source by the inferred manifest."""
    write_manifest(folder, infer_manifest(folder))
    return LocalSource(folder)


@pytest.fixture(scope="module")
def otterlo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return deliveries as a municipality like Otterlo would have them, in two folders and with papers."""
    folder = tmp_path_factory.mktemp("otterlo")
    (folder / "BGT levering").mkdir()
    shutil.copy(DATA / "bgt" / "bgt_gmllight_otterlo.zip", folder / "BGT levering")
    unzip(folder, "brk/kadastralekaart_v5_gml.zip", "boundaries/pdok_cbs_municipalities_nl_2025.json.zip")
    shutil.copy(DATA / "boundaries" / "pdok_cbs_provinces_nl_2025.json.zip", folder / "provincies.zip")
    (folder / "leesmij.docx").write_bytes(b"PK\x03\x04")
    write_manifest(folder, infer_manifest(folder))
    return folder


def test_real_deliveries_become_layers(otterlo: Path) -> None:
    """Parcels, buildings, roads, water and the municipality, all of which load; counts as in the deliveries."""
    source = LocalSource(otterlo)
    rows = {name: load(source, name).provenance.rows for name in source.offers()}
    assert rows == {"parcels": 11, "buildings": 1681, "public_roads": 630, "water": 282, "municipality": 1}


def test_the_municipality_is_the_one_that_the_parcels_lie_in(otterlo: Path) -> None:
    """One of 342, without a question."""
    layer = load(LocalSource(otterlo), "municipality")
    assert layer.frame["name"].tolist() == ["Ede"]
    assert layer.frame.geometry.area.sum() == pytest.approx(318.7e6, rel=0.01)
    assert "gekozen uit 342 gemeenten" in (otterlo / "sources.yaml").read_text(encoding="utf-8")


def test_duplicate_objects_are_not_joined(otterlo: Path) -> None:
    """The buildings of the cadastral map lie in those of the topography: they stand as a comment, with the reason."""
    lines = (otterlo / "sources.yaml").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if "kadastralekaart_pand.gml" in line)
    assert lines[at].strip().startswith("# - file:")
    assert "BGT levering/bgt_gmllight_otterlo.zip" in lines[at - 1]


def test_unused_files_are_listed_with_the_reason(otterlo: Path) -> None:
    """Nothing that was found is passed over in silence."""
    text = (otterlo / "sources.yaml").read_text(encoding="utf-8")
    unused = text.split("# Niet gebruikt:")[1]
    for name in ("kadastralekaart_kadastralegrens.gml", "provincies.zip", "leesmij.docx"):
        assert name in unused
    used = yaml.safe_load(text)["layers"]
    named = {entry["file"] for entries in used.values() for entry in entries}
    files = {path.relative_to(otterlo).as_posix() for path in otterlo.rglob("*") if path.is_file()} - {"sources.yaml"}
    assert all(file in named or file in unused or f"# - file: {file}" in text for file in files)


def test_dates_are_those_of_the_data_or_said_to_be_of_the_file(otterlo: Path) -> None:
    """The topography says its day; the cadastral map does not, so a line waits to be filled in."""
    text = (otterlo / "sources.yaml").read_text(encoding="utf-8")
    assert "datum volgens het bestand: 2020-07-28" in text
    parcels_part = text.split("  parcels:")[1].split("  buildings:")[0]
    assert "# reference_date: 2" in parcels_part


def test_a_zoning_plan(tmp_path: Path) -> None:
    """Gieterveen: zones, plots that are complete where it has zones, parks, and the municipality around it."""
    unzip(tmp_path, "imro/NL.IMRO.1680.1800030105-0000.gml.zip", "boundaries/pdok_cbs_municipalities_nl_2025.json.zip")
    source = inferred(tmp_path)
    found = {name: load(source, name) for name in source.offers()}
    rows = {name: layer.provenance.rows for name, layer in found.items()}
    assert rows | {"zoning": 84, "building_plots": 88, "recreation_parks": 3, "municipality": 1} == rows
    assert found["building_plots"].coverage.equals(found["zoning"].coverage)
    assert found["recreation_parks"].coverage.is_empty
    assert found["municipality"].frame["name"].tolist() == ["Aa en Hunze"]


def test_a_plan_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    """A plan without the zones that it refers to is left out with the reader's own sentence."""
    unzip(tmp_path, "imro/geb_fout.gml.zip")
    text = infer_manifest(tmp_path, "en")
    assert yaml.safe_load(text) == {"layers": {}}
    assert "203 zones" in text


def test_the_files_of_the_embedded_municipality(tmp_path: Path) -> None:
    """Plain tables without word of their coordinates, streets in two tables, a raster: the same rows come out."""
    for file in DEMO.iterdir():
        if file.suffix in {".parquet", ".tif"}:
            shutil.copy(file, tmp_path)
    source, demo = inferred(tmp_path), DemoSource()
    assert source.offers() == demo.offers()
    for name in sorted(source.offers() - {"municipality", "streets"}):
        mine, theirs = load(source, name), demo.load(LAYERS[name], Area.everywhere())
        if LAYERS[name].kind == "vector":
            assert (
                shapely.to_wkb(mine.frame.geometry.to_numpy()) == shapely.to_wkb(theirs.frame.geometry.to_numpy())
            ).all()
    assert len(load(source, "streets").streets["walk"].tail) == len(
        demo.load(LAYERS["streets"], Area.everywhere()).streets["walk"].tail
    )
    assert load(source, "municipality").frame["name"].tolist() == ["Kampen"]


def test_an_extract_of_openstreetmap(tmp_path: Path) -> None:
    """It gives what no other file gives; a better file for a layer goes before it."""
    shutil.copy(next((DEMO / "source").glob("*.osm.pbf")), tmp_path / "kampen.osm.pbf")
    parcels().drop(columns="parcel_id").assign(gebruiksdoel="huis").to_file(tmp_path / "gebouwen.gpkg")
    source = inferred(tmp_path)
    assert {"streets", "facilities", "buildings", "settlements", "water"} <= source.offers()
    assert load(source, "buildings").frame["use"].tolist() == ["dwelling"] * 3
    assert len(load(source, "streets").streets["walk"].tail) > 20_000


COLUMNS: dict[str, tuple[str, str, dict[str, str]]] = {
    "employers_nl": (
        "werkgevers.csv", "Handelsnaam;Werkzame_personen;X;Y\nA;12;190000;507000\nB;1.200;190100;507000\n",
        {"layer": "employers", "columns": "{'name': 'Handelsnaam', 'jobs': {'column': 'Werkzame_personen', 'number': 'nl'}}"},
    ),
    "employers_en": (
        "employers.csv", "name,jobs,lon,lat\nA,12,5.9,52.55\n", {"layer": "employers", "columns": "None"},
    ),
    "by_column": ("lijst.csv", "naam;milieucategorie;x;y\nA;3.1;190000;507000\n", {"layer": "businesses", "columns": "{'name': 'naam', 'environmental_category': 'milieucategorie'}"}),
    "answers": ("antwoorden.csv", "perceel;vraag;antwoord\na;landschap;1\n", {"layer": "declarations", "columns": "{'parcel_id': 'perceel', 'question': 'vraag', 'answer': 'antwoord'}"}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_tables_are_known_by_their_columns(name: str, tmp_path: Path) -> None:
    """Dutch or English names, with the number format when that can be determined."""
    file, content, expected = COLUMNS[name]
    (tmp_path / file).write_text(content, encoding="utf-8")
    text = infer_manifest(tmp_path)
    ((layer, (entry,)),) = yaml.safe_load(text)["layers"].items()
    assert layer == expected["layer"]
    assert str(entry.get("columns")) == expected["columns"]
    write_manifest(tmp_path, text)
    assert load(LocalSource(tmp_path), layer).provenance.rows >= 1


def test_a_shapefile_with_short_names_and_numbers_for_names(tmp_path: Path) -> None:
    """Ten letters are left of a name; an id that is a number is written as text, on purpose."""
    frame = parcels("x", "y").drop(columns="parcel_id")
    frame.assign(kadastrale=[2298, 2299]).to_file(tmp_path / "percelen.shp")
    text = infer_manifest(tmp_path)
    assert "columns: {parcel_id: {column: kadastrale, text: true}}" in text
    write_manifest(tmp_path, text)
    assert load(LocalSource(tmp_path), "parcels").frame["parcel_id"].tolist() == ["2298", "2299"]


def test_missing_facts_are_asked_for(tmp_path: Path) -> None:
    """The entry is a comment with the missing and the available columns; the rest can be used."""
    gpd.GeoDataFrame({"naam": ["A"], "omzet": [1]}, geometry=[square(0)], crs=CRS).to_file(tmp_path / "werkgevers.gpkg")
    text = infer_manifest(tmp_path, "en")
    assert yaml.safe_load(text) == {"layers": {}}
    assert "needed and not found: jobs; columns in the file: naam, omzet" in text
    assert "#   columns: {name: naam}" in text


def test_numbers_that_can_be_read_in_two_ways_are_asked(tmp_path: Path) -> None:
    """A road 3.500 wide is three metres and a half, or three kilometres and a half."""
    lines = [shapely.LineString([(X, Y), (X + 10, Y)])]
    gpd.GeoDataFrame({"name": ["A"], "breedte": ["3.500"]}, geometry=lines, crs=CRS).to_file(tmp_path / "wegen.gpkg")
    text = infer_manifest(tmp_path)
    assert yaml.safe_load(text) == {"layers": {}}
    assert "zeg hoe de getallen in width_m geschreven zijn" in text


def test_every_layer_of_a_file_is_looked_at(tmp_path: Path) -> None:
    """A GeoPackage with zones and plots gives two layers, each named."""
    path = tmp_path / "plan.gpkg"
    zones = gpd.GeoDataFrame({"bestemmingshoofdgroep": ["wonen"], "naam": ["Wonen - 1"]}, geometry=[square(0)], crs=CRS)
    zones.to_file(path, layer="enkelbestemming")
    gpd.GeoDataFrame({"naam": ["p"]}, geometry=[square(0)], crs=CRS).to_file(path, layer="bouwvlak")
    source = inferred(tmp_path)
    assert load(source, "zoning").frame["designation_code"].tolist() == ["Wonen - 1"]
    assert load(source, "building_plots").frame["name"].tolist() == ["p"]


def test_systems_and_orders_known_only_from_the_numbers(tmp_path: Path) -> None:
    """The inferred CRS and axis order are written down, so that a person can see and change them."""
    parcels("a", crs=None).to_parquet(tmp_path / "percelen_een.parquet")
    turned = parcels("b", first=5)
    turned.geometry = shapely.transform(turned.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    turned.to_file(tmp_path / "percelen_twee.gpkg")
    text = infer_manifest(tmp_path)
    assert "crs: EPSG:28992" in text
    assert "axes: yx" in text
    write_manifest(tmp_path, text)
    assert load(LocalSource(tmp_path), "parcels").frame["parcel_id"].tolist() == ["a", "b"]


def test_names_that_yaml_would_read_otherwise(tmp_path: Path) -> None:
    """A file called 'no' or '12', with a colon, a hash or quotes, comes back as its own name."""
    names = ["percelen: nieuw #2.gpkg", "'percelen'.gpkg", "- percelen.gpkg", "percelen één, {b}.gpkg"]
    for i, name in enumerate(names):
        parcels(f"p{i}", first=3 * i).to_file(tmp_path / name, layer="p")
    source = inferred(tmp_path)
    assert len(load(source, "parcels").frame) == len(names)


def test_an_empty_folder(tmp_path: Path) -> None:
    """It gives a list of nothing, which is a list that can be read."""
    source = inferred(tmp_path)
    assert source.offers() == frozenset()


def test_a_manifest_written_by_a_person_is_never_overwritten(tmp_path: Path) -> None:
    """The second time there is a sentence, and the first file is as it was."""
    parcels().to_file(tmp_path / "percelen.gpkg")
    path = write_manifest(tmp_path, infer_manifest(tmp_path))
    path.write_text("# van mij\n", encoding="utf-8")
    (said,) = sentences(lambda: write_manifest(tmp_path, "layers: {}\n"), tmp_path)
    assert "there is already a sources.yaml in this folder" in said
    assert path.read_text(encoding="utf-8") == "# van mij\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["percelen.gpkg", "sources.yaml"]


def test_in_either_language(tmp_path: Path) -> None:
    """The comments are for the person; the keys are the same."""
    parcels().to_file(tmp_path / "percelen.gpkg")
    dutch, english = infer_manifest(tmp_path, "nl"), infer_manifest(tmp_path, "en")
    assert dutch != english
    assert yaml.safe_load(dutch) == yaml.safe_load(english)
