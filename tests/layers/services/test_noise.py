"""Noise: the national service on loopback, real and hostile grids, and levels added as energies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from layers.files.noise_levels import read_noise
from layers.services._wcs import newest
from layers.services.client import Client
from layers.services.noise import NoiseSource, add, known_ground
from layers.services.noise_table import NoiseTable, read_noise_table
from suitability.core.errors import LayerError, SourceError
from suitability.core.layer import Area, Raster
from suitability.core.layer_specs import LAYERS
from tests.paths import ROOT
from tests.services.server import Response, Server
from tests.services.wcs import Coverage, WcsService, exception, tiff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLE = ROOT / "config" / "sources" / "noise.yaml"
DEMO = ROOT / "layers" / "demo_data" / "noise.tif"
ROAD = "alo__rivm_20250101_Geluid_lden_wegverkeer_2022"
RAIL = "alo__rivm_20220601_Geluid_lden_treinverkeer_2020"
AIR = "alo__rivm_20220601_Geluid_lden_vliegverkeer_2020"
INDUSTRY = "alo__rivm_Geluid_lden_industrie_actueel"
#: Corner of all grids here, and an area of 1 km by 800 m inside them.
LEFT, TOP = 190_000.0, 507_000.0
AREA = Area("Kampen", shapely.box(190_200, 505_700, 191_200, 506_500))
NAN = np.nan


def flat(level: float, *, cell_m: float = 10.0, nodata: float | None = None) -> Coverage:
    """Return a grid of 2 km with one level everywhere."""
    n = int(2000 / cell_m)
    return Coverage(np.full((n, n), level, dtype=np.float32), LEFT, TOP, cell_m, nodata)


def maps(**levels: Coverage) -> dict[str, Coverage]:
    """Return the four maps of the service, 50 dB each unless given."""
    names = {"road": ROAD, "rail": RAIL, "air": AIR, "industry": INDUSTRY}
    return {name: levels.get(kind, flat(50.0)) for kind, name in names.items()}


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client that does not wait between attempts."""
    with Client(frozenset({"127.0.0.1"}), attempts=3, sleep=lambda _: None) as one:
        yield one


def table(server: Server, **changes: object) -> NoiseTable:
    """Return the shipped table, with the address of the loopback service and tiles of 1 km."""
    found = read_noise_table(TABLE).model_copy(update={"url": f"{server.base}/geo/alo/wcs", "tile_cells": 100})
    return found.model_copy(update=changes)


def fetch(coverages: dict[str, Coverage], client: Client, area: Area = AREA, **changes: object):  # noqa: ANN201
    """Return the noise layer that a service with these coverages gives."""
    with Server([WcsService(coverages)]) as server:
        source = NoiseSource(table(server, **changes), client, today=lambda: date(2025, 7, 8))
        return source.load(LAYERS["noise"], area)


def write(path: Path, values: np.ndarray, **profile: object) -> Path:
    """Write a GeoTIFF in RD with cells of 10 m."""
    path.write_bytes(tiff(Coverage(values.astype(profile.pop("dtype", np.float32)), LEFT, TOP, 10.0), **profile))
    return path


def sentence(error: pytest.ExceptionInfo[LayerError] | pytest.ExceptionInfo[SourceError]) -> str:
    """Return the English message, after a check that there is a Dutch one too."""
    assert all(error.value.sentences("nl"))
    return " ".join(error.value.sentences("en"))


def test_four_equal_sources_are_six_decibels_louder(client: Client) -> None:
    """Four times the energy is 6.02 dB: not 200 dB, and not the loudest of the four."""
    layer = fetch(maps(), client)
    assert layer.raster.values == pytest.approx(np.full((80, 100), 56.0206), abs=1e-3)
    assert layer.raster.values.dtype == np.float32
    assert (layer.raster.left, layer.raster.top, layer.raster.cell_m) == (190_200.0, 506_500.0, 10.0)
    assert layer.coverage.equals(AREA.polygon)


def test_provenance_names_the_maps_that_were_added(client: Client) -> None:
    """The sum is called derived, says of when its parts are, and is as old as the oldest."""
    origin = fetch(maps(), client).provenance
    assert origin.standing == "derived"
    assert origin.reference_date == date(2020, 12, 31)
    assert origin.retrieved == date(2025, 7, 8)
    for name in (ROAD, RAIL, AIR, INDUSTRY):
        assert name in origin.note["nl"]
        assert name in origin.note["en"]
    assert "wegverkeer (2022" in origin.note["nl"]
    assert origin.rows == 8000


def test_one_map_is_not_a_sum(client: Client) -> None:
    """A single map comes as it is, and is observed."""
    one = {"road": read_noise_table(TABLE).maps["road"]}
    layer = fetch(maps(), client, maps=one)
    assert (layer.raster.values == 50.0).all()
    assert layer.provenance.standing == "observed"
    assert layer.provenance.reference_date == date(2022, 12, 31)


