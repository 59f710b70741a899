"""``docs/worked-example.md`` by an independent road: school geometry, NetworkX, and the table looked up by hand.

Three must agree on every number: the page, the calculation here (none of the engine's kernels), and the tool.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import pytest
import yaml

from suitability.core.measurement import Outcome
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd

    from suitability.core.layer import StreetGraph
    from suitability.scan.run import Scan

PAGE: Final = (ROOT / "docs" / "worked-example.md").read_text(encoding="utf-8")
ADDRESS: Final = "Koekoeksweg 22, IJsselmuiden"
NEIGHBOUR: Final = "bij Koekoeksweg 20, IJsselmuiden"
ALLOWED: Final = (
    "agrarisch", "agrarisch met waarden", "bedrijf", "bedrijventerrein", "centrum", "detailhandel", "dienstverlening", "gemengd", "horeca",
    "kantoor", "maatschappelijk", "wonen", "woongebied",
)  # fmt: skip
CYCLING, WALKING = 15_000 / 60, 5_000 / 60  # metres per minute
Point = tuple[float, float]


# --- school geometry -------------------------------------------------------------------------------------------------


def corners(shape: Any) -> list[Point]:
    """Return the corners of a polygon without holes, the first one not repeated."""
    assert shape.geom_type == "Polygon"
    assert not shape.interiors
    return [(x, y) for x, y in shape.exterior.coords][:-1]


def shoelace(ring: list[Point]) -> tuple[float, Point]:
    """Return the area and the centre of gravity of a ring, around its first corner to keep the products small."""
    x0, y0 = ring[0]
    twice = cx = cy = 0.0
    for (ax, ay), (bx, by) in pairwise([*ring, ring[0]]):
        cross = (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
        twice += cross
        cx += (ax + bx - 2 * x0) * cross
        cy += (ay + by - 2 * y0) * cross
    return abs(twice) / 2, (x0 + cx / (3 * twice), y0 + cy / (3 * twice))


def foot(point: Point, start: Point, stop: Point) -> tuple[float, float]:
    """Return how far a point lies from a straight piece, and at which fraction of it its foot lies."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    square = dx * dx + dy * dy
    along = 0.0 if square == 0 else ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / square
    along = min(max(along, 0.0), 1.0)
    return math.hypot(point[0] - start[0] - along * dx, point[1] - start[1] - along * dy), along


def gap(one: list[Point], other: list[Point]) -> float:
    """Return the distance between two rings that do not cross: from each corner to each side of the other."""
    return min(
        foot(corner, start, stop)[0]
        for ring, sides in ((one, other), (other, one))
        for corner in ring
        for start, stop in pairwise([*sides, sides[0]])
    )


# --- the parcel and the numbers on the page --------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A parcel of the scan: its position, corners and shape."""

    scan: Scan
    at: int

    @property
    def shape(self) -> Any:
        """Return its polygon."""
        return self.scan.parcels.geometry[self.at]

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Return the data of a layer."""
        return self.scan.layers[name].frame

    def value(self, rule: str) -> float:
        """Return the value that the tool measured for a rule."""
        return float(self.scan.findings[rule].value[self.at])

    def margin(self, rule: str) -> float:
        """Return the margin that the tool reports."""
        return float(self.scan.findings[rule].margin[self.at])

    def outcome(self, rule: str) -> int:
        """Return the tool's outcome."""
        return int(self.scan.findings[rule].outcome[self.at])


def place(scan: Scan, label: str) -> Place:
    rows = [at for at, text in enumerate(scan.frame["label"]) if text == label]
    return Place(scan, min(rows, key=lambda at: scan.parcels.ids[at]))


@pytest.fixture(scope="module")
def parcel(scan_of: Callable[[str], Scan]) -> Place:
    """Return the parcel of the worked example."""
    return place(scan_of("kadaster-scan"), ADDRESS)


def on_page(label: str) -> tuple[float, int]:
    """Return the number in the page's table under a label, and its number of decimals."""
    rows = re.findall(rf"^\| {re.escape(label)} \| ([\d,.−]+) ", PAGE, flags=re.MULTILINE)
    assert len(rows) == 1, (label, rows)
    text = rows[0].replace(",", "").replace("−", "-")
    return float(text), len(text.partition(".")[2])


