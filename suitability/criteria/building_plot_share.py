"""Share of the parcel inside a building plot (bouwvlak), where the zoning plan allows building.

Measured as a share of the parcel's area, 0 to 1; overlapping plots count once.
Source of the rule: Hardenberg 2025, 5.1.2 (housing stands within the agricultural building plot).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.overlaps import covered_area, largest_overlap, overlaps, uncovered_area

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class BuildingPlotShare(Params):
    """No choices: every building plot counts."""


def measure(parcels: Parcels, layers: Layers, _params: BuildingPlotShare) -> Measurement:
    """Return the share inside building plots per parcel; evidence = the plot that covers most of it."""
    layer, n = layers["building_plots"], len(parcels)
    pairs = overlaps(parcels, layer)
    share = np.minimum(covered_area(pairs, n) / parcels.areas, 1.0)
    missing = uncovered_area(parcels, layer.coverage) / parcels.areas
    evidence = largest_overlap(pairs, n, layer.table.index.to_numpy(dtype=np.int64))
    return Measurement(value=share, evidence=evidence, lower=share, upper=np.minimum(share + missing, 1.0))


CRITERION = Criterion(
    id="building_plot_share",
    unit="1",
    params=BuildingPlotShare,
    measure=measure,
    needs=(Need("building_plots"),),
    reasons=("building_plot_share.within", "building_plot_share.beyond", "building_plot_share.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.2"),
)
