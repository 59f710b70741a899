"""Small towns drawn from a seed, and the best set in each found by trying every subset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.local_text import LocalText
from suitability.core.types import CRS, BoolArray, FloatArray
from suitability.policy.portfolio import Cap, PortfolioRule, Spacing
from suitability.selection.shortlist.candidates import Candidates, make_candidates
from suitability.selection.shortlist.choice import Demand, Preferences, Wanted

if TYPE_CHECKING:
    from suitability.policy.model import LocationType

TEXT = LocalText(nl="x", en="x")
BASE: dict[str, Any] = {"label": TEXT, "assumption": TEXT}
PREFERENCES = Preferences(
    objective="cover_need", site_counts_as_beds=2.0, wish_counts_as_beds=0.5, different_share=30, gap=0.0, seconds=60,
    assumption=TEXT,
)  # fmt: skip
NO_AREAS = pd.DataFrame(columns=["level", "name", "inhabitants", "dwellings"])

#: Settlement -> municipality, and street -> settlement: areas that lie within each other.
MUNICIPALITY = {"Kern": "Noord", "Dorp": "Noord", "Veld": "Zuid"}
SETTLEMENT = {"Laan": "Kern", "Steeg": "Kern", "Dijk": "Dorp", "Weg": "Veld"}

_BED = 1e-3  # what a bed in a perfect place costs


@dataclass(frozen=True)
class Town:
    """Sites, rules and wishes."""

    sites: gpd.GeoDataFrame
    suitability: FloatArray
    there: gpd.GeoDataFrame | None
    rules: tuple[PortfolioRule, ...]
    wanted: Wanted
    types: tuple[LocationType, ...] = ()

    @property
    def candidates(self) -> Candidates:
        """The sites as the choice takes them."""
        return make_candidates(self.sites, self.suitability, self.types, there=self.there)


def frame_of(streets: list[str], beds: list[int], xy: np.ndarray, **columns: Any) -> gpd.GeoDataFrame:
    """Return squares of 20 m at (x, y) metres from a corner, each in a street of the town."""
    settlements = [SETTLEMENT[street] for street in streets]
    shapes = shapely.box(200_000 + xy[:, 0], 500_000 + xy[:, 1], 200_020 + xy[:, 0], 500_020 + xy[:, 1])
    rows = {
        "site_id": [f"s{i:02d}" for i in range(len(streets))],
        "location_type": "yard", "beds": np.array(beds, dtype=np.float64), "dwellings": 1.0,
        "address": [f"{street} {i}" for i, street in enumerate(streets)], "street": streets,
        "settlement": settlements, "municipality": [MUNICIPALITY[name] for name in settlements], **columns,
    }  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def draw_town(seed: int, *, caps_on_beds: bool = True, greedy: float = 0.6) -> Town:
    """Return a town of 5 to 12 sites with spacing, caps, needs and locks; ``greedy``: need as a share of all beds."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 13))
    streets = rng.choice(list(SETTLEMENT), n).tolist()
    beds = rng.integers(2, 31, n).tolist()
    sites = frame_of(streets, beds, rng.uniform(0, 900, (n, 2)), min_beds=rng.integers(1, 3, n).astype(np.float64))
    rules: list[PortfolioRule] = [Spacing(kind="spacing", id="apart", at_least_m=float(rng.integers(50, 250)), **BASE)]
    rules.append(_cap("per_street", "street", "sites", int(rng.integers(1, 4))))
    rules.append(_cap("per_settlement", "settlement", "sites", int(rng.integers(2, 5))))
    if caps_on_beds:
        rules.append(_cap("beds_per_settlement", "settlement", "beds", int(rng.integers(20, 70))))
        rules.append(_cap("beds_per_municipality", "municipality", "beds", int(rng.integers(40, 120))))
    need = int(sum(beds) * rng.uniform(0.1, greedy))
    demands = [Demand(need)]
    if rng.random() < 0.5:
        demands.append(Demand(int(need * rng.uniform(0.1, 0.5)), "municipality", str(rng.choice(["Noord", "Zuid"]))))
    ids = sites["site_id"].tolist()
    wanted = Wanted(
        tuple(demands),
        max_sites=int(rng.integers(2, 8)) if rng.random() < 0.6 else None,
        lock_in=(str(rng.choice(ids)),) if rng.random() < 0.3 else (),
        lock_out=(str(rng.choice(ids)),) if rng.random() < 0.3 else (),
    )
    there = None
    if rng.random() < 0.5:
        k = int(rng.integers(1, 3))
        there = frame_of(
            rng.choice(list(SETTLEMENT), k).tolist(), rng.integers(2, 20, k).tolist(), rng.uniform(0, 900, (k, 2))
        )
        there = there.assign(standing=rng.choice(["existing", "permitted"], k), site_id=[f"t{i}" for i in range(k)])
    return Town(sites, rng.uniform(0, 1, n).round(3), there, tuple(rules), wanted)


def _cap(name: str, per: str, counts: str, at_most: int) -> Cap:
    return Cap.model_validate({"kind": "cap", "id": name, "per": per, "counts": counts, "at_most": at_most, **BASE})


