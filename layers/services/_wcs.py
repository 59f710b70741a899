"""Grids from a Web Coverage Service 2.0.1: which there are, how they lie, and their cells as GeoTIFF, tile by tile."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from layers.files._geotiff import MAX_CELLS, SAME, read_grid
from layers.files._xml import local_name, parse
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.layer import Raster
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layers.files._geotiff import Bounds
    from layers.files._xml import Element
    from layers.services.client import Client

_XML: Final = ("application/xml", "text/xml", "application/gml+xml", "application/*+xml")
_TIFF: Final = ("image/tiff", "image/geotiff", "application/octet-stream")
_RD: Final = re.compile(r"EPSG(?:/\d+/|::|:[\d.]+:|:)28992$")
_SQUARE: Final = 2
_BYTES_PER_CELL: Final = 8
_HEADER_BYTES: Final = 1_000_000
_MAX_WORDS: Final = 200


@dataclass(frozen=True)
class Grid:
    """A coverage as the service describes it: ``axes`` are its words for x and y; (``left``, ``top``) is its corner."""

    name: str
    axes: tuple[str, str]
    left: float
    top: float
    cell_m: float
    columns: int
    rows: int


@dataclass(frozen=True)
class Wcs:
    """A service at ``url``; ``tile_cells``: the longest side of a tile that is asked for."""

    client: Client
    url: str
    tile_cells: int = 1000
    media_type: str = "image/tiff"

    def names(self) -> tuple[str, ...]:
        """Return the names of all coverages, in order; raises ``SourceError``."""
        root = self._ask("GetCapabilities")
        return tuple(sorted({text for text in _texts(root, "CoverageId") if text}))

    def describe(self, name: str) -> Grid:
        """Return how a coverage lies; raises ``SourceError`` when it is not a north-up grid in EPSG:28992."""
        root = self._ask("DescribeCoverage", coverageId=name)
        try:
            return _grid(root, name)
        except (ValueError, IndexError) as error:
            raise SourceError(self.client.problem(self.url, "wcs_description", layer=name, found=str(error))) from error

    def read(self, grid: Grid, bounds: Bounds) -> Raster:
        """Return the cells that touch ``bounds``, NaN where the service declares no data or the grid does not reach.

        Raises ``SourceError``, and ``LayerError`` when a tile is not the grid that was asked for.
        """
        first_column, last_column = _cells(bounds[0] - grid.left, bounds[2] - grid.left, grid.cell_m)
        first_row, last_row = _cells(grid.top - bounds[3], grid.top - bounds[1], grid.cell_m)
        shape = (last_row - first_row, last_column - first_column)
        if shape[0] * shape[1] > MAX_CELLS:
            fields = {"found": f"{shape[0] * shape[1] / 1e6:,.0f}", "expected": f"{MAX_CELLS / 1e6:,.0f}"}
            raise LayerError(Problem(grid.name, "raster_too_large", fields))
        values = np.full(shape, np.nan, dtype=np.float32)
        for row, n_rows in self._tiles(max(first_row, 0), min(last_row, grid.rows)):
            for column, n_columns in self._tiles(max(first_column, 0), min(last_column, grid.columns)):
                tile = self._tile(grid, row, column, n_rows, n_columns)
                at = (row - first_row, column - first_column)
                values[at[0] : at[0] + n_rows, at[1] : at[1] + n_columns] = tile
        corner = (grid.left + first_column * grid.cell_m, grid.top - first_row * grid.cell_m)
        return Raster(values, *corner, grid.cell_m)

    def _tiles(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield (first, count) of the tiles along one axis."""
        for start in range(first, last, self.tile_cells):
            yield start, min(self.tile_cells, last - start)

    def _tile(self, grid: Grid, row: int, column: int, n_rows: int, n_columns: int) -> np.ndarray:
        """Return the cells of one tile, shape (n_rows, n_columns)."""
        left, top = grid.left + column * grid.cell_m, grid.top - row * grid.cell_m
        right, bottom = left + n_columns * grid.cell_m, top - n_rows * grid.cell_m
        x, y = grid.axes
        params = [
            *_question("GetCoverage", coverageId=grid.name, format=self.media_type),
            ("subset", f"{x}({left:.3f},{right:.3f})"),
            ("subset", f"{y}({bottom:.3f},{top:.3f})"),
        ]
        most = n_rows * n_columns * _BYTES_PER_CELL + _HEADER_BYTES
        answer = self.client.get(self.url, params, accept=(*_TIFF, *_XML), max_bytes=most)
        if answer.media_type.endswith("xml"):
            self._refuse(answer.content)
        where = f"{grid.name} ({left:.0f} {bottom:.0f} {right:.0f} {top:.0f})"
        found = read_grid(answer.content, where, (left, bottom, right, top))
        return _fitted(found, (left, top, grid.cell_m), (n_rows, n_columns), where)

    def _ask(self, request: str, **more: str) -> Element:
        answer = self.client.get(self.url, _question(request, **more), accept=_XML)
        root = parse(io.BytesIO(answer.content), self.url)
        if local_name(root) == "ExceptionReport":
            self._refuse(answer.content)
        return root

    def _refuse(self, content: bytes) -> NoReturn:
        """Raise what an exception of the service says: it may come with status 200."""
        root = parse(io.BytesIO(content), self.url)
        said = " ".join(" ".join(_texts(root, "ExceptionText")).split())[:_MAX_WORDS] or local_name(root)
        raise SourceError(self.client.problem(self.url, "wcs_refuses", said=said))


