"""Places drawn in a few lines, judged by a policy through the whole engine; and sets of sites by its rules on sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from suitability.core.layer import Area, Layers
from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Outcome
from suitability.core.types import CRS
from suitability.scan.run import run_scan
from suitability.selection.portfolio import check_sites
from tests.tiny import MemorySource, at, line, make_layer, named, vector

if TYPE_CHECKING:
    from suitability.policy.model import Policy

#: Layers that can be drawn, with what stands there when an example draws none.
DRAWN = (
    "zoning", "employers", "recreation_parks", "settlements", "businesses", "building_plots", "buildings", "water",
)  # fmt: skip
SITE: dict[str, Any] = {
    "standing": "chosen", "location_type": "site", "address": "Dorpsstraat 1", "street": "Dorpsstraat",
    "settlement": "Dorp", "municipality": "Gemeente", "beds": 4, "dwellings": 1, "x": 0,
}  # fmt: skip
AREAS = pd.DataFrame(
    [("street", "Dorpsstraat", np.nan, 40), ("street", "Achterweg", np.nan, 20), ("settlement", "Dorp", 1000, 400)],
    columns=["level", "name", "inhabitants", "dwellings"],
)


def plot(x: float, y: float, width: float, height: float) -> Any:
    """Return a rectangle by its lower left corner and its size, in metres."""
    return box(*at(x, y), *at(x + width, y + height))


def layers_of(case: dict[str, Any]) -> Layers:
    """Return the layers of an example: what it draws, a road along y = 0, and the answers given."""
    drawn = [
        vector("parcels", [plot(*case["plot"])], parcel_id=["p0"]),
        vector("public_roads", [line((-500, 0), (500, 0))], name=["Dorpsstraat"], width_m=[0.0]),
        make_layer(
            "declarations",
            pd.DataFrame(
                [("p0", question, answer) for question, answer in case.get("answers", {}).items()],
                columns=["parcel_id", "question", "answer"],
            ),
        ),
    ]
    for name in DRAWN:
        rows = case.get(name, [])
        known = {*LAYERS[name].columns, *(c for c in LAYERS[name].optional if any(c in row for row in rows))}
        columns = {column: [row.get(column) for row in rows] for column in sorted(known)}
        drawn.append(vector(name, [plot(*row["plot"]) for row in rows], **columns))
    return named(*drawn)


def sites_of(case: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the sites of an example, squares of 10 m."""
    frame = pd.DataFrame([{"site_id": f"s{i}", **SITE, **row} for i, row in enumerate(case["sites"])])
    return gpd.GeoDataFrame(frame, geometry=[plot(x, 0, 10, 10) for x in frame["x"]], crs=CRS)


def falsehoods(policy: Policy, case: dict[str, Any]) -> list[str]:
    """Return what an example says that is not so; empty when it holds."""
    if "sites" in case:
        broken = {b.rule_id for b in check_sites(policy.portfolio, sites_of(case), AREAS) if b.outcome is Outcome.FAIL}
        return [] if broken == set(case["breaks"]) else [f"breaks {sorted(broken)}"]
    verdicts = run_scan(policy, MemorySource(layers_of(case)), Area.everywhere()).verdicts
    found: dict[str, Any] = {
        "outcome": Outcome(int(verdicts.best[0])).name.lower(),
        "as": policy.types[int(verdicts.best_type[0])].id,
        "by": policy.rules[int(verdicts.deciding[0])].id,
        "each": {
            kind.id: Outcome(int(outcome)).name.lower()
            for kind, outcome in zip(policy.types, verdicts.outcome[0], strict=True)
            if kind.id in case.get("each", {})
        },
    }
    return [f"{key}: {value}" for key, value in found.items() if key in case and case[key] != value]
