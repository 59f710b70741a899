"""Layers from an OpenStreetMap extract: equal to the embedded municipality, and correct at edges and traps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from layers.demo import DemoSource
from layers.osm.coverage import read_ground
from layers.osm.source import OsmSource
from suitability.core.errors import LayerError, SourceError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from tests.layers.contract import SourceContract
from tests.layers.osm.extracts import KAMPEN, KINDS, Sketch, cut_extract

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from suitability.core.layer import Layer, Layers

WEST = (185_900.0, 504_800.0, 188_500.0, 508_500.0)
EVERYWHERE = Area.everywhere()


def load(path: Path, layer: str, area: Area = EVERYWHERE) -> Layer:
    """Return a layer of an extract."""
    return OsmSource(path, KINDS).load(LAYERS[layer], area)


def shapes(layer: Layer) -> np.ndarray:
    """Return the shapes of a layer, each in its standard form."""
    return shapely.normalize(layer.frame.geometry.to_numpy())


class ButMunicipality(OsmSource):
    """All layers but the one that a small cut cannot have."""

    def offers(self) -> frozenset[str]:
        """Return the names of the layers."""
        return super().offers() - {"municipality"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> OsmSource:
    """Return the west of the extract as a source."""
    return ButMunicipality(cut_extract(tmp_path_factory.mktemp("west") / "west.osm.pbf", WEST), KINDS)


class TestContract(SourceContract):
    """A cut of the real extract is a source like any other: the west, with a campsite and a settlement."""


@pytest.fixture(scope="module")
def kampen() -> Layers:
    """Return the layers of the whole extract, but for settlements, which take long."""
    source = OsmSource(KAMPEN, KINDS)
    return {name: source.load(LAYERS[name], EVERYWHERE) for name in source.offers() - {"settlements"}}


@pytest.fixture(scope="module")
def demo() -> Layers:
    """Return the embedded layers, which were built from the same extract."""
    return {name: DemoSource().load(LAYERS[name], EVERYWHERE) for name in DemoSource().offers()}


def test_streets_are_those_of_the_demo(kampen: Layers, demo: Layers) -> None:
    """Node for node and piece for piece, of both modes."""
    for mode in ("walk", "bicycle"):
        ours, theirs = kampen["streets"].streets[mode], demo["streets"].streets[mode]
        for part in ("node_xy", "tail", "head", "length_m", "forward", "backward"):
            assert np.array_equal(getattr(ours, part), getattr(theirs, part)), (mode, part)
        names = [[graph.names[i] if i >= 0 else None for i in graph.name] for graph in (ours, theirs)]
        assert names[0] == names[1]


@pytest.mark.parametrize(
    ("layer", "columns", "rows"),
    [
        ("facilities", ["facility_kind", "name", "source_id"], 278),
        ("buildings", ["bag_id", "year", "status"], 29_681),
        ("water", ["name"], 824),
        ("public_roads", ["name", "width_m", "road_class"], 3_485),
    ],
)
def test_rows_are_those_of_the_demo(kampen: Layers, demo: Layers, layer: str, columns: list[str], rows: int) -> None:
    """The same tags give the same result: every row with its columns and its shape."""
    ours, theirs = kampen[layer], demo[layer]
    assert len(ours.frame) == len(theirs.frame) == rows

    def content(one: Layer) -> list[tuple[object, ...]]:
        texts = [one.frame[column].astype("string").fillna("-").tolist() for column in columns]
        return sorted(zip(*texts, shapely.to_wkb(shapes(one)).tolist(), strict=True))

    assert content(ours) == content(theirs)


def test_settlement_is_that_of_the_demo(source: OsmSource, demo: Layers) -> None:
    """The one settlement that lies whole in the west; towns cut by the box are not called complete there."""
    layer = source.load(LAYERS["settlements"], EVERYWHERE)
    theirs = shapes(demo["settlements"])
    west = [shape for shape in theirs if shapely.box(*WEST).contains(shape)]
    assert len(west) == 1
    assert list(layer.frame["name"]) == ["Dronten"]
    assert shapes(layer)[0].equals(west[0])
    assert layer.provenance.standing == "derived"


def test_recreation_parks_are_those_of_the_demo(kampen: Layers, demo: Layers) -> None:
    """The campsite that is tagged as a marina and the static caravans included: nine parks of the same names."""
    ours, theirs = kampen["recreation_parks"], demo["recreation_parks"]
    assert set(zip(ours.frame["name"], ours.frame["park_kind"], strict=True)) == set(
        zip(theirs.frame["name"], theirs.frame["park_kind"], strict=True)
    )
    assert len(ours.frame) == 9
    assert ours.frame.area.sum() == pytest.approx(theirs.frame.area.sum(), abs=1)


def test_pitch_that_is_only_a_point_leaves_its_surroundings_unknown(kampen: Layers) -> None:
    """The outline of the one camper pitch on the map is unknown: 200 m around it are not covered."""
    whole, parks = kampen["facilities"].coverage, kampen["recreation_parks"].coverage
    assert shapely.difference(whole, parks).area == pytest.approx(np.pi * 200**2, rel=0.01)


def test_municipalities_are_those_of_the_demo(kampen: Layers, demo: Layers) -> None:
    """All three are cut by the box; shared boundaries identify them, without a table of names."""
    ours, theirs = kampen["municipality"].frame.set_index("code"), demo["municipality"].frame.set_index("code")
    assert dict(ours["name"]) == {"GM0166": "Kampen", "GM0303": "Dronten", "GM1896": "Zwartewaterland"}
    known = kampen["facilities"].coverage
    for code, shape in ours.geometry.items():
        cut = shapely.intersection(theirs.geometry[code], known)
        assert shapely.symmetric_difference(shape, cut).area < 200, code
    # All ground lies in a municipality: the layer is complete only where it has one.
    assert shapely.union_all(ours.geometry.to_numpy()).buffer(0.5).covers(kampen["municipality"].coverage)


def test_two_municipalities_with_one_boundary_cannot_be_told_apart(source: OsmSource) -> None:
    """In the west only the boundary of Kampen and Dronten is seen: which side is whose, the extract does not say."""
    with pytest.raises(SourceError) as caught:
        load(source.path, "municipality")
    assert "gemeentegrens" in caught.value.sentences("nl")[0]


def test_coverage_is_the_box_less_the_rim_that_was_cut(kampen: Layers, demo: Layers) -> None:
    """The same ground as the demo: the box of the file's header, less 150 m."""
    for name in ("streets", "facilities", "buildings", "water", "public_roads"):
        assert shapely.symmetric_difference(kampen[name].coverage, demo[name].coverage).area < 1, name


