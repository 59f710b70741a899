"""One GeoTIFF as a grid in EPSG:28992, checked: what it says of itself is believed only where it can be."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import rasterio
from pyproj.exceptions import CRSError
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.windows import Window

from layers.files._crs import is_rd
from suitability.core.errors import LayerError, Problem, SourceError
from suitability.core.layer import Raster
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rasterio.io import DatasetReader

    from suitability.core.types import BoolArray

Bounds = tuple[float, float, float, float]
#: More cells than this are not read at once: 400 MB.
MAX_CELLS: Final = 100_000_000
#: Cells count as square, and grids as one, when they differ by less than this share of a cell.
SAME: Final = 1e-3


def read_grid(source: Path | bytes, where: str, bounds: Bounds | None = None) -> Raster:
    """Return the grid of a GeoTIFF, or the part of it that touches ``bounds``; NaN where it declares no data.

    The grid must be in EPSG:28992, north-up, with square cells and one band of plain numbers. Raises ``LayerError`` for
    what is otherwise, ``SourceError`` for what cannot be read; ``where`` names it in both.
    """
    with _opened(source, where) as file:
        problems = [*_form_problems(file, where), *_place_problems(file, where)]
        if problems:
            raise LayerError(*problems)
        window = _window(file, bounds)
        n_cells = int(window.width) * int(window.height)
        if n_cells > MAX_CELLS:
            fields = {"found": f"{n_cells / 1e6:,.0f}", "expected": f"{MAX_CELLS / 1e6:,.0f}"}
            raise LayerError(Problem(where, "raster_too_large", fields))
        if n_cells == 0:
            raise LayerError(
                Problem(where, "raster_elsewhere", {"found": _listed(file.bounds), "expected": _listed(bounds)})
            )
        band = file.read(1, window=window, masked=True)
        values = np.where(
            np.ma.getmaskarray(band), np.nan, band.data.astype(np.float32) * file.scales[0] + file.offsets[0]
        )
        place = file.transform
        left, top = place.c + window.col_off * place.a, place.f + window.row_off * place.e
        return Raster(values.astype(np.float32), left, top, place.a)


@contextmanager
def _opened(source: Path | bytes, where: str) -> Iterator[DatasetReader]:
    """Open a GeoTIFF, and no other kind of file: some kinds can point to further files or to the network."""
    try:
        if isinstance(source, bytes):
            with MemoryFile(source) as memory, memory.open(driver="GTiff") as file:
                yield file
        else:
            with rasterio.open(source, driver="GTiff") as file:
                yield file
    except RasterioError as error:
        found = " ".join(str(error).split()) or type(error).__name__
        raise SourceError(Problem(where, "raster_unreadable", {"found": found})) from error


def _form_problems(file: DatasetReader, where: str) -> Iterator[Problem]:
    """Yield what shows that the file is a picture, or otherwise no grid of numbers."""
    if file.count != 1:
        yield Problem(where, "raster_bands", {"found": file.count})
    elif rasterio.enums.ColorInterp.palette in file.colorinterp:
        yield Problem(where, "raster_picture")
    elif np.dtype(file.dtypes[0]).kind not in "iuf":
        yield Problem(where, "raster_numbers", {"found": file.dtypes[0]})


def _place_problems(file: DatasetReader, where: str) -> Iterator[Problem]:
    """Yield what is wrong with where the cells lie."""
    if file.crs is None:
        yield Problem(where, "raster_no_crs", {"expected": CRS})
    elif not _is_rd(file.crs.to_wkt()):
        yield Problem(where, "raster_crs", {"found": file.crs.to_string()[:60], "expected": CRS})
    place = file.transform
    turned = max(abs(place.b), abs(place.d)) > SAME * abs(place.a)
    if turned or place.a <= 0 or place.e >= 0 or not math.isclose(place.a, -place.e, rel_tol=SAME):
        yield Problem(where, "raster_cells", {"found": ", ".join(f"{number:g}" for number in tuple(place)[:6])})


def _is_rd(text: str) -> bool:
    try:
        return is_rd(pyproj.CRS.from_wkt(text))
    except CRSError:
        return False


def _window(file: DatasetReader, bounds: Bounds | None) -> Window:
    """Return the cells that touch the bounds, within the file; of width or height 0 when there are none."""
    if bounds is None:
        return Window(0, 0, file.width, file.height)
    left, bottom, right, top = bounds
    place = file.transform
    columns = _clipped((left - place.c) / place.a, (right - place.c) / place.a, file.width)
    rows = _clipped((top - place.f) / place.e, (bottom - place.f) / place.e, file.height)
    return Window(columns[0], rows[0], columns[1] - columns[0], rows[1] - rows[0])


def _clipped(first: float, last: float, size: int) -> tuple[int, int]:
    """Return the whole cells between two places along an axis, within its size; a rounding error adds no cell."""
    start = min(max(math.floor(first + SAME), 0), size)
    return start, max(start, min(math.ceil(last - SAME), size))


def _listed(bounds: Bounds | None) -> str:
    return "-" if bounds is None else " ".join(f"{number:,.0f}" for number in bounds)


def outside(values: np.ndarray, low: float, high: float) -> BoolArray:
    """Return which cells hold a number that cannot be: not between ``low`` and ``high``."""
    with np.errstate(invalid="ignore"):
        wrong: BoolArray = ~np.isnan(values) & ~((values >= low) & (values <= high))
    return wrong
