"""Hostile layers: each is mended where that is safe, and otherwise refused with a sentence per mistake."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.validate import normalise
from suitability.core.errors import LayerError
from suitability.core.layer import LayerSpec
from suitability.core.types import CRS

SPEC = LayerSpec(
    "plots",
    "vector",
    ("Polygon", "MultiPolygon"),
    {"plot_id": "text", "floor_m2": "float", "jobs": "int"},
    {"label": "text"},
    unique="plot_id",
)
SQUARES = [shapely.box(190_000 + 20 * i, 507_000, 190_010 + 20 * i, 507_010) for i in range(3)]
BOW_TIE = shapely.Polygon([(190_000, 507_000), (190_010, 507_010), (190_010, 507_000), (190_000, 507_010)])


def plots(shapes: list[shapely.Geometry] | None = None, crs: str | None = CRS, **columns: object) -> gpd.GeoDataFrame:
    """Return three sound plots, with what the test wants otherwise."""
    table = {"plot_id": ["a", "b", "c"], "floor_m2": [1.0, 2.0, 3.0], "jobs": [1, 2, 3]} | columns
    return gpd.GeoDataFrame(table, geometry=SQUARES if shapes is None else shapes, crs=crs)


def keys(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the keys of all mistakes found, after checking that each makes a sentence in both languages."""
    with pytest.raises(LayerError) as caught:
        normalise(frame, SPEC, "plots.gpkg")
    for lang in ("nl", "en"):
        assert all(sentence.startswith("plots.gpkg") for sentence in caught.value.sentences(lang))
    return [problem.key for problem in caught.value.problems]


def test_sound_layer_passes_unchanged() -> None:
    """Order, columns and shapes stay; other columns go, and rows are numbered from 0."""
    checked = normalise(plots(colour=["red", "green", "blue"]).set_index(pd.Index([7, 8, 9])), SPEC, "plots.gpkg")
    assert list(checked.frame.columns) == ["plot_id", "floor_m2", "jobs", "geometry"]
    assert list(checked.frame.index) == [0, 1, 2]
    assert checked.frame.geometry.to_list() == SQUARES
    assert checked.mended_rows == ()


def test_other_crs_is_reprojected() -> None:
    """WGS84 comes back to RD within a millimetre or so."""
    frame = normalise(plots().to_crs("EPSG:4326"), SPEC, "plots.gpkg").frame
    assert frame.crs.to_epsg() == 28992
    assert np.allclose(frame.total_bounds, plots().total_bounds, atol=0.01)


def test_no_crs_is_refused() -> None:
    """Guessing a coordinate system puts parcels in the sea."""
    assert keys(plots(crs=None)) == ["layer_no_crs"]


def test_empty_layer() -> None:
    """No rows is a mistake of an export, not an answer."""
    assert keys(plots().iloc[:0]) == ["layer_empty"]


def test_no_geometry_at_all() -> None:
    """A plain table is not a vector layer."""
    assert keys(pd.DataFrame({"plot_id": ["a"]})) == ["layer_no_geometry"]


def test_null_and_empty_geometry_name_their_rows() -> None:
    """Rows are counted from 1, as people do."""
    with pytest.raises(LayerError, match="row 2, 3"):
        normalise(plots([SQUARES[0], None, shapely.Polygon()]), SPEC, "plots.gpkg")
    assert keys(plots([SQUARES[0], None, shapely.Polygon()])) == ["layer_null_geometry"]


def test_broken_geometry_is_mended_and_reported() -> None:
    """A bow tie becomes two triangles; its row is named."""
    checked = normalise(plots([SQUARES[0], BOW_TIE, SQUARES[2]]), SPEC, "plots.gpkg")
    assert checked.mended_rows == (1,)
    assert checked.frame.is_valid.all()
    assert checked.frame.area.iloc[1] == pytest.approx(50)


def test_broken_geometry_with_nothing_left_is_refused() -> None:
    """A polygon that is only a line has no area to mend."""
    flat = shapely.Polygon([(190_000, 507_000), (190_010, 507_000), (190_000, 507_000), (190_000, 507_000)])
    assert "layer_null_geometry" in keys(plots([flat, *SQUARES[1:]]))


def test_not_finite_coordinates() -> None:
    """NaN and infinity are no places."""
    endless = shapely.Polygon([(190_000, 507_000), (np.inf, 507_000), (190_000, 507_010)])
    assert keys(plots([endless, *SQUARES[1:]])) == ["layer_not_finite"]


def test_wrong_geometry_type() -> None:
    """A point where a plot is expected."""
    assert keys(plots([shapely.Point(190_000, 507_000), *SQUARES[1:]])) == ["layer_geometry_type"]


def test_z_is_dropped() -> None:
    """Heights play no part; they would spoil hashes and comparisons."""
    assert not normalise(plots(list(shapely.force_3d(SQUARES, 2.0))), SPEC, "plots.gpkg").frame.has_z.any()


def test_duplicate_and_missing_ids() -> None:
    """Each is its own mistake."""
    assert keys(plots(plot_id=["a", "a", "b"])) == ["layer_id_twice"]
    assert keys(plots(plot_id=["a", None, "b"])) == ["layer_id_missing"]


@pytest.mark.parametrize(
    "column",
    [
        {"plot_id": [1, 2, 3]},
        {"floor_m2": ["1,5", "2", "3"]},
        {"floor_m2": [True, False, True]},
        {"jobs": [1.5, 2.0, 3.0]},
        {"jobs": [1.0, np.nan, 3.0]},
        {"label": [1, 2, 3]},
    ],
    ids=["id_as_number", "number_as_text", "boolean", "broken_count", "count_with_gaps", "optional_label_as_number"],
)
def test_wrong_column_type(column: dict[str, list[object]]) -> None:
    """Found and expected are both said."""
    assert keys(plots(**column)) == ["layer_column_type"]


def test_optional_column_may_be_all_null() -> None:
    """No label anywhere is fine."""
    assert normalise(plots(label=[None, None, None]), SPEC, "plots.gpkg").frame["label"].isna().all()


def test_all_mistakes_at_once() -> None:
    """Whoever mends the file mends it in one go."""
    frame = plots([SQUARES[0], None, shapely.Point(0, 0)], crs=None, plot_id=["a", "a", "b"]).drop(columns="jobs")
    assert set(keys(frame)) == {
        "layer_column_missing",
        "layer_id_twice",
        "layer_no_crs",
        "layer_null_geometry",
        "layer_geometry_type",
    }
