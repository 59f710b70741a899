"""The gate cannot be bypassed: any data that is not on the profile raises, in whatever way it is tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from suitability.core.config import config_folder
from suitability.core.errors import PublicationError
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import LANGS
from suitability.report.public.gate import PublicTable
from suitability.report.public.layers import write_public_geojson, write_public_geopackage, write_public_parquet
from suitability.report.public.map import write_public_map
from suitability.report.public.poster import write_poster
from suitability.report.public.profile import read_profile
from suitability.report.public.publish import FORMATS, publish
from suitability.report.public.qgis import write_project
from suitability.report.public.sheet import write_public_csv, write_public_xlsx
from suitability.report.public.sites import Sites
from suitability.report.table import reasons
from tests.conftest import demo_scan
from tests.report.public.conftest import profile_named, public, secret_scan, secret_sites
from tests.report.public.planted import EMPLOYER
from tests.skins.small import area_rule, small_scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Every writer, as a function of a table and a path.
WRITERS: list[Callable[[Any, Path], object]] = [
    lambda table, path: write_public_map(table, path, "nl"),
    lambda table, path: write_public_geopackage(table, path, "nl"),
    lambda table, path: write_public_parquet(table, path, "nl"),
    lambda table, path: write_public_geojson(table, path, "nl"),
    lambda table, path: write_public_csv(table, path, "nl"),
    lambda table, path: write_public_xlsx(table, path, "nl"),
    lambda table, path: write_project(table, "kaart.gpkg", path, "nl"),
    lambda table, path: write_poster(table, path, path.with_suffix(".png"), "a3", "nl"),
    lambda table, path: publish(table, path.parent / "all", FORMATS, "nl", lambda *_: None),
]


@pytest.mark.parametrize("write", WRITERS)
def test_a_writer_takes_nothing_but_a_public_table(write: Callable[[Any, Path], object], tmp_path: Path) -> None:
    """A table of the scan, however well meant, is refused, and nothing is written."""
    scan = secret_scan()
    for other in (scan, scan.frame, gpd.GeoDataFrame(), None):
        with pytest.raises(TypeError, match="PublicTable"):
            write(other, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS)
def test_a_column_added_afterwards_is_refused(write: Callable[[Any, Path], object], tmp_path: Path) -> None:
    """Tables can be changed after they were made: every writer looks again."""
    table = public(secret_scan(), profile_named("residents"))
    table.parcels["owner"] = "Hendrik"
    with pytest.raises(PublicationError, match="owner"):
        write(table, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["sites", "water", "settlements"])
def test_a_column_added_to_what_is_drawn_besides_is_refused(where: str, tmp_path: Path) -> None:
    """Sites and background are checked against the profile too."""
    table = public(demo_scan("kadaster-scan"), profile_named("residents"))
    frame = table.sites if where == "sites" else table.background[where]
    frame["telephone"] = "06"
    with pytest.raises(PublicationError, match="telephone"):
        write_public_parquet(table, tmp_path / "x", "nl")


def test_nobody_makes_a_public_table_by_hand() -> None:
    """Neither from nothing nor by changing one."""
    table = public(secret_scan(), profile_named("residents"))
    values = {name: getattr(table, name) for name in PublicTable.__dataclass_fields__ if name != "seal"}
    with pytest.raises(TypeError, match="make_public"):
        PublicTable(**values)
    with pytest.raises(TypeError, match="make_public"):
        PublicTable(**values, seal=object())
    with pytest.raises((TypeError, ValueError)):
        replace(table, profile=table.profile)


def test_only_released_sites_appear() -> None:
    """A site in an unreleased stage, or in none, is not there at all."""
    scan = secret_scan()
    table = public(scan, profile_named("residents"), secret_sites(scan))
    assert list(table.sites["site_id"]) == ["site-released"]
    assert list(table.sites["stage"]) == ["decided"]
    assert list(table.sites.columns) == ["site_id", "name", "stage", "geometry"]


def test_a_stage_that_is_not_on_the_profile_does_not_appear() -> None:
    """The workshop may release a stage that this profile does not show."""
    scan = secret_scan()
    sites = {"fields": ["site_id", "name", "stage"], "stages": ["announced"]}
    assert public(scan, profile_named("residents", sites=sites), secret_sites(scan)).sites.empty


def test_almost_true_is_not_released() -> None:
    """A stage counts as released when it says so, not when it says something."""
    scan = secret_scan()
    sites = secret_sites(scan)
    table = public(scan, profile_named("residents"), Sites(sites.frame, {"site-hidden": ("x", "no")}))  # type: ignore[dict-item]
    assert table.sites.empty


def test_a_site_column_beyond_the_profile_raises() -> None:
    """The submitter's name on a site does not silently fall off: someone must leave it out on purpose."""
    scan = secret_scan()
    sites = secret_sites(scan)
    with pytest.raises(PublicationError, match="submitter"):
        public(scan, profile_named("residents"), Sites(sites.frame.assign(submitter="Jan"), sites.stages))


@pytest.mark.parametrize("withheld", ["settlement", "cell"])
def test_withheld_sites_are_only_counted_in_a_wide_area(withheld: str) -> None:
    """Their number is given, without id or name, and no shape from which the place could be read."""
    scan = secret_scan()
    sites = {"fields": ["site_id", "name", "stage"], "withheld": withheld, "cell_m": 500}
    table = public(scan, profile_named("residents", sites=sites), secret_sites(scan))
    counted = table.sites[table.sites["site_id"] == ""]
    assert counted["n_withheld"].sum() == 2
    assert (counted["name"] == "").all()
    hidden = scan.parcels.geometry[1]
    for shape in counted.geometry:
        assert shape.area > 100 * hidden.area
        if withheld == "cell":
            assert all(side % 500 == 0 for side in shape.bounds)


