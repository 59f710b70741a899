"""Hostile layers as a person meets them: one clear sentence per mistake, that says where, what, and how to mend it.

Which mistakes are seen, and which are mended in silence, is tested in ``tests/layers/test_validate.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS as AnyCRS  # noqa: N811 (the project has a CRS of its own)

from layers.validate import normalise
from suitability.core.errors import LayerError
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.run import run_scan
from tests.policy.edits import check_sentence
from tests.tiny import MemorySource, named, point, square, vector

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.core.messages import Lang

FILE = "percelen.gpkg"
SPEC = LAYERS["parcels"]
SHAPES = [square(20 * i, 0) for i in range(8)]
NOWHERE = AnyCRS.from_wkt('ENGCRS["bouwplaats",EDATUM["hoekpunt"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
                          'LENGTHUNIT["metre",1]]')  # fmt: skip


def parcels(shapes: list[Any] | None = None, crs: Any = CRS, **columns: list[Any]) -> gpd.GeoDataFrame:
    """Return eight sound parcels, with what the test wants otherwise."""
    table = {"parcel_id": list("abcdefgh"), **columns}
    return gpd.GeoDataFrame(table, geometry=SHAPES if shapes is None else shapes, crs=crs)


def with_shape(row: int, shape: Any) -> gpd.GeoDataFrame:
    """Return the parcels with another shape in a row, counted from 1."""
    return parcels([*SHAPES[: row - 1], shape, *SHAPES[row:]])


def nan_corner(x: float) -> shapely.Polygon:
    """Return a polygon with a corner that is no place."""
    with np.errstate(invalid="ignore"):
        return shapely.from_wkt(f"POLYGON ((190000 500000, {x} 500000, 190010 500010, 190000 500000))")


#: Name -> the frame, and the words that its one sentence must hold: row, found, expected, remedy, in nl and en.
MISTAKES: dict[str, tuple[Callable[[], Any], dict[Lang, list[str]]]] = {
    "no_crs": (
        lambda: parcels(crs=None),
        {"nl": ["coördinatenstelsel", CRS, "Sla"], "en": ["coordinate system", CRS, "Save"]},
    ),
    "crs_of_a_building_site": (
        lambda: parcels(crs=NOWHERE),
        {"nl": ["coördinatenstelsel", CRS, "Zet"], "en": ["coordinate system", CRS, "Convert"]},
    ),
    "no_rows": (lambda: parcels().iloc[:0], {"nl": ["geen rijen", "parcels"], "en": ["no rows", "parcels"]}),
    "a_table": (
        lambda: pd.DataFrame({"parcel_id": ["a"]}),
        {"nl": ["geometrie", "Polygon / MultiPolygon", "Sla"], "en": ["geometry", "Polygon / MultiPolygon", "Save"]},
    ),
    "null_geometry": (lambda: with_shape(3, None), {"nl": [" 3:", "Teken"], "en": ["row 3", "Draw"]}),
    "empty_geometry": (
        lambda: with_shape(8, shapely.Polygon()),
        {"nl": [" 8:", "ontbreekt de geometrie"], "en": ["row 8", "geometry is missing"]},
    ),
    "infinite_corner": (lambda: with_shape(2, nan_corner(np.inf)), {"nl": [" 2:", "geen getal"], "en": ["row 2"]}),
    "nan_corner": (lambda: with_shape(2, nan_corner(np.nan)), {"nl": [" 2:", "geen getal"], "en": ["row 2"]}),
    "points": (
        lambda: parcels([point(i, 0) for i in range(8)]),
        {"nl": [" 1, 2, 3, 4, 5 …", "Point", "Polygon / MultiPolygon", "8 rijen"], "en": ["Point", "8 rows", "Convert"]},
    ),
    "column_missing": (
        lambda: parcels().rename(columns={"parcel_id": "perceelnummer"}),
        {"nl": ["'parcel_id' (text)", "perceelnummer", "deze naam"], "en": ["'parcel_id' (text)", "perceelnummer", "rename"]},
    ),
    "column_of_numbers": (
        lambda: parcels(parcel_id=[1, 2, 3, 4, 5, 6, 7, 8]),
        {"nl": ["parcel_id", "int64", "nodig is text"], "en": ["parcel_id", "int64", "must hold text"]},
    ),
    "same_id_twice": (
        lambda: parcels(parcel_id=["a", "b", "c", "b", "e", "f", "g", "h"]),
        {"nl": [" 2, 4", "'b'", "eigen aanduiding"], "en": ["row 2, 4", "'b'", "Give every row its own"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_one_clear_sentence(name: str, lang: Lang) -> None:
    """Layer, row, what was found, what was expected and what to do; one line, one mistake, no words of the machine."""
    make, words = MISTAKES[name]
    with pytest.raises(LayerError) as caught:
        normalise(make(), SPEC, FILE)
    (sentence,) = caught.value.sentences(lang)
    check_sentence(sentence)
    assert sentence.startswith(FILE)
    for word in words[lang]:
        assert word in sentence, sentence


def test_the_place_is_said_in_the_language_of_the_sentence() -> None:
    """A Dutch sentence does not begin with an English word."""
    with pytest.raises(LayerError) as caught:
        normalise(with_shape(3, None), SPEC, FILE)
    assert "row" not in caught.value.sentences("nl")[0]


def test_a_value_is_shown_as_it_stands_in_the_file() -> None:
    """The number 1 is shown as 1."""
    with pytest.raises(LayerError) as caught:
        normalise(parcels(parcel_id=[1, 2, 3, 4, 5, 6, 7, 8]), SPEC, FILE)
    assert "np." not in caught.value.sentences("en")[0]


def test_another_crs_changes_no_verdict() -> None:
    """Parcels in degrees are brought to EPSG:28992 and get the verdicts they had."""
    employers = vector("employers", [point(500, 5)], name=["Kas"], jobs=[50])
    sound = vector("parcels", SHAPES, parcel_id=list("abcdefgh"))
    in_degrees = normalise(parcels().to_crs("EPSG:4326"), SPEC, FILE).frame
    policy = read_policy("kadaster-scan", REGISTRY)
    scans = [
        run_scan(policy, MemorySource(named(vector("parcels", list(shapes), parcel_id=list("abcdefgh")), employers)))
        for shapes in (sound.frame.geometry, in_degrees.geometry)
    ]
    assert np.array_equal(scans[0].findings["near_work"].outcome, scans[1].findings["near_work"].outcome)
    assert scans[1].findings["near_work"].value == pytest.approx(scans[0].findings["near_work"].value, abs=0.001)


def test_a_bow_tie_is_mended_and_counts_with_both_halves() -> None:
    """A zone drawn crosswise is two triangles; a parcel in the second is in the zone."""
    crossed = shapely.Polygon([*SHAPES[0].exterior.coords[:2], *reversed(SHAPES[0].exterior.coords[2:4])])
    assert not crossed.is_valid
    checked = normalise(with_shape(1, crossed), SPEC, FILE)
    assert checked.mended_rows == (0,)
    assert checked.frame.geometry[0].geom_type == "MultiPolygon"
    assert checked.frame.geometry[0].area == pytest.approx(SHAPES[0].area / 2)


def test_the_same_shape_twice_counts_once() -> None:
    """A zone that a map holds twice covers its land once, whoever delivers it."""
    zones = vector("zoning", [square(0, 0, 10)] * 2, designation=["wonen"] * 2, designation_code=["Wonen"] * 2)
    scan = run_scan(
        read_policy("kadaster-scan", REGISTRY),
        MemorySource(named(vector("parcels", SHAPES[:1], parcel_id=["a"]), zones)),
    )
    assert scan.findings["zoning"].value == pytest.approx([0.25])
