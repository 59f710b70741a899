"""Addresses of two villages, and the municipalities of the country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from layers.formats import addresses
from suitability.core.errors import SourceError
from tests.layers.formats.files import ADDRESSES, BRK, MUNICIPALITIES, PROVINCES, checked, unpacked

if TYPE_CHECKING:
    from pathlib import Path


def test_the_addresses_of_otterlo_and_wekerom(tmp_path: Path) -> None:
    """2,481 of them, brought to RD, with the same columns as those of the BAG."""
    frame = addresses.read_addresses(unpacked(ADDRESSES, tmp_path))
    assert list(frame.columns) == ["street", "number", "letter", "addition", "postcode", "settlement", "geometry"]
    assert frame["settlement"].value_counts().to_dict() == {"Otterlo": 1341, "Wekerom": 1140}
    assert frame.crs.to_epsg() == 28992
    assert frame.total_bounds == pytest.approx([174_420, 450_567, 185_280, 459_543], abs=1)
    house = frame[(frame["street"] == "Willinkhuizersteeg") & (frame["number"] == 2) & (frame["letter"] == "C")].iloc[0]
    assert (house["postcode"], round(house.geometry.x), round(house.geometry.y)) == ("6733EB", 177_439, 459_274)
    assert frame["number"].dtype == "Int64"
    assert frame["number"].notna().all()


def test_the_municipalities_of_2025(tmp_path: Path) -> None:
    """342, with codes as text; together they measure the Netherlands without its large waters."""
    raw = addresses.read_regions(unpacked(MUNICIPALITIES, tmp_path))["municipality"]
    frame = checked(raw, "municipality")
    assert len(frame) == 342
    assert frame["code"].str.fullmatch(r"GM\d{4}").all()
    assert frame["code"].is_unique
    ede = frame[frame["name"] == "Ede"].iloc[0]
    assert ede["code"] == "GM0228"
    assert ede.geometry.area == pytest.approx(318_600_000, rel=0.01)
    assert frame.area.sum() == pytest.approx(35_090_000_000, rel=0.01)
    assert str(raw.reference_date) == "2025-01-01"


def test_provinces_are_no_municipalities(tmp_path: Path) -> None:
    """The same format, another kind of region: no layer, but readable."""
    file = unpacked(PROVINCES, tmp_path)
    assert addresses.recognises_regions(file)
    assert addresses.read_regions(file) == {}
    regions = addresses.read_all_regions(file)
    assert len(regions) == 12
    assert regions["code"].str.fullmatch(r"PV\d\d").all()
    assert set(regions["kind"]) == {"provincie"}


def test_other_files_have_no_addresses(tmp_path: Path) -> None:
    """A GeoJSON of parcels, and a damaged GeoPackage."""
    assert not addresses.recognises_addresses(BRK / "lelystad_R168_wfs_v5_perceel.json")
    with pytest.raises(SourceError, match="huisnummer, postcode, straatnaam"):
        addresses.read_addresses(BRK / "lelystad_R168_wfs_v5_perceel.json")
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(unpacked(ADDRESSES, tmp_path).read_bytes()[:5000])
    with pytest.raises(SourceError, match="damaged or incomplete"):
        addresses.recognises_addresses(broken)
