"""The services of the national platform as a source: Kampen served on loopback in the fields of the registers."""

from __future__ import annotations

import re
import socket
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

from layers.services._recipes import RECIPES
from layers.services.client import Client
from layers.services.pdok import PdokSource
from suitability.core.errors import LayerError, SourceError
from suitability.core.layer import Area, Layer, LayerSpec
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS
from tests.services import kampen, misbehave, wfs
from tests.services.misbehave import Broken, Changed, First
from tests.services.platform import AREA, HOSTS, REGION, Platform, platform
from tests.services.server import Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import geopandas as gpd

    from tests.services.server import Service


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, dict[str, Layer]]]:
    """Give the platform after all its layers were fetched once, with one source."""
    with platform(tmp_path_factory.mktemp("pdok")) as here:
        source = here.source()
        yield here, {name: source.load(LAYERS[name], AREA) for name in sorted(source.offers())}


@pytest.fixture
def layers(kept: tuple[Platform, dict[str, Layer]]) -> dict[str, Layer]:
    """Return all layers."""
    return kept[1]


def near(layer: str) -> gpd.GeoDataFrame:
    """Return what the embedded municipality has in the area and its reach."""
    frame = kampen.demo(layer)
    return frame[frame.intersects(REGION)]


def total(frame: gpd.GeoDataFrame) -> float:
    """Return square metres, or metres of line."""
    shapes = frame.geometry.to_numpy()
    return float((shapely.area(shapes) if len(shapes) and shapes[0].area else shapely.length(shapes)).sum())


def test_every_layer_meets_its_specification(layers: dict[str, Layer]) -> None:
    """Columns, types, CRS, numbering and provenance of all that is offered."""
    assert set(layers) == set(RECIPES)
    for name, layer in layers.items():
        frame, origin = layer.frame, layer.provenance
        assert frame.crs.to_string() == CRS
        assert list(frame.index) == list(range(len(frame)))
        assert set(frame.geom_type) <= set(LAYERS[name].geometry)
        assert frame.is_valid.all(), name
        assert set(LAYERS[name].columns) <= set(frame.columns)
        assert origin.rows == len(frame)
        assert re.fullmatch(r"[0-9a-f]{64}", origin.sha256)
        assert origin.standing == "observed"
        assert origin.retrieved == origin.reference_date == datetime.now().astimezone().date()
        assert all(text.strip() for text in (origin.source, origin.url, origin.licence, origin.attribution))


def test_layers_are_complete_in_the_area_and_its_reach(layers: dict[str, Layer]) -> None:
    """Never beyond what was fetched; parcels in the area itself."""
    for name, layer in layers.items():
        wanted = AREA.polygon if name == "parcels" else REGION
        assert layer.coverage.is_valid, name
        assert layer.coverage.difference(wanted.buffer(1e-6)).area < 1e-3, name
        # The zones of the embedded municipality leave slivers between them.
        assert layer.coverage.area > 0.99 * wanted.area, name


def test_parcels_are_those_with_their_inner_point_in_the_area(layers: dict[str, Layer]) -> None:
    """By their cadastral designation; one that is no longer valid is not there."""
    frame = kampen.demo("parcels")
    inside = shapely.intersects(AREA.polygon, shapely.point_on_surface(frame.geometry.to_numpy()))
    found = layers["parcels"].frame
    assert set(found["parcel_id"]) == set(kampen.parcel_ids()[inside])
    assert total(found) == pytest.approx(total(frame[inside]), rel=1e-5)
    assert len(found) > 3_000


