"""Sides within reach of lines, against Shapely's round buffers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from suitability.spatial.kernels.frontage import intervals_within
from tests.spatial.kernels.shapes import X, Y

_place = st.tuples(st.integers(-30, 30), st.integers(-30, 30))
_stretches = st.lists(st.tuples(_place, _place), min_size=1, max_size=5)


def ends(stretches: list[tuple[tuple[int, int], tuple[int, int]]]) -> np.ndarray:
    """Return both ends of each stretch, far from the origin, (m, 2, 2)."""
    return np.array(stretches, dtype=np.float64) + np.array([X, Y])


@given(_stretches, _stretches, st.sampled_from([0.0, 1.0, 4.5, 20.0]))
def test_as_much_as_the_buffer_holds(
    sides: list[tuple[tuple[int, int], tuple[int, int]]],
    pieces: list[tuple[tuple[int, int], tuple[int, int]]],
    reach: float,
) -> None:
    """Of every side and every piece, upright, level, crossing, touching or of no length."""
    side, piece = ends(sides), ends(pieces)
    s, p = (each.ravel() for each in np.indices((len(side), len(piece))))
    begin, end = intervals_within(side, piece, np.full(len(piece), reach), s, p)
    length = np.hypot(*(side[:, 1] - side[:, 0]).T)[s]
    found = np.maximum(end - begin, 0.0) * length
    round_about = shapely.buffer(shapely.linestrings(piece), reach, quad_segs=256)
    theirs = shapely.length(shapely.intersection(shapely.linestrings(side)[s], round_about[p]))
    if reach:
        assert found == pytest.approx(theirs, abs=0.05)
    assert (found <= 2 * reach + np.hypot(*(piece[:, 1] - piece[:, 0]).T)[p] + 1e-6).all()


def test_where_it_is_known() -> None:
    """A side of 100 m along a line of 40 m at 3 m: with a reach of 5 m 40 m and 4 m on both sides; with 2 m nothing."""
    side, piece = ends([((0, 0), (100, 0))]), ends([((30, 3), (70, 3))])
    zero = np.zeros(1, dtype=np.int64)
    begin, end = intervals_within(side, piece, np.array([5.0]), zero, zero)
    assert (begin[0], end[0]) == pytest.approx((0.26, 0.74))
    begin, end = intervals_within(side, piece, np.array([2.0]), zero, zero)
    assert begin[0] > end[0]
