"""Data that a user uploads or is sent: own layers, the table of an earlier run, a link to a trial."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from shapely.geometry import box

from suitability.core.config import config_folder, documents
from suitability.core.messages import LANGS, Lang, message, number
from suitability.core.types import CRS
from suitability.report.table import wide_table
from suitability.scan.compare import compare_scans
from suitability.ui.scan_cache import judged
from tests.paths import DATA
from tests.ui.test_pages import ENVIRONMENT, figures, fine, go, in_language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from suitability.scan.run import Scan

MIME = "application/octet-stream"


def park(folder: Path, name: str = "recreatieparken.gpkg") -> bytes:
    """Return a recreation park over a square kilometre of IJsselmuiden, as a file."""
    frame = gpd.GeoDataFrame(
        {"name": ["Nieuw park"], "park_kind": ["camping"]}, geometry=[box(192_000, 508_000, 193_000, 509_000)], crs=CRS
    )
    frame.to_file(folder / name)
    return (folder / name).read_bytes()


def bring(at: AppTest, name: str, content: bytes) -> AppTest:
    """Upload a file on the page Data."""
    return fine(go(at, "data").get_by_key("layer_files").upload(name, content, MIME).run())


@pytest.mark.parametrize("lang", LANGS)
def test_a_layer_takes_the_place_of_the_one_of_the_source(
    session: Callable[[], AppTest], scan_of: Callable[[str], Scan], tmp_path: Path, lang: Lang
) -> None:
    """Looked at, used, named in the table of data, and left again."""
    at = bring(in_language(session(), lang), "recreatieparken.gpkg", park(tmp_path))
    assert not at.error
    assert at.success[0].value == message("app.layers.fine", lang)
    fine(at.get_by_key("use_layers").click().run())
    scan, _ = judged(at.session_state["app_state"])
    assert scan.layers["recreation_parks"].provenance.rows == 1
    assert message("app.brought", lang) in scan.run.source
    assert scan.run.counts["fail"] != scan_of("kadaster-scan").run.counts["fail"]
    assert "locatiescan-" not in str(scan.run.as_dict())  # no path of this computer in the files handed on
    fine(at.get_by_key("leave_layers").click().run())
    assert figures(go(at, "overview"))[0] == number(scan_of("kadaster-scan").run.counts["pass"], lang)


def test_errors_of_a_layer_are_reported(session: Callable[[], AppTest], tmp_path: Path) -> None:
    """In the list, with its line; corrected there, it can be used."""
    at = bring(session(), "recreatieparken.gpkg", park(tmp_path))
    box_of_text = at.text_area[0]
    good = str(box_of_text.value)
    fine(box_of_text.set_value(good.replace("file: recreatieparken.gpkg", "file: parken.gpkg")).run())
    assert at.error
    assert "parken.gpkg" in "\n".join(text.value for text in at.markdown).replace("\\", "")
    assert "use_layers" not in [button.key for button in at.button]
    fine(at.text_area[0].set_value(good).run())
    assert not at.error
    assert "use_layers" in [button.key for button in at.button]


@pytest.mark.parametrize(
    ("name", "content"), [("x.gpkg", b"no database"), ("x.zip", b"PK\x03\x04 broken"), ("../../x.csv", b"a;b")]
)
def test_files_that_are_no_layer(session: Callable[[], AppTest], name: str, content: bytes) -> None:
    """A sentence, nothing to use, and nothing outside the folder for it."""
    at = bring(session(), name, content)
    assert at.warning or at.error
    assert "use_layers" not in [button.key for button in at.button]
    assert at.session_state["app_state"].brought is None


def test_parcels_of_another_municipality(session: Callable[[], AppTest]) -> None:
    """The area is where the parcels are; facts that the source does not know there are unknown."""
    at = bring(session(), "otterlo.zip", (DATA / "brk/kadastralekaart_v5_gml.zip").read_bytes())
    fine(at.get_by_key("use_layers").click().run())
    assert figures(go(at, "overview"))[:3] == ["0", "11", "0"]


def test_an_earlier_run(session: Callable[[], AppTest], scan_of: Callable[[str], Scan]) -> None:
    """The figures are those between the two scans; another table is refused in a sentence."""
    file = io.BytesIO()
    wide_table(scan_of("demo-nearby"), documents(config_folder()), "nl").to_parquet(file)
    at = go(session(), "compare")
    fine(at.get_by_key("earlier_run").upload("parcels.parquet", file.getvalue(), MIME).run())
    found = compare_scans(scan_of("demo-nearby"), scan_of("kadaster-scan"))
    assert figures(at) == [number(int(which.sum()), "nl") for which in (found.gained, found.lost, found.moved)]
    fine(at.get_by_key("earlier_run").upload("anders.parquet", b"iets anders", MIME).run())
    assert "anders.parquet" in at.error[0].value


def test_a_link_to_a_trial(session: Callable[[], AppTest], scan_of: Callable[[str], Scan]) -> None:
    """The link shows the same limits to everyone; later choices are not undone by it."""
    at = session()
    at.query_params["policy"] = "kadaster-scan"
    at.query_params["limit.environment"] = "10.0"
    fine(at.run())
    assert at.session_state["app_state"].limits == {"environment": (10.0,)}
    assert figures(at)[0] != number(scan_of("kadaster-scan").run.counts["pass"], "nl")
    go(at, "what_if")
    assert at.get_by_key(ENVIRONMENT).value == 10.0
    assert "policy=kadaster-scan&limit.environment=10.0" in at.code[0].value
    fine(at.get_by_key("policy_choice").set_value("demo-nearby").run())
    assert at.session_state["app_state"].limits == {}


@pytest.mark.parametrize(
    "asked",
    [
        {"policy": "../../etc/passwd"}, {"policy": "nergens"}, {"policy": "kadaster-scan", "limit.environment": "9e9"},
        {"policy": "kadaster-scan", "limit.nergens": "1"},
    ],
)  # fmt: skip
def test_a_link_that_does_not_fit(session: Callable[[], AppTest], asked: dict[str, str]) -> None:
    """A sentence, and the app as without it."""
    at = session()
    for key, text in asked.items():
        at.query_params[key] = text
    fine(at.run())
    assert len(at.error) == 1
    assert at.session_state["app_state"].limits == {}
    assert len(figures(fine(at.run()))) == 4
