"""Building blocks of the pages: packed shapes, steps of a slider, texts that are only text, finding parcels."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from suitability.core.config import config_folder
from suitability.core.local_text import LocalText
from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.model import Check, Limit
from suitability.policy.reader import policy_names, read_policy
from suitability.policy.what_if import range_of
from suitability.scan.compare import MOVES, verdict_difference
from suitability.ui.maps.legend import legend
from suitability.ui.maps.packing import Pack, pack_shapes
from suitability.ui.markdown import bullets, html_table, plain
from suitability.ui.slider_steps import steps_of
from suitability.ui.table_filter import Asked, asked_rows, parcels_with
from tests.skins.small import small_scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan.run import Scan

BOTH = LocalText(nl="x", en="x")


def unpacked(pack: Pack) -> list[list[np.ndarray]]:
    """Return per shape its rings as the browser makes them."""
    steps = np.frombuffer(base64.b64decode(pack["corners"]), dtype="<u2").reshape(-1, 2)
    ends = np.frombuffer(base64.b64decode(pack["ends"]), dtype="<u4")
    owners = np.frombuffer(base64.b64decode(pack["owners"]), dtype="<u4")
    xy = np.array(pack["origin"]) + steps * np.array(pack["step"])
    found: list[list[np.ndarray]] = [[] for _ in range(pack["n"])]
    for ring, owner in enumerate(owners):
        found[owner].append(xy[ends[ring - 1] if ring else 0 : ends[ring]])
    return found


def test_packed_shapes_are_the_shapes() -> None:
    """A hole, several parts and an empty shape; no corner is off by more than half a step."""
    with_hole = shapely.box(0, 0, 1000, 800).difference(shapely.box(100, 100, 200, 300))
    parts = shapely.union_all([shapely.box(2000, 0, 2100, 50), shapely.box(3000, 0, 3100, 50)])
    shapes = np.array([with_hole, shapely.Polygon(), parts], dtype=object)
    pack = pack_shapes(shapes)
    rings = unpacked(pack)
    assert [len(each) for each in rings] == [2, 0, 2]
    for shape, each in zip(shapes, rings, strict=True):
        expected = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
        for ring, corners in zip(each, expected, strict=True):
            assert np.abs(ring - corners).max() <= max(pack["step"]) / 2 + 1e-9


def test_packed_lines_and_nothing() -> None:
    """Lines keep their corners; nothing at all can be packed too. Other shapes have another key."""
    line = shapely.LineString([(0, 0), (10, 5), (20, 0)])
    assert np.allclose(unpacked(pack_shapes(np.array([line])))[0][0], shapely.get_coordinates(line), atol=1e-3)
    nothing = pack_shapes(np.empty(0, dtype=object))
    assert (nothing["n"], unpacked(nothing)) == (0, [])
    assert (
        pack_shapes(np.array([shapely.box(0, 0, 1, 1)]))["key"]
        != pack_shapes(np.array([shapely.box(0, 0, 1, 2)]))["key"]
    )


@pytest.mark.parametrize("name", policy_names(config_folder()))
def test_every_limit_can_be_moved(name: str) -> None:
    """Over its whole range, in order, from its own number, in words that differ, and not too many for a hand."""
    for check in read_policy(name, REGISTRY).checks():
        for lang in ("nl", "en"):
            steps = steps_of(check, lang)
            numbers, (low, high) = list(steps), range_of(check)
            assert check.limit is not None
            assert set(check.limit.numbers) <= set(numbers)
            assert numbers == sorted(numbers)
            assert low <= numbers[0] <= numbers[-1] <= high
            assert len(set(steps.values())) == len(steps)
            assert 2 <= len(steps) <= 125


@given(
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)), st.sampled_from(["m", "m2", "min", "1", "beds", "dB"]),
    st.sampled_from(["at_most", "at_least"]),
)  # fmt: skip
def test_any_limit_can_be_moved(number: float, unit: str, kind: str) -> None:
    """Whatever number a policy has: it is among the steps, as it is."""
    limit = Limit.model_validate({kind: number, "unit": unit})
    check = Check(id="x", label=BOTH, criterion="parcel_area", limit=limit, assumption=BOTH)
    steps = steps_of(check, "nl")
    assert number in steps
    assert list(steps) == sorted(steps)


@pytest.mark.parametrize(
    "text", ["![x](http://example.org/x.png)", "<b>x</b>", "**x**", "$x$", "[x](y)", "`x`", ":red[x]", "# x", "a|b", "&lt;", "~~x~~"]
)  # fmt: skip
def test_text_of_a_policy_is_only_text(text: str) -> None:
    """No sign that Markdown or HTML would read is left bare."""
    shown = plain(f"{text}\n- more")
    assert "\n" not in shown
    bare = shown
    for sign in "\\`*_[]<>#|$~!&":
        bare = bare.replace(f"\\{sign}", "")
    assert not set(bare) & set("`*_[]<>#|$~!&\\")
    assert "<script>" not in html_table(["<script>"], [["<script>", "1"]], "<script>")
    assert "<b>" not in legend([("<b>", {"hatch": "", "colour": "#fff"})])


def test_lines_that_belong_to_the_one_before() -> None:
    """A list in a list."""
    assert bullets(["a", "  b", "c"]) == "- a\n  - b\n- c"


def test_finding_parcels(app_scan: Callable[[str], Scan]) -> None:
    """Nothing asked = all; filters together take away; text is not a pattern; order is total."""
    scan = app_scan("hardenberg-2025")
    n = len(scan.parcels)
    assert len(asked_rows(scan, Asked())) == n
    passing = asked_rows(scan, Asked(classes=("pass", "pass_restricted")))
    assert set(passing) == set(np.flatnonzero(scan.verdicts.best == Outcome.PASS))
    first = scan.policy.location_types[0].id
    typed = asked_rows(scan, Asked(types=(first,)))
    assert set(typed) == set(np.flatnonzero(scan.verdicts.outcome[:, 0] != Outcome.FAIL))
    both = asked_rows(scan, Asked(types=(first,), settlements=("Grafhorst",)))
    assert set(both) < set(typed)
    assert not len(asked_rows(scan, Asked(text=".*")))
    assert list(parcels_with(scan, "AFGELEID-22608")) == [scan.index_of("afgeleid-22608")]
    for order in ("largest", "smallest", "place", "parcel"):
        assert sorted(asked_rows(scan, Asked(order=order))) == list(range(n))


def test_parcels_without_address_come_last() -> None:
    """By address: capitals do not matter, and a parcel without an address stands at the end."""
    scan = small_scan(["b", "", "A", "c"])
    assert asked_rows(scan, Asked(order="place")).tolist() == [2, 0, 3, 1]


def test_what_a_parcel_does_from_one_policy_to_another() -> None:
    """Gained, lost, another verdict, or the same, for every pair of verdicts."""
    fail, unknown, good = Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS
    was = np.array([fail, fail, good, unknown, good, fail], dtype=np.int8)
    now = np.array([good, unknown, fail, good, good, fail], dtype=np.int8)
    ids, free = np.array(list("abcdef"), dtype=object), np.zeros(6, dtype=bool)
    difference = verdict_difference(ids, was, now, free, free, unmatched=(0, 0))
    assert [MOVES[code] for code in difference.moves] == ["gained", "gained", "lost", "moved", "same", "same"]