def test_provenance_is_that_of_the_file(kampen: Layers) -> None:
    """The date of the header; derived layers are marked as derived."""
    derived = {name for name, layer in kampen.items() if layer.provenance.standing == "derived"}
    assert derived == {"buildings", "recreation_parks", "public_roads"}
    for layer in kampen.values():
        assert layer.provenance.reference_date == date(2023, 1, 30)
        assert layer.provenance.licence == "ODbL 1.0"
        assert layer.provenance.note["nl"]


def test_streets_are_cut_to_the_area(kampen: Layers) -> None:
    """Pieces within reach are all there, and the graph is sound: no node without a street."""
    area = Area("centre", shapely.box(190_500, 507_000, 191_000, 507_500), reach_m=300.0)
    layer = load(KAMPEN, "streets", area)
    part, whole = layer.streets["walk"], kampen["streets"].streets["walk"]
    box = shapely.box(*area.bounds())
    inside = shapely.intersects(box, whole.segments)
    assert len(part.tail) < len(whole.tail) / 3
    kept = {segment.wkb for segment in part.segments}
    assert {segment.wkb for segment in whole.segments[inside]} <= kept
    assert np.array_equal(np.unique(np.concatenate([part.tail, part.head])), np.arange(len(part.node_xy)))
    assert layer.coverage.equals(box)