def test_buildings_have_their_use_floor_and_dwellings(layers: dict[str, Layer]) -> None:
    """Of one use, several, and none; the demolished are not there, and withdrawn units do not count."""
    served = kampen.pand()
    served = served[served.intersects(REGION) & (served["status"] != "Pand gesloopt")]
    found = layers["buildings"].frame
    assert len(found) == len(served) > 5_000
    assert sorted(found["bag_id"].dropna()) == sorted(served["identificatie"].dropna())
    counts = found["use"].value_counts(dropna=False).to_dict()
    uses = served["gebruiksdoel"].value_counts(dropna=False).to_dict()
    assert counts["industry"] == uses["industriefunctie"]
    assert counts["dwelling"] == uses["woonfunctie"] + uses["woonfunctie,winkelfunctie"]
    assert counts["other"] == served["gebruiksdoel"].isna().sum()
    assert set(found["year"]) == {1970.0}
    # In a fixture with one, two or three units of 80 m2, of which the third is withdrawn.
    by_use = found.dropna(subset="n_dwellings").groupby("use")
    assert by_use["n_dwellings"].unique().map(list).to_dict() == {"dwelling": [1.0], "industry": [0.0], "other": [0.0]}
    assert set(by_use.get_group("industry")["floor_area_m2"]) == {160.0}
    assert set(by_use.get_group("dwelling")["floor_area_m2"]) == {80.0, 160.0}
    assert by_use.get_group("other")["floor_area_m2"].isna().all()


def test_where_not_all_units_are_found_floor_and_dwellings_are_not_known(layers: dict[str, Layer]) -> None:
    """At the edge of what was fetched, and where buildings lie above each other: seldom elsewhere."""
    found = layers["buildings"].frame
    unknown = found["n_dwellings"].isna().to_numpy()
    assert found["floor_area_m2"][unknown].isna().all()
    assert unknown.mean() < 0.02
    stated = kampen.pand().dropna(subset="identificatie").set_index("identificatie")["aantal_verblijfsobjecten"]
    whole = found[~unknown & found["bag_id"].notna() & (found["use"] != "other")]
    expected = np.minimum(stated[whole["bag_id"]].to_numpy(), 2) * 80.0
    assert np.array_equal(whole["floor_area_m2"].to_numpy(), expected)


@pytest.mark.parametrize("layer", ["settlements", "recreation_parks", "water", "building_plots"])
def test_areas_are_those_of_the_municipality(layers: dict[str, Layer], layer: str) -> None:
    """As many, as large, and called the same, from one collection or from two."""
    found, there = layers[layer].frame, near(layer)
    assert len(found) == len(there) > 0
    assert total(found) == pytest.approx(total(there), rel=1e-5)
    if layer != "building_plots":
        assert sorted(found["name"].dropna()) == sorted(there["name"].dropna())
    if layer == "recreation_parks":
        assert sorted(found["park_kind"]) == sorted(there["park_kind"])


def test_zones_have_their_designation(layers: dict[str, Layer]) -> None:
    """Mapped from the main group, with the plan's own words and its id."""
    found, there = layers["zoning"].frame, near("zoning")
    assert found["designation"].value_counts().to_dict() == there["designation"].value_counts().to_dict()
    assert sorted(found["designation_code"]) == sorted(there["designation_code"])
    assert set(found["plan_id"]) == set(there["plan_id"])


def test_businesses_are_places_with_a_category_and_zones_without(layers: dict[str, Layer]) -> None:
    """A zone for business counts as unknown as far as no stated category lies over it; a dwelling does not count."""
    found, there = layers["businesses"].frame, near("businesses")
    stated = found["environmental_category"].notna()
    known = there["environmental_category"].dropna()
    assert found.loc[stated, "environmental_category"].value_counts().to_dict() == known.value_counts().to_dict()
    zones = near("zoning")
    zones = zones[zones["designation"].isin(["bedrijf", "bedrijventerrein"])]
    silent = shapely.union_all(found.geometry[~stated].to_numpy())
    covered = shapely.union_all(found.geometry[stated].to_numpy())
    for_business = shapely.union_all(zones.geometry.to_numpy())
    assert silent.area > 10_000
    assert shapely.area(shapely.intersection(silent, covered)) < 1
    left = for_business.intersection(REGION).difference(shapely.union(silent, covered))
    assert left.area < 200


def test_roads_are_the_edges_of_public_road_surfaces(layers: dict[str, Layer]) -> None:
    """No versions that ended, no footpaths, no tunnels; the road begins at its edge."""
    served = kampen.wegdeel()
    there = served[served.intersects(REGION) & served["eind_registratie"].isna()]
    there = there[(there["functie"] != "voetpad") & (there["relatieve_hoogteligging"] == 0)]
    found = layers["public_roads"].frame
    edges = shapely.boundary(there.geometry.to_numpy())
    meeting = shapely.intersects(edges, REGION)
    assert len(found) == meeting.sum() > 400
    assert (found["width_m"] == 0).all()
    assert total(found) == pytest.approx(float(shapely.length(edges[meeting]).sum()), rel=1e-4)
    assert set(found["road_class"]) <= {
        "rijbaan lokale weg",
        "rijbaan autoweg",
        "fietspad",
        "voetgangersgebied",
        "OV-baan",
    }


