"""The cadastral map: parcels with the area that is registered for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from layers.formats import brk
from suitability.core.errors import SourceError
from tests.layers.formats.files import BRK, checked, unpacked
from tests.layers.formats.hostile import zipped

if TYPE_CHECKING:
    from pathlib import Path

V4, V5 = BRK / "dkk_v4_gml.zip", BRK / "kadastralekaart_v5_gml.zip"
AMERSFOORT, LELYSTAD = BRK / "amersfoort_A4359_wfs_v4_perceel.json", BRK / "lelystad_R168_wfs_v5_perceel.json"


def parcels(path: Path) -> gpd.GeoDataFrame:
    """Return what was read, extra columns included."""
    frame = brk.read(path)["parcels"].frame
    assert isinstance(frame, gpd.GeoDataFrame)
    return frame


def test_the_parcels_of_otterlo_have_their_registered_area() -> None:
    """Eleven parcels, each within 3 m² of what is registered: the polygon is read, not the label."""
    found = parcels(V5)
    assert len(found) == 11
    assert set(found.geom_type) == {"Polygon"}
    assert np.abs(found.area - found["registered_area_m2"]).max() < 3
    assert found["registered_area_m2"].sum() == pytest.approx(found.area.sum(), abs=2)


def test_the_parcels_of_amsterdam_are_near_their_registered_area() -> None:
    """An older version; along the railway registration and map differ by up to six per cent."""
    found = parcels(V4)
    assert len(found) == 8
    assert (np.abs(found.area - found["registered_area_m2"]) / found["registered_area_m2"]).max() < 0.06
    assert np.abs(found.area - found["registered_area_m2"]).iloc[0] < 3


def test_a_parcel_is_called_by_its_designation_in_full() -> None:
    """Code of the cadastral municipality, section and number; the engine accepts them as unique."""
    frame = checked(brk.read(V5)["parcels"], "parcels")
    assert frame["parcel_id"].iloc[0] == "OTL02 B 2298"
    assert frame["parcel_id"].str.fullmatch(r"[A-Z]{3}\d\d [A-Z]{1,2} [1-9]\d*").all()
    assert parcels(V4)["parcel_id"].iloc[0] == "ASD30 AK 4271"


def test_the_parcels_lie_side_by_side() -> None:
    """They share boundaries, not ground."""
    shapes = parcels(V5).geometry
    pairs = shapes.sindex.query(shapes, predicate="overlaps")
    overlaps = shapes.iloc[pairs[0]].reset_index(drop=True).intersection(shapes.iloc[pairs[1]].reset_index(drop=True))
    assert overlaps.area.sum() < 0.01


def test_a_parcel_that_is_no_longer_valid_is_left_out(tmp_path: Path) -> None:
    """History can come along in a delivery."""
    text = unpacked(zip_of(V5, tmp_path), tmp_path).read_text(encoding="utf-8")
    text = text.replace("<t:code>G</t:code>", "<t:code>H</t:code>", 1)
    path = tmp_path / "history.gml"
    path.write_text(text, encoding="utf-8")
    raw = brk.read(path)["parcels"]
    assert (len(raw.frame), raw.left_out) == (10, 1)


def zip_of(path: Path, to: Path) -> Path:
    """Return a zip with only the parcels of a delivery."""
    from layers.files._archive import open_members  # noqa: PLC0415 (only here)

    content = next(stream.read() for name, stream in open_members(path, (".gml",)) if "perceel" in name)
    return zipped(to / "parcels.zip", {"parcels.gml": content})


@pytest.mark.parametrize(
    ("path", "name", "tolerance"), [(AMERSFOORT, "AMF00 A 4359", 17.0), (LELYSTAD, "LLS00 R 168", 6.0)]
)
def test_an_answer_of_the_service_gives_the_same(path: Path, name: str, tolerance: float) -> None:
    """In web coordinates, 60 % too large there: brought to RD the areas are those registered."""
    assert brk.recognises_answer(path)
    raw = brk.read_answer(path)["parcels"]
    assert isinstance(raw.frame, gpd.GeoDataFrame)
    assert raw.frame.crs.to_epsg() == 3857
    frame = checked(raw, "parcels")
    assert frame["parcel_id"].tolist() == [name]
    assert abs(frame.area.iloc[0] - raw.frame["registered_area_m2"].iloc[0]) < tolerance


def test_ids_from_any_names_of_columns() -> None:
    """Services write snake_case or camelCase, numbers as text, int or float; a missing part gives no id."""
    frame = pd.DataFrame(
        {"g": ["OTL02", "OTL02", None], "s": ["B", " C", "D"], "n": [2298.0, 12.0, 1.0]}, index=[4, 5, 6]
    )
    found = brk.parcel_ids(frame, {"municipality_code": "g", "section": "s", "number": "n"})
    assert found.to_dict() == {4: "OTL02 B 2298", 5: "OTL02 C 12", 6: None}
    text = frame.assign(n=["02298", "12", "1"])
    assert brk.parcel_ids(text, {"municipality_code": "g", "section": "s", "number": "n"}).iloc[0] == "OTL02 B 2298"


def test_an_answer_without_its_fields_is_told(tmp_path: Path) -> None:
    """A service that renames its fields is noticed, all of them at once."""
    path = tmp_path / "answer.json"
    path.write_text(
        LELYSTAD.read_text(encoding="utf-8").replace('"sectie"', '"section"').replace('"perceelnummer"', '"number"'),
        encoding="utf-8",
    )
    with pytest.raises(SourceError, match="sectie, perceelnummer"):
        brk.read_answer(path)


def test_a_broken_answer_is_told(tmp_path: Path) -> None:
    """Cut off halfway."""
    path = tmp_path / "answer.json"
    path.write_text(LELYSTAD.read_text(encoding="utf-8")[:900], encoding="utf-8")
    with pytest.raises(SourceError, match="not readable GeoJSON"):
        brk.read_answer(path)
