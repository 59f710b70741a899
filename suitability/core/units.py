"""Units of measurement: how values in a unit are shown, and which values can exist in it.

A criterion measures in one of these; a new unit is one line here and one text ``unit.<name>`` in the catalogue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    ``decimals``: shown to people. ``lowest``, ``highest``: the ends of its scale. ``least_range``: how far a limit above 0
    can be tried at least, where twice itself would ask nothing new (the double of 3 metres of road or of 2 beds).
    """

    decimals: int = 0
    lowest: float = 0.0
    highest: float = math.inf
    least_range: float = 0.0


#: The units that a criterion may measure in; "1" is a share.
UNITS: Final = {
    "min": Unit(decimals=1, least_range=30.0),
    "m": Unit(least_range=50.0),
    "m2": Unit(least_range=100.0),
    "1": Unit(highest=1.0, least_range=1.0),
    "dB": Unit(decimals=1, lowest=-math.inf),  # 0 dB is a reference pressure, not silence
    "beds": Unit(least_range=50.0),
    "answer": Unit(highest=1.0),
    "count": Unit(least_range=50.0),
    "number": Unit(lowest=-math.inf),
}

#: Decimals shown, by unit; large metres and square metres are shown as km and ha.
DECIMALS: Final = {name: unit.decimals for name, unit in UNITS.items()} | {"km": 1, "ha": 2}
