"""Access to streets per mode on small hand-written extracts, and the objects that are facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from layers.osm.streets import FacilityKind, read_facilities, read_facility_kinds, read_streets
from suitability.core.errors import SourceError
from tests.paths import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = CONFIG / "facilities.yaml"
BOTH, ALONG, AGAINST, CLOSED = "both", "along", "against", "closed"


def write_osm(folder: Path, *ways: dict[str, str], nodes: tuple[dict[str, str], ...] = ()) -> Path:
    """Write an extract with a straight street of three nodes per way, 111 m apart, and tagged nodes."""
    lines = ['<?xml version="1.0"?>', '<osm version="0.6">']
    for i, tags in enumerate(nodes):
        lines.append(f'<node id="{9000 + i}" version="1" lat="52.6" lon="{5.9 + i / 1000}">{_tags(tags)}</node>')
    for i in range(len(ways)):
        lines += [
            f'<node id="{10 * i + j + 1}" version="1" lat="{52.55 + j / 1000}" lon="{5.9 + i / 100}"/>'
            for j in range(3)
        ]
    for i, tags in enumerate(ways):
        refs = "".join(f'<nd ref="{10 * i + j + 1}"/>' for j in range(3))
        lines.append(f'<way id="{i + 1}" version="1">{refs}{_tags(tags)}</way>')
    path = folder / "small.osm"
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def openness(path: Path, mode: str) -> str:
    """Return in which directions the one way of an extract is open to a mode (drawn northwards)."""
    graph = read_streets(path)[mode]
    if len(graph.tail) == 0:
        return CLOSED
    north = graph.node_xy[graph.head][:, 1] > graph.node_xy[graph.tail][:, 1]
    assert len(set(zip(graph.forward, graph.backward, strict=True))) == 1
    assert north.all()
    return {(True, True): BOTH, (True, False): ALONG, (False, True): AGAINST}[
        (bool(graph.forward[0]), bool(graph.backward[0]))
    ]


CASES = [
    ("residential", {"highway": "residential"}, BOTH, BOTH),
    ("one_way_street", {"highway": "residential", "oneway": "yes"}, BOTH, ALONG),
    ("one_way_reversed", {"highway": "residential", "oneway": "-1"}, BOTH, AGAINST),
    ("one_way_but_not_for_bicycles", {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}, BOTH, BOTH),
    (
        "one_way_with_opposite_lane",
        {"highway": "residential", "oneway": "yes", "cycleway": "opposite_lane"},
        BOTH,
        BOTH,
    ),
    ("one_way_for_bicycles_only", {"highway": "residential", "oneway:bicycle": "yes"}, BOTH, ALONG),
    ("one_way_on_foot", {"highway": "footway", "oneway:foot": "yes"}, ALONG, CLOSED),
    ("roundabout", {"highway": "tertiary", "junction": "roundabout"}, BOTH, ALONG),
    ("steps", {"highway": "steps", "bicycle": "yes"}, BOTH, CLOSED),
    ("motorway", {"highway": "motorway"}, CLOSED, CLOSED),
    ("trunk", {"highway": "trunk"}, CLOSED, CLOSED),
    ("trunk_opened_to_bicycles", {"highway": "trunk", "bicycle": "yes"}, CLOSED, BOTH),
    ("footway", {"highway": "footway"}, BOTH, CLOSED),
    ("footway_for_bicycles", {"highway": "footway", "bicycle": "designated"}, BOTH, BOTH),
    ("footway_where_you_push", {"highway": "footway", "bicycle": "dismount"}, BOTH, CLOSED),
    ("pedestrian", {"highway": "pedestrian"}, BOTH, CLOSED),
    ("pedestrian_for_bicycles", {"highway": "pedestrian", "bicycle": "yes"}, BOTH, BOTH),
    ("path", {"highway": "path"}, BOTH, BOTH),
    ("cycleway", {"highway": "cycleway"}, BOTH, BOTH),
    ("cycleway_not_on_foot", {"highway": "cycleway", "foot": "no"}, CLOSED, BOTH),
    ("use_sidepath", {"highway": "secondary", "bicycle": "use_sidepath"}, BOTH, CLOSED),
    ("no_bicycles", {"highway": "primary", "bicycle": "no"}, BOTH, CLOSED),
    ("private", {"highway": "service", "access": "private"}, CLOSED, CLOSED),
    ("private_but_bicycles_allowed", {"highway": "service", "access": "private", "bicycle": "yes"}, CLOSED, BOTH),
    ("no_access_but_on_foot", {"highway": "track", "access": "no", "foot": "yes"}, BOTH, CLOSED),
    ("no_vehicles", {"highway": "track", "vehicle": "no"}, BOTH, CLOSED),
    ("destination", {"highway": "unclassified", "access": "destination"}, BOTH, BOTH),
    ("under_construction", {"highway": "construction", "construction": "residential"}, CLOSED, CLOSED),
    ("proposed", {"highway": "proposed"}, CLOSED, CLOSED),
    ("ferry", {"route": "ferry", "foot": "yes", "bicycle": "yes"}, CLOSED, CLOSED),
    ("bus_lane", {"highway": "busway"}, CLOSED, CLOSED),
    ("raceway", {"highway": "raceway"}, CLOSED, CLOSED),
    ("square", {"highway": "pedestrian", "area": "yes"}, CLOSED, CLOSED),
]


@pytest.mark.parametrize(("tags", "walk", "bicycle"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_access(tmp_path: Path, tags: dict[str, str], walk: str, bicycle: str) -> None:
    """One way with these tags, and the modes and directions that may use it."""
    path = write_osm(tmp_path, tags)
    assert openness(path, "walk") == walk
    assert openness(path, "bicycle") == bicycle


def test_pieces_lengths_and_names(tmp_path: Path) -> None:
    """Every straight piece is a segment of its true length, with the name of its street, else its number."""
    path = write_osm(
        tmp_path,
        {"highway": "residential", "name": "Dorpsstraat"},
        {"highway": "primary", "ref": "N50"},
        {"highway": "path"},
    )
    graph = read_streets(path)["walk"]
    assert len(graph.tail) == 6
    assert graph.length_m == pytest.approx(np.full(6, 111.27), abs=0.15)
    labels = [graph.names[i] if i >= 0 else None for i in graph.name]
    assert sorted(labels, key=str) == ["Dorpsstraat"] * 2 + ["N50"] * 2 + [None] * 2


def test_each_mode_holds_only_its_own_nodes(tmp_path: Path) -> None:
    """A footway's nodes are not in the bicycle graph, where nothing could reach them."""
    network = read_streets(write_osm(tmp_path, {"highway": "footway"}, {"highway": "cycleway", "foot": "no"}))
    assert len(network["walk"].node_xy) == len(network["bicycle"].node_xy) == 3
    assert not np.isin(network["walk"].node_xy[:, 0], network["bicycle"].node_xy[:, 0]).any()


