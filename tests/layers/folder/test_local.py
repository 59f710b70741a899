"""A folder of files as a source: it passes the contract, reads files of users, and reports its interpretation."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.demo import DemoSource
from layers.folder.local import LocalSource
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from tests.layers.contract import SourceContract
from tests.layers.folders import DEMO, X, Y, load, local, parcels, sentences, square
from tests.paths import DATA

if TYPE_CHECKING:
    from pathlib import Path

#: The embedded municipality's files as a folder that a person describes, with answers of people added.
KAMPEN = """
parcels: {file: parcels.parquet, crs: EPSG:28992, reference_date: 2023-01-30, licence: ODbL 1.0}
zoning: {file: zoning.parquet, crs: EPSG:28992, standing: derived, note: afgeleid van landgebruik}
municipality: {file: municipality.parquet, crs: EPSG:28992, where: {name: [Kampen]}}
facilities: {file: facilities.parquet, crs: EPSG:28992, coverage: municipality}
employers: {file: employers.parquet, crs: EPSG:28992}
public_roads: {file: public_roads.parquet, crs: EPSG:28992, coverage: bounds}
streets: {file: streets_edges.parquet, coverage: bounds}
noise: {file: noise.tif}
declarations: {file: antwoorden.csv, values: {answer: {ja: 1, nee: 0}}}
"""


@pytest.fixture(scope="module")
def kampen(tmp_path_factory: pytest.TempPathFactory) -> LocalSource:
    """Return the files of the embedded municipality as a folder."""
    folder = tmp_path_factory.mktemp("kampen")
    for file in DEMO.iterdir():
        if file.suffix in {".parquet", ".tif"}:
            shutil.copy(file, folder)
    ids = pd.read_parquet(DEMO / "parcels.parquet", columns=["parcel_id"])["parcel_id"]
    answers = "parcel_id;question;answer\n" + f"{ids[0]};landschap;ja\n{ids[1]};landschap;nee\n"
    (folder / "antwoorden.csv").write_text(answers, encoding="utf-8")
    return local(folder, KAMPEN)


@pytest.fixture(scope="module")
def source(kampen: LocalSource, tmp_path_factory: pytest.TempPathFactory) -> LocalSource:
    """Return the folder with only the parcels and zones of the inner town, which are quick to compare."""
    folder = tmp_path_factory.mktemp("binnenstad")
    for file in kampen.folder.iterdir():
        shutil.copy(file, folder)
    for name in ("parcels", "zoning"):
        frame = pd.read_parquet(folder / f"{name}.parquet")
        boxes = shapely.bounds(shapely.from_wkb(frame["geometry"].to_numpy()))
        frame[(boxes[:, 0] > 190_000) & (boxes[:, 2] < 193_000)].to_parquet(folder / f"{name}.parquet")
    return LocalSource(folder)


class TestContract(SourceContract):
    """A folder is a source like any other."""

    complete_nowhere: ClassVar[frozenset[str]] = frozenset({"employers", "declarations"})


@pytest.mark.parametrize("name", ["parcels", "zoning", "facilities", "employers", "public_roads"])
def test_the_same_rows_as_the_embedded_municipality(name: str, kampen: LocalSource) -> None:
    """The same files through a manifest give the same layer, row for row."""
    mine, demo = load(kampen, name).frame, DemoSource().load(LAYERS[name], Area.everywhere()).frame
    assert (shapely.to_wkb(mine.geometry.to_numpy()) == shapely.to_wkb(demo.geometry.to_numpy())).all()
    for column in LAYERS[name].columns:
        assert mine[column].fillna("-").tolist() == demo[column].fillna("-").tolist()


def test_streets_and_noise_are_those_of_the_embedded_municipality(kampen: LocalSource) -> None:
    """Graphs and levels come through unchanged."""
    demo = DemoSource()
    streets = demo.load(LAYERS["streets"], Area.everywhere()).streets
    for mode, graph in load(kampen, "streets").streets.items():
        assert np.array_equal(graph.node_xy, streets[mode].node_xy)
        assert np.array_equal(graph.length_m, streets[mode].length_m)
        assert graph.names == streets[mode].names
    noise = demo.load(LAYERS["noise"], Area.everywhere()).raster
    assert np.array_equal(load(kampen, "noise").raster.values, noise.values, equal_nan=True)


def test_answers_of_people(kampen: LocalSource) -> None:
    """Words become the numbers of the layer, as the manifest says."""
    assert load(kampen, "declarations").table["answer"].tolist() == [1, 0]


def test_real_parcels_have_their_registered_area(tmp_path: Path) -> None:
    """Eleven parcels of Otterlo from the cadastral map, known by content: each within 3 m2 of the registered area."""
    with zipfile.ZipFile(DATA / "brk" / "kadastralekaart_v5_gml.zip") as archive:
        name = next(name for name in archive.namelist() if name.endswith("perceel.gml"))
        (tmp_path / "map.gml").write_bytes(archive.read(name))
    layer = load(local(tmp_path, "parcels: {file: map.gml}"), "parcels")
    assert len(layer.frame) == 11
    from layers.formats import recognise  # noqa: PLC0415 (only here, to compare with)

    format_ = recognise(tmp_path / "map.gml")
    assert format_ is not None
    registered = format_.read(tmp_path / "map.gml")["parcels"].frame.set_index("parcel_id")["registered_area_m2"]
    found = layer.frame.set_index("parcel_id").geometry.area
    assert (found - registered).abs().max() <= 3.0
    assert layer.coverage.area == pytest.approx(found.sum(), abs=1.0)


def test_a_zoning_plan_gives_its_zones_and_plots(tmp_path: Path) -> None:
    """One file for two layers: the plots are complete where the plan has zones."""
    source = local(tmp_path, "zoning: {file: plan.zip}\nbuilding_plots: {file: plan.zip, coverage: zoning}")
    shutil.copy(DATA / "imro" / "NL.IMRO.1680.1800030105-0000.gml.zip", tmp_path / "plan.zip")
    zones, plots = load(source, "zoning"), load(source, "building_plots")
    assert (len(zones.frame), len(plots.frame)) == (84, 88)
    assert plots.coverage.equals(zones.coverage)
    assert zones.provenance.reference_date == date(2009, 7, 7)


# Where a layer is complete


def test_by_default_a_layer_is_complete_nowhere(tmp_path: Path) -> None:
    """A list of firms is not a list of all firms: that there is none is unknown."""
    firms = gpd.GeoDataFrame({"name": ["a"], "jobs": [12]}, geometry=[shapely.Point(X, Y)], crs=CRS)
    firms.to_file(tmp_path / "werkgevers.gpkg")
    layer = load(local(tmp_path, "employers: {file: werkgevers.gpkg}"), "employers")
    assert layer.coverage.is_empty
    assert "counts as unknown" in layer.provenance.note["en"]


def test_parcels_are_complete_where_they_lie(tmp_path: Path) -> None:
    """They leave no gap of their own."""
    parcels().to_file(tmp_path / "p.gpkg")
    assert load(local(tmp_path, "parcels: {file: p.gpkg}"), "parcels").coverage.area == pytest.approx(300.0)


def test_overlapping_areas_cover_their_ground_once(tmp_path: Path) -> None:
    """Coverage is ground, not the sum of shapes."""
    twice = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[square(0), square(0, 20.0)], crs=CRS)
    twice.to_file(tmp_path / "p.gpkg")
    assert load(local(tmp_path, "parcels: {file: p.gpkg}"), "parcels").coverage.area == pytest.approx(400.0)


@pytest.mark.parametrize(
    ("coverage", "area"),
    [("none", 0.0), ("bounds", 500.0), ("features", 300.0), ("parcels", 100.0), ("{file: grens.gpkg}", 1600.0)],
)
def test_coverage_as_the_manifest_says(coverage: str, area: float, tmp_path: Path) -> None:
    """Nowhere, the box, the areas themselves, those of another layer, or those in a file."""
    parcels().drop(columns="parcel_id").to_file(tmp_path / "w.gpkg")
    parcels("a").to_file(tmp_path / "p.gpkg")
    gpd.GeoDataFrame({"n": [1]}, geometry=[square(0, 40.0)], crs=CRS).to_crs(4326).to_file(tmp_path / "grens.gpkg")
    source = local(tmp_path, f"parcels: {{file: p.gpkg}}\nwater: {{file: w.gpkg, coverage: {coverage}}}")
    assert load(source, "water").coverage.area == pytest.approx(area, abs=0.5)


def test_areas_in_a_file_are_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    """Two layers that name the same file share its content; an edited file is read again."""
    parcels("a").to_file(tmp_path / "p.gpkg")
    names = {"water": "", "recreation_parks": "columns: {name: parcel_id, park_kind: parcel_id}, "}
    rows = [f"{name}: {{file: p.gpkg, {more}coverage: {{file: edge.gpkg}}}}" for name, more in names.items()]
    source, areas = local(tmp_path, "\n".join(rows)), []
    for side in (40.0, 30.0):
        gpd.GeoDataFrame({"n": [1]}, geometry=[square(0, side)], crs=CRS).to_file(tmp_path / "edge.gpkg")
        os.utime(tmp_path / "edge.gpkg", ns=(0, int(side) * 10**9))
        areas += [load(source, name).coverage.area for name in names]
    assert areas == pytest.approx([1600.0, 1600.0, 900.0, 900.0])


def test_a_window_knows_no_more_than_the_whole(tmp_path: Path) -> None:
    """Coverage is cut with the rows."""
    parcels().to_file(tmp_path / "p.gpkg")
    window = Area("half", shapely.box(X, Y, X + 5, Y + 5), reach_m=0.0)
    layer = load(local(tmp_path, "parcels: {file: p.gpkg}"), "parcels", window)
    assert layer.coverage.area == pytest.approx(25.0)
    assert layer.provenance.rows == 3


def test_an_extract_covers_no_more_than_it_holds(tmp_path: Path) -> None:
    """Shops declared complete in a whole province do not make an extract of one town larger."""
    shutil.copy(next((DEMO / "source").glob("*.osm.pbf")), tmp_path / "kampen.osm.pbf")
    gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(1e5, 4e5, 2e5, 6e5)], crs=CRS).to_file(tmp_path / "nl.gpkg")
    source = local(tmp_path, "facilities: {file: kampen.osm.pbf, coverage: {file: nl.gpkg}}")
    layer = load(source, "facilities")
    assert len(layer.frame) > 200
    assert 5e7 < layer.coverage.area < 7e7
    assert layer.provenance.licence == "ODbL 1.0"


# Several files


def test_files_of_one_layer_are_joined(tmp_path: Path) -> None:
    """In their order, also when each is in a coordinate system of its own; row numbers run on."""
    parcels("a", "b").to_file(tmp_path / "een.gpkg")
    parcels("c", first=2).to_crs(4326).to_file(tmp_path / "twee.geojson")
    parcels("d", first=3).to_crs(25831).to_file(tmp_path / "drie.fgb")
    source = local(tmp_path, "parcels: [{file: een.gpkg}, {file: twee.geojson}, {file: drie.fgb}]")
    frame = load(source, "parcels").frame
    assert frame["parcel_id"].tolist() == ["a", "b", "c", "d"]
    assert frame.index.tolist() == [0, 1, 2, 3]
    expected = [square(i) for i in range(4)]
    assert max(shapely.hausdorff_distance(a, b) for a, b in zip(frame.geometry, expected, strict=True)) < 0.5


def test_one_id_in_two_files_is_reported_with_both(tmp_path: Path) -> None:
    """Rows that were delivered twice are not two parcels."""
    parcels("a", "b").to_file(tmp_path / "een.gpkg")
    parcels("b", "c", first=1).to_file(tmp_path / "twee.gpkg")
    source = local(tmp_path, "parcels: [{file: een.gpkg}, {file: twee.gpkg}]")
    (sentence,) = sentences(lambda: load(source, "parcels"), tmp_path)
    assert "'b'" in sentence
    assert "een.gpkg, twee.gpkg" in sentence


def test_errors_in_all_files_are_reported_together(tmp_path: Path) -> None:
    """Not one file per attempt."""
    parcels("a", crs=None).to_parquet(tmp_path / "een.parquet")
    parcels("b", "b").to_file(tmp_path / "twee.gpkg")
    source = local(tmp_path, "parcels: [{file: een.parquet}, {file: twee.gpkg}]")
    said = sentences(lambda: load(source, "parcels"), tmp_path)
    assert [sentence.split(":")[0].split(",")[0] for sentence in said] == ["een.parquet", "twee.gpkg"]


def test_the_oldest_date_and_the_least_sure_count(tmp_path: Path) -> None:
    """A layer is no better than its worst part; all licences are listed."""
    for name in ("een", "twee"):
        parcels(name).to_file(tmp_path / f"{name}.gpkg")
    source = local(
        tmp_path,
        """
        parcels:
          - {file: een.gpkg, reference_date: 2025-01-01, licence: CC0, attribution: A}
          - {file: twee.gpkg, reference_date: 2020-01-01, licence: CC BY 4.0, standing: assumed, note: geschat, url: "https://example.org"}
        """,
    )
    origin = load(source, "parcels").provenance
    assert origin.reference_date == date(2020, 1, 1)
    assert origin.standing == "assumed"
    assert origin.licence == "CC0; CC BY 4.0"
    assert origin.url == "file:een.gpkg; https://example.org"
    assert origin.note["nl"].startswith("een.gpkg:")
    assert "geschat." in origin.note["nl"]


# Change and time


def test_a_file_that_changed_is_read_as_it_is(tmp_path: Path) -> None:
    """Also by a source that has read it before; its hash stands in the provenance."""
    parcels("a").to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "parcels: {file: p.gpkg}")
    before = load(source, "parcels")
    parcels("a", "b").to_file(tmp_path / "p.gpkg")
    after = load(source, "parcels")
    assert (len(before.frame), len(after.frame)) == (1, 2)
    assert before.provenance.sha256 != after.provenance.sha256


def test_another_meaning_of_the_same_file_is_another_layer(tmp_path: Path) -> None:
    """Measurements made under one mapping are not taken for those under another."""
    parcels(label=["x", "y", "z"]).to_file(tmp_path / "p.gpkg")
    prints = {
        load(local(tmp_path, f"parcels: {{file: p.gpkg{more}}}"), "parcels").fingerprint
        for more in ("", ", columns: {label: parcel_id}", ", where: {label: [x, y]}", ", values: {label: {x: q}}")
    }
    assert len(prints) == 4


def test_the_date_of_the_file_is_the_last_resort(tmp_path: Path) -> None:
    """And then it is said so."""
    parcels().to_file(tmp_path / "p.gpkg")
    moment = datetime(2024, 5, 6, tzinfo=UTC).timestamp()
    os.utime(tmp_path / "p.gpkg", (moment, moment))
    origin = load(local(tmp_path, "parcels: {file: p.gpkg}"), "parcels").provenance
    assert origin.reference_date == origin.retrieved == date(2024, 5, 6)
    assert "De datum is die van het bestand zelf (2024-05-06)" in origin.note["nl"]


def test_streets_and_noise_come_from_one_file(kampen: LocalSource, tmp_path: Path) -> None:
    """Two rasters are not joined by the reader."""
    for name in ("noise.tif",):
        shutil.copy(kampen.folder / name, tmp_path)
    source = local(tmp_path, "noise: [{file: noise.tif}, {file: noise.tif}]")
    (sentence,) = sentences(lambda: load(source, "noise"), tmp_path)
    assert "line 2" in sentence
    assert "Remove one" in sentence


def test_a_format_that_cannot_give_the_layer(tmp_path: Path) -> None:
    """The sentence names the formats that can."""
    parcels().to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "parcels: {file: p.gpkg, format: bag}")
    (sentence,) = sentences(lambda: load(source, "parcels"), tmp_path)
    assert "Choose from: vector, brk" in sentence
