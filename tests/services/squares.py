"""A plain collection of squares to fetch, and a way of fetching it: shared by the tests of services and of tiles."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.services.client import Client
from layers.services.ogc_features import OgcFeatures
from layers.services.tiled_download import collect
from suitability.core.errors import SourceError
from suitability.core.types import CRS
from tests.services import ogc_features
from tests.services.server import Request, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layers.services.tiled_download import Collected
    from tests.services.server import Service

PREFIX = "/x/ogc/v1"
REGION = shapely.box(180_010, 500_010, 181_990, 501_990)
ITEMS = "/items"
HOSTS = frozenset({"127.0.0.1"})


def field_of_squares(side: int = 60) -> gpd.GeoDataFrame:
    """Return side x side squares of 40 m in a square of which REGION is a part."""
    at = np.arange(side) * 40.0
    x, y = (axis.ravel() for axis in np.meshgrid(at + 179_900, at + 499_900))
    columns = {"naam": [f"vlak {n}" for n in range(side**2)], "soort": "gras", "nummer": np.arange(side**2)}
    return gpd.GeoDataFrame(columns, geometry=shapely.box(x, y, x + 40, y + 40), crs=CRS)


@dataclass
class Fetch:
    """One way of fetching from a server, with its pauses instead of sleep."""

    server: Server
    folder: Path
    pauses: list[float] = field(default_factory=list)

    def __call__(self, region: shapely.Geometry | None = REGION, tile_m: float = 1000.0, **changes: Any) -> Collected:
        """Collect the squares."""
        with Client(HOSTS, sleep=self.pauses.append, timeout_s=5, max_bytes=20_000_000) as client:
            return collect(self.features(client, **changes), region, tile_m, self.folder, lambda *_: None)

    def features(self, client: Client, **changes: Any) -> OgcFeatures:
        """Return the collection."""
        needed = (frozenset({"naam"}), frozenset({"nummer", "volgnummer"}))
        wanted = frozenset({"naam", "nummer", "volgnummer"})
        made = OgcFeatures(client, (f"{self.server.base}{PREFIX}",), "vlak", needed, wanted, page_size=500)
        return replace(made, **changes)

    def refusal(self, **changes: Any) -> str:
        """Return the sentence of a fetch that must fail."""
        with pytest.raises(SourceError) as caught:
            self(**changes)
        (dutch,) = caught.value.sentences("nl")
        (english,) = caught.value.sentences("en")
        assert dutch != english
        return english

    def items(self) -> list[Request]:
        """Return the questions for features in a box."""
        return [request for request in self.server.asked(ITEMS) if "bbox" in request.query]


@contextmanager
def serving(service: Service, folder: Path) -> Iterator[Fetch]:
    """Give a way of fetching from one service."""
    with Server([service]) as server:
        yield Fetch(server, folder)


def whole(squares: gpd.GeoDataFrame, **options: Any) -> ogc_features.OgcFeatures:
    """Return a service of the squares that behaves."""
    return ogc_features.OgcFeatures(PREFIX, {"vlak": squares}, **options)


def expected(squares: gpd.GeoDataFrame) -> set[str]:
    """Return the names of the squares that a fetch of tiles of 1 km around REGION gives."""
    return set(squares["naam"][squares.intersects(shapely.box(180_000, 500_000, 182_000, 502_000))])
