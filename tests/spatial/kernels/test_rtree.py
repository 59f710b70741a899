"""Boxes that touch, against ``shapely.STRtree``."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from suitability.spatial.kernels.rtree import box_tree, touching

side = st.integers(0, 40)
boxes = st.lists(st.tuples(side, side, side, side), max_size=60).map(
    lambda drawn: np.array([(x, y, x + w, y + h) for x, y, w, h in drawn], dtype=np.float64).reshape(-1, 4)
)


@given(boxes, boxes)
def test_pairs_are_those_of_an_index_of_shapes(one: np.ndarray, other: np.ndarray) -> None:
    """Sorted, each once, and those that touch at a corner too."""
    first, second = touching(box_tree(other), one)
    tree = shapely.STRtree(shapely.box(*other.T)) if len(other) else None
    pairs = tree.query(shapely.box(*one.T)).T.tolist() if tree is not None and len(one) else []
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == sorted(map(tuple, pairs))


def test_more_pairs_than_expected_are_all_found() -> None:
    """A hundred boxes on one spot make ten thousand pairs."""
    spot = np.tile([0.0, 0.0, 1.0, 1.0], (100, 1))
    first, second = touching(box_tree(spot), spot)
    assert len(first) == len(set(zip(first.tolist(), second.tolist(), strict=True))) == 10_000