def agree(label: str, by_hand: float, by_tool: float) -> None:
    """Check that page, hand and tool give one number."""
    written, decimals = on_page(label)
    assert by_tool == pytest.approx(by_hand, abs=1e-6), label
    assert written == pytest.approx(by_hand, abs=0.5000001 * 10**-decimals), label


# --- the parcel ------------------------------------------------------------------------------------------------------


def test_corners_area_and_middle(parcel: Place) -> None:
    """The corners on the page are those of the parcel; area and middle follow from them."""
    listed = [
        (float(x), float(y))
        for x, y in re.findall(r"^ *\d+ +(\d{6}\.\d{4}) +(\d{6}\.\d{4})$", PAGE, flags=re.MULTILINE)
    ]
    assert listed == corners(parcel.shape)
    area, (x, y) = shoelace(listed)
    agree("area", area, float(parcel.scan.parcels.areas[parcel.at]))
    agree("middle, x", x, parcel.shape.centroid.x)
    agree("middle, y", y, parcel.shape.centroid.y)
    assert parcel.scan.parcels.ids[parcel.at] in PAGE


# --- zoning and recreation -------------------------------------------------------------------------------------------


def test_zoning(parcel: Place) -> None:
    """Area division: the part in each allowed zone, added up, divided by the whole."""
    zones = parcel.layer("zoning")
    parts = {
        row.designation_code: row.geometry.intersection(parcel.shape).area
        for row in zones[zones["designation"].isin(ALLOWED)].itertuples()
        if row.geometry.intersects(parcel.shape)
    }
    parts = {code: area for code, area in parts.items() if area > 0}
    assert list(parts) == ["Wonen - Buitengebied"]
    assert list(parts)[0] in PAGE  # noqa: RUF015
    share = sum(parts.values()) / parcel.shape.area
    agree("share in allowed zones", share * 100, parcel.value("zoning") * 100)
    agree("share to spare", share * 100 - 50, parcel.margin("zoning") * 100)


def test_recreation(parcel: Place) -> None:
    """No park reaches the parcel; the nearest is half a kilometre away."""
    parks = parcel.layer("recreation_parks")
    overlap = sum(shape.intersection(parcel.shape).area for shape in parks.geometry)
    agree("recreation park on the parcel", overlap, parcel.value("recreation_park"))
    away = {row.name: gap(corners(parcel.shape), corners(row.geometry)) for row in parks.itertuples(index=False)}
    nearest = min(away, key=lambda name: away[name])
    assert nearest in PAGE
    agree("nearest recreation park", away[nearest], min(parks.geometry.distance(parcel.shape)))


# --- the trip --------------------------------------------------------------------------------------------------------


def partitions_of(graph: StreetGraph) -> Iterator[tuple[int, Point, Point]]:
    """Give each straight piece of street: its number, begin and end."""
    nodes = [(float(x), float(y)) for x, y in graph.node_xy]
    for number, (tail, head) in enumerate(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)):
        yield number, nodes[tail], nodes[head]


def join(graph: StreetGraph, point: Point) -> tuple[int, float, float]:
    """Return the nearest piece of street (number, fraction along it, metres to it), by trying all."""
    tried = ((*foot(point, start, stop), number) for number, start, stop in partitions_of(graph))
    leg, fraction, number = min(tried, key=lambda one: (one[0], one[2]))
    return number, fraction, leg


def street_network(graph: StreetGraph) -> nx.DiGraph:
    """Return the pieces of street as a directed graph in metres; of parallel pieces the shortest."""
    network = nx.DiGraph()
    for number, start, stop in partitions_of(graph):
        ends = (int(graph.tail[number]), int(graph.head[number]))
        metres = math.dist(start, stop)
        for (a, b), open_ in ((ends, graph.forward[number]), (ends[::-1], graph.backward[number])):
            if open_ and metres < network.get_edge_data(a, b, {"metres": math.inf})["metres"]:
                network.add_edge(a, b, metres=metres, name=int(graph.name[number]))
    return network


@dataclass(frozen=True)
class Trip:
    """One trip: metres walked at both ends, metres along each street in order of travel, and where it ends."""

    leg_m: float
    streets_m: dict[str, float]
    door_leg_m: float
    door: str

    def minutes(self, pace: float) -> float:
        """Return the minutes at a pace on the street in metres per minute; the ends are walked."""
        return (self.leg_m + self.door_leg_m) / WALKING + sum(self.streets_m.values()) / pace


