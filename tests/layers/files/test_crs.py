"""Places from every CRS that a Dutch file comes in; contradictions are reported, never repaired by guessing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from suitability.core.types import CRS
from tests.layers.folders import X, Y, load, local, parcels, sentences, square

if TYPE_CHECKING:
    from pathlib import Path


def test_areas_for_points_when_asked(tmp_path: Path) -> None:
    """A shop drawn as a building counts at a point within it; a group of one point is that point."""
    shapes = [square(0), shapely.MultiPoint([(X, Y)]), shapely.Point(X, Y)]
    gpd.GeoDataFrame({"facility_kind": ["a"] * 3, "name": ["n"] * 3}, geometry=shapes, crs=CRS).to_parquet(
        tmp_path / "f.parquet"
    )
    said = sentences(lambda: load(local(tmp_path, "facilities: {file: f.parquet}"), "facilities"), tmp_path)
    assert "Polygon is not possible here (1 rows); needed is Point" in said[0]
    source = local(tmp_path, "facilities: {file: f.parquet, geometry: inner_point}")
    assert set(load(source, "facilities").frame.geom_type) == {"Point"}


OLD_RD = (
    'PROJCS["Rijksdriehoekstelsel_New",GEOGCS["GCS_Amersfoort",DATUM["D_Amersfoort",SPHEROID["Bessel_1841",6377397.155,'
    '299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Double_Stereographic"],'
    'PARAMETER["False_Easting",155000.0],PARAMETER["False_Northing",463000.0],PARAMETER["Central_Meridian",'
    '5.38763888888889],PARAMETER["Scale_Factor",0.9999079],PARAMETER["Latitude_Of_Origin",52.15616055555555],UNIT["Meter",1.0]]'
)
PROJ_RD = (
    "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel {}"
    "+units=m +no_defs"
)
SHIFT = "+towgs84=565.237,50.0087,465.658,-0.406857,0.350733,-1.87035,4.0812 "


@pytest.mark.parametrize("crs", [OLD_RD, PROJ_RD.format(""), PROJ_RD.format(SHIFT), "EPSG:7415", CRS])
def test_rd_is_rd_however_it_is_written(crs: str, tmp_path: Path) -> None:
    """RD as older programs write it, with or without a shift, with heights: the coordinates do not change."""
    parcels(crs=crs).to_parquet(tmp_path / "p.parquet")
    frame = load(local(tmp_path, "parcels: {file: p.parquet}"), "parcels").frame
    assert frame.crs.to_epsg() == 28992
    assert frame.geometry.to_list() == [square(i) for i in range(3)]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4258", "EPSG:3857", "EPSG:25831", "EPSG:28991", "EPSG:7423"])
def test_other_systems_are_converted(crs: str, tmp_path: Path) -> None:
    """Degrees of two kinds, the web's metres, UTM, the old RD and one with heights: within half a metre."""
    parcels().to_crs(crs).to_parquet(tmp_path / "p.parquet")
    frame = load(local(tmp_path, "parcels: {file: p.parquet}"), "parcels").frame
    assert max(shapely.hausdorff_distance(a, square(i)) for i, a in enumerate(frame.geometry)) < 0.5


def test_degrees_in_the_order_of_their_register(tmp_path: Path) -> None:
    """GML names EPSG:4326 and then writes latitude first; that is no swap but the rule."""
    parcels().to_crs(4326).to_file(tmp_path / "p.gml", driver="GML")
    text = (tmp_path / "p.gml").read_text(encoding="utf-8")
    assert "posList>52." in text or "posList srsDimension" in text
    frame = load(local(tmp_path, "parcels: {file: p.gml}"), "parcels").frame
    assert max(shapely.hausdorff_distance(a, square(i)) for i, a in enumerate(frame.geometry)) < 0.5


