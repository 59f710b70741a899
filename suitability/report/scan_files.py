"""The five files of a scan, written as one: all of them or none, and never over an earlier result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd

from suitability.core.types import CRS
from suitability.report.files.geopackage import write_geopackage
from suitability.report.files.longlist_sheet import write_csv
from suitability.report.files.run_record import RUN, write_record
from suitability.report.folder import check_folder, write_together
from suitability.report.maps.longlist_map import write_map
from suitability.report.table import wide_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Progress, Scan

GEOPACKAGE: Final = "longlist.gpkg"
PARQUET: Final = "parcels.parquet"
CSV: Final = "longlist.csv"
MAP: Final = "map.html"
FILES: Final = (GEOPACKAGE, PARQUET, CSV, MAP, RUN)


def write_outputs(
    scan: Scan,
    longlist: Longlist,
    folder: Path,
    lang: Lang,
    *,
    documents: dict[str, dict[str, object]],
    wall_seconds: Callable[[], float],
    progress: Progress,
) -> list[Path]:
    """Write all files of a scan to ``folder`` and return their paths; an earlier result moves to ``earlier/``.

    ``documents``: what citations name. ``wall_seconds``: asked for last, for the run record.
    Raises ``SourceError`` when the disk is full or not writable; then the folder is as it was.
    """
    check_folder(folder)
    table = wide_table(scan, documents, lang)
    frame = gpd.GeoDataFrame(table, geometry=scan.parcels.geometry, crs=CRS)
    steps: dict[str, Callable[[Path], object]] = {
        PARQUET: lambda path: frame.to_parquet(path, compression="zstd"),
        GEOPACKAGE: lambda path: write_geopackage(frame, longlist.kept, path, scan.run.started, lang),
        CSV: lambda path: write_csv(scan, table, longlist.kept, path, lang),
        MAP: lambda path: write_map(scan, longlist, table, path, lang),
        RUN: lambda path: write_record(scan.run, longlist, path, lang, wall_seconds=round(wall_seconds(), 2)),
    }
    write_together(steps, folder, progress)
    return [folder / file for file in FILES]
