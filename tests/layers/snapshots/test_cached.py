"""Dated copies: the same layer to the last bit, never half, never another's, and never a network when that is wished."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.demo import DemoSource
from layers.snapshots.cached import CachedSource, read_freshness
from suitability.core.layer import Area, Layer, Raster
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from tests.layers.contract import SourceContract
from tests.layers.folders import X, Y, parcels, sentences, square
from tests.layers.snapshots.register import DAY, SPEC, TOWN, Register, cached, files

if TYPE_CHECKING:
    from collections.abc import Callable


def same(one: Layer, other: Layer) -> bool:
    """Compare two layers to the last bit."""
    assert type(one.data) is type(other.data)
    if isinstance(one.data, pd.DataFrame):
        assert list(one.data.dtypes.astype(str)) == list(other.data.dtypes.astype(str))
        pd.testing.assert_frame_equal(
            pd.DataFrame(one.data), pd.DataFrame(other.data), check_exact=True, check_index_type=True
        )
        if isinstance(one.data, gpd.GeoDataFrame):
            assert one.data.crs == other.data.crs
            assert (
                shapely.to_wkb(one.frame.geometry.to_numpy()) == shapely.to_wkb(other.frame.geometry.to_numpy())
            ).all()
    elif isinstance(one.data, Raster):
        assert np.array_equal(one.raster.values, other.raster.values, equal_nan=True)
        assert np.asarray(one.raster.values).dtype == np.asarray(other.raster.values).dtype
        assert (one.raster.left, one.raster.top, one.raster.cell_m) == (
            other.raster.left,
            other.raster.top,
            other.raster.cell_m,
        )
    else:
        assert list(one.streets) == list(other.streets)
        for mode, graph in one.streets.items():
            for name, array in vars(graph).items():
                there = getattr(other.streets[mode], name)
                assert np.array_equal(array, there), (mode, name)
                assert getattr(array, "dtype", None) == getattr(there, "dtype", None)
    assert one.provenance == other.provenance
    assert shapely.to_wkb(one.coverage) == shapely.to_wkb(other.coverage)
    assert one.kind_coverage.keys() == other.kind_coverage.keys()
    return one.fingerprint == other.fingerprint


class _Quick(DemoSource):
    """The embedded municipality with the layers that are quick to compare."""

    def offers(self) -> frozenset[str]:
        """Return all but the large layers."""
        return super().offers() - {"buildings", "zoning", "parcels"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of every layer of the embedded municipality."""
    folder = tmp_path_factory.mktemp("kopieën")
    source = cached(DemoSource(), folder)
    for name in source.offers():
        source.load(LAYERS[name], Area.everywhere())
    return folder


@pytest.fixture(scope="module", params=["online", "offline"])
def source(request: pytest.FixtureRequest, kept: Path) -> CachedSource:
    """Return the copies, with and without the source behind them."""
    return cached(_Quick(), kept, offline=request.param == "offline")


class TestContract(SourceContract):
    """Copies are a source like any other, with a network and without."""

    def test_it_has_a_name_and_offers_layers_that_exist(self, source: CachedSource) -> None:
        """Offline all that was ever fetched is offered."""
        super().test_it_has_a_name_and_offers_layers_that_exist(source)
        assert source.offers() >= _Quick().offers()


@pytest.mark.parametrize("name", sorted(DemoSource().offers()))
def test_a_copy_is_the_layer_to_the_last_bit(name: str, kept: Path) -> None:
    """Rows, types, row numbers, shapes, coverage per kind, provenance and fingerprint."""
    copy = cached(DemoSource(), kept, offline=True).load(LAYERS[name], Area.everywhere())
    assert same(DemoSource().load(LAYERS[name], Area.everywhere()), copy)