def test_municipalities_can_be_had_for_the_whole_country(kept: tuple[Platform, dict[str, Layer]]) -> None:
    """To find one by its name; codes have their prefix."""
    layer = kept[0].load("municipality", Area.everywhere())
    assert sorted(layer.frame["name"]) == sorted(kampen.demo("municipality")["name"])
    assert sorted(layer.frame["code"]) == sorted(kampen.demo("municipality")["code"])
    assert layer.coverage.area == pytest.approx(total(layer.frame), rel=1e-6)
    assert len(kept[1]["municipality"].frame) == 1


def test_other_layers_need_an_area(kept: tuple[Platform, dict[str, Layer]]) -> None:
    """Nobody wants the parcels of the whole country."""
    for layer in set(RECIPES) - {"municipality"}:
        with pytest.raises(LayerError, match="one area"):
            kept[0].load(layer, Area.everywhere())


def test_a_layer_that_is_not_offered(kept: tuple[Platform, dict[str, Layer]]) -> None:
    """The sentence names what is asked and what there is."""
    with pytest.raises(LayerError, match=r"unicorns.*parcels"):
        kept[0].source().load(LayerSpec("unicorns", "vector", ("Point",)), AREA)


def test_nothing_there_is_an_answer_but_not_of_parcels(kept: tuple[Platform, dict[str, Layer]], tmp_path: Path) -> None:
    """No park for miles around is a fact; a municipality without parcels is a mistake."""
    here = Platform(kept[0].server, tmp_path)
    nowhere = Area("sea", shapely.box(100_000, 600_000, 100_500, 600_500))
    parks = here.load("recreation_parks", nowhere)
    assert len(parks.frame) == parks.provenance.rows == 0
    assert list(parks.frame.columns) == ["name", "park_kind", "geometry"]
    assert parks.coverage.area == pytest.approx(250_000)
    assert here.load("zoning", nowhere).coverage.is_empty
    with pytest.raises(LayerError, match="has no rows"):
        here.load("parcels", nowhere)


def test_nothing_is_left_in_the_working_folder(kept: tuple[Platform, dict[str, Layer]]) -> None:
    """Tiles are removed when their layer is complete."""
    assert list(kept[0].work.iterdir()) == []


def test_progress_is_told(kept: tuple[Platform, dict[str, Layer]]) -> None:
    """Tile by tile, to the last."""
    told = [(done, of) for key, done, of in kept[0].told if key == "parcels"]
    assert told[0][0] == 1
    assert told[-1][0] == told[-1][1] == len(told)


def test_the_layer_does_not_depend_on_interruptions(layers: dict[str, Layer], tmp_path: Path) -> None:
    """Broken off again and again, with other tiles, after a restart of the program each time: the same bytes."""
    broken: list[Broken] = []
    interruptions = 0

    def fragile(service: Service) -> Service:
        broken.append(Broken(service, after=0, only="/items"))
        return broken[-1]

    with platform(tmp_path, fragile) as here:
        here.tile_m = 500.0
        for _ in range(30):
            for one in broken:
                one.count, one.after = 0, 8
            try:
                found = here.load("parcels")
                break
            except SourceError:
                interruptions += 1
                assert len(list(here.work.glob("*.parquet"))) == len(list(here.work.iterdir()))
    once = layers["parcels"]
    assert interruptions >= 2
    assert found.provenance.sha256 == once.provenance.sha256
    pd.testing.assert_frame_equal(pd.DataFrame(found.frame), pd.DataFrame(once.frame))
    assert (
        shapely.to_wkb(found.frame.geometry.to_numpy()).tolist()
        == shapely.to_wkb(once.frame.geometry.to_numpy()).tolist()
    )


