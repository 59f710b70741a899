"""All streets in one table, and the graph of each mode in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.layer import StreetGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.layer import StreetNetwork
    from suitability.core.types import FloatArray

MODES: Final = ("walk", "bicycle")
#: Two nodes on one spot are still joined: a length of zero would read as "no street" in a sparse matrix.
_SHORTEST_M: Final = 0.01


@dataclass(frozen=True)
class StreetTable:
    """All streets of both modes: nodes in Morton order, and per piece a bit for each mode and direction.

    Bit 0: walk along, 1: walk back, 2: cycle along, 3: cycle back.
    """

    node_xy: FloatArray
    tail: NDArray[np.integer]
    head: NDArray[np.integer]
    flags: NDArray[np.integer]
    name: NDArray[np.integer]
    names: tuple[str, ...]

    @cached_property
    def length_m(self) -> FloatArray:
        """The length of each piece in metres."""
        metres: FloatArray = np.hypot(*(self.node_xy[self.head] - self.node_xy[self.tail]).T)
        return np.maximum(metres, _SHORTEST_M)

    def graph(self, mode: str) -> StreetGraph:
        """Return the graph of ``walk`` or ``bicycle``, holding only the nodes that this mode uses."""
        bits = self.flags >> (2 * MODES.index(mode))
        used = np.flatnonzero(bits & 3)
        tail, head, bits = self.tail[used], self.head[used], bits[used]
        is_node = np.zeros(len(self.node_xy), dtype=bool)
        is_node[tail], is_node[head] = True, True
        place = np.cumsum(is_node, dtype=np.int32) - np.int32(1)
        return StreetGraph(
            node_xy=self.node_xy[np.flatnonzero(is_node)],
            tail=place[tail],
            head=place[head],
            length_m=self.length_m[used],
            forward=(bits & 1) > 0,
            backward=(bits & 2) > 0,
            name=self.name[used].astype(np.int32),
            names=self.names,
        )

    def network(self) -> StreetNetwork:
        """Return the graphs of all modes."""
        return {mode: self.graph(mode) for mode in MODES}
