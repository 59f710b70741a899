"""Geometry of GML: arcs, holes, and everything that is not a sound outline."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from layers.files._xml import parse
from layers.formats._arcs import TOLERANCE_M, arc, circle
from layers.formats._gml import Lines, Mixed, Points, Surfaces
from layers.formats.imro import read_plan
from suitability.core.errors import SourceError
from tests.layers.formats.files import plan, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from suitability.core.types import GeometryArray

GML = 'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = "0 0 10 0 10 10 0 10 0 0"


def line(points: str) -> str:
    return f"<gml:LineStringSegment><gml:posList>{points}</gml:posList></gml:LineStringSegment>"


def bent(kind: str, points: str) -> str:
    return f"<gml:{kind}><gml:posList>{points}</gml:posList></gml:{kind}>"


def ring(*pieces: str) -> str:
    inner = f"<gml:Curve><gml:segments>{''.join(pieces)}</gml:segments></gml:Curve>"
    return f"<gml:Ring><gml:curveMember>{inner}</gml:curveMember></gml:Ring>"


def straight(points: str) -> str:
    return f"<gml:LinearRing><gml:posList>{points}</gml:posList></gml:LinearRing>"


def patch(outline: str, *holes: str) -> str:
    inner = "".join(f"<gml:interior>{hole}</gml:interior>" for hole in holes)
    return f"<gml:PolygonPatch><gml:exterior>{outline}</gml:exterior>{inner}</gml:PolygonPatch>"


def made(*contents: str, kind: type = Surfaces, attributes: str = "") -> GeometryArray:
    """Return the shapes of features with these contents."""
    shapes = kind("plan.gml")
    for number, content in enumerate(contents):
        text = f"<geometrie {GML} {attributes}>{content}</geometrie>"
        shapes.add(parse(io.BytesIO(text.encode()), "plan.gml"), f"zone {number}")
    found: GeometryArray = shapes.finish()
    return found


def refused(*contents: str, **options: str) -> list[str]:
    with pytest.raises(SourceError) as caught:
        made(*contents, **options)  # type: ignore[arg-type]
    return caught.value.sentences("nl")


def test_a_half_circle_is_followed_within_five_millimetres() -> None:
    """An arc over the top of a square of 10 m makes it 10 m higher in the middle, not a triangle."""
    shape = made(patch(ring(line("10 0 10 10"), bent("Arc", "10 10 5 15 0 10"), line("0 10 0 0 10 0"))))[0]
    assert shape.area == pytest.approx(100 + np.pi * 25 / 2, abs=0.1)
    assert shape.area < 100 + np.pi * 25 / 2
    top = shapely.get_coordinates(shape)
    top = top[top[:, 1] > 10]
    assert np.hypot(top[:, 0] - 5, top[:, 1] - 10) == pytest.approx(5.0)


def test_a_circle_of_three_points_is_whole() -> None:
    """Circle: three points somewhere on it, as for the trees of Vries."""
    shape = made(patch(ring(bent("Circle", "5 0 0 5 -5 0"))))[0]
    assert shape.area == pytest.approx(np.pi * 25, rel=2e-3)
    assert shape.is_valid


def test_a_string_of_arcs_goes_on_where_the_last_one_ended() -> None:
    """ArcString: two half circles make a wave whose humps cancel out."""
    wave = made(
        f"<gml:Curve><gml:segments>{bent('ArcString', '0 0 5 5 10 0 15 -5 20 0')}</gml:segments></gml:Curve>",
        kind=Lines,
    )[0]
    assert wave.length == pytest.approx(2 * np.pi * 5, rel=1e-3)
    assert wave.bounds == pytest.approx((0, -5, 20, 5), abs=0.01)


def test_points_on_a_line_make_no_arc() -> None:
    """A surveyor's arc can be flat: its centre would lie at infinity."""
    assert arc(*np.array([[0.0, 0.0], [5.0, 0.0], [10.0, 0.0]])).tolist() == [[0, 0], [5, 0], [10, 0]]
    assert circle(*np.array([[0.0, 0.0], [5.0, 0.0], [10.0, 0.0]])) is None