def test_newest_map_counts(client: Client) -> None:
    """Of two years the later is taken, whatever the order of the names; maps of all sources never."""
    old = {"alo__rivm_20220601_Geluid_lden_wegverkeer_2020": flat(90.0)}
    sources = {"alo__rivm_20220601_Geluid_lden_allebronnen_2020": flat(90.0)}
    layer = fetch(old | sources | maps(), client)
    assert layer.raster.values.max() < 57
    road = read_noise_table(TABLE).maps["road"].pattern
    names = ("rivm_20220601_Geluid_lden_wegverkeer_2020", "rivm_20250101_Geluid_lden_wegverkeer_2020_v2")
    assert newest(names, road) == (names[1], date(2020, 12, 31))


def test_silence_of_one_map_makes_the_total_unknown(client: Client) -> None:
    """A missing value on the railway map leaves the noise of trains unknown; coverage says so."""
    rail = flat(50.0)
    rail.values[:, 100:] = NAN
    layer = fetch(maps(rail=rail), client)
    values = layer.raster.values
    assert np.isnan(values[:, 80:]).all()
    assert np.isfinite(values[:, :80]).all()
    assert layer.coverage.bounds == (190_200.0, 505_700.0, 191_000.0, 506_500.0)


def test_silence_may_mean_no_noise_when_the_table_says_so(client: Client) -> None:
    """Then the other maps are added without it."""
    rail = flat(NAN)
    known = read_noise_table(TABLE).maps
    quiet = known | {"rail": known["rail"].model_copy(update={"silence": "no_noise"})}
    layer = fetch(maps(rail=rail), client, maps=quiet)
    assert layer.raster.values == pytest.approx(np.full((80, 100), 54.7712), abs=1e-3)


def test_tiles_make_one_seamless_grid(client: Client) -> None:
    """Every cell comes back in its own place, whatever the tiles it came in."""
    n = 200
    rows, columns = np.indices((n, n))
    road = Coverage((rows % 60 + columns / 10).astype(np.float32), LEFT, TOP, 10.0)
    only = {"road": read_noise_table(TABLE).maps["road"]}
    small, whole = (fetch(maps(road=road), client, maps=only, tile_cells=size) for size in (23, 500))
    assert np.array_equal(small.raster.values, whole.raster.values)
    assert np.array_equal(whole.raster.values, road.values[50:130, 20:120])
    assert small.provenance.sha256 == whole.provenance.sha256


def test_coarser_map_counts_where_its_cells_lie(client: Client) -> None:
    """An industry map with cells of 25 m is added to one of 10 m without moving."""
    industry = flat(0.0, cell_m=25.0)
    industry.values[:, :40] = 80.0
    values = fetch(maps(industry=industry), client).raster.values
    assert (values[:, :80] > 79).all()
    assert (values[:, 80:] < 56).all()


def test_area_at_the_edge_of_the_maps(client: Client) -> None:
    """Beyond the grid nothing is known, and coverage ends where the grid does."""
    layer = fetch(maps(), client, Area("edge", shapely.box(189_500, 506_500, 190_500, 507_500)))
    assert layer.coverage.bounds == (190_000.0, 506_500.0, 190_500.0, 507_000.0)
    assert np.isnan(layer.raster.values[:50]).all()


def test_declared_nodata_is_not_believed(client: Client) -> None:
    """The coverage declares -9999 and uses 3.4e38; neither becomes a level."""
    road = flat(50.0, nodata=-9999.0)
    road.values[:, 30:50] = 3.4e38
    road.values[:, 50:60] = -9999.0
    values = fetch(maps(road=road), client).raster.values
    assert np.isnan(values[:, 10:40]).all()
    assert np.isfinite(values[:, 40:]).all()


def test_all_without_data_is_said(client: Client) -> None:
    """A map without any data is no layer without noise."""
    with pytest.raises(LayerError) as caught:
        fetch(maps(road=flat(-9999.0)), client)
    assert "Kampen" in sentence(caught)


def test_area_without_bounds_is_refused(client: Client) -> None:
    """The noise of the whole country is not fetched by accident."""
    with pytest.raises(LayerError) as caught:
        fetch(maps(), client, Area.everywhere())
    assert "area" in sentence(caught)


def test_huge_area_is_refused_before_anything_is_fetched(client: Client) -> None:
    """A grid that would not fit is not asked for."""
    with pytest.raises(LayerError) as caught:
        fetch(maps(), client, Area("all", shapely.box(0, 300_000, 280_000, 620_000)))
    assert "million" in sentence(caught)


