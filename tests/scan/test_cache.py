"""Measurements on disk: keyed by everything they depend on, shared, and never a reason to fail."""

from __future__ import annotations

import errno
import functools
import multiprocessing
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from shapely.geometry import box

from suitability.core.measurement import Measurement
from suitability.criteria import REGISTRY
from suitability.criteria.parcel_width import ParcelWidth
from suitability.policy.reader import read_policy
from suitability.scan.cache import MeasurementCache, code_hash, default_folder, measurement_key
from suitability.scan.run import measure_all, run_scan
from suitability.spatial.parcels import Parcels
from tests.paths import ROOT
from tests.skins.small import area_rule
from tests.tiny import (
    MemorySource,
    at,
    facilities,
    graph_of,
    line,
    named,
    parcels_of,
    point,
    square,
    streets,
    vector,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.core.layer import Layer, Layers
    from suitability.scan.run import Scan

SHAPES = (square(0, 0), square(100, 0), square(0, 300))
KEY = "0" * 64


def employers(*jobs: int, x: float = 50, coverage: Any = None) -> Layer:
    """Return employers in a row, 100 m apart."""
    columns = {"name": ["Kas"] * len(jobs), "jobs": list(jobs)}
    shapes = [point(x + 100 * i, 50) for i in range(len(jobs))]
    return vector("employers", shapes, *([coverage] if coverage else []), **columns)


def town(**changed: Layer) -> Layers:
    """Return the layers that a locatiescan asks for, in small, with the changes of the test."""
    layers = named(
        vector("parcels", SHAPES, parcel_id=["a", "b", "c"]),
        vector("zoning", [square(-50, -50, 200)], designation=["wonen"], designation_code=["Wonen"]),
        vector("recreation_parks", [square(90, -5, 20)], name=["Park"], park_kind=["camp_site"]),
        facilities(("Jumbo", 300, 5)),
        employers(50),
        vector("businesses", [point(150, 10)], name=["Loods"], environmental_category=["2"]),
        streets(graph_of([(0, -10), (300, -10)], [(0, 1)])),
        vector("buildings", [square(5, 5, 5)], use=["farm"], floor_area_m2=[25.0], n_dwellings=[0.0]),
        vector("water", [square(-50, -50, 10)]),
        vector("public_roads", [line((0, -10), (300, -10))], name=["Dijk"], width_m=[4.0]),
    )
    return {**layers, **changed}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a criterion's id whenever it really measures."""
    calls: list[str] = []

    def counting(name: str, measure: Callable[..., Measurement]) -> Callable[..., Measurement]:
        @functools.wraps(measure)
        def measured(*arguments: Any) -> Measurement:
            calls.append(name)
            return measure(*arguments)

        return measured

    for name, criterion in REGISTRY.items():
        monkeypatch.setitem(REGISTRY, name, replace(criterion, measure=counting(name, criterion.measure)))
    return calls


def scan(folder: Path, **changed: Layer) -> Scan:
    """Return the scan of the town with a cache in the folder."""
    policy = read_policy("kadaster-scan", REGISTRY)
    return run_scan(policy, MemorySource(town(**changed)), cache=MeasurementCache(folder))


def same(one: Measurement, other: Measurement) -> bool:
    """Return whether two measurements hold the same numbers, details included."""
    arrays = [(getattr(one, n), getattr(other, n)) for n in ("value", "evidence", "lower", "upper")]
    arrays += [(one.details[n], other.details[n]) for n in one.details.keys() | other.details.keys()]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in arrays)


def a_measurement(n: int = 4) -> Measurement:
    """Return a measurement with an unknown, a detail and bounds."""
    value = np.arange(n, dtype=float)
    value[0] = np.nan
    return Measurement(value, np.arange(n), np.full(n, -np.inf), np.full(n, np.inf), {"access_leg_m": value + 1})


