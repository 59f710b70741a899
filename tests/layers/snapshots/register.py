"""A register to ask and a folder to keep its answers in, for the tests of dated copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import shapely

from layers.snapshots.cached import CachedSource
from suitability.core.errors import Problem, SourceError
from suitability.core.layer import Area, Layer, Provenance
from suitability.core.layer_specs import LAYERS
from tests.layers.folders import X, Y, parcels

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from suitability.core.layer import LayerSpec

DAY = date(2025, 3, 1)
TOWN = Area("Dorp", shapely.box(X, Y, X + 1000, Y + 1000), reach_m=100.0)
SPEC = LAYERS["parcels"]


@dataclass
class Register:
    """A source that counts how often it is asked; what it answers and whether it is up can be changed."""

    frame: gpd.GeoDataFrame = field(default_factory=parcels)
    is_down: bool = False
    asked: int = 0
    name: str = "register"

    def offers(self) -> frozenset[str]:
        """Return the one layer; also this asks the service."""
        self._ask()
        return frozenset({"parcels"})

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return the parcels, whatever the area."""
        self._ask()
        coverage = shapely.Polygon() if area.polygon is None else area.polygon
        origin = Provenance(
            "Register", "https://example.org", "CC0", "R", DAY, DAY, len(self.frame), "0" * 64, "observed"
        )
        return Layer(spec, self.frame, coverage, origin)

    def _ask(self) -> None:
        self.asked += 1
        if self.is_down:
            raise SourceError(Problem("register", "http_unreachable", {"count": 5, "found": "no route"}))


def cached(source: object, folder: Path, *, offline: bool = False, today: date = DAY, days: int = 30) -> CachedSource:
    """Return a source with copies in a folder, on a day."""
    return CachedSource(source, folder, offline=offline, max_age_days={"default": days}, today=lambda: today)  # type: ignore[arg-type]


def files(folder: Path, part: str) -> list[Path]:
    """Return the files of the index or of the data."""
    return sorted((folder / part).iterdir()) if (folder / part).is_dir() else []