def test_missing_maps_are_reported_together(client: Client) -> None:
    """The sentence gives the pattern, and names that are like it."""
    with pytest.raises(SourceError) as caught:
        fetch({"rivm_20300101_Geluid_lden_wegverkeer_totaal": flat(50.0), ROAD: flat(50.0)}, client)
    said = sentence(caught)
    assert len(caught.value.problems) == 3
    assert "air traffic" in said
    assert "Geluid_lden_wegverkeer_totaal" in said


HOSTILE = {
    "exception_with_200": (exception("InternalError", "Could not read the mosaic"), "Could not read the mosaic"),
    "page_for_a_tiff": (Response(200, b"<html>Onderhoud</html>", "text/html"), "Onderhoud"),
    "not_a_tiff": (Response(200, b"II*\0garbage" * 20, "image/tiff"), "GeoTIFF"),
    "cut_off": (Response(200, tiff(flat(50.0))[:9000], "image/tiff"), "GeoTIFF"),
    "wrong_place": (Response(200, tiff(replace(flat(50.0), left=100_000.0)), "image/tiff"), "elsewhere"),
    "wrong_crs": (Response(200, tiff(replace(flat(50.0), crs="EPSG:32631")), "image/tiff"), "EPSG:32631"),
    "other_cells": (Response(200, tiff(flat(50.0, cell_m=25.0)), "image/tiff"), "25 m"),
    "shifted": (Response(200, tiff(replace(flat(50.0), left=LEFT + 4.0)), "image/tiff"), "another grid"),
    "picture": (Response(200, tiff(Coverage(np.zeros((3, 9, 9), np.uint8), LEFT, TOP, 10.0)), "image/tiff"), "3 bands"),
    "refused": (Response(500, b"out of memory", "text/plain"), "out of memory"),
}


@pytest.mark.parametrize(("response", "said"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_answers(client: Client, response: Response, said: str) -> None:
    """Whatever comes instead of the grid, there is one sentence and no level."""
    with Server([WcsService(maps(), said={"GetCoverage": response})]) as server, pytest.raises((SourceError, LayerError)) as caught:  # fmt: skip
        NoiseSource(table(server), client).load(LAYERS["noise"], AREA)
    assert said in sentence(caught)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (replace(flat(50.0), srs_name="http://www.opengis.net/def/crs/EPSG/0/4326"), "4326"),
        (replace(flat(50.0), left=5.9, top=52.5), "corners"),
    ],
)
def test_description_of_another_grid_is_refused(client: Client, one: Coverage, said: str) -> None:
    """A grid in degrees is not read as if it were metres."""
    with pytest.raises(SourceError) as caught:
        fetch(maps(road=one), client)
    assert said in sentence(caught)


def test_real_grid_of_the_demo() -> None:
    """The embedded map: 646 by 980 cells of 10 m, 40 to 75 dB, and unknown cells stay unknown."""
    raster = read_noise(DEMO)
    assert raster.values.shape == (646, 980)
    assert np.nanmin(raster.values) >= 40
    assert np.nanmax(raster.values) == 75
    assert int(np.isfinite(raster.values).sum()) == 620_885
    part = read_noise(DEMO, (190_000.0, 506_000.0, 190_995.0, 506_500.0))
    assert part.values.shape == (50, 100)
    row, column = round((raster.top - 506_500) / 10), round((190_000 - raster.left) / 10)
    assert np.array_equal(part.values, raster.values[row : row + 50, column : column + 100])


def test_known_ground_claims_no_unknown_cell() -> None:
    """Blocks with a gap are left out; of the demo's slanted edge only a little is lost."""
    raster = read_noise(DEMO)
    ground = known_ground(raster)
    rows, columns = np.nonzero(np.isnan(raster.values))
    x, y = raster.left + (columns + 0.5) * 10, raster.top - (rows + 0.5) * 10
    assert not shapely.contains_xy(ground, x, y).any()
    assert ground.area > 0.98 * np.isfinite(raster.values).sum() * 100
    assert ground.is_valid