def trip_to(parcel: Place, mode: str, pace: float) -> Trip:
    """Return the quickest trip from the middle of the parcel to a supermarket."""
    graph = parcel.scan.layers["streets"].streets[mode]
    network = street_network(graph)
    number, fraction, leg = join(graph, shoelace(corners(parcel.shape))[1])
    metres, name = float(graph.length_m[number]), int(graph.name[number])
    network.add_edge("home", int(graph.tail[number]), metres=fraction * metres, name=name)
    network.add_edge("home", int(graph.head[number]), metres=(1 - fraction) * metres, name=name)
    facilities = parcel.layer("facilities")
    door_leg = {}
    for row, shop in facilities[facilities["facility_kind"] == "supermarket"].iterrows():
        piece, part, last = join(graph, (shop.geometry.x, shop.geometry.y))
        assert piece != number
        metres, name, door_leg[row] = float(graph.length_m[piece]), int(graph.name[piece]), last
        if graph.forward[piece]:
            network.add_edge(int(graph.tail[piece]), ("door", row), metres=part * metres, name=name)
        if graph.backward[piece]:
            network.add_edge(int(graph.head[piece]), ("door", row), metres=(1 - part) * metres, name=name)
    assert graph.forward[number]
    assert graph.backward[number]
    metres_to, paths = nx.single_source_dijkstra(network, "home", weight="metres")
    best = min(door_leg, key=lambda row: metres_to[("door", row)] / pace + door_leg[row] / WALKING)
    streets: dict[str, float] = {}
    for a, b in pairwise(paths[("door", best)]):
        street = graph.names[network[a][b]["name"]] if network[a][b]["name"] >= 0 else "without a name"
        streets[street] = streets.get(street, 0.0) + network[a][b]["metres"]
    return Trip(leg, streets, door_leg[best], str(facilities["name"][best]))


def test_trip_by_bicycle(parcel: Place) -> None:
    """Leg, streets, leg; each at its own speed."""
    trip = trip_to(parcel, "bicycle", CYCLING)
    details = parcel.scan.findings["facilities_bicycle"].measurement.details
    agree("leg across the own land", trip.leg_m, float(details["access_leg_m"][parcel.at]))
    agree("along the streets", sum(trip.streets_m.values()), float(details["network_m"][parcel.at]))
    for street, metres in trip.streets_m.items():
        agree(f"of which {street}", metres, metres)
    assert f"{trip.door} at the Grafhorsterweg" in PAGE
    minutes = trip.minutes(CYCLING)
    agree("leg to the door", trip.door_leg_m, (minutes - trip.leg_m / WALKING) * WALKING - on_street(trip))
    agree("minutes by bicycle", minutes, parcel.value("facilities_bicycle"))
    agree("minutes to spare", 15 - minutes, parcel.margin("facilities_bicycle"))


def on_street(trip: Trip) -> float:
    """Return the metres that would be walked in the time cycled."""
    return sum(trip.streets_m.values()) / CYCLING * WALKING


def test_trip_on_foot(parcel: Place) -> None:
    """The rule is met by either; by bicycle there is more to spare for its limit, so that one decides."""
    minutes = trip_to(parcel, "walk", WALKING).minutes(WALKING)
    agree("minutes on foot", minutes, parcel.value("facilities_walk"))
    agree("minutes on foot to spare", 30 - minutes, parcel.margin("facilities_walk"))
    assert (15 - on_page("minutes by bicycle")[0]) / 15 > (30 - minutes) / 30
    assert parcel.value("facilities") == parcel.value("facilities_bicycle")


# --- employers and businesses ----------------------------------------------------------------------------------------


def test_employer(parcel: Place) -> None:
    """The nearest building with ten jobs or more is the greenhouse behind it."""
    employers = parcel.layer("employers")
    large = employers[employers["jobs"] >= 10]
    around = large[large.geometry.distance(parcel.shape) < 500]
    away = {row: gap(corners(parcel.shape), corners(around.geometry[row])) for row in around.index}
    nearest = min(away, key=lambda row: away[row])
    floor, _ = shoelace(corners(employers.geometry[nearest]))
    agree("ground floor of the greenhouse", floor, employers.geometry[nearest].area)
    agree("jobs in it", round(floor / 1_400), int(employers["jobs"][nearest]))
    agree("to the employer", away[nearest], parcel.value("near_work"))
    agree("of the 15 km to spare", 15_000 - away[nearest], parcel.margin("near_work"))
    assert employers["name"][nearest] in PAGE


