"""WFS 2.0, page by page: all features once, whatever the order of its pages, and its mistakes in XML as sentences."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.services.client import Client
from layers.services.tiled_download import collect
from layers.services.wfs import RD, Wfs
from suitability.core.errors import SourceError
from suitability.core.types import CRS
from tests.services import wfs
from tests.services.misbehave import Changed, Fixed, error_page
from tests.services.server import Response, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.server import Service

PREFIX = "/kadaster/plu/wfs/v1_0"
BOX = shapely.box(10, 400_010, 990, 400_990)


def zones(count: int = 900) -> gpd.GeoDataFrame:
    """Return zones of 10 m, some hundreds of them in BOX."""
    at = np.arange(count)
    x, y = at % 30 * 40.0, 400_000 + at // 30 * 40.0
    names = {"naam": [f"Wonen - {n}" for n in at], "bestemmingshoofdgroep": "wonen"}
    return gpd.GeoDataFrame(names, geometry=shapely.box(x + 5, y + 5, x + 15, y + 15), crs=CRS)


def service(**options: Any) -> wfs.Wfs:
    """Return a service of the zones."""
    return wfs.Wfs(PREFIX, {"enkelbestemming": zones(), "dubbelbestemming": zones(3)}, **options)


@contextmanager
def asking(of: Service, **options: Any) -> Iterator[tuple[Wfs, Server]]:
    """Give the feature type as a fetch sees it, and its server."""
    with Server([of]) as server, Client(frozenset({"127.0.0.1"}), sleep=lambda _: None) as client:
        fields = frozenset({"naam"})
        made = Wfs(client, server.base + PREFIX, "enkelbestemming", (fields,), fields, page_size=200)
        yield replace(made, **options), server


def names_of(features: Wfs, tmp_path: Path, tile_m: float = 1000.0) -> list[str]:
    """Return the names of all zones in BOX."""
    found = collect(features, BOX, tile_m, tmp_path, lambda *_: None)
    assert len(found.ids) == len(set(found.ids))
    return sorted(found.column("naam"))


def expected() -> list[str]:
    """Return the names that there are."""
    frame = zones()
    return sorted(frame["naam"][frame.intersects(BOX)])


def refusal(features: Wfs, tmp_path: Path) -> str:
    """Return the sentence of a fetch that must fail."""
    with pytest.raises(SourceError) as caught:
        names_of(features, tmp_path)
    (dutch,) = caught.value.sentences("nl")
    (english,) = caught.value.sentences("en")
    assert dutch != english
    return english


@pytest.mark.parametrize(
    "options",
    [{}, {"counts": True}, {"says_limit": False}, {"largest_page": 70}, {"largest_page": 70, "says_limit": False}],
    ids=["plain", "counting", "silent on its limit", "smaller pages", "smaller pages, silent"],
)
def test_every_feature_comes_once(tmp_path: Path, options: dict[str, Any]) -> None:
    """However large the service makes its pages, and whatever it says of them."""
    with asking(service(**options)) as (features, server):
        assert names_of(features, tmp_path) == expected()
        asked = [request for request in server.requests if request.one("bbox")]
    assert len(expected()) == 625
    assert all(request.one("bbox").endswith(RD) and request.one("srsName") == RD for request in asked)


def test_pages_in_another_order_every_time(tmp_path: Path) -> None:
    """Features would be missing and nobody would know: refused, unless the service sorts."""
    with asking(service(unsteady=True)) as (features, _):
        assert "and says there are 625" in refusal(features, tmp_path)
    with asking(service(unsteady=True), sort_by="naam") as (features, _):
        assert names_of(features, tmp_path) == expected()


def test_a_service_that_ignores_the_start_of_a_page(tmp_path: Path) -> None:
    """It gives the first page for ever."""
    always = service()
    answer = always.answer
    always.answer = lambda r: answer(replace(r, query=r.query | {"startIndex": ["0"]}))  # type: ignore[method-assign]
    with asking(always) as (features, server):
        assert "same page" in refusal(features, tmp_path)
        assert len(server.requests) < 8


def test_too_far_into_a_box_is_cut_in_four(tmp_path: Path) -> None:
    """The service refuses a startIndex, in XML with status 200; smaller boxes have fewer pages."""
    with asking(service(last_start=300)) as (features, server):
        assert names_of(features, tmp_path) == expected()
        assert len({request.one("bbox") for request in server.requests if request.one("bbox")}) == 1 + 4


def test_an_exception_with_status_200(tmp_path: Path) -> None:
    """The service's own words; nothing that would pass for an empty layer."""
    broken = Changed(service(), lambda r, own: wfs.exception("Database is <down>") if r.one("bbox") else own)
    with asking(broken) as (features, _):
        assert "Database is <down>" in refusal(features, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [400, 404])
def test_an_exception_with_its_own_status(tmp_path: Path, status: int) -> None:
    """The words without their tags."""
    with asking(Fixed(PREFIX, wfs.exception("No such service", status))) as (features, _):
        sentence = refusal(features, tmp_path)
    assert "No such service" in sentence
    assert "<" not in sentence


def test_a_feature_type_that_is_not_there(tmp_path: Path) -> None:
    """The sentence names those that look like it."""
    with asking(service(), type_name="plu:Enkelbestemmingen") as (features, _):
        sentence = refusal(features, tmp_path)
    assert "plu:Enkelbestemmingen" in sentence
    assert "plu:enkelbestemming" in sentence


def test_a_name_may_be_given_with_its_prefix(tmp_path: Path) -> None:
    """As the capabilities have it."""
    with asking(service(), type_name="plu:enkelbestemming") as (features, _):
        assert names_of(features, tmp_path) == expected()


def test_a_field_that_is_not_there(tmp_path: Path) -> None:
    """Said before the first page."""
    with asking(service(), needed=(frozenset({"bestemming"}),)) as (features, server):
        assert "the fields bestemming are missing" in refusal(features, tmp_path)
        assert not any(request.one("bbox") for request in server.requests)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error_page(), "Onderhoud"),
        (Response(200, b"<wfs", "text/xml"), "before it is complete"),
        (Response(200, b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "text/xml"), "DOCTYPE"),
        (Response(200, b"", "text/xml"), "empty"),
    ],
    ids=["error page", "half", "entities", "nothing"],
)
def test_what_are_no_capabilities(tmp_path: Path, answer: Response, said: str) -> None:
    """One sentence each."""
    with asking(Fixed(PREFIX, answer)) as (features, _):
        assert said in refusal(features, tmp_path)


def test_hits_are_counted(tmp_path: Path) -> None:
    """The number of features in a box, without any of them."""
    with asking(service()) as (features, _):
        assert features.count(BOX.bounds) == 625
        assert features.count((0, 0, 1, 1)) == 0
    assert list(tmp_path.iterdir()) == []
    with asking(Changed(service(), lambda *_: Response(200, b'<a numberMatched="unknown"/>', "text/xml"))) as (
        features,
        _,
    ):
        assert features.count(BOX.bounds) is None