def test_the_second_scan_measures_nothing(tmp_path: Path, counted: list[str]) -> None:
    """The same town again: nothing is measured, and every number is the same."""
    first = scan(tmp_path)
    assert set(counted) == {check.criterion for check in first.policy.checks()}
    counted.clear()
    second = scan(tmp_path)
    assert counted == []
    for name, finding in first.findings.items():
        assert same(finding.measurement, second.findings[name].measurement)
    assert np.array_equal(first.verdicts.outcome, second.verdicts.outcome)


def test_slow_measurements_without_a_layer_are_kept_too(tmp_path: Path, counted: list[str]) -> None:
    """The width of a parcel takes seconds for a municipality: measured once, for each strip that stays free."""
    whole, rule = read_policy("kadaster-scan", REGISTRY), area_rule("wide", "Breed genoeg", 6.0)
    for setback_m, measures in ((2.0, 1), (2.0, 0), (3.0, 1)):
        wide = rule.model_copy(update={"criterion": "parcel_width", "params": ParcelWidth(setback_m=setback_m)})
        policy = whole.model_copy(update={"rules": (wide,)})
        counted.clear()
        measure_all(policy, parcels_of(*SHAPES), town(), MeasurementCache(tmp_path))
        assert counted == ["parcel_width"] * measures


@pytest.mark.parametrize(
    "changed",
    [
        {"employers": employers(51)},
        {"employers": employers(50, 50)},
        {"employers": employers(50, x=51)},
        {"employers": employers(50, coverage=box(*at(-5000, -5000), *at(5000, 5000)))},
    ],
    ids=["a_number_in_a_row", "a_row_more", "a_place", "the_coverage"],
)
def test_a_changed_layer_is_measured_again(changed: dict[str, Layer], tmp_path: Path, counted: list[str]) -> None:
    """A changed row or coverage: the rule that reads that layer is measured again, no other is."""
    scan(tmp_path)
    counted.clear()
    scan(tmp_path, **changed)
    assert counted == ["employer_distance"]


def test_the_coverage_of_one_kind_counts(tmp_path: Path, counted: list[str]) -> None:
    """A list of supermarkets that is complete further out gives other bounds."""
    scan(tmp_path)
    counted.clear()
    wider = {"supermarket": box(*at(-30_000, -30_000), *at(30_000, 30_000))}
    scan(tmp_path, facilities=replace(town()["facilities"], kind_coverage=wider))
    assert counted == ["facility_minutes", "facility_minutes"]


def test_the_kinds_that_are_known_count(tmp_path: Path, counted: list[str]) -> None:
    """A trip to a supermarket is measured again whether a source still knows supermarkets or no longer does."""
    shops = town()["facilities"]
    scan(tmp_path)
    for kinds in (["bus_stop"], ["bus_stop", "supermarket"], ["bus_stop", "*"]):
        counted.clear()
        scan(tmp_path, facilities=replace(shops, kind_coverage=dict.fromkeys(kinds, shops.coverage)))
        assert counted == ["facility_minutes", "facility_minutes"]


def test_changed_parcels_are_measured_again(tmp_path: Path, counted: list[str]) -> None:
    """A moved corner, another id or another order."""
    for ids, shapes in (
        ("abc", SHAPES),
        ("abd", SHAPES),
        ("abc", SHAPES[::-1]),
        ("abc", (*SHAPES[:2], square(0, 301))),
    ):
        scan(tmp_path, parcels=vector("parcels", shapes, parcel_id=list(ids)))
        assert "employer_distance" in counted
        counted.clear()


