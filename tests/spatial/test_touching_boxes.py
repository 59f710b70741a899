"""Pairs of boxes that touch, held against all pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from suitability.spatial.touching_boxes import box_tree, touching

side = st.integers(0, 40)
boxes = st.lists(st.tuples(side, side, side, side), max_size=60).map(
    lambda drawn: np.array([(x, y, x + w, y + h) for x, y, w, h in drawn], dtype=np.float64).reshape(-1, 4)
)


@given(boxes, boxes)
def test_pairs_are_those_that_share_a_point(one: np.ndarray, other: np.ndarray) -> None:
    """Sorted, each once, and those that touch at a corner too; also of boxes without any width."""
    first, second = touching(box_tree(other), one)
    share = (one[:, None, :2] <= other[None, :, 2:]).all(axis=2) & (other[None, :, :2] <= one[:, None, 2:]).all(axis=2)
    assert np.column_stack([first, second]).tolist() == np.argwhere(share).tolist()
