"""The services of the national platform on loopback, with a source of them and a folder to work in."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from layers.services.client import Client
from layers.services.pdok import PdokSource
from suitability.core.errors import SourceError
from suitability.core.layer import Area, Layer
from suitability.core.layer_specs import LAYERS
from tests.services import kampen
from tests.services.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.services.server import Service

#: A part of the town and of the country around it.
AREA = Area("part of Kampen", shapely.Point(190_700, 507_000).buffer(900), reach_m=300.0)
REGION = shapely.buffer(AREA.polygon, AREA.reach_m)
HOSTS = frozenset({"127.0.0.1"})


@dataclass
class Platform:
    """The services on loopback, a folder to work in, and the progress that a fetch reported."""

    server: Server
    folder: Path
    tile_m: float | None = None
    told: list[tuple[str, int, int]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def source(self, **options: Any) -> PdokSource:
        """Return a source as it is after a start of the program: nothing in memory."""
        client = Client(HOSTS, sleep=self.pauses.append, timeout_s=5.0, **options)
        return PdokSource(self.table(), self.work, progress=lambda *what: self.told.append(what), client=client)

    def table(self) -> Path:
        """Return the shipped table with the addresses of the server."""
        return kampen.write_table(self.server, self.folder, self.tile_m)

    @property
    def work(self) -> Path:
        """The working folder."""
        return self.folder / "work"

    def load(self, layer: str, area: Area = AREA, **options: Any) -> Layer:
        """Return one layer."""
        return self.source(**options).load(LAYERS[layer], area)

    def refusal(self, layer: str) -> str:
        """Return the sentence of a fetch that must fail."""
        with pytest.raises(SourceError) as caught:
            self.load(layer)
        (dutch,) = caught.value.sentences("nl")
        (english,) = caught.value.sentences("en")
        assert dutch != english
        return english


@contextmanager
def platform(folder: Path, change: Callable[[Service], Service] = lambda service: service) -> Iterator[Platform]:
    """Give the platform with every service changed in one way."""
    with Server([change(service) for service in kampen.services()]) as server:
        yield Platform(server, folder)
