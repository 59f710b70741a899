"""Parcels and zones read as arrays, compared with the general reader; all other files go to the general reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
import yaml

from layers import open_source
from layers.folder._area_arrays import area_arrays, plain_columns
from layers.folder.local import LocalSource
from layers.folder.partitions import Neighbours
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from suitability.spatial.parcels import Parcels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layers.folder._manifest import Entry

N = 500


def plain() -> gpd.GeoDataFrame:
    """Return some parcels of the embedded municipality, with a column that nobody asks for."""
    frame = open_source("demo").load(LAYERS["parcels"], Area.everywhere()).frame.iloc[:N]
    return frame.reset_index(drop=True).assign(other=np.arange(N))


@dataclass
class Folder:
    """A folder with one file of parcels."""

    path: Path
    told: dict[str, Any]

    def write(self, frame: gpd.GeoDataFrame) -> None:
        """Write a file of parcels in row groups of 200, and ``sources.yaml``."""
        frame.to_parquet(self.path / "parcels.parquet", row_group_size=200)
        manifest = {"layers": {"parcels": {"file": "parcels.parquet", "coverage": "none", **self.told}}}
        (self.path / "sources.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")

    def source(self) -> LocalSource:
        """Return the folder as a source."""
        source = open_source(f"dir:{self.path}")
        assert isinstance(source, LocalSource)
        return source

    def entry(self) -> Entry:
        """Return the entry of the parcels in ``sources.yaml``."""
        return self.source().manifest.layers["parcels"][0]

    def arrays(self, group: int = 1, offset: int = 30, rows: int = 150) -> tuple[pd.DataFrame, Parcels] | None:
        """Return some rows of a row group as arrays."""
        file, entry = pq.ParquetFile(self.path / "parcels.parquet"), self.entry()
        names = plain_columns(entry, file)
        found = names and area_arrays(entry, names, file.read_row_group(group).slice(offset, rows), "geometry")
        return (found[0], Parcels(found[0]["parcel_id"].to_numpy(dtype=object), found[1])) if found else None

    def the_long_way(self) -> gpd.GeoDataFrame:
        """Return all rows, read one by one."""
        return self.source().load(LAYERS["parcels"], Area.everywhere()).frame


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder."""
    return Folder(tmp_path, {})


def test_arrays_equal_the_general_reader(folder: Folder) -> None:
    """Rows 230 to 380: ids, texts and shapes, made one by one or all together; and figures to the last bit."""
    folder.write(plain())
    found = folder.arrays()
    assert found is not None
    frame, parcels = found
    expected = folder.the_long_way().iloc[230:380].reset_index(drop=True)
    assert frame.columns.tolist() == [name for name in expected.columns if name != "geometry"]
    for name in frame.columns:
        assert frame[name].tolist() == expected[name].tolist()
    assert parcels.ids.tolist() == expected["parcel_id"].tolist()
    shapes = expected.geometry.to_numpy()
    some = np.array([140, 3, 3])
    assert shapely.equals_exact(parcels.at(some), shapes[some]).all()
    assert parcels.areas.tolist() == shapely.area(shapes).tolist()
    assert parcels.total_bounds.tolist() == shapely.total_bounds(shapes).tolist()
    assert shapely.contains_xy(shapes, parcels.inner_xy).all()
    assert shapely.equals_exact(parcels.geometry, shapes).all()


def test_a_column_of_another_name_is_plain_too(folder: Folder) -> None:
    """As ``sources.yaml`` says where the identifier stands."""
    folder.told["columns"] = {"parcel_id": "number_of_mine"}
    folder.write(plain().rename(columns={"parcel_id": "number_of_mine"}))
    found = folder.arrays()
    assert found is not None
    assert found[0]["parcel_id"].tolist() == folder.the_long_way()["parcel_id"].tolist()[230:380]


def ids(change: Callable[[pd.Series], pd.Series]) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """Return a function that changes the ids of a frame."""
    return lambda frame: frame.assign(parcel_id=change(frame["parcel_id"].astype(object)))


def shape(row: int, changed: shapely.Geometry | None) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """Return a function that gives one parcel another shape."""

    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        shapes = frame.geometry.to_numpy().copy()
        shapes[row] = changed
        return frame.set_geometry(shapes, crs=CRS)

    return change