def test_odd_columns_come_back_as_they_were(tmp_path: Path) -> None:
    """Texts in columns of anything, both words for nothing, numbers of all widths, days, and row numbers with gaps."""
    frame = parcels(
        o=pd.Series(["x", None, "y"], dtype=object), n=pd.Series([np.nan, "x", "y"], dtype=object), f=[1.5, np.nan, 0.1 + 0.2],
        s=pd.Series(["é", None, ""], dtype="str"), i=np.array([1, 2, 3], dtype="int32"), q=pd.array([1, None, 3], dtype="Int64"),
        d=pd.to_datetime(["2020-01-01", None, "2021-01-01"]), b=[True, False, True], e=pd.Series([None] * 3, dtype=object),
    )  # fmt: skip
    frame.index = [4, 7, 19]
    for rows in (frame, frame.iloc[:0]):
        source = cached(Register(rows), tmp_path / str(len(rows)))
        first = source.load(SPEC, TOWN)
        again = cached(Register(), tmp_path / str(len(rows)), offline=True).load(SPEC, TOWN)
        assert same(first, again)
        assert [type(value) for value in again.frame["o"]] == [type(value) for value in rows["o"]]


# When a copy counts


def test_a_fresh_copy_saves_a_question(tmp_path: Path) -> None:
    """Asked once, used until it is too old, then asked again."""
    register = Register()
    for day, questions in ((0, 1), (29, 1), (30, 1), (31, 2), (32, 2)):
        cached(register, tmp_path, today=DAY + timedelta(days=day)).load(SPEC, TOWN)
        assert register.asked == questions, day


def test_a_copy_from_the_future_is_not_fresh(tmp_path: Path) -> None:
    """Some clock was wrong; asking is safe."""
    register = Register()
    cached(register, tmp_path, today=DAY + timedelta(days=9)).load(SPEC, TOWN)
    cached(register, tmp_path).load(SPEC, TOWN)
    assert register.asked == 2


def test_every_layer_has_an_age_of_its_own(tmp_path: Path) -> None:
    """The table of the project names every layer, and any other layer has the default."""
    table = read_freshness()
    assert set(LAYERS) <= set(table)
    register = Register()
    for days in ({"parcels": 0, "default": 99}, {"default": 5}, {}):
        register.asked = 0
        for today in (DAY, DAY + timedelta(days=5)):
            CachedSource(
                register, tmp_path / str(days), offline=False, max_age_days=days, today=lambda today=today: today
            ).load(SPEC, TOWN)  # type: ignore[misc]
        assert register.asked == (1 if days == {"default": 5} else 2)


WIDE = Area("Streek", shapely.buffer(TOWN.polygon, 2000.0), reach_m=500.0)
PART = Area("Buurt", shapely.box(X + 100, Y, X + 200, Y + 200), reach_m=100.0)


@pytest.mark.parametrize(
    ("taken", "asked", "covers"),
    [
        (TOWN, TOWN, True),
        (TOWN, PART, True),
        (TOWN, WIDE, False),
        (WIDE, TOWN, True),
        (TOWN, replace(TOWN, reach_m=101.0), False),
        (TOWN, replace(PART, reach_m=101.0), False),
        (replace(TOWN, reach_m=1999.0), replace(WIDE, reach_m=0.0), False),
        (replace(TOWN, reach_m=300.0), Area("x", shapely.buffer(TOWN.polygon, 150.0), 100.0), True),
        (Area.everywhere(), WIDE, True),
        (WIDE, Area.everywhere(), False),
    ],
)
def test_a_copy_counts_for_what_it_holds(taken: Area, asked: Area, covers: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a case)
    """The area asked for must lie in that of the copy, the reach of both included."""
    cached(Register(), tmp_path).load(SPEC, taken)
    offline = cached(Register(is_down=True), tmp_path, offline=True)
    if covers:
        offline.load(SPEC, asked)
    else:
        assert "no copy" in sentences(lambda: offline.load(SPEC, asked), tmp_path)[0]


def test_of_a_larger_copy_only_what_was_asked(tmp_path: Path) -> None:
    """Rows and coverage are cut, row numbers stay, and the part has a fingerprint of its own."""
    frame = gpd.GeoDataFrame({"parcel_id": ["in", "out"]}, geometry=[square(7), square(400)], crs=CRS)
    source = cached(Register(frame), tmp_path)
    whole = source.load(SPEC, replace(WIDE, polygon=shapely.box(X - 1e4, Y - 1e4, X + 1e4, Y + 1e4)))
    part = source.load(SPEC, PART)
    assert part.frame["parcel_id"].tolist() == ["in"]
    assert part.coverage.area < whole.coverage.area
    assert part.fingerprint != whole.fingerprint


