"""Zoning plans from the service with a key: all plans in force, told apart by their ids, and the key in no message."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import shapely
import yaml

from layers.services.client import Client
from layers.services.ruimtelijke_plannen import RuimtelijkePlannenSource
from suitability.core.config import config_file
from suitability.core.errors import LayerError, SourceError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from tests.services.misbehave import Broken, Changed
from tests.services.ruimtelijke_plannen import KINDS, PREFIX, Plan, PlanObject, PlanService
from tests.services.server import Response, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.server import Service

KEY = "sleutel-0123456789"
VARIABLE = "RUIMTELIJKE_PLANNEN_API_KEY"
AREA = Area("area", shapely.box(190_000, 500_000, 190_600, 500_300), reach_m=50.0)


def box(left: float, right: float, bottom: float = 500_000, top: float = 500_300) -> shapely.Polygon:
    """Return a rectangle, x from 190,000."""
    return shapely.box(190_000 + left, bottom, 190_000 + right, top)


def plans() -> list[Plan]:
    """Return an old and a new plan that lie over one another, and four that do not count."""
    zones, plots, functions = KINDS
    old = {
        zones: [
            PlanObject("Bedrijf", box(0, 200), "bedrijf"),
            PlanObject("Wonen", box(200, 400), "wonen"),
            PlanObject("Waarde - Archeologie", box(0, 400), None, "dubbelbestemming"),
        ],
        plots: [PlanObject("bouwvlak", box(20, 60), type="bouwvlak")],
        functions: [
            PlanObject("bedrijf tot en met categorie 3.1", box(0, 100), type="functieaanduiding"),
            PlanObject("bedrijfswoning", box(150, 160), type="functieaanduiding"),
        ],
    }
    new = {zones: [PlanObject("Verblijfsgebied", box(150, 300)), PlanObject("Groen", box(300, 400), "groen")]}
    far = {zones: [PlanObject("Water", box(5_000, 6_000), "water")]}
    beside = {zones: [PlanObject("Natuur", box(400, 500), "natuur")]}
    return [
        Plan("NL.IMRO.0001.OUD-VA01", old),
        Plan("NL.IMRO.0001.NIEUW-VA01", new, type="beheersverordening"),
        Plan("NL.IMRO.0001.VER-VA01", far),
        Plan("NL.IMRO.0001.VISIE-VA01", beside, type="structuurvisie"),
        Plan("NL.IMRO.0001.ONTWERP-ON01", beside, in_force=False),
        Plan("NL.IMRO.0001.WEG-VA01", beside, historic=True),
    ]


def table(server: Server, folder: Path) -> Path:
    """Return the shipped table with the address of the server."""
    held = yaml.safe_load(config_file("sources/ruimtelijke-plannen.yaml").read_text(encoding="utf-8"))
    held |= {"hosts": ["127.0.0.1"], "address": server.base + PREFIX}
    path = folder / "ruimtelijke-plannen.yaml"
    path.write_text(yaml.safe_dump(held), encoding="utf-8")
    return path


@contextmanager
def source_of(service: Service, folder: Path, **options: Any) -> Iterator[tuple[RuimtelijkePlannenSource, Server]]:
    """Give a source of one service."""
    with Server([service]) as server:
        client = Client(frozenset({"127.0.0.1"}), sleep=lambda _: None, secrets=(KEY,))
        yield RuimtelijkePlannenSource(table(server, folder), folder / "work", client=client, **options), server


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the key where the source looks for it."""
    monkeypatch.setenv(VARIABLE, KEY)


def test_all_plans_in_force_are_kept(tmp_path: Path) -> None:
    """Also where they lie over one another; double designations, drafts, visions and the past are not zones."""
    with source_of(PlanService(plans(), KEY), tmp_path) as (source, _):
        layer = source.load(LAYERS["zoning"], AREA)
    frame = layer.frame
    found = set(zip(frame["designation_code"], frame["designation"], frame["plan_id"], strict=True))
    assert found == {
        ("Bedrijf", "bedrijf", "NL.IMRO.0001.OUD-VA01"),
        ("Wonen", "wonen", "NL.IMRO.0001.OUD-VA01"),
        ("Verblijfsgebied", None, "NL.IMRO.0001.NIEUW-VA01"),
        ("Groen", "groen", "NL.IMRO.0001.NIEUW-VA01"),
    }
    assert "plan_id" in layer.provenance.note["nl"]
    assert layer.provenance.rows == 4


def test_the_layer_is_complete_where_a_plan_has_a_zone(tmp_path: Path) -> None:
    """400 of the 600 m; on the rest a plan of the new kind may hold."""
    with source_of(PlanService(plans(), KEY), tmp_path) as (source, _):
        for name in source.offers():
            coverage = source.load(LAYERS[name], AREA).coverage
            assert coverage.area == pytest.approx(400 * 300)
            assert coverage.bounds == pytest.approx((190_000, 500_000, 190_400, 500_300))


def test_plots_and_businesses(tmp_path: Path) -> None:
    """A zone for business without a category is unknown as far as no stated category lies over it."""
    with source_of(PlanService(plans(), KEY), tmp_path) as (source, _):
        plots = source.load(LAYERS["building_plots"], AREA).frame
        firms = source.load(LAYERS["businesses"], AREA).frame
    assert plots[["name", "plan_id"]].to_numpy().tolist() == [["bouwvlak", "NL.IMRO.0001.OUD-VA01"]]
    assert plots.area.tolist() == [40 * 300]
    found = firms.assign(m2=firms.area)[["name", "environmental_category", "m2"]].to_numpy().tolist()
    assert found == [["bedrijf tot en met categorie 3.1", "3.1", 100 * 300], ["Bedrijf", None, 100 * 300]]