def spare_by_hand(parcel: Place) -> dict[str, tuple[float, float, str]]:
    """Return for each business within 800 m its distance, its margin over the guideline distance, and its category."""
    table = yaml.safe_load((ROOT / "config/scales/guideline-distances-2009.yaml").read_text(encoding="utf-8"))
    guideline = table["columns"]["quiet_residential"]
    businesses = parcel.layer("businesses")
    around = businesses[businesses.geometry.distance(parcel.shape) < 800]
    found = {}
    for row in around.itertuples(index=False):
        away = gap(corners(parcel.shape), corners(row.geometry))
        assert row.environmental_category in guideline, "an unknown category would widen the bounds"
        found[row.name] = (away, away - guideline[row.environmental_category], row.environmental_category)
    return found


def test_environment(parcel: Place) -> None:
    """The distance to every business around, less the guideline distance of its category; the least counts."""
    spare = spare_by_hand(parcel)
    order = sorted(spare, key=lambda name: spare[name][1])
    agree("to the greenhouse", spare[order[0]][0], parcel.value("environment") + 30)
    agree("metres to spare", spare[order[0]][1], parcel.value("environment"))
    listed = re.findall(r"^\| (Bedrijf .*?) \| ([\d.]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    assert [line[0] for line in listed] == order[: len(listed)]
    assert len(listed) >= 4
    for name, category, guideline, away, left in listed:
        assert spare[name][2] == category
        assert spare[name][0] == pytest.approx(float(away), abs=0.005)
        assert spare[name][1] == pytest.approx(float(left), abs=0.005)
        assert float(away) - float(guideline) == pytest.approx(float(left), abs=0.011)


def test_edge_of_the_data(parcel: Place) -> None:
    """Objects beyond the edge cannot change an outcome: they lie further away than the largest distance that counts."""
    edge = corners(parcel.scan.layers["businesses"].coverage)
    away = gap(corners(parcel.shape), edge)
    agree("to the edge of the data", away, parcel.shape.distance(parcel.scan.layers["businesses"].coverage.boundary))
    assert away - 300 > on_page("metres to spare")[0]


# --- the verdicts ----------------------------------------------------------------------------------------------------


def test_verdict(parcel: Place) -> None:
    """All five rules pass; the rule named is the one with the least margin as a part of its limit or band."""
    rules = ("zoning", "recreation_park", "facilities", "near_work", "environment")
    assert [parcel.outcome(rule) for rule in rules] == [Outcome.PASS] * 5
    assert tuple(rule.id for rule in parcel.scan.policy.deciding_rules) == rules
    assert parcel.scan.verdicts.best[parcel.at] == Outcome.PASS
    of_limit = {
        "zoning": 50 / 50,
        "recreation_park": 5 / 5,
        "facilities": on_page("minutes to spare")[0] / 15,
        "near_work": on_page("of the 15 km to spare")[0] / 15_000,
        "environment": on_page("metres to spare")[0] / 10,  # of its near-miss band
    }
    assert rules[parcel.scan.verdicts.deciding[parcel.at]] == min(of_limit, key=lambda rule: of_limit[rule])
    assert min(of_limit, key=lambda rule: of_limit[rule]) == "environment"


def test_the_neighbour_falls(scan_of: Callable[[str], Scan]) -> None:
    """Next door the same greenhouse is too near, and an office nearer still."""
    other = place(scan_of("kadaster-scan"), NEIGHBOUR)
    spare = spare_by_hand(other)
    decisive = min(spare, key=lambda name: spare[name][1])
    agree("neighbour: to the business", spare[decisive][0], other.value("environment") + 30)
    agree("neighbour: metres short", -spare[decisive][1], -other.value("environment"))
    assert decisive in PAGE
    assert other.outcome("environment") == Outcome.FAIL
    assert other.scan.verdicts.best[other.at] == Outcome.FAIL
    assert other.scan.parcels.ids[other.at] in PAGE


def test_every_number_of_the_page_is_checked() -> None:
    """A row that no test reads would be decoration."""
    source = Path(__file__).read_text(encoding="utf-8")
    labels = re.findall(r"^\| ([a-z][^|]*?) \| [\d,.−]+ ", PAGE, flags=re.MULTILINE)
    assert len(labels) > 20
    for label in labels:
        assert f'"{label}"' in source or label.startswith("of which "), label