def test_the_newest_copy_counts(tmp_path: Path) -> None:
    """Two copies of two days: the later is used, also offline."""
    for day, names in ((0, ("a",)), (40, ("b",))):
        cached(Register(parcels(*names)), tmp_path, today=DAY + timedelta(days=day)).load(SPEC, TOWN)
    offline = cached(Register(), tmp_path, offline=True, today=DAY + timedelta(days=41))
    assert offline.load(SPEC, TOWN).frame["parcel_id"].tolist() == ["b"]
    assert [(info.age_days, info.is_stale) for info in offline.copies()] == [(1, False), (41, True)]
    assert offline.ages() == {"parcels": 1}


def test_offline_never_asks(tmp_path: Path) -> None:
    """Neither for available layers, nor for missing ones, nor for the list of layers."""
    cached(Register(), tmp_path).load(SPEC, TOWN)
    register = Register(is_down=True)
    offline = cached(register, tmp_path, offline=True, today=DAY + timedelta(days=400))
    assert offline.offers() == {"parcels"}
    offline.load(SPEC, TOWN)
    sentences(lambda: offline.load(LAYERS["zoning"], TOWN), tmp_path)
    assert register.asked == 0


def test_a_copy_missing_offline_names_the_fetch_command(tmp_path: Path) -> None:
    """No copy: the command; too small a copy: also the available area."""
    offline = cached(Register(), tmp_path, offline=True)
    (said,) = sentences(lambda: offline.load(SPEC, TOWN), tmp_path)
    assert 'suitability fetch --source register --area "Dorp"' in said
    cached(Register(), tmp_path).load(SPEC, TOWN)
    (said,) = sentences(lambda: offline.load(SPEC, WIDE), tmp_path)
    assert "Dorp (100 m)" in said
    assert "Streek with 500 m around it" in said


def test_copies_of_one_source_are_not_those_of_another(tmp_path: Path) -> None:
    """Two sources share a folder without knowing."""
    cached(Register(), tmp_path).load(SPEC, TOWN)
    other = cached(Register(name="Register 2"), tmp_path, offline=True)
    assert other.offers() == frozenset()
    assert other.copies() == ()


# When something fails


def test_a_failing_service_leaves_the_copy_and_says_that_it_is_there(tmp_path: Path) -> None:
    """An old copy is never taken in silence, and never lost."""
    register = Register()
    cached(register, tmp_path).load(SPEC, TOWN)
    before = {path: path.read_bytes() for part in ("index", "data") for path in files(tmp_path, part)}
    register.is_down = True
    late = cached(register, tmp_path, today=DAY + timedelta(days=90))
    said = sentences(lambda: late.load(SPEC, TOWN), tmp_path)
    assert len(said) == 2
    assert "2025-03-01" in said[1]
    assert "--offline" in said[1]
    assert {path: path.read_bytes() for part in ("index", "data") for path in files(tmp_path, part)} == before


def flipped(path: Path, at: int) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1
    path.write_bytes(bytes(content))