def test_pages_of_plans_and_of_objects(tmp_path: Path) -> None:
    """All pages are read; the search is repeated with its shape."""
    service = PlanService(plans(), KEY, largest_page=1)
    with source_of(service, tmp_path) as (source, server):
        assert len(source.load(LAYERS["zoning"], AREA).frame) == 4
    searches = [request for request in server.requests if request.method == "POST"]
    assert len(searches) == len(service.bodies) > 2
    assert all(body == service.bodies[0] for body in service.bodies)
    assert all(request.headers["accept-crs"] == "epsg:28992" for request in server.requests)


def test_an_interrupted_fetch_goes_on_with_the_next_plan(tmp_path: Path) -> None:
    """Plans that were read are not asked again, and the result is the same."""
    (tmp_path / "once").mkdir()
    with source_of(PlanService(plans(), KEY), tmp_path / "once") as (source, _):
        once = source.load(LAYERS["zoning"], AREA)
    broken = Broken(PlanService(plans(), KEY), after=1, only="bestemmingsvlakken")
    with source_of(broken, tmp_path) as (source, server):
        with pytest.raises(SourceError, match="stopped"):
            source.load(LAYERS["zoning"], AREA)
        broken.after = 99
        layer = source.load(LAYERS["zoning"], AREA)
        assert len(server.asked("bestemmingsvlakken")) == 1 + 1 + 1
    assert layer.provenance.sha256 == once.provenance.sha256
    assert list((tmp_path / "work").iterdir()) == []


def test_zones_are_fetched_once_for_three_layers(tmp_path: Path) -> None:
    """They say where the other layers are complete, and what is business."""
    told: list[tuple[str, int, int]] = []
    with source_of(PlanService(plans(), KEY), tmp_path, progress=lambda *what: told.append(what)) as (source, server):
        for name in ("zoning", "building_plots", "businesses"):
            source.load(LAYERS[name], AREA)
        assert len(server.asked("bestemmingsvlakken")) == 2
    assert told[:2] == [("zoning", 1, 2), ("zoning", 2, 2)]


@pytest.mark.parametrize("held", ["", "   "])
def test_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: str) -> None:
    """One sentence that says how to get one; nothing is asked."""
    monkeypatch.setenv(VARIABLE, held)
    with source_of(PlanService(plans(), KEY), tmp_path) as (source, server):
        with pytest.raises(SourceError) as caught:
            source.load(LAYERS["zoning"], AREA)
        assert server.requests == []
    for sentence in (*caught.value.sentences("nl"), *caught.value.sentences("en")):
        assert VARIABLE in sentence
        assert "https://" in sentence


def test_the_key_is_in_no_message_and_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Also when the service repeats it in its refusal."""
    caplog.set_level(logging.DEBUG)
    with source_of(PlanService(plans(), "another"), tmp_path) as (source, server):
        with pytest.raises(SourceError) as caught:
            source.load(LAYERS["zoning"], AREA)
        assert server.requests[0].headers["x-api-key"] == KEY
    told = "\n".join([*caught.value.sentences("nl"), *caught.value.sentences("en"), caplog.text, repr(caught.value)])
    assert "invalid key …" in told
    assert KEY not in told


def test_shapes_that_do_not_come_along(tmp_path: Path) -> None:
    """The name of the parameter may change: said, and no layer without ground."""
    bare = Changed(
        PlanService(plans(), KEY), lambda _, r: Response(200, r.body.replace(b"geometrie", b"geometry"), r.media_type)
    )  # type: ignore[union-attr]
    with source_of(bare, tmp_path) as (source, _), pytest.raises(SourceError, match="geometrie are missing"):
        source.load(LAYERS["zoning"], AREA)


def test_no_plan_at_all(tmp_path: Path) -> None:
    """No rows, and nowhere known."""
    with source_of(PlanService([], KEY), tmp_path) as (source, _):
        layer = source.load(LAYERS["zoning"], AREA)
    assert len(layer.frame) == 0
    assert layer.coverage.is_empty


def test_what_it_cannot_give(tmp_path: Path) -> None:
    """Another layer, or the whole country."""
    with source_of(PlanService(plans(), KEY), tmp_path) as (source, _):
        with pytest.raises(LayerError, match="parcels"):
            source.load(LAYERS["parcels"], AREA)
        with pytest.raises(LayerError, match="one area"):
            source.load(LAYERS["zoning"], Area.everywhere())


def test_mistakes_in_the_table_are_told_together(tmp_path: Path) -> None:
    """With a suggestion for a key that is written wrongly."""
    with source_of(PlanService(plans(), KEY), tmp_path) as (source, server):
        path = table(server, tmp_path)
        text = (
            path.read_text(encoding="utf-8").replace("key_page:", "keypage:").replace("page_size: 100", "page_size: -1")
        )
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SourceError) as caught:
            source.load(LAYERS["zoning"], AREA)
    told = "\n".join(caught.value.sentences("en"))
    assert "Did you mean 'key_page'?" in told
    assert "page_size: -1 is not possible here. Choose a number > 0" in told
    assert len(caught.value.problems) == 2
