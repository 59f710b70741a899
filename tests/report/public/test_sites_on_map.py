"""Released sites on the map for residents: clicked, searched and listed, within the limits of the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest

from suitability.core.messages import message
from suitability.report.public.map import write_public_map
from suitability.report.public.sites import Sites
from tests.report.public.conftest import profile_named, public, secret_scan, secret_sites
from tests.report.public.peel import holds
from tests.report.public.planted import CONFIDENTIAL, SITES
from tests.skins.test_exports import NASTY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RELEASED = SITES["site-released"]


def test_a_released_site_is_searched_read_and_listed(opened: Callable[..., Any], secret_folder: Path) -> None:
    """By keyboard from the search, by its row in the list, by a click on it; a site that is not released by none."""
    page = opened(secret_folder / "kaart.html")
    page.fill("#search", RELEASED)
    page.keyboard.press("Enter")
    here = message("public.ui.sites.here", "nl")
    assert f"{here} {RELEASED}" in page.inner_text("#card")
    assert page.evaluate("document.activeElement.id") == "card-title"
    size = page.evaluate("() => { const s = publicMap.map.getSize(); return [s.x / 2, s.y / 2]; }")
    page.click("#back")
    page.click("#map", position={"x": size[0], "y": size[1]})
    assert f"{here} {RELEASED}" in page.inner_text("#card")
    page.click("#tab-list")
    assert page.locator("#site-rows button").all_inner_texts() == [RELEASED]
    page.locator("#site-rows button").click()
    assert f"{here} {RELEASED}" in page.inner_text("#card")
    for name in ("site-hidden", "site-unstaged"):
        page.fill("#search", SITES[name])
        assert page.inner_text("#said") == message("public.ui.search.none", "nl")


@pytest.mark.parametrize("fields", [["site_id"], ["stage"]])
def test_a_name_that_the_profile_does_not_list_is_not_in_the_file(
    opened: Callable[..., Any], fields: list[str], tmp_path: Path
) -> None:
    """The site can still be found in the list, without its name."""
    scan = secret_scan()
    profile = profile_named("residents", sites={"fields": fields, "stages": [], "withheld": "hidden", "cell_m": 1000})
    sites = secret_sites(scan)
    path = tmp_path / "kaart.html"
    write_public_map(public(scan, profile, Sites(sites.frame.drop(columns="name"), sites.stages)), path, "nl")
    assert not any(holds(path, secret) for secret in (*CONFIDENTIAL, RELEASED))
    page = opened(path)
    page.click("#tab-list")
    (shown,) = page.locator("#site-rows button").all_inner_texts()
    assert shown == message("public.ui.sites.id" if "site_id" in fields else "public.ui.sites.unnamed", "nl", id="site-released")  # fmt: skip


def test_withheld_sites_are_a_number_in_an_area(opened: Callable[..., Any], tmp_path: Path) -> None:
    """This holds if the profile says so; none of them is named."""
    scan = secret_scan()
    profile = profile_named("residents", sites={"fields": ["site_id", "name", "stage"], "stages": [], "withheld": "cell", "cell_m": 1000})  # fmt: skip
    path = tmp_path / "kaart.html"
    write_public_map(public(scan, profile, secret_sites(scan)), path, "nl")
    assert not any(holds(path, secret) for secret in CONFIDENTIAL)
    page = opened(path)
    page.click("#tab-list")
    assert page.locator("#site-rows button").all_inner_texts() == [RELEASED, message("public.ui.sites.withheld", "nl", n="2")]  # fmt: skip


@pytest.mark.parametrize("evil", NASTY)
def test_markup_in_the_name_of_a_site_is_text(opened: Callable[..., Any], evil: str, tmp_path: Path) -> None:
    """In the list and on the card; nothing runs and nothing is asked for."""
    scan = secret_scan()
    frame = gpd.GeoDataFrame({"site_id": ["s"], "name": [evil]}, geometry=[scan.parcels.geometry[0]], crs=28992)
    path = tmp_path / "kaart.html"
    write_public_map(public(scan, profile_named("residents"), Sites(frame, {"s": ("decided", True)})), path, "nl")
    page = opened(path)
    page.click("#tab-list")
    page.locator("#site-rows button").click()
    said = page.evaluate("document.querySelector('#card .site').textContent")
    assert " ".join(evil.split()) in " ".join(said.split())
    assert page.locator("#card script, #card img, #list img").count() == 0
