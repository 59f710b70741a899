"""Build the embedded demo layers from the OpenStreetMap extract: ``python -m layers.demo_data.build``.

Needs no network. With ``--check`` it builds into a temporary folder and compares with what is committed. The bytes
are the same for the same versions of pyarrow, GEOS and momepy; with others ``--check`` says which layers differ.
"""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import shapely

from layers.demo_data._extract import GRID, read_extract
from layers.demo_data._ground import (
    make_flood_defences,
    make_nature_areas,
    make_orchards,
    make_power_lines,
    power_line_coverage,
)
from layers.demo_data._land import make_land
from layers.demo_data._noise import make_noise
from layers.demo_data._parcels import make_mosaic, make_parcels, principal_buildings
from layers.demo_data._places import (
    greenhouses_of,
    make_building_plots,
    make_buildings,
    make_businesses,
    make_employers,
    make_recreation_parks,
    make_workplaces,
    supermarket_coverage,
)
from layers.demo_data._write import Written, write_manifest, write_raster, write_streets, write_vector
from layers.demo_data._zoning import make_zoning
from layers.osm.address_book import read_address_book
from layers.osm.streets import read_facilities, read_facility_kinds, read_street_table
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.demo_data._extract import Extract
    from layers.demo_data._land import Land

HERE: Final = Path(__file__).parent
SOURCE_FILE: Final = HERE / "source" / "kampen.osm.pbf"
FACILITY_TABLE: Final = HERE.parents[1] / "config" / "facilities.yaml"
#: Layers whose order of rows means something: parcels by number, Kampen as the first municipality.
_ORDERED: Final = ("parcels", "municipality")


def build(folder: Path) -> dict[str, Written]:
    """Build all layers into ``folder`` (which must exist) and return what was written."""
    started = time.perf_counter()
    extract = read_extract(SOURCE_FILE)
    _say(started, f"read; {_repairs(extract)}")
    land = make_land(extract)
    tables, coverages = _tables(extract, land, started)
    written = {
        name: write_vector(folder, name, table, coverages.get(name, land.coverage), keep_order=name in _ORDERED)
        for name, table in tables.items()
    }
    kinds = [each.kind for each in read_facility_kinds(FACILITY_TABLE)]
    written["facilities"] = written["facilities"].with_kinds(kinds, {"supermarket": supermarket_coverage(extract)})
    _say(started, "vector layers written")
    written["streets"] = write_streets(folder, read_street_table(SOURCE_FILE, GRID), land.coverage)
    written["noise"] = write_raster(folder, "noise", make_noise(land), land.coverage)
    write_manifest(folder, written)
    for name, one in sorted(written.items()):
        size = sum((folder / file).stat().st_size for file in one.files)
        _say(started, f"{name:17s} {one.rows:7d} rows {size / 1024:8.0f} kB")
    return written


def _tables(
    extract: Extract, land: Land, started: float
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, shapely.Geometry]]:
    """Return all vector layers, and the coverage of those that do not cover the whole of it."""
    mosaic = make_mosaic(extract, land)
    _say(
        started,
        f"mosaic of {len(mosaic.cells)} cells, without gap or overlap: {shapely.coverage_is_valid(mosaic.cells)}",
    )
    buildings = land.buildings
    greenhouses = buildings.geometry.to_numpy()[greenhouses_of(land, extract)]
    work = make_workplaces(extract, land)
    tables = {
        "parcels": make_parcels(mosaic, land),
        "zoning": make_zoning(extract, land, mosaic, greenhouses),
        "building_plots": make_building_plots(land, work, principal_buildings(land)),
        "recreation_parks": make_recreation_parks(extract, land),
        "facilities": read_facilities(SOURCE_FILE, read_facility_kinds(FACILITY_TABLE)),
        "employers": make_employers(work),
        "businesses": make_businesses(work, extract, land),
        "buildings": make_buildings(extract, land)[
            [*LAYERS["buildings"].columns, *LAYERS["buildings"].optional, "geometry"]
        ],
        "public_roads": land.roads[["name", "width_m", "road_class", "geometry"]],
        "municipality": land.municipalities,
        "settlements": land.settlements,
        "water": land.water,
        "flood_defences": make_flood_defences(extract, land),
        "nature_areas": make_nature_areas(extract, land),
        "orchards": make_orchards(extract, land),
        "power_lines": make_power_lines(extract),
        "addresses": read_address_book(SOURCE_FILE),
    }
    kampen = shapely.intersection(land.municipalities.geometry.iloc[0], land.coverage, grid_size=GRID)
    _say(started, "vector layers made")
    return tables, {"parcels": kampen, "zoning": kampen, "power_lines": power_line_coverage(extract)}


def _repairs(extract: Extract) -> str:
    repairs = extract.repairs
    return (
        f"{repairs.closed_at_box} rings closed along the box, {repairs.mended} broken rings mended, "
        f"{len(repairs.skipped)} without area left out ({' '.join(repairs.skipped)})"
    )


def _say(started: float, text: str) -> None:
    print(f"{time.perf_counter() - started:6.1f} s  {text}", flush=True)


def differing(folder: Path) -> list[str]:
    """Return the names of the files in ``folder`` that are not byte for byte those committed."""
    return sorted(
        file.name
        for file in folder.iterdir()
        if not (HERE / file.name).is_file() or not filecmp.cmp(file, HERE / file.name, shallow=False)
    )


def main(arguments: list[str] | None = None) -> int:
    """Build, or with ``--check`` compare; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m layers.demo_data.build", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="build into a temporary folder and compare, change nothing"
    )
    check = parser.parse_args(arguments).check
    with tempfile.TemporaryDirectory(dir=None if check else HERE, prefix=".build-") as text:
        folder = Path(text)
        build(folder)
        different = differing(folder)
        print("different: " + (", ".join(different) or "nothing"))
        if check:
            return 1 if different else 0
        for file in sorted(folder.iterdir()):
            file.replace(HERE / file.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