def cut_short(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a bit of the data": lambda folder: flipped(files(folder, "data")[0], 200),
    "a bit of the description": lambda folder: flipped(files(folder, "index")[0], 60),
    "half the data": lambda folder: cut_short(files(folder, "data")[0]),
    "half the description": lambda folder: cut_short(files(folder, "index")[0]),
    "no data": lambda folder: files(folder, "data")[0].unlink(),
    "an empty description": lambda folder: files(folder, "index")[0].write_bytes(b""),
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_copy_is_refused(name: str, tmp_path: Path) -> None:
    """Offline the damage is reported with the remedy; online so is the damage, and the source is asked again."""
    cached(Register(), tmp_path).load(SPEC, TOWN)
    DAMAGE[name](tmp_path)
    offline = cached(Register(), tmp_path, offline=True)
    said = sentences(lambda: offline.load(SPEC, TOWN), tmp_path)
    assert "suitability fetch" in said[-1]
    assert [problem.key for problem in offline.notices] == ["copy_broken"]
    register = Register()
    online = cached(register, tmp_path)
    assert len(online.load(SPEC, TOWN).frame) == 3
    assert register.asked == 1
    assert [problem.key for problem in online.notices] == ["copy_broken"]
    assert len(cached(Register(), tmp_path, offline=True).load(SPEC, TOWN).frame) == 3


def test_an_older_good_copy_stands_in_for_a_damaged_one(tmp_path: Path) -> None:
    """Offline the newest sound copy is used, and the damage is reported."""
    for day, names in ((0, ("old",)), (40, ("new",))):
        cached(Register(parcels(*names)), tmp_path, today=DAY + timedelta(days=day)).load(SPEC, TOWN)
    newest = max(files(tmp_path, "index"), key=lambda path: json.loads(path.read_bytes())["taken"])
    (named,) = json.loads(newest.read_bytes())["files"].values()
    flipped(tmp_path / "data" / f"{named['sha256']}.parquet", 100)
    offline = cached(Register(), tmp_path, offline=True)
    assert offline.load(SPEC, TOWN).frame["parcel_id"].tolist() == ["old"]
    assert [problem.key for problem in offline.notices] == ["copy_broken"]


def test_a_copy_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """A newer program wrote it; it is reported, and pruning removes nothing of it."""
    (tmp_path / "index").mkdir()
    (tmp_path / "data").mkdir()
    content = b'{"version": 2}'
    name = f"register-parcels-{hashlib.sha256(content).hexdigest()}.json"
    (tmp_path / "index" / name).write_bytes(content)
    (tmp_path / "data" / "of-the-newer.parquet").write_bytes(b"x")
    os.utime(tmp_path / "data" / "of-the-newer.parquet", (0, 0))
    source = cached(Register(), tmp_path)
    source.load(SPEC, TOWN)
    source.prune()
    assert [problem.key for problem in source.notices] == ["copy_version"]
    assert (tmp_path / "index" / name).exists()
    assert (tmp_path / "data" / "of-the-newer.parquet").exists()


def test_a_folder_that_cannot_be_written_costs_no_result(tmp_path: Path) -> None:
    """A scan continues and reports it; a fetch, which is meant to keep copies, fails with a message."""
    (tmp_path / "file").touch()
    for folder in (Path("/proc/nowhere"), tmp_path / "file"):
        source = cached(Register(), folder)
        assert len(source.load(SPEC, TOWN).frame) == 3
        assert [problem.key for problem in source.notices] == ["copy_not_kept"]
        assert "could be kept" in sentences(lambda source=source: source.fetch(SPEC, TOWN), folder)[0]  # type: ignore[misc]


def test_fetch_asks_whatever_there_is(tmp_path: Path) -> None:
    """An explicit fetch asks for today's data."""
    register = Register()
    for _ in range(2):
        cached(register, tmp_path).fetch(SPEC, TOWN)
    assert register.asked == 2
    assert len(files(tmp_path, "index")) == 2
    assert len(files(tmp_path, "data")) == 1  # the same content is kept once


# Clearing away


def test_prune_keeps_what_newer_copies_do_not_hold(tmp_path: Path) -> None:
    """Of four copies of a town the two newest stay; that of a wider region stays too."""
    cached(Register(), tmp_path).fetch(SPEC, WIDE)
    for day in range(1, 5):
        cached(Register(parcels(f"{day}")), tmp_path, today=DAY + timedelta(days=day)).fetch(SPEC, TOWN)
    source = cached(Register(), tmp_path)
    assert source.prune(keep=2) == 2
    assert [(info.area.name, info.retrieved.day) for info in source.copies()] == [
        ("Dorp", 5),
        ("Dorp", 4),
        ("Streek", 1),
    ]
    assert source.prune(keep=2) == 0
    for info in source.copies():
        cached(Register(), tmp_path, offline=True).load(SPEC, info.area)


def test_prune_clears_what_nobody_can_be_writing(tmp_path: Path) -> None:
    """Data without a description and half files go when they are a day old, not before."""
    source = cached(Register(), tmp_path)
    source.load(SPEC, TOWN)
    old, new = tmp_path / "data" / ".part-old", tmp_path / "data" / ".part-new"
    loose = tmp_path / "data" / "loose.parquet"
    for path in (old, new, loose):
        path.write_bytes(b"half")
    for path in (old, loose):
        os.utime(path, (time.time() - 90_000,) * 2)
    source.prune()
    assert not old.exists()
    assert not loose.exists()
    assert new.exists()
    assert len(source.load(SPEC, TOWN).frame) == 3