def newest(names: tuple[str, ...], pattern: re.Pattern[str]) -> tuple[str, date | None] | None:
    """Return the newest coverage that fits a pattern, with its date; None when none fits.

    Groups of the pattern: ``year`` of the data, ``published`` the day of publication (20250101).
    """
    found = [(match.groupdict(), name) for name in names if (match := pattern.search(name))]
    if not found:
        return None
    groups, name = max(found, key=lambda one: (one[0].get("year") or "", one[0].get("published") or "", one[1]))
    return name, _day(groups.get("year"), groups.get("published"))


def _day(year: str | None, published: str | None) -> date | None:
    """Return the last day of the year of the data, else the day of publication; None when the name states neither."""
    if year:
        return date(int(year), 12, 31)
    try:
        return date.fromisoformat(published) if published else None
    except ValueError:
        return None


def _question(request: str, **more: str) -> list[tuple[str, str]]:
    return [("service", "WCS"), ("version", "2.0.1"), ("request", request), *more.items()]


def _cells(start: float, stop: float, cell_m: float) -> tuple[int, int]:
    """Return the whole cells from ``start`` to ``stop`` metres along an axis."""
    first, last = start / cell_m, stop / cell_m
    return math.floor(first + SAME), math.ceil(last - SAME)


def _texts(root: Element, name: str) -> list[str]:
    return [(element.text or "").strip() for element in root.iter(f"{{*}}{name}")]


def _numbers(root: Element, name: str) -> list[list[float]]:
    return [[float(word) for word in text.split()] for text in _texts(root, name)]


def _grid(root: Element, name: str) -> Grid:
    """Return the grid of a description; raises ``ValueError`` or ``IndexError`` for what is not as expected."""
    envelope = next(root.iter("{*}Envelope"), None)
    if envelope is None or not _RD.search(envelope.get("srsName", "")):
        raise ValueError(f"srsName {'-' if envelope is None else envelope.get('srsName')}, expected {CRS}")
    axes = envelope.get("axisLabels", "").split()
    lower, upper = _numbers(envelope, "lowerCorner")[0], _numbers(envelope, "upperCorner")[0]
    low, high = (_numbers(root, word)[0] for word in ("low", "high"))
    offsets = _numbers(root, "offsetVector")
    sizes = {len(axes), len(lower), len(upper), len(low), len(high), len(offsets), *(len(vector) for vector in offsets)}
    if sizes != {_SQUARE}:
        raise ValueError("a grid of other than two axes")
    # In the Netherlands every y (300 to 630 km) is larger than every x (below 290 km), which tells the axes apart.
    x, y = (0, 1) if upper[0] < lower[1] else (1, 0)
    if upper[x] >= lower[y]:
        raise ValueError(f"corners {lower} {upper}")
    along_x = next(vector for vector in offsets if vector[x] != 0)
    along_y = next(vector for vector in offsets if vector[y] != 0)
    cell = along_x[x]
    if along_x[y] or along_y[x] or cell <= 0 or not math.isclose(-along_y[y], cell, rel_tol=SAME):
        raise ValueError(f"offsetVector {offsets}")
    columns, rows = (round((upper[i] - lower[i]) / cell) for i in (x, y))
    counts = [round(high[offsets.index(vector)] - low[offsets.index(vector)]) + 1 for vector in (along_x, along_y)]
    if counts != [columns, rows]:
        raise ValueError(f"{columns} x {rows} and {counts[0]} x {counts[1]} cells")
    return Grid(name, (axes[x], axes[y]), lower[x], upper[y], cell, columns, rows)


def _fitted(found: Raster, expected: tuple[float, float, float], shape: tuple[int, int], where: str) -> np.ndarray:
    """Return the cells of a tile in their place; NaN where the answer does not reach."""
    left, top, cell_m = expected
    column, row = (found.left - left) / cell_m, (top - found.top) / cell_m
    is_same = math.isclose(found.cell_m, cell_m, rel_tol=SAME)
    if not is_same or max(abs(column - round(column)), abs(row - round(row))) > SAME * 10:
        fields = {
            "found": f"{found.left:.2f} {found.top:.2f} / {found.cell_m:g} m",
            "expected": f"{left:.2f} {top:.2f} / {cell_m:g} m",
        }
        raise LayerError(Problem(where, "wcs_other_grid", fields))
    first_row, first_column = round(row), round(column)
    values = np.full(shape, np.nan, dtype=np.float32)
    rows, columns = (min(shape[i], first + found.values.shape[i]) for i, first in enumerate((first_row, first_column)))
    values[first_row:rows, first_column:columns] = found.values[: rows - first_row, : columns - first_column]
    return values
