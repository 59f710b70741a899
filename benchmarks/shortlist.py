"""Choosing a set: 1,000 candidate sites under 50 conditions, to a gap of 1 %; and the whole of the demo municipality.

The sites are drawn from a seed: 25 settlements in 4 municipalities, streets with many small sites close together and a
few large ones at the edge, capacities and suitability as in the demo, some existing sites that use up the caps.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.local_text import LocalText
from suitability.core.types import CRS
from suitability.policy.model import LocationType
from suitability.policy.portfolio import Cap, Concentration, PortfolioRule, Size, Spacing
from suitability.selection.shortlist.best_set import Shortlist, choose
from suitability.selection.shortlist.candidates import make_candidates
from suitability.selection.shortlist.choice import Demand, Preferences, Wanted
from suitability.selection.shortlist.conflicts import Conflict

if TYPE_CHECKING:
    from numpy.random import Generator

SITES = 1000
SETTLEMENTS = 25
MUNICIPALITIES = 4
SEEDS = (1, 2, 3)

_TEXT = LocalText(nl="x", en="x")
_BASE: dict[str, Any] = {"label": _TEXT, "assumption": _TEXT}
_PREFERENCES = Preferences(
    objective="cover_need", site_counts_as_beds=4, wish_counts_as_beds=0.5, different_share=30, gap=0.01, seconds=120,
    assumption=_TEXT,
)  # fmt: skip
_TYPES = (
    LocationType(id="room_rental", label=_TEXT),
    LocationType(id="business_park", label=_TEXT, stays=("short", "mid")),
    LocationType(id="outlying", label=_TEXT, stays=("short", "mid")),
)


def run() -> None:
    """Print per draw how long it took, the gap and the nodes; then the same with a need that cannot be met."""
    print(f"Choosing a set: {SITES} sites, a gap of {_PREFERENCES.gap:.0%}")
    for seed in SEEDS:
        _one(seed, beds=2000)
    _one(SEEDS[0], beds=7000)


def _one(seed: int, beds: int) -> None:
    rng = np.random.default_rng(seed)
    sites, there = draw(rng, SITES), draw(rng, 40)
    there = there.assign(standing="existing", site_id=[f"there-{i}" for i in range(len(there))])
    rules, areas = conditions(rng)
    wanted = Wanted(
        (
            Demand(beds), Demand(beds // 2, stay="short"), Demand(beds // 4, stay="mid"), Demand(beds // 10, stay="long"),
            *(Demand(beds // 10, "municipality", f"gemeente {m}") for m in range(MUNICIPALITIES)),
        ),
        max_sites=200,
    )  # fmt: skip
    n = len(rules) + len(wanted.demands) + 1
    suitability = np.round(rng.beta(4, 2, len(sites)), 3)
    candidates = make_candidates(sites, suitability, _TYPES, there=there, areas=areas)
    began = time.perf_counter()
    found = choose(candidates, rules, wanted, _PREFERENCES)
    took = time.perf_counter() - began
    head = f"  draw {seed}, {beds} beds, {n} conditions: {took:6.2f} s"
    if isinstance(found, Shortlist):
        print(
            f"{head}, gap {found.gap:.2%}, {found.nodes} nodes, {len(found.chosen)} sites, {found.beds} beds, {found.status}"
        )
    elif isinstance(found, Conflict):
        told = "minimal" if found.minimal else "perhaps not minimal"
        print(
            f"{head}, conflict of {len(found.groups)} ({told}), {len(found.alone)} ways out alone, {len(found.together)} together"
        )
    else:
        print(f"{head}, nothing found in time")


def draw(rng: Generator, n: int) -> gpd.GeoDataFrame:
    """Return n sites around the settlements: seven in ten along its streets, the others at its edge."""
    centres = np.random.default_rng(0).uniform(0, 20_000, (SETTLEMENTS, 2))  # the same towns in every draw
    town = rng.choice(SETTLEMENTS, n, p=np.random.default_rng(0).dirichlet(np.full(SETTLEMENTS, 2.0)))
    inside = rng.random(n) < 0.7  # noqa: PLR2004
    street = rng.integers(0, 10, n)
    angle = street / 10 * 2 * np.pi
    out = np.where(inside, rng.uniform(50, 700, n), rng.uniform(800, 2500, n))
    x, y = (
        centres[town] + out[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 15, (n, 2))
    ).T
    side = np.where(inside, rng.uniform(10, 25, n), rng.uniform(30, 90, n))
    rows = {
        "site_id": [f"site-{i:05d}" for i in range(n)],
        "location_type": np.where(inside, "room_rental", rng.choice(["business_park", "outlying"], n)),
        "beds": np.where(inside, rng.integers(2, 15, n), rng.integers(10, 120, n)).astype(np.float64),
        "dwellings": np.where(inside, 1.0, 0.0),
        "address": [f"adres {i}" for i in range(n)],
        "street": np.where(inside, [f"straat {t}-{s}" for t, s in zip(town, street, strict=True)], ""),
        "settlement": np.where(inside, [f"kern {t}" for t in town], ""),
        "municipality": [f"gemeente {t % MUNICIPALITIES}" for t in town],
        "restricted": rng.random(n) < 0.2,  # noqa: PLR2004
    }
    shapes = shapely.box(180_000 + x, 490_000 + y, 180_000 + x + side, 490_000 + y + side)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def conditions(rng: Generator) -> tuple[list[PortfolioRule], pd.DataFrame]:
    """Return the rules, most of them per area as policies write them, and the table of areas."""
    large, rooms = ("business_park", "outlying"), ("room_rental",)
    rules: list[PortfolioRule] = [
        Spacing(kind="spacing", id="large_apart", at_least_m=500, location_types=large, **_BASE),
        Spacing(kind="spacing", id="rooms_apart", at_least_m=30, location_types=rooms, **_BASE),
        Size(kind="size", id="large", at_least=10, at_most=100, location_types=large, **_BASE),
        Size(kind="size", id="rooms", at_least=2, at_most=8, location_types=rooms, **_BASE),
        Cap(kind="cap", id="street", per="street", counts="dwellings", at_most=5, of="dwellings", **_BASE),
        Cap(kind="cap", id="settlement", per="settlement", counts="beds", at_most=4, of="inhabitants", **_BASE),
        Cap(kind="cap", id="address", per="address", counts="sites", at_most=1, **_BASE),
        Concentration(kind="concentration", id="even", per="municipality", at_most=45, **_BASE),
        Concentration(kind="concentration", id="towns", per="settlement", at_most=10, ambition=True, **_BASE),
    ]
    rules += [
        _cap(f"sites_{t}", "settlement", f"kern {t}", "sites", int(rng.integers(4, 15))) for t in range(SETTLEMENTS)
    ]
    for m in range(MUNICIPALITIES):
        rules.append(_cap(f"beds_{m}", "municipality", f"gemeente {m}", "beds", int(rng.integers(600, 1500))))
        rules.append(_cap(f"n_{m}", "municipality", f"gemeente {m}", "sites", int(rng.integers(40, 90))))
    table = [("settlement", f"kern {t}", float(rng.integers(800, 9000)), 400.0) for t in range(SETTLEMENTS)]
    table += [
        ("street", f"straat {t}-{s}", 90.0, float(rng.integers(20, 90))) for t in range(SETTLEMENTS) for s in range(10)
    ]
    return rules, pd.DataFrame(table, columns=["level", "name", "inhabitants", "dwellings"])


def _cap(name: str, per: str, area: str, counts: str, at_most: int) -> Cap:
    return Cap.model_validate(
        {"kind": "cap", "id": name, "per": per, "counts": counts, "at_most": at_most, "areas": (area,), **_BASE}
    )