def subsets(n: int) -> BoolArray:
    """Return every subset of n sites, shape (2**n, n)."""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(bool)


class BruteForce:
    """Everything about every subset of a town's sites, worked out without the model."""

    def __init__(self, town: Town) -> None:
        self.town, self.sites, self.n = town, town.sites, len(town.sites)
        self.sets = subsets(self.n)
        self.most = town.sites["beds"].to_numpy()
        self.least = town.sites["min_beds"].to_numpy()

    def conditions(self) -> dict[tuple[str, str, str], BoolArray]:
        """Return per condition, by kind, rule and area, which subsets can satisfy it; not for caps on beds."""
        wanted, found = self.town.wanted, {}
        full = self.sets @ self.most
        for demand in wanted.demands:
            inside = np.ones(self.n, dtype=bool) if demand.level == "all" else (self.sites[demand.level] == demand.area)
            found["need", demand.level, demand.area] = self.sets @ (self.most * np.asarray(inside)) >= demand.beds
        del full
        if wanted.max_sites is not None:
            found["max_sites", "", ""] = self.sets.sum(axis=1) <= wanted.max_sites
        for name in wanted.lock_in:
            found["lock_in", name, ""] = self.sets[:, self._number(name)]
        for name in wanted.lock_out:
            found["lock_out", name, ""] = ~self.sets[:, self._number(name)]
        for rule in self.town.rules:
            if isinstance(rule, Spacing):
                found["spacing", rule.id, ""] = self.nearest() >= rule.at_least_m - 1e-6
            elif isinstance(rule, Cap) and rule.counts == "sites":
                for area in sorted(set(self.sites[rule.per])):
                    found["cap", rule.id, area] = self.counted(rule, area) <= rule.at_most
        return found

    def _number(self, name: str) -> int:
        return self.sites["site_id"].tolist().index(name)

    def counted(self, rule: Cap, area: str) -> FloatArray:
        """Return how many sites a cap counts in an area per subset; 0 where none is chosen: no breach of the choice."""
        chosen = self.sets[:, (self.sites[rule.per] == area).to_numpy()].sum(axis=1)
        there = 0 if self.town.there is None else int((self.town.there[rule.per] == area).sum())
        return np.where(chosen > 0, chosen + there, 0).astype(np.float64)

    def nearest(self) -> FloatArray:
        """Return per subset the smallest distance between two chosen sites, or a chosen one and one that is there."""
        shapes = self.sites.geometry.to_numpy()
        smallest = np.full(len(self.sets), np.inf)
        for i in range(self.n):
            for j in range(i):
                both = self.sets[:, i] & self.sets[:, j]
                smallest[both] = np.minimum(smallest[both], shapely.distance(shapes[i], shapes[j]))
            if self.town.there is not None:
                to_there = shapely.distance(shapes[i], self.town.there.geometry.to_numpy()).min()
                smallest[self.sets[:, i]] = np.minimum(smallest[self.sets[:, i]], to_there)
        return smallest

    def best(self) -> float:
        """Return the least cost of any subset with the best division of beds; infinite when there is none."""
        allowed = np.all(list(self.conditions().values()), axis=0)
        cost = np.where(allowed, self._cost_of_beds(), np.inf)
        return float((cost + PREFERENCES.site_counts_as_beds * self.sets.sum(axis=1)).min())

    def _cost_of_beds(self) -> FloatArray:
        """Return the least cost of the beds per subset.

        Caps on beds lie within each other (settlement in municipality), so beds may be given out one by one, the
        cheapest first: what each municipality needs, then the rest of the need.
        """
        beds = self.sets * self.least
        room: list[tuple[BoolArray, FloatArray]] = []
        for rule in self.town.rules:
            if isinstance(rule, Cap) and rule.counts == "beds":
                for area in sorted(set(self.sites[rule.per])):
                    inside = (self.sites[rule.per] == area).to_numpy()
                    there = 0.0
                    if self.town.there is not None:
                        there = float(self.town.there.loc[self.town.there[rule.per] == area, "beds"].sum())
                    room.append((inside, np.full(len(self.sets), rule.at_most - there)))
        price = 1.0 - self.town.suitability + _BED
        order = np.argsort(price, kind="stable")
        over = np.zeros(len(self.sets), dtype=bool)
        for inside, left in room:
            used = beds[:, inside].sum(axis=1)
            over |= (used > left) & self.sets[:, inside].any(axis=1)
        demands = sorted(self.town.wanted.demands, key=lambda demand: demand.level == "all")
        for demand in demands:
            inside = (
                np.ones(self.n, dtype=bool)
                if demand.level == "all"
                else (self.sites[demand.level] == demand.area).to_numpy()
            )
            for j in order[inside[order]]:
                short = np.maximum(0.0, demand.beds - beds[:, inside].sum(axis=1))
                more = np.where(self.sets[:, j], np.minimum(short, self.most[j] - beds[:, j]), 0.0)
                for area, left in room:
                    if area[j]:
                        more = np.minimum(more, np.maximum(0.0, left - beds[:, area].sum(axis=1)))
                beds[:, j] += more
            over |= beds[:, inside].sum(axis=1) < demand.beds
        return np.where(over, np.inf, beds @ price)