def test_heights_are_dropped(tmp_path: Path) -> None:
    """A parcel is flat here."""
    frame = parcels()
    frame.geometry = shapely.force_3d(frame.geometry.to_numpy(), 3.0)
    frame.to_file(tmp_path / "p.gpkg")
    assert not load(local(tmp_path, "parcels: {file: p.gpkg}"), "parcels").frame.has_z.any()


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with its coordinates in the other order."""
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=frame.crs)


PLACES: dict[str, tuple[Any, str, str]] = {
    "no system": (lambda: parcels(crs=None), "Is EPSG:28992 right", "crs: EPSG:28992"),
    "degrees by name only": (lambda: parcels().set_crs(4326, allow_override=True), "the numbers fit only EPSG:28992", "crs: EPSG:28992"),
    "metres by name only": (lambda: parcels().to_crs(4326).set_crs(28992, allow_override=True), "the numbers fit only EPSG:4326", "crs: EPSG:4326"),
    "swapped metres": (lambda: swapped(parcels()), "axes: yx", "axes: yx"),
    "swapped degrees": (lambda: swapped(parcels().to_crs(4326)), "axes: yx", "axes: yx"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_contradiction_is_reported_and_can_be_settled(name: str, tmp_path: Path) -> None:
    """A file that contradicts its declaration is not repaired by guessing; the sentence states the remedy."""
    make, words, remedy = PLACES[name]
    make().to_parquet(tmp_path / "p.parquet")
    (sentence,) = sentences(lambda: load(local(tmp_path, "parcels: {file: p.parquet}"), "parcels"), tmp_path)
    assert words in sentence
    frame = load(local(tmp_path, f"parcels: {{file: p.parquet, {remedy}}}"), "parcels").frame
    assert max(shapely.hausdorff_distance(a, square(i)) for i, a in enumerate(frame.geometry)) < 0.5


def test_a_system_stated_against_the_file(tmp_path: Path) -> None:
    """When the file says its own and its numbers fit, the manifest cannot say another."""
    parcels().to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "parcels: {file: p.gpkg, crs: EPSG:4326}")
    (sentence,) = sentences(lambda: load(source, "parcels"), tmp_path)
    assert "Remove 'crs'" in sentence
    assert len(load(local(tmp_path, "parcels: {file: p.gpkg, crs: EPSG:7415}"), "parcels").frame) == 3


def test_rows_at_the_corner_of_the_map(tmp_path: Path) -> None:
    """Addresses that were not found stand at 0, 0; they would stretch the box of the layer to the sea off France."""
    points = [shapely.Point(X, Y), shapely.Point(0, 0)]
    gpd.GeoDataFrame({"name": ["a", "b"], "jobs": [1, 2]}, geometry=points, crs=CRS).to_file(tmp_path / "f.gpkg")
    (sentence,) = sentences(lambda: load(local(tmp_path, "employers: {file: f.gpkg}"), "employers"), tmp_path)
    assert "row 2" in sentence
    assert "far outside the Netherlands" in sentence
    source = local(tmp_path, "employers: {file: f.gpkg, where: {name: a}}")
    assert load(source, "employers").frame["jobs"].tolist() == [1]


def test_a_table_without_places_for_a_map(tmp_path: Path) -> None:
    """The sentence says how to name the columns of coordinates."""
    (tmp_path / "f.csv").write_text("name;jobs;oost;noord\na;1;190000;507000\n", encoding="utf-8")
    (sentence,) = sentences(lambda: load(local(tmp_path, "employers: {file: f.csv}"), "employers"), tmp_path)
    assert "geometry: {x: ..., y: ...}" in sentence
    source = local(tmp_path, "employers: {file: f.csv, geometry: {x: oost, y: noord}}")
    assert load(source, "employers").frame.geometry.to_list() == [shapely.Point(X, Y)]


def test_broken_shapes_are_mended_and_told(tmp_path: Path) -> None:
    """The note says which rows."""
    bow_tie = shapely.Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])
    gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=[square(3), bow_tie], crs=CRS).to_file(tmp_path / "p.gpkg")
    layer = load(local(tmp_path, "parcels: {file: p.gpkg}"), "parcels")
    assert layer.frame.is_valid.all()
    assert "1 kapotte vormen hersteld (rij 2)" in layer.provenance.note["nl"]