@pytest.mark.parametrize("shape", [(3, 5), (401, 30), (250, 650)])
def test_known_ground_of_ragged_blocks(shape: tuple[int, int]) -> None:
    """With one hole, the ground is all else but its block, and never beyond the grid."""
    values = np.full(shape, 50.0, dtype=np.float32)
    values[1, 2] = NAN
    ground = known_ground(Raster(values, LEFT, TOP, 10.0))
    side = max(1, -(-max(shape) // 200))
    assert ground.area == pytest.approx((values.size - min(side, shape[0]) * min(side, shape[1])) * 100)
    assert shapely.box(LEFT, TOP - shape[0] * 10, LEFT + shape[1] * 10, TOP).covers(ground)


def test_energies_of_silent_maps_alone() -> None:
    """The level is 0, and not minus infinity, where all maps state that there is no noise."""
    nothing = Raster(np.full((2, 2), NAN, dtype=np.float32), LEFT, TOP, 10.0)
    assert (add([nothing, nothing], silent=[True, True]).values == 0).all()
    assert np.isnan(add([nothing, nothing], silent=[True, False]).values).all()


LEVELS = np.full((20, 30), 55.5)
BAD_FILES = {
    "other_crs": (LEVELS, {"crs": "EPSG:3035"}, "EPSG:3035"),
    "no_crs": (LEVELS, {"crs": None}, "coordinate system"),
    "classes": (np.tile(np.arange(1, 8), (20, 3)), {"dtype": np.uint8}, "classes"),
    "nothing_known": (np.full((20, 30), 3.4e38), {}, "no cell"),
    "tenths": (LEVELS * 10, {}, "555"),
    "oblong_cells": (LEVELS, {"transform": (10.0, 0.0, LEFT, 0.0, -20.0, TOP)}, "not square"),
    "upside_down": (LEVELS, {"transform": (10.0, 0.0, LEFT, 0.0, 10.0, TOP)}, "upside down"),
    "turned": (LEVELS, {"transform": (8.0, 6.0, LEFT, 6.0, -8.0, TOP)}, "turned"),
    "complex": (LEVELS, {"dtype": np.complex64}, "complex64"),
    "coloured": (np.full((20, 30), 55), {"dtype": np.uint8, "photometric": "palette"}, "picture"),
}


@pytest.mark.parametrize(("values", "profile", "said"), BAD_FILES.values(), ids=list(BAD_FILES))
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_files_that_are_no_map_of_levels(tmp_path: Path, values: np.ndarray, profile: dict[str, object], said: str) -> None:  # fmt: skip
    """Each is refused with a sentence that names its actual content."""
    if "transform" in profile:
        import rasterio  # noqa: PLC0415 (only for the odd grids)

        profile = profile | {"transform": rasterio.Affine(*profile["transform"])}
    with pytest.raises(LayerError) as caught:
        read_noise(write(tmp_path / "noise.tif", values, **profile))
    assert said in sentence(caught)
    assert "noise.tif" in sentence(caught)


def test_file_without_data_in_the_area(tmp_path: Path) -> None:
    """An area outside the map is reported, with both extents."""
    with pytest.raises(LayerError) as caught:
        read_noise(write(tmp_path / "noise.tif", LEVELS), (100_000.0, 400_000.0, 101_000.0, 401_000.0))
    assert "elsewhere" in sentence(caught)


def test_scaled_whole_numbers(tmp_path: Path) -> None:
    """Levels stored as tenths with a scale factor in the file are read as decibels; 0 that is declared no data is none."""
    path = tmp_path / "noise.tif"
    values = np.full((20, 30), 555)
    values[0] = 0
    write(path, values, dtype=np.int16, nodata=0)
    import rasterio  # noqa: PLC0415 (only to set the scale)

    with rasterio.open(path, "r+") as file:
        file.scales = (0.1,)
    raster = read_noise(path)
    assert np.isnan(raster.values[0]).all()
    assert raster.values[1:] == pytest.approx(np.full((19, 30), 55.5))


@pytest.mark.parametrize("content", [b"", b"not a map", b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>"])
def test_unreadable_file(tmp_path: Path, content: bytes) -> None:
    """Also a file that would have GDAL read other files."""
    path = tmp_path / "noise.tif"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"noise\.tif"):
        read_noise(path)
    with pytest.raises(SourceError, match=r"absent\.tif"):
        read_noise(tmp_path / "absent.tif")


def test_shipped_table() -> None:
    """Four separate maps, none of them the one of all sources; silence is never taken for quiet unasked."""
    found = read_noise_table(TABLE)
    assert list(found.maps) == ["road", "rail", "air", "industry"]
    assert not any(one.is_silent for one in found.maps.values())
    assert not any(one.pattern.search("rivm_20220601_Geluid_lden_allebronnen_2020") for one in found.maps.values())
    assert found.url.startswith("https://")


def test_all_mistakes_in_the_table_at_once(tmp_path: Path) -> None:
    """File and line, and the value expected."""
    path = tmp_path / "noise.yaml"
    text = TABLE.read_text(encoding="utf-8")
    text = text.replace("https://data.rivm.nl", "https://example.org").replace("tile_cells: 1000", "tile_cells: many")
    text = text.replace("silence: unknown", "silence: golden", 1).replace(
        "pattern: '(?:^|__)rivm_Gel", "pattern: '(rivm_Gel"
    )
    path.write_text(text.replace("page:", "pages:"), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_noise_table(path)
    said = sentence(caught)
    assert len(caught.value.problems) == 5
    for part in ("example.org", "many", "golden", "rivm_Gel", "'pages'", "'page'"):
        assert part in said