def test_an_arc_that_ends_where_it_starts_is_a_circle() -> None:
    """The intermediate point then lies opposite."""
    path = arc(*np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 0.0]]))
    assert shapely.polygons(path).area == pytest.approx(np.pi * 25, rel=2e-3)


corner = st.tuples(st.floats(0, 300), st.floats(0, 300)).map(
    lambda at: np.round(np.array(at) + np.array((200_000, 450_000)), 3)
)


def circle_through(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return centre and radius by least squares, another way than the code takes."""
    local = points - points[0]
    centre = np.linalg.solve(2 * local[1:], (local[1:] ** 2).sum(axis=1))
    return centre + points[0], float(np.hypot(*centre))


@given(corner, corner, corner)
def test_an_arc_follows_its_circle_and_is_the_same_both_ways(
    start: np.ndarray, via: np.ndarray, end: np.ndarray
) -> None:
    """No step strays 5 mm; neighbours trace a shared arc in opposite directions, and not a sliver comes between."""
    points = np.stack([start, via, end])
    assume(shapely.polygons(points).area > 1.0)
    path = arc(start, via, end)
    assert np.array_equal(path, arc(end, via, start)[::-1])
    assert all((path == point).all(axis=1).any() for point in points)
    centre, radius = circle_through(points)
    middles = (path[:-1] + path[1:]) / 2
    assert np.abs(np.hypot(*(path - centre).T) - radius).max() < 1e-4
    assert np.abs(np.hypot(*(middles - centre).T) - radius).max() <= TOLERANCE_M + 1e-4
    assert len(np.unique(path, axis=0)) == len(path)


def test_holes_are_cut_out() -> None:
    """The first ring is the outline, the others are holes."""
    shape = made(patch(straight(SQUARE), straight("2 2 4 2 4 4 2 4 2 2"), straight("6 6 7 6 7 7 6 7 6 6")))[0]
    assert shape.area == 100 - 4 - 1
    assert len(shape.interiors) == 2


def test_patches_of_one_feature_make_one_shape() -> None:
    """A feature of several surfaces is one row; one without a surface has none."""
    both = patch(straight(SQUARE)) + patch(straight("20 0 30 0 30 10 20 10 20 0"))
    found = made(both, "<gml:Point><gml:pos>5 5</gml:pos></gml:Point>", patch(straight(SQUARE)))
    assert [getattr(shape, "geom_type", None) for shape in found] == ["MultiPolygon", None, "Polygon"]
    assert found[0].area == 200


def test_each_feature_keeps_the_geometry_it_has() -> None:
    """A figure can be an area, a line or a point; the lines around an area are not lines of their own."""
    point, path = (
        "<gml:Point><gml:pos>5 5</gml:pos></gml:Point>",
        f"<gml:LineString><gml:posList>{SQUARE}</gml:posList></gml:LineString>",
    )
    found = made(patch(ring(line(SQUARE))), path, point, "", kind=Mixed)
    assert [getattr(shape, "geom_type", None) for shape in found] == ["Polygon", "LineString", "Point", None]


def test_heights_are_dropped() -> None:
    """BAG writes three numbers per point and says so on the polygon."""
    high = patch(straight("0 0 7 10 0 7 10 10 7 0 10 7 0 0 7")).replace("PolygonPatch>", "Polygon>", 1)
    high = high.replace("<gml:Polygon>", '<gml:Polygon srsDimension="3">').replace(
        "</gml:PolygonPatch>", "</gml:Polygon>"
    )
    assert made(high)[0].area == 100


def test_points_are_the_first_of_their_feature() -> None:
    """Coordinates of a point stand in a pos."""
    assert made("<gml:Point><gml:pos>1 2</gml:pos></gml:Point>", kind=Points)[0].coords[0] == (1, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (patch(straight("0 0 10 0 10 ten 0 0")), "deze coördinaten zijn niet te lezen: 0 0 10 0 10 ten 0 0"),
        (patch(straight("0 0 10 0 10")), "deze coördinaten zijn niet te lezen"),
        (patch(straight("0 0 nan 0 10 10 0 0")), "deze coördinaten zijn niet te lezen"),
        (patch(straight("0 0 1e999 0 10 10 0 0")), "deze coördinaten zijn niet te lezen"),
        (patch(straight("")), "deze coördinaten zijn niet te lezen: -"),
        (patch(straight("0 0 10 0 0 0")), "de rand van een vlak is niet te volgen"),
        (patch(straight("0 0 10 0 0 0 0 0")), "de rand van een vlak is niet te volgen"),
        (patch(""), "de rand van een vlak is niet te volgen"),
        (patch(straight("0 0 10 0 10 10 0 10")), "de rand van het vlak heeft een gat van 10.000 m"),
        (patch(ring(line("0 0 10 0"), line("10 2 10 10 0 0"))), "de rand van het vlak heeft een gat van 2.000 m"),
        (patch(ring(line("0 0 10 0"), bent("Bezier", "10 0 10 10 0 10"))), "wordt niet gelezen: Bezier"),
        (patch(ring(bent("ArcByCenterPoint", "10 0"))), "wordt niet gelezen: ArcByCenterPoint"),
        (patch('<gml:Ring><gml:curveMember xlink:href="#grens"/></gml:Ring>'), "wordt niet gelezen: #grens"),
        (patch(ring(bent("Arc", "0 0 10 0"))), "de rand van een vlak is niet te volgen: Arc, 2"),
    ],
)
def test_an_invalid_outline_is_reported_with_its_object(content: str, says: str) -> None:
    """One sentence, naming file and object; nothing is guessed."""
    (sentence,) = refused(patch(straight(SQUARE)), content)
    assert sentence.startswith("plan.gml, zone 1: ")
    assert says in sentence


def test_all_broken_objects_are_reported_together() -> None:
    """The whole list of errors is reported, so that a file can be repaired in one round."""
    assert len(refused(*[patch(straight("0 0 10 0 0 0"))] * 3)) == 3


def test_other_coordinates_are_refused() -> None:
    """Degrees read as metres would put everything in one spot; RD with heights is RD."""
    (sentence,) = refused(patch(straight(SQUARE)), attributes='srsName="urn:ogc:def:crs:EPSG::4326"')
    assert "nodig is EPSG:28992" in sentence
    assert made(patch(straight(SQUARE)), attributes='srsName="EPSG:7415"')[0].area == 100


@pytest.fixture
def fine_arcs() -> Iterator[None]:
    """GDAL, with arcs in steps of a tenth of a degree instead of four."""
    pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": "0.1", "OGR_ARC_MAX_GAP": "0"})
    yield
    pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": None, "OGR_ARC_MAX_GAP": None})


@pytest.mark.usefixtures("fine_arcs")
@pytest.mark.parametrize("name", ["2012", "2012_10", "beheersverordening2012_11", "geb_fout"])
def test_the_shapes_are_those_of_gdal_within_the_tolerance(name: str, tmp_path: Path) -> None:
    """An independent reader finds every surface of these plans within 5 mm of ours, arcs and holes included."""
    features = read_plan(plan(name)).features
    file = unpacked(plan(name), tmp_path)
    compared = 0
    for kind in set(features) - {"Figuur", "MetadataIMRObestand"}:
        theirs = pyogrio.read_dataframe(file, layer=kind).set_index("gml_id").geometry
        ours = features[kind].set_index("feature_id").geometry
        theirs = theirs.reindex(ours.index)
        assert shapely.hausdorff_distance(ours.to_numpy(), theirs.to_numpy()).max() <= TOLERANCE_M + 1e-4
        compared += len(ours)
    assert compared > 5