# Traps, drawn by hand.


def facilities(path: Path) -> dict[str, list[str]]:
    """Return the names of the facilities of an extract, by kind."""
    frame = load(path, "facilities").frame
    return {str(kind): sorted(group["name"]) for kind, group in frame.groupby("facility_kind")}


def test_facilities_that_are_none(tmp_path: Path) -> None:
    """Closed shops, tests and specialists under the tag of a doctor, and a museum line's station."""
    sketch = Sketch()
    sketch.node((10, 10), amenity="doctors", name="Huisartsen Noord")
    sketch.node((20, 10), healthcare="doctor", name="Huisartsen Zuid")
    sketch.node((30, 10), amenity="doctors", healthcare="sample_collection", name="Lab")
    sketch.node((40, 10), amenity="doctors", name="GGD Testlocatie")
    sketch.node((50, 10), amenity="doctors", healthcare="physiotherapist", name="Fysio")
    sketch.node((55, 10), amenity="doctors", healthcare="doctor;physiotherapist", name="Samen Gezond")
    sketch.node((60, 10), amenity="hospital", healthcare="doctor", name="Ziekenhuis")
    sketch.node((70, 10), shop="supermarket", name="Open")
    sketch.node((80, 10), shop="supermarket", disused="yes", name="Dicht")
    sketch.node((90, 10), shop="supermarket", opening_hours="closed", name="Gesloten")
    sketch.node((95, 10), disused__shop="supermarket", name="Was")
    sketch.node((100, 10), shop="bakery;supermarket", name="Winkel")
    sketch.node((110, 10), railway="station", usage="tourism", name="Museumlijn")
    assert facilities(sketch.write(tmp_path)) == {
        "doctor": ["Huisartsen Noord", "Huisartsen Zuid", "Samen Gezond"],
        "hospital": ["Ziekenhuis"],
        "supermarket": ["Open", "Winkel"],
    }


def test_shop_as_point_and_as_building_counts_once(tmp_path: Path) -> None:
    """By the same name and near each other; two doctors 13 m apart, and a shop of the same chain elsewhere, are two."""
    sketch = Sketch()
    sketch.area(0, 0, 40, 30, shop="supermarket", name="Jumbo")
    sketch.node((20, 15), shop="supermarket", name="JUMBO")
    sketch.node((500, 15), shop="supermarket", name="Jumbo")
    sketch.node((600, 0), amenity="doctors", name="Stienstra")
    sketch.node((613, 0), amenity="doctors", name="Hanzepraktijk")
    assert facilities(sketch.write(tmp_path)) == {
        "doctor": ["Hanzepraktijk", "Stienstra"],
        "supermarket": ["Jumbo", "Jumbo"],
    }


def test_school_of_several_buildings(tmp_path: Path) -> None:
    """A multipolygon counts once, with a point inside one of its parts."""
    sketch = Sketch()
    parts = [sketch.area(x, 0, 30, 30) for x in (0, 100)]
    sketch.relation([(ref, "outer") for ref in parts], type="multipolygon", amenity="school", name="De Regenboog")
    frame = load(sketch.write(tmp_path), "facilities").frame
    assert list(frame["name"]) == ["De Regenboog"]
    x, y = frame.geometry.iloc[0].x - 190_000, frame.geometry.iloc[0].y - 507_000
    assert 0 < y < 30
    assert 0 < x < 30 or 100 < x < 130


def parks(path: Path) -> gpd.GeoDataFrame:
    """Return the recreation parks of an extract by name."""
    return load(path, "recreation_parks").frame.set_index("name")


def test_recreation_parks_by_tag_and_by_name(tmp_path: Path) -> None:
    """A marina that is called a campsite is one; a playing field, a camping shop and a closed campsite are none."""
    sketch = Sketch()
    sketch.area(0, 0, 100, 100, leisure="marina", name="Camping De Haven")
    sketch.area(200, 0, 100, 100, tourism="caravan_site", name="Het Zwaantje")
    sketch.area(400, 0, 100, 100, leisure="resort", name="Duinpark")
    sketch.area(600, 0, 100, 100, landuse="recreation_ground", name="Trapveld")
    sketch.area(800, 0, 100, 100, shop="outdoor", building="yes", name="Campingwinkel")
    sketch.area(1000, 0, 100, 100, tourism="camp_site", abandoned="yes", name="Oude Camping")
    sketch.area(1200, 0, 100, 100, tourism="camp_site")
    sketch.area(1400, 0, 100, 100, leisure="marina", name="Jachthaven")
    found = parks(sketch.write(tmp_path))
    assert dict(found["park_kind"]) == {
        "Camping De Haven": "camping",
        "Het Zwaantje": "camping",
        "Duinpark": "vakantiepark",
        "Camping": "camping",
    }
    assert found.geometry["Duinpark"].area == pytest.approx(10_000, rel=0.01)


def test_caravans_make_one_park_and_do_not_count_twice(tmp_path: Path) -> None:
    """Eight caravans 20 m apart are one park around them; those on a campsite belong to it; far ones are another."""
    sketch = Sketch()
    for i in range(8):
        sketch.area(20 * i, 0, 8, 4, building="static_caravan")
    sketch.area(0, 500, 100, 100, tourism="camp_site", name="De Wijde Blik")
    sketch.area(50, 550, 8, 4, building="static_caravan")
    sketch.area(1000, 0, 8, 4, building="static_caravan")
    sketch.node((5, 40), addr__street="Veerweg", addr__housenumber="3", addr__city="Kampen")
    found = parks(sketch.write(tmp_path))
    assert sorted(found["park_kind"]) == ["camping", "stacaravans", "stacaravans"]
    assert found.geometry["Stacaravans bij Veerweg 3, Kampen"].area > 8 * 32
    assert found.geometry["De Wijde Blik"].area == pytest.approx(10_000, rel=0.01)


def test_no_park_on_known_ground_is_an_answer(tmp_path: Path) -> None:
    """An extract without parks gives an empty layer with coverage, and so do all others but municipality."""
    path = Sketch().write(tmp_path)
    for name in ("recreation_parks", "facilities", "water", "buildings", "public_roads", "settlements", "streets"):
        layer = load(path, name)
        assert layer.provenance.rows == 0
        assert layer.coverage.area > 1_000_000
    with pytest.raises(SourceError) as caught:
        load(path, "municipality")
    assert "small.osm" in caught.value.sentences("nl")[0]


def test_area_whose_outline_is_incomplete_is_not_guessed(tmp_path: Path) -> None:
    """Of a lake with a gap in its shore the shape is not known: it is left out, and its ground is not covered."""
    sketch = Sketch()
    shore = [sketch.node(at) for at in ((500, 500), (900, 500), (900, 900), (500, 900))]
    sketch.relation([(sketch.way(shore), "outer")], type="multipolygon", natural="water", name="Het Meer")
    sketch.area(1200, 500, 100, 100, natural="water", name="Plas")
    layer = load(sketch.write(tmp_path), "water")
    assert list(layer.frame["name"]) == ["Plas"]
    assert not layer.coverage.intersects(shapely.Point(190_700, 507_700))
    assert layer.coverage.contains(shapely.Point(191_250, 507_550))


def test_area_cut_by_the_box_is_closed_along_it(tmp_path: Path) -> None:
    """A lake that leaves the extract keeps the part inside."""
    sketch = Sketch()
    edge = sketch.size - 100
    shore = [sketch.node(at) for at in ((edge - 1, 500), (1500, 500), (1500, 900), (edge - 1, 900))]
    sketch.way([*shore, 999_999, shore[0]], natural="water", name="Het Meer")
    layer = load(sketch.write(tmp_path), "water")
    assert layer.frame.geometry.iloc[0].area == pytest.approx(400 * (edge - 1500), rel=0.01)


def test_hole_in_a_lake_and_a_pier_of_a_bridge(tmp_path: Path) -> None:
    """An island is no water, unless it is too small to stand on."""
    sketch = Sketch()
    outer = sketch.area(0, 0, 400, 400)
    holes = [sketch.area(100, 100, 100, 100), sketch.area(300, 300, 10, 10)]
    sketch.relation([(outer, "outer"), *((ref, "inner") for ref in holes)], type="multipolygon", natural="water")
    layer = load(sketch.write(tmp_path), "water")
    assert layer.frame.geometry.iloc[0].area == pytest.approx(400 * 400 - 100 * 100, rel=0.01)


def test_ground_without_nodes_is_not_covered(tmp_path: Path) -> None:
    """The box of a province also holds land of its neighbours, of which the file is silent."""
    full = Sketch(size=6000.0).write(tmp_path)
    whole = read_ground(full).known
    sketch = Sketch(size=6000.0)
    sketch.ground = lambda: (
        [sketch.node((float(x), float(y))) for x in range(0, 3000, 150) for y in range(0, 5900, 150)] and None
    )  # type: ignore[method-assign]
    half = read_ground(sketch.write(tmp_path, "half.osm")).known
    assert whole.area == pytest.approx(5700**2, rel=0.01)
    assert half.area < whole.area / 2
    assert half.bounds[2] < 193_000


def test_outline_beside_the_extract_is_believed(tmp_path: Path) -> None:
    """A ``.poly`` file states where the extract is complete; a hole in it is not covered."""
    path = Sketch().write(tmp_path, "town.osm")
    ring = "   5.914   52.549\n   5.930   52.549\n   5.930   52.558\n   5.914   52.558\n   5.914   52.549\nEND\n"
    hole = "!2\n   5.920   52.552\n   5.922   52.552\n   5.922   52.554\n   5.920   52.554\nEND\n"
    (tmp_path / "town.poly").write_text(f"town\n1\n{ring}{hole}END\n", encoding="utf-8")
    known = load(path, "facilities").coverage
    assert known.area == pytest.approx(1084 * 1001 - 135 * 222, rel=0.02)
    assert len(known.interiors) == 1
    (tmp_path / "town.poly").write_text("town\n1\n 5.9 north\nEND\nEND\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        load(path, "facilities")
    assert "town.poly, line 3" in caught.value.sentences("en")[0]


def test_dates_of_files_that_do_not_say_theirs(tmp_path: Path) -> None:
    """The newest object gives the date; without any time it is the file's own date. The note says so in both cases."""
    dated = load(Sketch().write(tmp_path), "facilities").provenance
    assert dated.reference_date == date(2024, 5, 6)
    bare = load(Sketch(dated=False).write(tmp_path, "bare.osm"), "facilities").provenance
    assert bare.reference_date == bare.retrieved
    for origin in (dated, bare):
        assert "In het bestand staat geen datum" in origin.note["nl"]


def test_without_a_box_the_nodes_tell(tmp_path: Path) -> None:
    """A file without bounds is complete at most where it has nodes."""
    with_box, without = (read_ground(Sketch(boxed=boxed).write(tmp_path, f"{boxed}.osm")) for boxed in (True, False))
    assert without.known.area > 0
    assert with_box.known.area > without.known.area
    assert shapely.difference(without.known, with_box.known).area < 1


def test_order_in_the_file_does_not_matter(tmp_path: Path) -> None:
    """Nodes in reverse, and the layers are the same."""
    sketch = Sketch()
    for i in range(5):
        sketch.node((10.0 * i, 0.0), shop="supermarket", name=f"S{i}")
        sketch.area(30.0 * i, 100.0, 10.0, 10.0, building="house")
    first = sketch.write(tmp_path, "a.osm")
    sketch.lines.reverse()
    sketch.relations.reverse()
    sketch.ground = lambda: None  # type: ignore[method-assign]  # strewn already
    second = sketch.write(tmp_path, "b.osm")
    for name in ("facilities", "buildings"):
        one, other = load(first, name).frame, load(second, name).frame
        assert one.equals(other), name


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, cut off, of another kind, empty or too large: one sentence each, with the path."""
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(KAMPEN.read_bytes()[:200_000])
    other = tmp_path / "other.osm.pbf"
    other.write_bytes(b"PK\x03\x04 not a map at all")
    text = tmp_path / "half.osm"
    text.write_text('<osm version="0.6"><node id="1" lat="52.5"', encoding="utf-8")
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"></osm>', encoding="utf-8")
    entities = tmp_path / "entities.osm"
    entities.write_text('<!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6">&a;</osm>', encoding="utf-8")
    for path in (tmp_path / "absent.osm.pbf", cut, other, text, empty, entities, tmp_path):
        for name in ("facilities", "streets", "buildings", "municipality"):
            with pytest.raises(SourceError) as caught:
                load(path, name)
            assert len(caught.value.problems) == 1
            assert path.name in caught.value.sentences("nl")[0]


def test_whole_country_is_refused(tmp_path: Path) -> None:
    """Before it is read: its nodes would not fit in memory."""
    large = tmp_path / "netherlands.osm.pbf"
    with large.open("wb") as file:
        file.truncate(1_300_000_000)  # a sparse file: takes no room
    with pytest.raises(SourceError) as caught:
        load(large, "streets")
    assert "1300" in caught.value.sentences("en")[0]


def test_a_municipality_that_lies_whole_in_the_extract(tmp_path: Path) -> None:
    """It is a polygon of its own; of the neighbour, of which one side alone is there, nothing is made up."""
    sketch = Sketch()
    a, b, c, d = (sketch.node(at) for at in ((500, 500), (1000, 500), (1000, 1000), (500, 1000)))
    ring, shared = sketch.way([a, b, c, d]), sketch.way([d, a])
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "8"}
    sketch.relation([(ring, "outer"), (shared, "outer")], **tags, name="Binnen", ref__gemeentecode="7")
    layer = load(sketch.write(tmp_path), "municipality")
    assert list(layer.frame["name"]) == ["Binnen"]
    assert list(layer.frame["code"]) == ["GM0007"]
    assert layer.frame.geometry.iloc[0].area == pytest.approx(250_000, rel=0.01)
    assert layer.coverage.area == pytest.approx(250_000, rel=0.01)


def test_boundary_that_ends_in_the_middle_tells_nothing(tmp_path: Path) -> None:
    """A boundary with a gap leaves both sides without a name."""
    sketch = Sketch()
    half = sketch.way([sketch.node((800, -100)), sketch.node((800, 700))])
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "8"}
    sketch.relation([(half, "outer")], **tags, name="West", ref__gemeentecode="1")
    sketch.relation([(half, "outer")], **tags, name="Oost", ref__gemeentecode="2")
    with pytest.raises(SourceError):
        load(sketch.write(tmp_path), "municipality")


def test_layer_that_is_not_offered() -> None:
    """OpenStreetMap has no zoning."""
    with pytest.raises(LayerError) as caught:
        load(KAMPEN, "zoning")
    assert "public_roads" in caught.value.sentences("nl")[0]


def test_broken_table_of_facilities(tmp_path: Path) -> None:
    """Also the part about recreation parks is said with its path."""
    table = tmp_path / "facilities.yaml"
    text = KINDS.read_text(encoding="utf-8")
    table.write_text(text.replace("around_point_m: 200.0", "around_point_m: far"), encoding="utf-8")
    with pytest.raises(SourceError, match=r"facilities\.yaml"):
        OsmSource(Sketch().write(tmp_path), table).load(LAYERS["recreation_parks"], EVERYWHERE)