def test_the_columns_are_those_of_the_profile_and_no_more() -> None:
    """The shortest profile gives the shortest table."""
    table = public(secret_scan(), profile_named("residents", fields=["verdict_class", "reason"]))
    assert list(table.parcels.columns) == ["verdict_class", "reason_nl", "reason_en", "geometry"]


def test_failing_parcels_as_areas_leave_no_parcel_behind() -> None:
    """No id, address, value or shape of a single failing parcel; the area of all is kept."""
    scan = demo_scan("kadaster-scan")
    table = public(scan, profile_named("areas"))
    failing = scan.verdicts.best == 0
    shown = set(table.parcels["parcel_id"]) - {""}
    assert shown == set(scan.parcels.ids[~failing])
    areas = table.parcels[table.parcels["parcel_id"] == ""]
    assert areas["area_m2"].sum() == pytest.approx(scan.parcels.areas[failing].sum(), rel=1e-4)
    assert (areas["label"] == "").all()
    assert len(areas) < 15
    for lang in LANGS:
        one_by_one = {str(text).split(": ", 1)[1] for text in reasons(scan, lang)[failing]}
        assert not one_by_one & {text.split(": ", 1)[1] for text in areas[f"reason_{lang}"]}
        kept = set(table.reasons[lang].fillings)
        passing = public(scan, profile_named("residents")).reasons[lang]
        assert kept < set(passing.fillings), "what only failing parcels say is gone"


@pytest.mark.parametrize(("least_m2", "n_areas"), [(1.0, 0), (10_000.0, 1)])
def test_areas_when_all_parcels_pass_or_all_fail(least_m2: float, n_areas: int, tmp_path: Path) -> None:
    """Nothing to merge, or nothing left one by one: both are published in every format."""
    scan = small_scan(("a", "b", "c"), rules=[area_rule("large_enough", "Groot genoeg", least_m2)])
    table = public(scan, profile_named("areas"))
    assert int((table.parcels["parcel_id"] == "").sum()) == n_areas
    assert len(table.parcels) == (n_areas or 3)
    files = publish(table, tmp_path, FORMATS, "nl", lambda *_: None)
    assert all(path.stat().st_size for path in files)


def test_corners_lie_on_the_grid_of_the_profile() -> None:
    """No corner is more precise than the profile allows; every parcel still has a valid shape with an area."""
    table = public(demo_scan("kadaster-scan"), profile_named("residents", grid_m=5.0))
    shapes = table.parcels.geometry.to_numpy()
    xy = shapely.get_coordinates(shapes)
    np.testing.assert_allclose(xy, np.round(xy / 5) * 5, atol=1e-6)
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()
    assert len(shapes) == len(demo_scan("kadaster-scan").parcels)


@pytest.mark.parametrize("policy", ["kadaster-scan", "hardenberg-2025", "arnhem-nijmegen-2022", "bollenstreek-2022"])
def test_reasons_are_word_for_word_those_of_the_scan(policy: str) -> None:
    """Taken apart for the map and put together again, with every layer named: nothing changed for any parcel."""
    scan = demo_scan(policy)
    every = {"named_layers": list(LAYERS), "effects": ["exclude", "restrict", "score", "note"]}
    table = public(scan, profile_named("residents", **every))
    for lang in LANGS:
        np.testing.assert_array_equal(table.parcels[f"reason_{lang}"].to_numpy(), reasons(scan, lang))


def test_an_employer_is_never_called_by_name() -> None:
    """The reason says that an employer is near, without its name."""
    table = public(secret_scan(), profile_named("residents"))
    said = " ".join(table.parcels["reason_nl"])
    assert "een werkgever" in said
    assert EMPLOYER not in said


def test_a_rule_that_may_not_be_named_is_not_named() -> None:
    """The verdict stays; the deciding rule, its margin and its document do not."""
    scan = secret_scan()
    fields = ["verdict_class", "deciding_rule", "deciding_source", "reason", "margin", "rule_outcomes"]
    table = public(scan, profile_named("residents", effects=["restrict"], fields=fields)).parcels
    assert (table["deciding_rule"] == "").all()
    assert table["margin"].isna().all()
    assert not [column for column in table.columns if column.endswith("_outcome")]
    assert not any("Groot" in text or "Werkgever" in text for text in table["reason_nl"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fields: [parcel_id, owner]", "owner"),
        ("fields: [parcel_id]\nvotes: true", "votes"),
        ("fields: []", "fields"),
        ("fields: [parcel_id]\ngrid_m: 0", "grid_m"),
    ],
)
def test_a_profile_with_a_mistake_says_which(text: str, said: str, tmp_path: Path) -> None:
    """There is no field for an owner, and no key that the profile does not know."""
    folder = tmp_path / "publication"
    folder.mkdir()
    rest = (
        "title: {nl: a, en: a}\neffects: []\nnamed_layers: []\nfailing: parcels\nsites: {fields: []}\nbackground: []\n"
    )
    given = text if "grid_m" in text else f"{text}\ngrid_m: 1"
    (folder / "mine.yaml").write_text(f"{rest}{given}\n", encoding="utf-8")
    with pytest.raises(PublicationError) as raised:
        read_profile("mine", tmp_path)
    assert any(said in sentence for sentence in raised.value.sentences("nl"))


def test_shipped_profiles_are_read_and_hold_nothing_of_persons() -> None:
    """The shipped profiles are strict; a misspelt name is answered with the right one."""
    for name in ("residents", "areas"):
        profile = read_profile(name, config_folder())
        assert not {"employers", "businesses", "declarations"} & set(profile.named_layers)
        assert profile.sites.withheld == "hidden"
    with pytest.raises(PublicationError, match="residents"):
        read_profile("resident", config_folder())
