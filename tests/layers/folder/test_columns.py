"""The columns of a file as those of its layer: named, replaced, kept and converted as ``sources.yaml`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from suitability.core.types import CRS
from tests.layers.folders import X, Y, load, local, parcels, sentences

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, columns: dict[str, list[Any]], manifest: str, layer: str = "employers") -> pd.DataFrame:
    """Return the layer of a file with these columns, one point per row."""
    n = len(next(iter(columns.values())))
    points = [shapely.Point(X + i, Y) for i in range(n)]
    gpd.GeoDataFrame(columns, geometry=points, crs=CRS).to_file(folder / "f.gpkg")
    return pd.DataFrame(load(local(folder, f"{layer}: {{file: f.gpkg, {manifest}}}"), layer).frame)


def test_columns_values_and_rows_as_the_manifest_says(tmp_path: Path) -> None:
    """Names are mapped, values replaced where listed, rows kept where they match, one value given to all."""
    columns = {
        "naam": ["a", "b", "c", "d"],
        "soort": ["Bedrijf", "Wonen", "Bedrijf", None],
        "status": ["geldend", "geldend", "oud", "geldend"],
        "banen": [1, 2, 3, 4],
    }
    manifest = "columns: {name: soort, jobs: banen, sector: {value: x}}, values: {name: {Bedrijf: bedrijf}}, where: {status: [geldend]}"
    frame = made(tmp_path, columns, manifest)
    assert frame["name"].fillna("-").tolist() == ["bedrijf", "Wonen", "-"]
    assert frame["jobs"].tolist() == [1, 2, 4]
    assert frame["sector"].tolist() == ["x"] * 3


def test_rows_in_which_something_is_filled_in(tmp_path: Path) -> None:
    """A firm of which the jobs are not known can be left out, and only on purpose."""
    columns = {"naam": ["a", "b"], "banen": ["12", None]}
    mapping = "columns: {name: naam, jobs: banen}"
    said = sentences(lambda: made(tmp_path, columns, mapping), tmp_path)
    assert "employers.columns.jobs, row 2: the number is missing" in said[0]
    assert "where: {banen: '*'}" in said[0]
    assert made(tmp_path, columns, f"{mapping}, where: {{banen: '*'}}")["jobs"].tolist() == [12]


NUMBERS: dict[str, tuple[list[Any], str, list[int] | str]] = {
    "whole": (["12", " 1200 "], "jobs: n", [12, 1200]),
    "dutch": (["1.200", "12,0"], "jobs: {column: n, number: nl}", [1200, 12]),
    "english": (["1,200", "12.0"], "jobs: {column: n, number: en}", [1200, 12]),
    "whole as float": ([12.0, 1200.0], "jobs: n", [12, 1200]),
    "not declared": (["12", "1.200"], "jobs: n", "row 2: '1.200' is not a number (1 rows). Say how"),
    "other country": (["1,200.5", "12"], "jobs: {column: n, number: nl}", "row 1: '1,200.5' is not a number"),
    "words": (["twaalf", "12"], "jobs: {column: n, number: nl}", "row 1: 'twaalf' is not a number"),
    "half a job": ([12.5, 3.0], "jobs: n", "row 1: 12.5 is not a whole number (1 rows)"),
    "yes": ([True, False], "jobs: n", "is not a number"),
}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_numbers_are_never_guessed(name: str, tmp_path: Path) -> None:
    """1.200 is a number of jobs here and little more than one elsewhere: the folder says which."""
    values, rule, expected = NUMBERS[name]
    columns = {"naam": ["a", "b"], "n": values}
    if isinstance(expected, list):
        jobs = made(tmp_path, columns, f"columns: {{name: naam, {rule}}}")["jobs"]
        assert jobs.tolist() == expected
        assert jobs.dtype == np.int64
    else:
        said = sentences(lambda: made(tmp_path, columns, f"columns: {{name: naam, {rule}}}"), tmp_path)
        assert any(expected in sentence for sentence in said), said


def test_numbers_that_are_names(tmp_path: Path) -> None:
    """An environmental category is text: 3.1 stays 3.1, and 2 does not become 2.0."""
    columns = {"naam": ["a", "b"], "cat": [3.1, 2.0]}
    rule = "columns: {{name: naam, environmental_category: {}}}"
    said = sentences(lambda: made(tmp_path, columns, rule.format("cat"), "businesses"), tmp_path)
    assert "{column: cat, text: true}" in said[0]
    frame = made(tmp_path, columns, rule.format("{column: cat, text: true}"), "businesses")
    assert frame["environmental_category"].tolist() == ["3.1", "2"]


def test_some_numbers_replaced_by_names(tmp_path: Path) -> None:
    """A number replaced under ``values`` is text; the others stay numbers until the column is declared as text."""
    columns = {"naam": ["a", "b"], "cat": [31, 2]}
    manifest = "columns: {{name: naam, environmental_category: {}}}, values: {{environmental_category: {{31: '3.1'}}}}"
    frame = made(tmp_path, columns, manifest.format("{column: cat, text: true}"), "businesses")
    assert frame["environmental_category"].tolist() == ["3.1", "2"]


def test_a_column_that_the_file_lacks(tmp_path: Path) -> None:
    """Both missing columns are reported, with the available ones and the way to give one value for all."""
    said = sentences(lambda: made(tmp_path, {"naam": ["a"]}, "licence: CC0"), tmp_path)
    assert len(said) == 2
    assert "'jobs' (int) is not in f.gpkg; found: naam" in said[1]
    assert "jobs: {value: ...}" in said[1]


def test_an_id_of_several_columns(tmp_path: Path) -> None:
    """A cadastral designation often stands in three columns."""
    frame = parcels("x", "y", gemeente=["OTL02", "OTL02"], sectie=["B", "B"], nummer=[2298, 2299])
    frame.drop(columns="parcel_id").to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "parcels: {file: p.gpkg, columns: {parcel_id: [gemeente, sectie, nummer]}}")
    assert load(source, "parcels").frame["parcel_id"].tolist() == ["OTL02 B 2298", "OTL02 B 2299"]


def test_no_row_left(tmp_path: Path) -> None:
    """The sentence shows the values to choose from."""
    said = sentences(lambda: made(tmp_path, {"name": ["a"], "jobs": [1]}, "where: {name: [A, B]}"), tmp_path)
    assert said == ["sources.yaml, line 2, employers.where: no row of f.gpkg is left; in 'name' there is: a. Correct the values under 'where'."]  # fmt: skip


def test_rows_in_mistakes_are_those_of_the_file(tmp_path: Path) -> None:
    """Rows that were left out still count, for a person looks them up in the file."""
    frame = parcels("a", "b", "c", "c", status=["oud", "nieuw", "nieuw", "nieuw"])
    frame.to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "parcels: {file: p.gpkg, where: {status: nieuw}}")
    (sentence,) = sentences(lambda: load(source, "parcels"), tmp_path)
    assert sentence.startswith("p.gpkg, row 3, 4, parcel_id:") or "row 3, 4" in sentence