def test_coordinates_are_rd(tmp_path: Path) -> None:
    """Kampen lies near (190000, 507000)."""
    xy = read_streets(write_osm(tmp_path, {"highway": "path"}))["walk"].node_xy
    assert ((xy > [185_000, 500_000]) & (xy < [200_000, 515_000])).all()


def test_cut_way_does_not_jump_over_missing_nodes(tmp_path: Path) -> None:
    """A node outside the extract ends a piece; no straight line is drawn across the gap."""
    path = tmp_path / "cut.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="52.55" lon="5.9"/><node id="2" version="1" lat="52.551" lon="5.9"/>'
        '<node id="4" version="1" lat="52.553" lon="5.9"/><node id="5" version="1" lat="52.554" lon="5.9"/>'
        '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="5"/>'
        '<tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    assert len(read_streets(path)["walk"].tail) == 2


def test_unreadable_file(tmp_path: Path) -> None:
    """A missing file and one that is no extract are both reported with their path."""
    with pytest.raises(SourceError, match="absent"):
        read_streets(tmp_path / "absent.osm.pbf")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"this is not a map")
    with pytest.raises(SourceError, match="broken"):
        read_streets(broken)
    with pytest.raises(SourceError, match="broken"):
        read_facilities(broken, read_facility_kinds(CONFIG))


def test_blood_test_site_is_not_a_doctor(tmp_path: Path) -> None:
    """``amenity=doctors`` with ``healthcare=sample_collection`` is not a GP."""
    path = write_osm(
        tmp_path,
        nodes=(
            {"amenity": "doctors", "name": "Huisartsenpraktijk"},
            {"amenity": "doctors", "healthcare": "sample_collection", "name": "Prikpost"},
            {"shop": "supermarket", "brand": "Jumbo"},
            {"amenity": "pharmacy"},
            {"railway": "station", "disused": "yes"},
        ),
    )
    found = read_facilities(path, read_facility_kinds(CONFIG))
    assert dict(zip(found["facility_kind"], found["name"], strict=True)) == {
        "doctor": "Huisartsenpraktijk",
        "supermarket": "Jumbo",
        "pharmacy": "apotheek",
    }
    assert found.crs.to_epsg() == 28992


def test_facility_drawn_as_way_and_none_at_all(tmp_path: Path) -> None:
    """A way counts with a point in it; an extract without facilities gives an empty table."""
    school = FacilityKind("school", "school", ({"amenity": ("school",)},), {})
    found = read_facilities(write_osm(tmp_path, {"amenity": "school"}), (school,))
    assert list(found["source_id"]) == ["w1"]
    assert found.geometry.iloc[0].geom_type == "Point"
    assert len(read_facilities(write_osm(tmp_path, {"highway": "path"}), (school,))) == 0


@pytest.mark.parametrize(
    "text", ["facilities: 3", "facilities: {school: {}}", "shops: {}", "a: [", "facilities: {x: {name: x, tags: [3]}}"]
)
def test_broken_facility_table(tmp_path: Path, text: str) -> None:
    """A table of another form is answered with its path, never with a traceback."""
    path = tmp_path / "facilities.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"facilities\.yaml"):
        read_facility_kinds(path)