def test_the_key_depends_on_criterion_and_params() -> None:
    """Other params or another criterion: another key; the limit and the order of layers take no part."""
    parcels, layers = parcels_of(*SHAPES), town()
    chosen = REGISTRY["employer_distance"]
    ten, eleven = (chosen.params.model_validate({"min_jobs": n}) for n in (10, 11))
    keys = {measurement_key(chosen, ten, parcels, layers), measurement_key(chosen, eleven, parcels, layers)}
    zoning = REGISTRY["zoning_share"]
    keys.add(measurement_key(zoning, zoning.params.model_validate({"allowed": ["wonen"]}), parcels, layers))
    again = measurement_key(chosen, ten, Parcels(parcels.ids, parcels.geometry), dict(reversed(layers.items())))
    assert again in keys
    assert len(keys) == 3


def test_every_file_that_can_change_a_measurement_changes_every_key(tmp_path: Path) -> None:
    """One byte of any file in core, criteria or spatial, in a copy of the package: no key stays as it was."""
    package, parcels, layers = tmp_path / "suitability", parcels_of(*SHAPES), town()
    shutil.copytree(ROOT / "suitability", package, ignore=shutil.ignore_patterns("__pycache__"))
    params = {
        "employer_distance": {"min_jobs": 10},
        "zoning_share": {"allowed": ["wonen"]},
        "parcel_area": {"setback_m": 3.0},
    }

    def keys() -> set[str]:
        code_hash.cache_clear()
        return {
            measurement_key(REGISTRY[name], REGISTRY[name].params.model_validate(given), parcels, layers, package)
            for name, given in params.items()
        }

    before = keys()
    files = sorted(path for folder in ("core", "criteria", "spatial") for path in (package / folder).rglob("*.py"))
    assert {"overlaps.py", "intersection_area.py", "measurement.py", "base.py"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert not keys() & before, path
        path.write_bytes(content)
    assert keys() == before


def damaged(content: bytes) -> dict[str, bytes]:
    """Return ways in which a file can be damaged."""
    return {
        "empty": b"",
        "first half": content[: len(content) // 2],
        "last byte gone": content[:-1],
        "only the start": content[:4],
        "text": b"this is not a measurement\n" * 10,
        "zeros": bytes(len(content)),
        "middle overwritten": content[:200] + b"\xff" * 100 + content[300:],
        "doubled": content + content[:100],
    }


def test_a_damaged_file_is_measured_again(tmp_path: Path, counted: list[str]) -> None:
    """Whatever happened to the files, the scan measures again, gives the same result, and repairs them."""
    first = scan(tmp_path)
    files = sorted(tmp_path.glob("*.npz"))
    sound = {path: path.read_bytes() for path in files}
    for name in damaged(b"x" * 1000):
        for path in files:
            path.write_bytes(damaged(sound[path])[name])
        counted.clear()
        again = scan(tmp_path)
        assert np.array_equal(again.verdicts.outcome, first.verdicts.outcome), name
        assert counted or name == "doubled", name
        counted.clear()
        scan(tmp_path)
        assert counted == [], name


def test_any_byte_may_be_wrong(tmp_path: Path) -> None:
    """A flipped byte anywhere gives the same numbers, or none; never an exception."""
    store, sound = MeasurementCache(tmp_path), a_measurement()
    store.put(KEY, sound)
    path = tmp_path / f"{KEY}.npz"
    content = path.read_bytes()
    for position in range(len(content)):
        for flip in (0x01, 0xFF):
            path.write_bytes(content[:position] + bytes([content[position] ^ flip]) + content[position + 1 :])
            found = store.get(KEY)
            assert found is None or np.array_equal(found.value, sound.value, equal_nan=True), position
            assert found is None or np.array_equal(found.evidence, sound.evidence), position


@pytest.mark.parametrize(
    "arrays",
    [
        {"value": np.zeros(3)},
        {"value": np.zeros(3), "evidence": np.zeros(3), "lower": np.zeros(3), "upper": np.zeros(3)},
        {"value": np.ones(3), "evidence": np.zeros(3, dtype=int), "lower": np.ones(3), "upper": np.zeros(3)},
        {"value": np.ones(3), "evidence": np.zeros(2, dtype=int), "lower": np.ones(3), "upper": np.ones(3)},
        {n: np.array([{}, {}], dtype=object) for n in ("value", "evidence", "lower", "upper")},
    ],
    ids=["arrays_missing", "wrong_type", "outside_its_bounds", "lengths_differ", "pickled_objects"],
)
def test_a_file_that_is_no_measurement_counts_as_absent(arrays: dict[str, Any], tmp_path: Path) -> None:
    """Arrays that could not be a measurement are not taken for one; nothing in a file is ever run."""
    np.savez(tmp_path / f"{KEY}.npz", **arrays)
    assert MeasurementCache(tmp_path).get(KEY) is None


def test_a_stored_measurement_comes_back(tmp_path: Path) -> None:
    """NaN, infinities and details survive; no half-written file stays behind."""
    store = MeasurementCache(tmp_path / "not" / "there" / "yet")
    assert store.get(KEY) is None
    assert store.put(KEY, a_measurement())
    found = store.get(KEY)
    assert found is not None
    assert same(found, a_measurement())
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.npz"]


def _no_space(*_arguments: object, **_named: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("broken", ["numpy.savez", "tempfile.NamedTemporaryFile", "pathlib.Path.replace"])
def test_a_full_disk_costs_only_the_head_start(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room to write, at whatever step: the scan has its result, and nothing half-written stays."""
    expected = scan(tmp_path / "elsewhere").verdicts.outcome
    with monkeypatch.context() as full:
        full.setattr(broken, _no_space)
        assert np.array_equal(scan(tmp_path / "full").verdicts.outcome, expected)
        assert MeasurementCache(tmp_path / "full").put(KEY, a_measurement()) is False
    assert list((tmp_path / "full").iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only disk, and a file where the folder should be, cost only the head start too."""
    expected = scan(tmp_path / "elsewhere").verdicts.outcome
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    assert np.array_equal(scan(tmp_path / "file").verdicts.outcome, expected)
    assert np.array_equal(scan(tmp_path / "file" / "deeper").verdicts.outcome, expected)

    def read_only(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    assert np.array_equal(scan(tmp_path / "read-only").verdicts.outcome, expected)


def test_a_read_only_folder_is_still_read(tmp_path: Path, counted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries in a folder are used though nothing can be written or touched there."""
    scan(tmp_path)
    counted.clear()

    def denied(*_arguments: object, **_named: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for name in ("touch", "mkdir", "unlink"):
        monkeypatch.setattr(Path, name, denied)
    scan(tmp_path)
    assert counted == []


def _put_and_get(folder: str) -> int:
    """Write and read one key over and over; return how many reads were complete."""
    store, expected, whole = MeasurementCache(Path(folder)), a_measurement(2000), 0
    for _ in range(60):
        assert store.put(KEY, expected)
        found = store.get(KEY)
        whole += found is not None and same(found, expected)
    return whole


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    """Two processes that write the same key at the same time never read half a file."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_put_and_get, [str(tmp_path)] * 2)) == [60, 60]
    assert [path.name for path in tmp_path.iterdir()] == [f"{KEY}.npz"]


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    """When the folder grows too large, the least recently used entries are removed; the newest stays."""
    store = MeasurementCache(tmp_path)
    for age, key in enumerate(("old", "older", "oldest")):
        store.put(key, a_measurement())
        os.utime(tmp_path / f"{key}.npz", (1_000 - age, 1_000 - age))
    assert store.get("oldest") is not None  # asking makes it recent
    size = (tmp_path / "old.npz").stat().st_size
    MeasurementCache(tmp_path, most_bytes=2 * size).put("new", a_measurement())
    assert {path.stem for path in tmp_path.glob("*.npz")} == {"oldest", "new"}


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the folder; without it, it is the user's cache."""
    monkeypatch.setenv("SUITABILITY_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("SUITABILITY_CACHE")
    assert default_folder().name == "suitability"
