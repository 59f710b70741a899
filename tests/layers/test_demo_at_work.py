"""The embedded municipality under the shipped policies: every rule removes something, and nothing absurd stands in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from layers import open_source
from layers.demo import HERE as DEMO_DATA
from layers.osm.coverage import read_ground
from layers.osm.tables import read_areas
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.scan.longlist import make_longlist
from suitability.scan.run import evaluate, find_area, load_layers
from suitability.spatial.parcels import inner_points

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.policy.model import Check
    from suitability.scan.run import Scan

PARK_LIMIT_M2 = 5.0


@pytest.fixture(scope="module")
def scan(scan_of: Callable[[str], Scan]) -> Scan:
    """Return the demo under the basic rules."""
    return scan_of("kadaster-scan")


def shapes_of(scan: Scan, layer: str) -> np.ndarray:
    return scan.layers[layer].frame.geometry.to_numpy()


def zone_at(scan: Scan, x: float, y: float) -> str:
    zones = scan.layers["zoning"].frame
    return str(zones["designation_code"][shapely.intersects(zones.geometry.to_numpy(), shapely.Point(x, y))].iloc[0])


def rule_of(scan: Scan, rule_id: str) -> Check:
    return next(check for check in (*scan.policy.rules, *scan.policy.checks()) if check.id == rule_id)


def test_every_rule_removes_parcels_of_its_own(scan: Scan) -> None:
    """But one: 15 km to an employer covers the whole demo."""
    only = {step.rule_id: step.only_this for step in make_longlist(scan).funnel}
    assert only.pop("near_work") == 0
    assert set(only) == {"zoning", "recreation_park", "facilities", "environment"}
    assert min(only.values()) > 20


def test_near_work_shows_under_its_own_policy(scan_of: Callable[[str], Scan]) -> None:
    """With 2 km and 150 jobs the rule removes thousands, and leaves most."""
    steps = {step.rule_id: step for step in make_longlist(scan_of("demo-nearby")).funnel}
    assert steps["near_work"].only_this > 1_000
    assert steps["near_work"].remaining > 10_000


def test_supermarkets_are_taken_to_be_known_beyond_the_box() -> None:
    """3.5 km further than the extract, all around, as its note says in both languages."""
    layer = open_source("demo").load(LAYERS["facilities"], Area.everywhere())
    known, map_edge = layer.coverage_of("supermarket"), layer.coverage.exterior
    beyond = shapely.distance(shapely.points(shapely.get_coordinates(known.exterior)), map_edge)
    from layers.demo_data._places import SUPERMARKETS_KNOWN_M  # noqa: PLC0415 (brings momepy, which is slow to load)

    assert beyond.min() > SUPERMARKETS_KNOWN_M
    assert beyond.max() < SUPERMARKETS_KNOWN_M + 250
    assert "3,5 km" in layer.provenance.note["nl"]
    assert "3.5 km" in layer.provenance.note["en"]
    assert layer.coverage_of("doctor").equals(layer.coverage)
    assert layer.fingerprint != replace(layer, kind_coverage={}).fingerprint


def test_without_that_assumption_the_rule_could_not_fail(scan: Scan) -> None:
    """Behind the bare edge of the map there could always be a shop: unknown, never a fail."""
    rule = rule_of(scan, "facilities")
    bare = dict(scan.layers, facilities=replace(scan.layers["facilities"], kind_coverage={}))
    without, with_it = evaluate(scan.parcels, bare, rule), scan.findings["facilities"]
    assert not (without.outcome == Outcome.FAIL).any()
    failed = with_it.outcome == Outcome.FAIL
    assert failed.sum() > 50
    assert (without.outcome[failed] == Outcome.UNKNOWN).all()
    assert (without.outcome[~failed] == with_it.outcome[~failed]).all()


def test_a_fail_is_further_than_any_straight_line(scan: Scan) -> None:
    """Failing parcels lie over 3,750 m, 15 minutes of straight cycling, from every shop and the edge of the data."""
    failed = scan.findings["facilities"].outcome == Outcome.FAIL
    facilities = scan.layers["facilities"].frame
    shops = facilities.geometry[facilities["facility_kind"] == "supermarket"].to_numpy()
    homes = inner_points(scan.parcels.geometry[failed])
    known = open_source("demo").load(LAYERS["facilities"], Area.everywhere()).coverage_of("supermarket")
    assert shapely.distance(homes[:, None], shops[None, :]).min() > 3_750
    assert shapely.distance(homes, known.exterior).min() > 3_750


def test_the_window_of_a_scan_reaches_as_far_as_its_limit(scan: Scan) -> None:
    """Clipping the layers to the area plus the reach of the rules removes nothing that is known."""
    area = find_area(open_source("demo"))
    layers, _ = load_layers(scan.policy, open_source("demo"), area)
    whole = open_source("demo").load(LAYERS["facilities"], Area.everywhere())
    rule = rule_of(scan, "facilities_bicycle")
    cut = REGISTRY["facility_minutes"].measure(scan.parcels, layers, rule.params)
    uncut = REGISTRY["facility_minutes"].measure(scan.parcels, dict(layers, facilities=whole), rule.params)
    assert ((cut.lower > 15) == (uncut.lower > 15)).all()


def test_every_parcel_in_a_recreation_park_fails(scan: Scan) -> None:
    """Camping Seveningen and the static caravans included: more than 5 m2 of park is too much."""
    parks = scan.layers["recreation_parks"].frame
    finding = scan.findings["recreation_park"]
    together = shapely.union_all(parks.geometry.to_numpy())
    shared = shapely.area(shapely.intersection(scan.parcels.geometry, together))
    assert ((finding.outcome == Outcome.FAIL) == (shared > PARK_LIMIT_M2)).all()
    inside = shapely.intersects(together, shapely.point_on_surface(scan.parcels.geometry))
    assert (finding.outcome[inside] == Outcome.FAIL).all()
    assert (scan.verdicts.best[inside] == Outcome.FAIL).all()
    for row, name in parks["name"].items():
        assert shapely.intersects(parks.geometry[row], scan.parcels.geometry[finding.outcome == Outcome.FAIL]).any(), (
            name
        )


def test_campsite_and_caravans_are_recreation_parks(scan: Scan) -> None:
    """Every building that is mapped as a static caravan stands in one, and so does the middle of the campsite."""
    parks = scan.layers["recreation_parks"].frame
    seveningen = parks[parks["name"] == "Camping Seveningen"]
    assert set(seveningen["park_kind"]) == {"camping"}
    assert seveningen.geometry.iloc[0].area > 20_000
    extract = DEMO_DATA / "source" / "kampen.osm.pbf"
    ground = read_ground(extract)
    mapped = read_areas(extract, ground, lambda tags: tags.get("building") == "static_caravan", ("building",))
    caravans = mapped.frame.geometry.to_numpy()
    caravans = caravans[shapely.covers(ground.known, caravans)]
    assert len(caravans) > 50
    assert shapely.intersects(shapely.union_all(parks.geometry.to_numpy()), shapely.centroid(caravans)).all()


@pytest.mark.parametrize(
    ("x", "y", "zone"),
    [
        (190_735, 507_390, "Sport"),  # sports hall De Reeve, with a pub in it
        (190_505, 507_435, "Sport"),  # swimming pool De Steur
        (190_430, 507_720, "Groen"),  # the park between the old town and Hanzewijk, not farmland
        (191_000, 507_905, "Centrum"),  # the old town
        (193_500, 509_500, "Agrarisch - Glastuinbouw"),  # a greenhouse in the Koekoekspolder
        (190_760, 509_250, "Recreatie - Verblijfsrecreatie"),  # Camping Seveningen
        (188_500, 509_000, "Bedrijventerrein"),  # Haatland
    ],
)
def test_zones_an_inhabitant_would_recognise(scan: Scan, x: float, y: float, zone: str) -> None:
    """Places that were wrong once, and a few that everybody knows."""
    assert zone_at(scan, x, y) == zone


def test_verges_and_bridge_piers_are_no_sites(scan: Scan) -> None:
    """Narrow grass along a street is zoned as traffic; the piers of the bridge are no parcels."""
    zones = scan.layers["zoning"].frame
    verge = shapely.union_all(zones.geometry[zones["designation_code"] == "Verkeer - Berm"].to_numpy())
    in_verge = shapely.intersects(verge, shapely.point_on_surface(scan.parcels.geometry))
    assert in_verge.sum() > 200
    assert (scan.findings["zoning"].outcome[in_verge] == Outcome.FAIL).mean() > 0.95
    bridge = shapely.box(191_030, 508_120, 191_115, 508_185)
    assert not shapely.intersects(bridge, scan.parcels.geometry).any()


def test_parcels_have_plausible_sizes(scan: Scan) -> None:
    """Nothing smaller than a shed or larger than the largest greenhouse; the usual one is a house with a garden."""
    areas = scan.parcels.areas
    assert areas.min() > 40
    assert areas.max() < 150_000
    assert 150 < np.median(areas) < 400
    assert (shapely.get_type_id(scan.parcels.geometry) == shapely.GeometryType.POLYGON).all()