BOW_TIE = shapely.Polygon([(190_000, 505_000), (190_009, 505_009), (190_009, 505_000), (190_000, 505_009)])
FAR = shapely.box(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("change", "told"),
    {
        "only some rows count": (lambda frame: frame, {"where": {"settlement": "*"}}),
        "values are replaced": (lambda frame: frame, {"values": {"label": {"a": "b"}}}),
        "two columns make one": (lambda frame: frame, {"columns": {"label": ["label", "settlement"]}}),
        "a number for an id": (ids(lambda series: pd.Series(range(len(series)))), {"columns": {"parcel_id": {"column": "parcel_id", "text": True}}}),
        "space around an id": (ids(lambda series: series.where(series.index != 300, " x ")), {}),
        "an id is missing": (ids(lambda series: series.where(series.index != 300, None)), {}),
        "an id twice": (ids(lambda series: series.where(series.index != 300, series[301])), {}),
        "a text that is empty": (lambda frame: frame.assign(label=""), {}),
        "degrees": (lambda frame: frame.to_crs("EPSG:4326"), {}),
        "heights": (lambda frame: frame.set_geometry(shapely.force_3d(frame.geometry.to_numpy(), 1.0), crs=CRS), {}),
        "a broken shape": (shape(300, BOW_TIE), {}),
        "no shape": (shape(300, None), {}),
        "an empty shape": (shape(300, shapely.Polygon()), {}),
        "a point": (shape(300, shapely.Point(190_000, 505_000)), {}),
        "not a number": (shape(300, shapely.transform(shapely.box(190_000, 505_000, 190_009, 505_009), lambda xy: np.where(np.arange(len(xy))[:, None] == 1, np.nan, xy))), {}),
        "another country": (shape(300, shapely.transform(FAR, lambda xy: xy * 1e7)), {}),
    }.values(),
)  # fmt: skip
def test_other_files_go_to_the_general_reader(
    folder: Folder, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], told: dict[str, Any]
) -> None:
    """The general reader repairs it with a notice, or refuses it in a sentence."""
    folder.told.update(told)
    folder.write(change(plain()))
    assert folder.arrays() is None


BOX = shapely.box(188_000, 503_000, 192_000, 507_000)


@pytest.mark.parametrize("name", ["zoning", "employers", "building_plots"])
def test_other_areas_are_read_as_arrays_too(tmp_path: Path, name: str) -> None:
    """Layers around parcels: texts that may be missing, whole numbers, from several row groups."""
    frame = open_source("demo").load(LAYERS[name], Area.everywhere()).frame.reset_index(drop=True)
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    frame.to_parquet(tmp_path / "areas.parquet", row_group_size=300, write_covering_bbox=True)
    plain().to_parquet(tmp_path / "parcels.parquet", row_group_size=200, write_covering_bbox=True)
    files = {name: "areas", "parcels": "parcels"}
    told = {layer: {"file": f"{file}.parquet", "coverage": "none"} for layer, file in files.items()}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump({"layers": told}), encoding="utf-8")
    source = open_source(f"dir:{tmp_path}")
    assert isinstance(source, LocalSource)
    area = Area("here", BOX, 500.0)
    found, expected = Neighbours(source).read(LAYERS[name], area), source.load(LAYERS[name], area)
    assert found.areas is not None
    assert 0 < len(expected.frame) < len(frame)
    assert found.frame.columns.tolist() == expected.frame.columns.tolist()
    for column in found.table.columns:
        assert found.table[column].isna().tolist() == expected.frame[column].isna().tolist()
        assert found.table[column].dropna().tolist() == expected.frame[column].dropna().tolist()
    assert shapely.equals_exact(found.frame.geometry.to_numpy(), expected.frame.geometry.to_numpy()).all()


@pytest.mark.parametrize("jobs", [[1, None], [1.0, 2.0], [1, 2**53 + 2], ["1", "2"]])
def test_other_numbers_go_to_the_general_reader(tmp_path: Path, jobs: list[object]) -> None:
    """Missing, fractional, too large to be exact, or in a text: the general reader reports or converts it."""
    shapes = [shapely.box(190_000 + i, 505_000, 190_001 + i, 505_001) for i in range(2)]
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b"], "jobs": pd.array(jobs) if None in jobs else jobs}, geometry=shapes, crs=CRS
    )
    frame.to_parquet(tmp_path / "employers.parquet")
    told = {"layers": {"employers": {"file": "employers.parquet", "coverage": "none"}}}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    source = open_source(f"dir:{tmp_path}")
    assert isinstance(source, LocalSource)
    entry, file = source.manifest.layers["employers"][0], pq.ParquetFile(tmp_path / "employers.parquet")
    names = plain_columns(entry, file)
    assert names is None or area_arrays(entry, names, file.read_row_group(0), "geometry") is None
