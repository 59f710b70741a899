"""A municipality with secrets, published in every format; and a browser without network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest

from suitability.core.config import config_folder, documents
from suitability.criteria.employer_distance import EmployerDistance
from suitability.policy.model import Limit, Rule
from suitability.report.public.gate import PublicTable, make_public
from suitability.report.public.map import write_public_map
from suitability.report.public.profile import Profile, read_profile
from suitability.report.public.publish import FORMATS, publish
from suitability.report.public.sites import Sites
from suitability.scan.longlist import make_longlist
from suitability.scan.run import run_scan
from tests.conftest import demo_scan
from tests.report.public.planted import EMPLOYER, SECRETS, SITES, STAGES
from tests.skins.small import area_rule, both, small_scan
from tests.skins.test_exports import NASTY
from tests.tiny import MemorySource, point, vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from suitability.scan.run import Scan

#: Texts that residents may read, and that must stay texts.
NAMES = ["Dorpsstraat 1, Tolweg", "Dorpsstraat 10, Tolweg", *NASTY]


def profile_named(name: str, **changed: Any) -> Profile:
    """Return a shipped profile, changed for a test."""
    return Profile.model_validate({**read_profile(name, config_folder()).model_dump(), **changed})


def public(scan: Scan, profile: Profile, sites: Sites | None = None) -> PublicTable:
    """Return the public table of a scan."""
    return make_public(scan, make_longlist(scan), profile, documents(config_folder()), sites=sites)


def secret_scan() -> Scan:
    """Return a scan in which owners, contacts, notes and votes hang on the parcels, and an employer is a person."""
    near = Rule(
        id="near_work", label=both("Werkgever nabij"), criterion="employer_distance", params=EmployerDistance(min_jobs=1),
        limit=Limit(at_most=100.0, unit="m"), effect="exclude", assumption=both("for a test"),
    )  # fmt: skip
    drawn = small_scan(
        NAMES, sides=(30.0, 15.0, 20.3), rules=[area_rule("large_enough", "<b>Groot</b> genoeg", 400.0), near]
    )
    layers = dict(drawn.layers)
    layers |= {"employers": vector("employers", [point(700.0, 700.0)], name=[EMPLOYER], jobs=[12])}
    scan = run_scan(drawn.policy, MemorySource(layers))
    frame = scan.frame.assign(**{name: [text] * len(scan.frame) for name, text in SECRETS.items()})
    hidden = replace(layers["parcels"].provenance, source=f"dir:/home/{SECRETS['owner']}")
    parcels = replace(scan.layers["parcels"], data=frame, provenance=hidden)
    return replace(scan, frame=frame, layers={**scan.layers, "parcels": parcels})


def secret_sites(scan: Scan) -> Sites:
    """Return three sites of the workshop, of which one was released."""
    shapes = scan.parcels.geometry[: len(SITES)]
    frame = gpd.GeoDataFrame({"site_id": list(SITES), "name": list(SITES.values())}, geometry=list(shapes), crs=28992)
    return Sites(frame, STAGES)


@pytest.fixture(scope="session")
def secret_table() -> PublicTable:
    """Give the public table of the municipality with secrets."""
    scan = secret_scan()
    return public(scan, profile_named("residents"), secret_sites(scan))


@pytest.fixture(scope="session")
def secret_folder(secret_table: PublicTable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with that municipality published in every format."""
    folder = tmp_path_factory.mktemp("secret")
    publish(secret_table, folder, FORMATS, "nl", lambda *_: None)
    return folder


@pytest.fixture(scope="session")
def kampen() -> tuple[Scan, PublicTable]:
    """Give the demo municipality and its public table."""
    scan = demo_scan("kadaster-scan")
    return scan, public(scan, profile_named("residents"))


@pytest.fixture(scope="session")
def kampen_map(kampen: tuple[Scan, PublicTable], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the map of the demo municipality."""
    path = tmp_path_factory.mktemp("kampen") / "kaart.html"
    write_public_map(kampen[1], path, "nl")
    return path


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Give a way to open a file without network; in the end nothing may have been asked for but the file itself."""
    said: list[str] = []
    contexts = []

    def open_file(path: Path, width: int = 1366, height: int = 768) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: said.append(line.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: None if request.url == path.as_uri() else said.append(request.url))
        page.goto(path.as_uri())
        shown = page.locator("body[data-ready], #trouble:not([hidden])")  # as a selector: the page forbids eval
        shown.first.wait_for(state="attached")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []
