"""Noise levels in dB from the national service: separate maps that are added as energies.

The total of L1, L2 … in dB is ``10 log10(10^(L1/10) + 10^(L2/10) + …)``. Where one of the maps is silent about a cell
the total is unknown there, unless the table says that its silence means no noise.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import rasterio
import rasterio.features
import shapely

from layers.files.noise_levels import QUIETEST_DB, plausible
from layers.services._wcs import Wcs, newest
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.layer import Layer, Provenance, Raster
from suitability.core.messages import LANGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from layers.services._wcs import Grid
    from layers.services.client import Client
    from layers.services.noise_table import NoiseMap, NoiseTable
    from suitability.core.layer import Area, LayerSpec
    from suitability.core.messages import Lang

#: Where cells are known is told in at most this many blocks along an axis.
_MOST_BLOCKS: Final = 200


def add(levels: list[Raster], *, silent: list[bool]) -> Raster:
    """Return the total of levels as energies, on the finest of their grids; other grids count by its cells' middles.

    ``silent``: for which of them a cell without data means no noise; of the others it makes the total unknown.
    """
    finest = min(levels, key=lambda raster: raster.cell_m)
    energy = np.zeros(finest.values.shape)
    for raster, is_silent in zip(levels, silent, strict=True):
        part = np.power(10.0, _on_grid(raster, finest).astype(np.float64) / 10.0)
        energy += np.where(np.isnan(part), 0.0, part) if is_silent else part
    with np.errstate(divide="ignore"):
        total = np.maximum(10.0 * np.log10(energy), QUIETEST_DB)
    return replace(finest, values=total.astype(np.float32))


def _on_grid(raster: Raster, grid: Raster) -> np.ndarray:
    """Return the values at the middles of a grid's cells, NaN outside the raster."""
    n_rows, n_columns = grid.values.shape
    x = grid.left + (np.arange(n_columns) + 0.5) * grid.cell_m
    y = grid.top - (np.arange(n_rows) + 0.5) * grid.cell_m
    column = np.floor((x - raster.left) / raster.cell_m).astype(np.int64)
    row = np.floor((raster.top - y) / raster.cell_m).astype(np.int64)
    inside = ((row >= 0) & (row < raster.values.shape[0]))[:, None] & (
        (column >= 0) & (column < raster.values.shape[1])
    )
    picked = raster.values[np.clip(row, 0, raster.values.shape[0] - 1)][
        :, np.clip(column, 0, raster.values.shape[1] - 1)
    ]
    found: np.ndarray = np.where(inside, picked, np.float32(np.nan))
    return found


def known_ground(raster: Raster) -> BaseGeometry:
    """Return where all cells are known: the whole box, or else the blocks of cells without a gap."""
    known = np.isfinite(raster.values)
    n_rows, n_columns = known.shape
    side = 1 if known.all() else max(1, -(-max(known.shape) // _MOST_BLOCKS))
    rows, columns = np.arange(0, n_rows, side), np.arange(0, n_columns, side)
    blocks = np.logical_and.reduceat(np.logical_and.reduceat(known, rows, axis=0), columns, axis=1)
    place = rasterio.Affine(raster.cell_m * side, 0.0, raster.left, 0.0, -raster.cell_m * side, raster.top)
    found = rasterio.features.shapes(blocks.astype(np.uint8), mask=blocks, transform=place)
    whole = shapely.union_all([shapely.geometry.shape(shape) for shape, _ in found])
    # The last block of a row or column may be cut short by the edge of the raster.
    bottom, right = raster.top - n_rows * raster.cell_m, raster.left + n_columns * raster.cell_m
    ground: BaseGeometry = shapely.intersection(whole, shapely.box(raster.left, bottom, right, raster.top))
    return ground


@dataclass(frozen=True)
class NoiseSource:
    """The national noise maps of an area, added up; ``table``: ``config/sources/noise.yaml``, read."""

    table: NoiseTable
    client: Client
    name: str = "noise"
    today: Callable[[], date] = date.today
    home: str | None = None

    def offers(self) -> frozenset[str]:
        """Return ``noise``, the only layer it has."""
        return frozenset({"noise"})

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return the levels within the bounds of an area, reach included.

        Raises ``LayerError`` for another layer, an area without bounds or levels that are not there, and ``SourceError``
        for a service that cannot be reached or has no such map.
        """
        if spec.name != "noise":
            raise LayerError(Problem(self.name, "layer_not_offered", {"found": spec.name, "expected": "noise"}))
        bounds = area.bounds()
        if bounds is None:
            raise LayerError(Problem(self.name, "noise_needs_area"))
        service = Wcs(self.client, self.table.url, self.table.tile_cells, self.table.media_type)
        chosen = self._chosen(service)
        levels = [plausible(service.read(grid, bounds)) for grid, _ in chosen.values()]
        total = add(levels, silent=[one.is_silent for one in chosen]) if len(levels) > 1 else levels[0]
        ground = known_ground(total)
        if ground.is_empty:
            raise LayerError(Problem(self.table.url, "noise_nothing_known", {"found": area.name}))
        return Layer(spec, total, ground, self._provenance(total, chosen))

    def _chosen(self, service: Wcs) -> dict[NoiseMap, tuple[Grid, date | None]]:
        """Return the newest coverage of every map, with its date; missing ones are reported together."""
        names = service.names()
        found = {one: newest(names, one.pattern) for one in self.table.maps.values()}
        missing = [one for one, choice in found.items() if choice is None]
        if missing:
            alike = [name for name in names if self.table.alike.search(name)][:5]
            raise SourceError(
                *(
                    Problem(
                        self.table.url,
                        "noise_map_missing",
                        {
                            "expected": one.name.model_dump(),
                            "pattern": one.pattern.pattern,
                            "found": ", ".join(alike) or "-",
                        },
                    )
                    for one in missing
                )
            )
        return {one: (service.describe(choice[0]), choice[1]) for one, choice in found.items() if choice is not None}

    def _provenance(self, total: Raster, chosen: dict[NoiseMap, tuple[Grid, date | None]]) -> Provenance:
        today = self.today()
        days = [day for _, day in chosen.values() if day is not None]
        digest = hashlib.sha256(f"{total.left} {total.top} {total.cell_m} {total.values.shape}".encode())
        digest.update(np.ascontiguousarray(total.values).tobytes())
        templates = self.table.note if len(chosen) == 1 else self.table.note_added
        note: dict[Lang, str] = {
            lang: templates.in_(lang).replace("{maps}", self._listed(chosen, lang)) for lang in LANGS
        }
        return Provenance(
            source=self.table.source,
            url=self.table.page,
            licence=self.table.licence,
            attribution=self.table.attribution,
            reference_date=min(days, default=today),
            retrieved=today,
            rows=int(np.isfinite(total.values).sum()),
            sha256=digest.hexdigest(),
            standing="observed" if len(chosen) == 1 else "derived",
            note=note,
        )

    @staticmethod
    def _listed(chosen: dict[NoiseMap, tuple[Grid, date | None]], lang: Lang) -> str:
        """Return the maps with their year and the name under which the service has them."""
        parts = (
            f"{one.name.in_(lang)} ({f'{day.year}, ' if day else ''}{grid.name})" for one, (grid, day) in chosen.items()
        )
        return "; ".join(parts)
