"""The embedded municipality: it passes the contract, is a sound mosaic, is quick, and can be built again."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from layers import open_source
from layers.demo import HERE, DemoSource
from suitability.core.errors import SourceError
from suitability.core.layer import Area
from suitability.core.layer_specs import BUILDING_USES, LAYERS
from tests.layers.contract import SourceContract
from tests.work import calls_of

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.layer import Layer, Layers


@pytest.fixture(scope="module")
def source() -> DemoSource:
    """Return the embedded source."""
    return DemoSource()


@pytest.fixture(scope="module")
def layers(source: DemoSource) -> Layers:
    """Return all embedded layers."""
    return {name: source.load(LAYERS[name], Area.everywhere()) for name in source.offers()}


class TestContract(SourceContract):
    """The embedded source is a source like any other."""


def _shapes(layer: Layer) -> np.ndarray:
    return layer.frame.geometry.to_numpy()


def test_offers_all_that_is_public(source: DemoSource) -> None:
    """Declarations are given by people, housing is known to the municipality, forelands to nobody: none is in the demo."""
    assert source.offers() == frozenset(LAYERS) - {"declarations", "housing_sites", "floodplains"}


def test_parcels_fill_their_ground_without_overlap(layers: Layers) -> None:
    """Neighbours share the same vertices, so nothing overlaps and no gap opens."""
    shapes = _shapes(layers["parcels"])
    assert 20_000 <= len(shapes) <= 40_000
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)


def test_parcels_do_not_pose_as_cadastral(layers: Layers) -> None:
    """Ids say that they are derived, and follow the order of the rows."""
    ids = layers["parcels"].frame["parcel_id"]
    assert list(ids) == [f"afgeleid-{number:05d}" for number in range(1, len(ids) + 1)]


def test_parcels_lie_in_kampen(layers: Layers) -> None:
    """The first municipality is Kampen, and the parcels are its."""
    municipality = layers["municipality"].frame
    assert list(municipality["code"]) == ["GM0166", "GM0303", "GM1896"]
    outside = shapely.difference(shapely.union_all(_shapes(layers["parcels"])), municipality.geometry.iloc[0])
    assert outside.area < 100


def test_zoning_is_a_partition(layers: Layers) -> None:
    """Zones do not overlap, and every parcel is covered but for slivers at its rounded edges."""
    zones, parcels = _shapes(layers["zoning"]), _shapes(layers["parcels"])
    assert shapely.coverage_is_valid(zones)
    parcel, zone = shapely.STRtree(zones).query(parcels, predicate="intersects")
    area = shapely.area(shapely.intersection(parcels[parcel], zones[zone]))
    covered = np.bincount(parcel, weights=area, minlength=len(parcels)) / shapely.area(parcels)
    assert covered.min() > 0.99
    assert covered.max() < 1.0001


def test_zoning_holds_what_the_rules_need(layers: Layers) -> None:
    """Among others: a designation that is not known, so that the demo shows the outcome unknown."""
    zoning = layers["zoning"].frame
    assert {"wonen", "agrarisch", "bedrijventerrein", "recreatie", "centrum", "natuur", "water"} <= set(
        zoning["designation"].dropna()
    )
    unknown = zoning[zoning["designation"].isna()]
    assert set(unknown["designation_code"]) == {"Nog onbekend (nieuw plan)"}
    assert {"Agrarisch - Glastuinbouw", "Recreatie - Verblijfsrecreatie"} <= set(zoning["designation_code"])


def test_some_parcels_lie_in_two_zones(layers: Layers) -> None:
    """As in real plans; a share that is always 0 or 1 would hide mistakes."""
    zones, parcels = _shapes(layers["zoning"]), _shapes(layers["parcels"])
    parcel, zone = shapely.STRtree(zones).query(parcels, predicate="intersects")
    share = shapely.area(shapely.intersection(parcels[parcel], zones[zone])) / shapely.area(parcels)[parcel]
    assert len(np.unique(parcel[(share > 0.05) & (share < 0.95)])) > 50


def test_caravans_outside_recreation_zones(layers: Layers) -> None:
    """The recreation rule removes parcels of its own in the demo."""
    parks = layers["recreation_parks"].frame
    assert {"Camping Seveningen", "Camping Roggebotsluis"} <= set(parks["name"])
    zoning = layers["zoning"].frame
    recreation = shapely.union_all(zoning.geometry[zoning["designation"] == "recreatie"].to_numpy())
    assert shapely.difference(shapely.union_all(_shapes(layers["recreation_parks"])), recreation).area > 10_000


def test_trap_two_doctors_not_three(layers: Layers) -> None:
    """The third ``amenity=doctors`` takes blood samples; the two real ones are 13 m apart."""
    facilities = layers["facilities"].frame
    doctors = facilities[facilities["facility_kind"] == "doctor"]
    assert len(doctors) == 2
    assert 10 < doctors.geometry.iloc[0].distance(doctors.geometry.iloc[1]) < 20
    assert (facilities["facility_kind"] == "supermarket").sum() == 14
    assert facilities["name"].notna().all()


def test_parcels_reach_the_street_they_border(layers: Layers) -> None:
    """Width and centre line agree with the ground that was left out for streets."""
    roads = layers["public_roads"].frame
    lines, half = roads.geometry.to_numpy(), roads["width_m"].to_numpy() / 2
    parcels = _shapes(layers["parcels"])
    parcel, line = shapely.STRtree(lines).query(parcels, predicate="dwithin", distance=half.max() + 1)
    gap = shapely.distance(parcels[parcel], lines[line]) - half[line]
    assert gap.min() > -1
    assert len(np.unique(parcel[gap <= 1])) > 0.7 * len(parcels)


def test_buildings_carry_their_register_number(layers: Layers) -> None:
    """BAG numbers have 16 digits; OpenStreetMap drops the leading zeros."""
    numbers = layers["buildings"].frame["bag_id"].dropna()
    assert len(numbers) > 29_000
    assert numbers.str.fullmatch(r"\d{16}").all()


def test_noise_is_smooth_and_blank_outside(layers: Layers) -> None:
    """Indicative levels between 40 and 75 dB, nothing outside the coverage."""
    raster = layers["noise"].data
    values = raster.values
    known = np.isfinite(values)
    assert values[known].min() >= 40
    assert values[known].max() <= 75
    rows, columns = np.nonzero(known)
    x, y = raster.left + (columns + 0.5) * raster.cell_m, raster.top - (rows + 0.5) * raster.cell_m
    assert shapely.contains_xy(shapely.buffer(layers["noise"].coverage, 0.1), x, y).all()


def test_coverage_stays_off_the_edge_of_the_extract(layers: Layers) -> None:
    """The box is a rectangle in degrees; in RD it is not, and its rim is not to be trusted."""
    coverage = layers["facilities"].coverage
    left, bottom, right, top = coverage.bounds
    assert coverage.area < (right - left) * (top - bottom) * 0.995
    assert coverage.area < shapely.union_all(_shapes(layers["municipality"])).area


def test_assumed_jobs_are_called_assumed(layers: Layers) -> None:
    """Whoever shows jobs, categories or noise can see that they are assumptions."""
    for name in ("employers", "businesses", "noise"):
        assert layers[name].provenance.standing == "assumed"
    assert (layers["employers"].frame["jobs"] > 0).all()
    categories = layers["businesses"].frame["environmental_category"]
    assert set(categories.dropna()) <= {"1", "2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "5.3", "6"}
    assert 0 < categories.isna().sum() < len(categories) / 2


def test_all_layers_load_without_work_per_row(source: DemoSource) -> None:
    """A few calls per row at most, such as a look at a text; a loop over the rows of a frame takes dozens."""
    layers: list[Layer] = []
    n_calls = calls_of(lambda: layers.extend(source.load(LAYERS[name], Area.everywhere()) for name in source.offers()))
    assert n_calls < 4 * sum(len(layer.frame) for layer in layers if layer.spec.kind == "vector")


def test_stays_small() -> None:
    """Everything, the source extract included, at most 8 MB."""
    assert sum(file.stat().st_size for file in HERE.rglob("*") if file.is_file()) <= 8 * 1024 * 1024


def test_manifest_names_every_file() -> None:
    """No stray files, none missing."""
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))["layers"]
    named = {file for entry in manifest.values() for file in entry["files"]}
    assert named == {file.name for file in HERE.iterdir() if file.suffix in (".parquet", ".tif")}


@pytest.fixture
def copy(tmp_path: Path) -> DemoSource:
    """Return the embedded source in a folder of its own, to be spoilt."""
    folder = tmp_path / "demo"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("source", "__pycache__"))
    return DemoSource(folder)


def test_changed_file_is_refused(copy: DemoSource) -> None:
    """A byte more is another file."""
    with (copy.folder / "zoning.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(SourceError) as caught:
        copy.load(LAYERS["zoning"], Area.everywhere())
    for lang in ("nl", "en"):
        sentence = caught.value.sentences(lang)[0]
        assert "zoning.parquet" in sentence
        assert "python -m layers.demo_data.build" in sentence


def test_missing_file_and_manifest(copy: DemoSource) -> None:
    """Both are said with their path."""
    (copy.folder / "noise.tif").unlink()
    with pytest.raises(SourceError, match=r"noise\.tif"):
        copy.load(LAYERS["noise"], Area.everywhere())
    (copy.folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(SourceError, match=r"manifest\.json"):
        copy.offers()


def test_open_source() -> None:
    """One source is known by name; another name is answered with those that exist."""
    assert open_source("demo").name == "demo"
    with pytest.raises(SourceError, match=r"'atlantis'.*demo"):
        open_source("atlantis")


def test_cheap_layers_are_built_the_same_twice(tmp_path: Path) -> None:
    """Streets, facilities and water come out byte for byte as committed; the rest is ``build --check``."""
    from layers.demo_data import build as recipe  # noqa: PLC0415 (needs momepy, which only building does)
    from layers.demo_data._extract import GRID, read_extract  # noqa: PLC0415
    from layers.demo_data._land import make_land  # noqa: PLC0415
    from layers.demo_data._write import write_streets, write_vector  # noqa: PLC0415
    from layers.osm.streets import read_facilities, read_facility_kinds, read_street_table  # noqa: PLC0415

    land = make_land(read_extract(recipe.SOURCE_FILE))
    kinds = read_facility_kinds(recipe.FACILITY_TABLE)
    write_vector(tmp_path, "facilities", read_facilities(recipe.SOURCE_FILE, kinds), land.coverage, keep_order=False)
    write_vector(tmp_path, "water", land.water, land.coverage, keep_order=False)
    write_vector(tmp_path, "settlements", land.settlements, land.coverage, keep_order=False)
    write_vector(tmp_path, "municipality", land.municipalities, land.coverage, keep_order=True)
    write_streets(tmp_path, read_street_table(recipe.SOURCE_FILE, GRID), land.coverage)
    assert recipe.differing(tmp_path) == []


@pytest.mark.skipif(
    "BUILD_DEMO" not in os.environ, reason="takes about two minutes; set BUILD_DEMO=1, or run build --check"
)
def test_whole_build_gives_the_same_bytes(tmp_path: Path) -> None:
    """Everything that is committed can be made again from the extract."""
    from layers.demo_data import build as recipe  # noqa: PLC0415

    recipe.build(tmp_path)
    assert recipe.differing(tmp_path) == []


def test_buildings_say_what_they_are_used_for(layers: Layers) -> None:
    """Houses are lived in; what is not known is null, and never a dwelling by guess."""
    frame = layers["buildings"].frame
    assert set(frame["use"].dropna()) == set(BUILDING_USES)
    counts = frame["use"].value_counts(dropna=False)
    assert 16_000 < counts["dwelling"] < 18_000
    assert (frame["use"] == "greenhouse").sum() == 40
    assert 1_000 < frame["use"].isna().sum() < 2_500
    assert frame["n_dwellings"][frame["use"].isna()].fillna(0).eq(0).all()


def test_dwellings_of_the_demo_are_plausible(layers: Layers) -> None:
    """Nearly all addresses are dwellings, in whole numbers, at least one in each house that stands."""
    frame = layers["buildings"].frame
    dwellings = frame["n_dwellings"].dropna()
    assert (dwellings % 1 == 0).all()
    assert 20_000 < dwellings.sum() < 23_000
    standing = frame[(frame["use"] == "dwelling") & frame["status"].isna()]
    assert standing["n_dwellings"].dropna().min() == 1
    assert frame["n_dwellings"][frame["use"].isin(["office", "industry", "shop", "other"])].dropna().eq(0).all()
    assert frame["n_dwellings"][frame["status"].notna()].eq(0).all()


def test_floor_area_of_the_demo_is_footprint_times_storeys(layers: Layers) -> None:
    """By use, but for the few that say their storeys; none of what has no known use or is being built."""
    frame = layers["buildings"].frame
    storeys = frame["floor_area_m2"] / frame.area
    offices = storeys[frame["use"] == "office"].dropna()
    assert np.isclose(offices, 3).sum() >= len(offices) - 3
    assert np.isclose(storeys[frame["use"] == "greenhouse"], 1).all()
    assert frame["floor_area_m2"][frame["status"].notna()].isna().all()
    assert frame["floor_area_m2"][frame["use"].isna()].notna().sum() <= 10
    assert frame["year"].dropna().between(1000, 2023).all()


def test_ground_with_limits_of_its_own(layers: Layers) -> None:
    """Dikes, nature, orchards and power lines, as far as OpenStreetMap knows them."""
    areas = {name: layers[name].frame for name in ("flood_defences", "nature_areas", "orchards")}
    assert {name: len(frame) for name, frame in areas.items()} == {
        "flood_defences": 10, "nature_areas": 5, "orchards": 17,
    }  # fmt: skip
    assert areas["nature_areas"]["kind"].value_counts().to_dict() == {"Natura 2000": 4, "natuurgebied": 1}
    assert set(layers["power_lines"].frame["voltage_kv"]) == {110, 220, 380}
    assert layers["flood_defences"].provenance.standing == "assumed"


def test_no_flood_defence_is_an_embankment_of_a_main_road(layers: Layers) -> None:
    """The motorway and the railway lie on embankments too, which hold no water back."""
    roads = layers["public_roads"].frame
    main = shapely.union_all(roads.geometry[roads["road_class"].isin(["trunk", "primary"])].to_numpy())
    dikes = shapely.union_all(_shapes(layers["flood_defences"]))
    assert shapely.intersection(main, dikes).length < 0.1 * main.length
    assert 300_000 < dikes.area < 600_000


def test_power_lines_are_known_only_away_from_the_edge(layers: Layers) -> None:
    """A line that the box cuts ends at its last pylon inside: further in, no line ends in the air."""
    lines, others = layers["power_lines"], layers["orchards"]
    assert lines.coverage.area < others.coverage.area
    assert shapely.covers(others.coverage.buffer(-440), lines.coverage)