def test_hiccups_of_all_kinds_leave_no_trace(layers: dict[str, Layer], tmp_path: Path) -> None:
    """Busy, down, cut off, closed, zipped: the layers are the same, and nobody waited."""

    def moody(service: Service) -> Service:
        first = [misbehave.busy("3"), Response(500), Response(502), Response(drop=True)]
        return First(Changed(service, misbehave.zipped), first)

    with platform(tmp_path, moody) as here:
        for name in ("recreation_parks", "zoning"):
            assert here.load(name).provenance.sha256 == layers[name].provenance.sha256
        assert 3 in here.pauses
        assert len(here.pauses) == 8


def test_a_platform_that_stays_down(tmp_path: Path) -> None:
    """One sentence with address and words; nothing half on disk."""
    with platform(tmp_path, lambda s: misbehave.Fixed(s.prefix, Response(503, b"onderhoud", "text/plain"))) as here:
        sentence = here.refusal("parcels")
    assert "/kadaster/brk-kadastrale-kaart/ogc/v1/collections/perceel: " in sentence
    assert "onderhoud" in sentence
    assert len(here.pauses) == 4


def test_a_platform_that_cannot_be_reached(tmp_path: Path) -> None:
    """Connection refused, as without internet."""
    with platform(tmp_path) as here:
        table = here.table()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        text = table.read_text(encoding="utf-8").replace(str(here.server.port), str(closed.getsockname()[1]))
        table.write_text(text, encoding="utf-8")
        client = Client(HOSTS, sleep=lambda _: None)
        with pytest.raises(SourceError, match="cannot be reached"):
            PdokSource(table, tmp_path / "work", client=client).load(LAYERS["water"], AREA)


def test_a_wfs_that_reports_a_mistake_with_status_200(tmp_path: Path) -> None:
    """It never passes for an area without plans."""

    def failing(service: Service) -> Service:
        return Changed(service, lambda r, own: wfs.exception("Query failed") if r.one("bbox") else own, "/wfs/")

    with platform(tmp_path, failing) as here:
        for layer in ("zoning", "building_plots", "businesses"):
            assert "Query failed" in here.refusal(layer)


def test_fields_that_changed_their_name(tmp_path: Path) -> None:
    """Named, with those that are there."""
    renamed = kampen.wegdeel().rename(columns={"eind_registratie": "eindregistratie"})

    def change(service: Service) -> Service:
        if "bgt" in service.prefix:
            service.collections = {"wegdeel": renamed}  # type: ignore[attr-defined]
        return service

    with platform(tmp_path, change) as here:
        sentence = here.refusal("public_roads")
    assert "the fields eind_registratie are missing" in sentence
    assert "eindregistratie" in sentence


def test_an_estimate_is_a_count_where_the_services_count(kept: tuple[Platform, dict[str, Layer]]) -> None:
    """Of the box around the area, by the share of it that is asked; elsewhere from the average of the country."""
    source = kept[0].source()
    zones, parcels = source.estimate(LAYERS["zoning"], AREA), source.estimate(LAYERS["parcels"], AREA)
    assert zones.is_count
    assert zones.features == pytest.approx(len(kept[1]["zoning"].frame), rel=0.2)
    assert not parcels.is_count
    assert parcels.features == round(AREA.polygon.area / 1e6 * 260)
    assert parcels.megabytes == pytest.approx(parcels.features * 330 / 1e6)
    country = source.estimate(LAYERS["municipality"], Area.everywhere())
    assert 300 < country.features < 500


def test_only_hosts_of_the_table_are_asked(tmp_path: Path) -> None:
    """A service that sends on to elsewhere is refused."""
    away = Response(302, headers={"Location": "http://localhost:1/"})
    with platform(tmp_path, lambda service: misbehave.Fixed(service.prefix, away)) as here:
        assert "http://localhost" in here.refusal("settlements")


def test_ids_do_not_decide_what_belongs_together(layers: dict[str, Layer]) -> None:
    """Rows are in the order of the services' ids, which is another than that of the data."""
    numbers = layers["parcels"].frame["parcel_id"].str.rpartition(" ")[2].astype("int64").to_numpy()
    assert not np.array_equal(numbers, np.sort(numbers))
