"""The same town asked another way: in another order, in tiles, by way of another coordinate system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import box

from layers import open_source
from suitability.core.layer import Area, StreetGraph
from suitability.core.types import CRS
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.run import run_scan
from tests.oracle.known import outcome
from tests.oracle.reference import measure_all
from tests.oracle.reference_areas import largest_radius
from tests.properties.towns import SIDE, scan_town, towns
from tests.tiny import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer, Layers
    from suitability.policy.model import Check
    from suitability.scan.run import Scan

TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
TO_METRES = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
MILLIMETRE = 0.001


@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_parcels_does_not_matter(layers: Layers, random: object) -> None:
    """Each parcel gets the same value, evidence and verdict, wherever it stands in the list."""
    rows = np.arange(len(layers["parcels"].frame))
    random.shuffle(rows)
    shuffled = replace(layers["parcels"], data=layers["parcels"].frame.iloc[rows])
    scan, other = scan_town(layers), scan_town({**layers, "parcels": shuffled})
    assert list(other.parcels.ids) == list(scan.parcels.ids[rows])
    for name, finding in scan.findings.items():
        again = other.findings[name]
        assert np.allclose(again.value, finding.value[rows], rtol=0, atol=1e-9, equal_nan=True), name
        assert np.array_equal(again.evidence, finding.evidence[rows]), name
        assert np.array_equal(again.outcome, finding.outcome[rows]), name
    for name in ("outcome", "best_type", "deciding", "near_miss", "restricted"):
        assert np.array_equal(getattr(other.verdicts, name), getattr(scan.verdicts, name)[rows]), name


#: How far a reference may be off that does not compute but draw (round buffers) or search, in metres.
WITHIN_M = {
    "road_frontage": 0.05,
    "parcel_width": 0.005,
    "usable_land": 0.1,
    "usable_width": 0.03,
    "road_access": 0.03,
}


def assert_width_is_true(scan: Scan, check: Check) -> None:
    """Check that the largest circle is as wide as the value, or up to 2 mm wider."""
    found, setback = scan.findings[check.id], check.params.setback_m
    widths = np.array([max(2 * (largest_radius(parcel) - setback), 0.0) for parcel in scan.parcels.geometry])
    assert (found.value <= widths + 1e-4).all()
    assert (widths <= found.measurement.upper + 1e-6).all()


@given(towns(uneven=True))
def test_equals_the_reference(layers: Layers) -> None:
    """In any town, every check is the slow and obvious one: value, both bounds and outcome."""
    scan = scan_town(layers)
    for check in scan.policy.checks():
        found = scan.findings[check.id]
        if check.criterion == "parcel_width":
            assert_width_is_true(scan, check)
        for i, known in enumerate(measure_all(scan, check)):
            ours = [found.value[i], found.measurement.lower[i], found.measurement.upper[i]]
            within = WITHIN_M.get(check.criterion, 1e-6)
            assert ours == pytest.approx(list(known), abs=within, nan_ok=True)
            if check.criterion == "parcel_width" and abs(known.value - check.limit.largest) <= 2 * within:
                continue  # at the limit itself one search may be sure where the other is not
            assert outcome(known, check.limit) == found.outcome[i], check.id


def same_verdicts(part: Scan, whole: Scan) -> set[str]:
    """Check that every parcel of a tile has the outcomes it has in the whole; return their ids."""
    at_place = {parcel: i for i, parcel in enumerate(whole.parcels.ids)}
    rows = np.array([at_place[parcel] for parcel in part.parcels.ids])
    for name, finding in whole.findings.items():
        differs = np.flatnonzero(part.findings[name].outcome != finding.outcome[rows])
        assert len(differs) == 0, f"{name}: {len(differs)} parcels, the first {part.parcels.ids[differs[0]]}"
    for name in ("outcome", "failed", "unknown", "near_miss"):
        assert np.array_equal(getattr(part.verdicts, name), getattr(whole.verdicts, name)[rows]), name
    return set(part.parcels.ids)


def quarters(bounds: tuple[float, float, float, float], x: float, y: float) -> list[BaseGeometry]:
    """Return the four parts of a box that meet in (x, y)."""
    left, bottom, right, top = bounds
    return [box(left, bottom, x, y), box(x, bottom, right, y), box(left, y, x, top), box(x, y, right, top)]


@given(towns(), st.integers(50, SIDE - 50), st.integers(50, SIDE - 50))
def test_tiles_equal_the_whole(layers: Layers, x: int, y: int) -> None:
    """Cut in four, each part read with its reach from a source that cuts: the same verdicts."""
    whole = scan_town(layers)
    inner = shapely.point_on_surface(whole.parcels.geometry)
    seen: set[str] = set()
    for tile in quarters((*at(-200, -200), *at(SIDE + 200, SIDE + 200)), *at(x + 0.123, y + 0.123)):
        if shapely.intersects(tile, inner).any():
            seen |= same_verdicts(scan_town(layers, area=Area("tile", tile)), whole)
    assert seen == set(whole.parcels.ids)


@pytest.mark.parametrize("policy", ["kadaster-scan", "hardenberg-2025", "demo-nearby"])
def test_tiles_of_the_demo_equal_the_whole(policy: str, scan_of: Callable[[str], Scan]) -> None:
    """The demo municipality in four parts, through ``run_scan`` with an area."""
    whole = scan_of(policy)
    left, bottom, right, top = shapely.total_bounds(whole.parcels.geometry)
    seen: set[str] = set()
    for tile in quarters((left - 1, bottom - 1, right + 1, top + 1), (left + right) / 2, (bottom + top) / 2):
        part = run_scan(read_policy(policy, REGISTRY), open_source("demo"), Area("tile", tile))
        seen |= same_verdicts(part, whole)
    assert seen == set(whole.parcels.ids)


def there_and_back(shapes: object) -> object:
    """Return shapes by way of degrees."""
    return shapely.transform(shapes, lambda xy: np.column_stack(TO_METRES.transform(*TO_DEGREES.transform(*xy.T))))


def by_way_of_degrees(layer: Layer) -> Layer:
    """Return a layer with all its coordinates written in EPSG:4326 and read back; a grid and a table stay."""
    back = replace(layer, coverage=there_and_back(layer.coverage),
                   kind_coverage={kind: there_and_back(c) for kind, c in layer.kind_coverage.items()})  # fmt: skip
    if layer.spec.kind == "vector":
        frame = layer.frame
        shapes = there_and_back(frame.geometry.to_numpy())
        return replace(back, data=gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=CRS))
    if layer.spec.kind == "graph":
        return replace(back, data={mode: _moved(graph) for mode, graph in layer.streets.items()})
    return layer


def _moved(graph: StreetGraph) -> StreetGraph:
    places = shapely.get_coordinates(there_and_back(shapely.points(graph.node_xy)))
    length = np.linalg.norm(places[graph.head] - places[graph.tail], axis=1)
    return replace(graph, node_xy=places, length_m=length)


def on_the_limit(scan: Scan) -> np.ndarray:
    """Return the parcels for which moving lines by a millimetre could carry a bound over its limit, shape (n,)."""
    close = np.zeros(len(scan.parcels), dtype=bool)
    perimeter, area = shapely.length(scan.parcels.geometry), scan.parcels.areas
    for check in scan.policy.checks():
        criterion, found = REGISTRY[check.criterion], scan.findings[check.id].measurement
        per_metre = {"m": 2.0, "min": 0.1, "m2": perimeter, "1": perimeter / area}.get(criterion.unit, 0.0)
        for number in check.limit.numbers:
            for bound in (found.lower, found.upper):
                close |= np.abs(bound - number) <= MILLIMETRE * per_metre
    return close


@given(towns(uneven=True))
def test_reprojection_moves_no_verdict(layers: Layers) -> None:
    """Written in degrees and read back, no parcel changes that is not within a millimetre of a limit."""
    moved = {name: by_way_of_degrees(layer) for name, layer in layers.items()}
    shift = moved["parcels"].frame.geometry.to_numpy(), layers["parcels"].frame.geometry.to_numpy()
    assert shapely.hausdorff_distance(*shift).max() < MILLIMETRE
    before, after = scan_town(layers), scan_town(moved)
    free = ~on_the_limit(before)
    for name, finding in before.findings.items():
        assert np.array_equal(finding.outcome[free], after.findings[name].outcome[free]), name
    assert np.array_equal(before.verdicts.outcome[free], after.verdicts.outcome[free])
