"""Every page without a browser, in both languages: clicked through, nothing untranslated, figures as the engine's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from layers import open_source
from suitability.core.errors import PolicyError
from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, Lang, catalogue, message, number, quantity
from suitability.criteria import REGISTRY
from suitability.policy.reader import policy_names, read_policy
from suitability.policy.what_if import overlay_text, with_limits
from suitability.scan.compare import compare_scans
from suitability.scan.longlist import make_longlist
from suitability.scan.run import run_scan
from suitability.ui.layout import PAGES
from suitability.ui.scan_cache import judged
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from suitability.scan.run import Scan

BICYCLE = "limit_kadaster-scan_facilities_bicycle_nl"
ENVIRONMENT = "limit_kadaster-scan_environment_nl"

#: A policy of one rule, on the area of a parcel.
AREA = """
title: {{nl: Maat, en: Size}}
in_force: 2025-01-01
rules:
  - id: large
    label: {{nl: Groot genoeg, en: Large enough}}
    criterion: parcel_area
    params: {{setback_m: 0}}
    limit: {{{limit}, unit: m2}}
    near_miss: 10
    effect: exclude
    assumption: {{nl: voor een proef, en: for a trial}}
"""

#: A policy with four errors, each on a line of its own.
BROKEN = """
title: {nl: Stuk, en: Broken}
in_force: 2025-01-01
rules:
  - id: near_work
    label: {nl: Werk, en: Work}
    criterion: employer_distanse
    limit: {at_most: 15, unit: km}
    effect: exclude
  - id: road
    label: {nl: Weg, en: Road}
    criterion: road_frontage
    limit: {at_least: far, unit: m}
    effect: forbid
    colour: red
"""


def go(at: AppTest, name: str) -> AppTest:
    """Go to a page; nothing may go wrong on it."""
    return fine(at.switch_page(f"suitability/ui/pages/{name}.py").run())


def fine(at: AppTest) -> AppTest:
    """Check that no page broke down."""
    assert not at.exception, [(error.message, error.stack_trace) for error in at.exception]
    return at


def in_language(at: AppTest, lang: Lang) -> AppTest:
    """Choose a language."""
    return fine(at.get_by_key("lang_choice").set_value(lang).run())


def texts(at: AppTest) -> Iterator[str]:
    """Yield every text that a page shows: labels, values, options and help."""
    waiting: list[Any] = [at.main, at.sidebar]
    while waiting:
        block = waiting.pop()
        waiting += list(getattr(block, "children", {}).values())
        for name in ("label", "value", "help", "placeholder", "body"):
            text = getattr(block, name, None)
            if isinstance(text, str):
                yield text
        yield from (option for option in getattr(block, "options", []) or [] if isinstance(option, str))


def figures(at: AppTest) -> list[str]:
    """Return the figures at the head of a page."""
    return [metric.value for metric in at.metric]


def counts(scan: Scan, lang: Lang = "nl") -> list[str]:
    """Return the figures of a scan as a page shows them."""
    found = make_longlist(scan)
    fail = found.start - found.n_pass - found.n_unknown
    return [number(n, lang) for n in (found.n_pass, found.n_unknown, fail, found.n_near_miss)]


def use(at: AppTest, name: str, policy: str) -> AppTest:
    """Upload a policy and choose it."""
    go(at, "data")
    fine(at.file_uploader[0].upload(name, policy.encode(), "text/yaml").run())
    return fine(at.get_by_key("use_policy").click().run())


def rows_of(at: AppTest) -> Any:
    """Return the table of the longlist."""
    return at.dataframe[0].value


def test_the_menu_has_every_page() -> None:
    """A file in the folder is a page in the menu; pages and entry stay thin."""
    files = {path.stem: path for path in (ROOT / "suitability/ui/pages").glob("[!_]*.py")}
    assert set(files) == set(PAGES)
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 120 for path in files.values())
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize("policy", ["kadaster-scan", "hardenberg-2025"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_page_in_every_language(session: Callable[[], AppTest], lang: Lang, policy: str) -> None:
    """Each page opens with a parcel chosen and without; no key and no sentence of the other language is on it."""
    at = in_language(session(), lang)
    fine(at.get_by_key("policy_choice").set_value(policy).run())
    other = {text for key, text in catalogue("en" if lang == "nl" else "nl").items() if key.startswith("app.")}
    other -= set(catalogue(lang).values())
    for parcel in (None, "afgeleid-22608", "afgeleid-16125"):
        at.session_state["app_state"].parcel = parcel
        for name in PAGES:
            go(at, name)
            title = (
                message("map.title", lang, area="Kampen") if name == "overview" else message(f"app.page.{name}", lang)
            )
            assert [heading.value for heading in at.title] == [title]
            shown = list(texts(at))
            keys = [text for text in shown if re.search(r"\b(app|outcome|layer|explain|cli|standing)\.[a-z_]+\b", text)]
            assert [key for key in keys if ".yaml" not in key] == []
            assert other & set(shown) == set()


@pytest.mark.parametrize("lang", LANGS)
def test_the_first_screen_says_what_the_engine_says(
    session: Callable[[], AppTest], scan_of: Callable[[str], Scan], lang: Lang
) -> None:
    """Figures, funnel, and the derived or assumed data."""
    at = in_language(session(), lang)
    scan = scan_of("kadaster-scan")
    assert figures(at) == counts(scan, lang)
    table = next(part.proto.body for part in at.main.get("html") if "<table" in part.proto.body)
    for step in make_longlist(scan).funnel:
        assert f">{number(step.remaining, lang)}<" in table
    presumed = message("app.presumed", lang, layers="X").split("X")[0]
    assert any(info.value.startswith(presumed) for info in at.info)


def test_a_moved_limit_gives_the_counts_of_a_full_run(session: Callable[[], AppTest]) -> None:
    """Moved on What if, seen everywhere, kept when one comes back, undone step by step, and put back."""
    at = go(session(), "what_if")
    before = figures(at)
    fine(at.get_by_key(ENVIRONMENT).set_value(10.0).run())
    fine(at.get_by_key(BICYCLE).set_value(7.5).run())
    policy = with_limits(read_policy("kadaster-scan", REGISTRY), {"environment": (10.0,), "facilities_bicycle": (7.5,)})
    after = counts(run_scan(policy, open_source("demo")))
    assert figures(at) == after != before
    assert figures(go(at, "overview")) == after
    assert [info.value for info in at.sidebar.info] == [message("app.limits_tried", "nl", n=2)]
    go(at, "what_if")
    assert (at.get_by_key(ENVIRONMENT).value, at.get_by_key(BICYCLE).value) == (10.0, 7.5)
    fine(at.get_by_key("undo").click().run())
    assert (at.get_by_key(ENVIRONMENT).value, at.get_by_key(BICYCLE).value) == (10.0, 15.0)
    fine(at.get_by_key(f"reset_{ENVIRONMENT}").click().run())
    assert figures(at) == before
    assert at.get_by_key(ENVIRONMENT).value == 0.0
    fine(at.get_by_key(BICYCLE).set_value(7.5).run())
    fine(at.get_by_key("reset_at_side").click().run())
    assert figures(at) == before
    assert not at.sidebar.info


def test_the_changes_of_a_trial_are_shown_and_kept_as_a_file(session: Callable[[], AppTest]) -> None:
    """Gained and lost by which rule, and a policy file that reads back as the trial."""
    at = go(session(), "what_if")
    fine(at.get_by_key(ENVIRONMENT).set_value(10.0).run())
    said = "\n".join(text.value for text in at.markdown)
    assert "Van de longlist af: " in said
    assert "omdat deze regel nu afwijst: Buiten de richtafstand van bedrijven" in said
    policy = read_policy("kadaster-scan", REGISTRY)
    titles = {lang: message("app.what_if.title", lang, policy=policy.title.in_(lang)) for lang in LANGS}
    trial = overlay_text(policy, {"environment": (10.0,)}, titles)
    assert at.get_by_key("save_trial").proto.label == message("app.what_if.save", "nl")
    use(at, "proef.yaml", trial)
    assert at.get_by_key("policy_choice").value == "proef"
    assert figures(go(at, "overview")) == counts(
        run_scan(with_limits(policy, {"environment": (10.0,)}), open_source("demo"))
    )


def test_a_limit_with_two_ends(session: Callable[[], AppTest]) -> None:
    """A slider with two handles takes and keeps both numbers."""
    at = use(session(), "maat.yaml", AREA.format(limit="between: [100, 5000]"))
    go(at, "what_if")
    slider = at.get_by_key("limit_maat_large_nl")
    assert slider.value == (100.0, 5000.0)
    fine(slider.set_value((200.0, 1000.0)).run())
    assert at.session_state["app_state"].limits == {"large": (200.0, 1000.0)}
    go(go(at, "overview"), "what_if")
    assert at.get_by_key("limit_maat_large_nl").value == (200.0, 1000.0)
    scan, _ = judged(at.session_state["app_state"])
    assert figures(at)[0] == number(int(((scan.parcels.areas >= 200) & (scan.parcels.areas <= 1000)).sum()), "nl")


@pytest.mark.parametrize("name", ["what_if", "longlist", "ranking", "data"])
def test_another_policy_on_any_page(session: Callable[[], AppTest], name: str) -> None:
    """The page follows; limits that were tried wait with the policy that they belong to."""
    at = go(session(), "what_if")
    fine(at.get_by_key(ENVIRONMENT).set_value(10.0).run())
    go(at, name)
    fine(at.get_by_key("policy_choice").set_value("demo-nearby").run())
    assert at.session_state["app_state"].limits == {}
    fine(at.get_by_key("policy_choice").set_value("kadaster-scan").run())
    assert at.session_state["app_state"].limits == {"environment": (10.0,)}


def test_filters_of_the_longlist(session: Callable[[], AppTest]) -> None:
    """Verdict, text, settlement, location type and order, each and together; and nothing that fits."""
    at = session()
    fine(at.get_by_key("policy_choice").set_value("hardenberg-2025").run())
    go(at, "longlist")
    scan, _ = judged(at.session_state["app_state"])
    n_kept = number(int(make_longlist(scan).kept.sum()), "nl")
    assert any(text.value.startswith(f"Aantal percelen: {n_kept}.") for text in at.caption)
    areas = rows_of(at)["Opp. (m²)"].to_numpy()
    assert (np.diff(areas) <= 0).all()
    fine(at.get_by_key("table_order").set_value("smallest").run())
    assert (np.diff(rows_of(at)["Opp. (m²)"].to_numpy()) >= 0).all()
    fine(at.get_by_key("table_classes").set_value(["near_miss"]).run())
    n_near = number(int(scan.verdicts.near_miss.sum()), "nl")
    assert any(text.value.startswith(f"Aantal percelen: {n_near}.") for text in at.caption)
    assert set(rows_of(at)["Oordeel"]) == {message("outcome.near_miss", "nl")}
    fine(at.get_by_key("table_classes").set_value([]).run())
    fine(at.get_by_key("table_settlements").set_value(["Grafhorst"]).run())
    fine(at.get_by_key("table_search").set_value("weg").run())
    assert rows_of(at)["Adres"].str.contains("weg", case=False).all()
    types = at.get_by_key("table_types_hardenberg-2025")
    fine(types.set_value([scan.policy.location_types[0].id]).run())
    go(go(at, "overview"), "longlist")
    assert at.get_by_key("table_search").value == "weg"
    fine(at.get_by_key("table_search").set_value("Nergensstraat").run())
    assert any(info.value == message("app.table.none", "nl") for info in at.info)


def test_a_parcel_that_was_chosen_elsewhere_stands_on_top(
    session: Callable[[], AppTest], scan_of: Callable[[str], Scan]
) -> None:
    """Also when the filters hide it, and then it is said; a row that is chosen does not move the table."""
    scan, at = scan_of("kadaster-scan"), session()
    fallen = str(scan.parcels.ids[np.flatnonzero(scan.verdicts.best == Outcome.FAIL)[0]])
    at.session_state["app_state"].choose_parcel(fallen)
    go(at, "longlist")
    assert rows_of(at)["Perceel"].iloc[0] == fallen
    assert any(fallen in info.value and "buiten de filters" in info.value for info in at.info)
    third = rows_of(at)["Perceel"].iloc[2]
    at.session_state["app_state"].choose_parcel(third, in_table=True)
    fine(at.run())
    assert rows_of(at)["Perceel"].iloc[2] == third
    assert any(third in said.value for said in (*at.success, *at.warning))


def test_search_for_a_parcel(session: Callable[[], AppTest], scan_of: Callable[[str], Scan]) -> None:
    """By designation, by address with one and with more hits, and a text without a hit."""
    at, scan = go(session(), "parcel"), scan_of("kadaster-scan")
    assert at.info[0].value == message("app.parcel.choose", "nl")
    fine(at.get_by_key("parcel_search").set_value("afgeleid-22608").run())
    assert [heading.value for heading in at.header] == ["afgeleid-22608"]
    fine(at.get_by_key("parcel_search").set_value("koekoeksweg 22").run())
    options = at.get_by_key("parcel_found").options
    assert len(options) == 2
    fine(at.get_by_key("parcel_found").select_index(1).run())
    assert at.header[0].value in options[1]
    fine(at.get_by_key("parcel_search").set_value("Nergensstraat [1](x)").run())
    assert "Nergensstraat" in at.warning[0].value
    assert at.header[0].value in options[1]
    rules = [rule.label.in_("nl") for rule in scan.policy.rules]
    said = "\n".join(text.value for text in at.markdown)
    assert all(f"**{rule}**" in said for rule in rules)


def test_compare(session: Callable[[], AppTest], scan_of: Callable[[str], Scan]) -> None:
    """The figures are those of the engine; the policy at the side cannot be compared with itself."""
    at = go(session(), "compare")
    fine(at.get_by_key("compare_with").set_value("demo-nearby").run())
    found = compare_scans(scan_of("kadaster-scan"), scan_of("demo-nearby"))
    assert figures(at) == [number(int(which.sum()), "nl") for which in (found.gained, found.lost, found.moved)]
    fine(at.get_by_key("policy_choice").set_value("demo-nearby").run())
    assert at.get_by_key("compare_with").value is None
    assert at.info[0].value == message("app.compare.choose", "nl")


@pytest.mark.parametrize("lang", LANGS)
def test_every_error_of_a_broken_policy_is_reported(session: Callable[[], AppTest], tmp_path: Path, lang: Lang) -> None:
    """The sentences of the checker, with the file by the name that the person knows; it cannot be chosen."""
    at = go(in_language(session(), lang), "data")
    fine(at.file_uploader[0].upload("mijn beleid.yaml", BROKEN.encode(), "text/yaml").run())
    path = tmp_path / "mijn beleid.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(str(path), REGISTRY)
    told = next(text.value for text in at.markdown if text.value.startswith("- ")).replace("\\", "").splitlines()
    assert told == [f"- {line.replace(f'{tmp_path}/', '')}" for line in caught.value.sentences(lang)]
    assert len(told) >= 4
    assert "mijn beleid.yaml" in at.error[0].value
    assert at.session_state["app_state"].uploads == {}


def test_files_that_are_no_policy(session: Callable[[], AppTest]) -> None:
    """A picture by another name, an empty file, and a file with the name of a policy that is there."""
    at = go(session(), "data")
    fine(at.file_uploader[0].upload("plaatje.yaml", b"\x89PNG\xff\xfe", "text/yaml").run())
    assert "geen tekstbestand" in at.error[0].value
    fine(at.file_uploader[0].upload("leeg.yaml", b"", "text/yaml").run())
    assert at.error
    fine(at.file_uploader[0].upload("groot.yaml", b"# " * 1_000_000, "text/yaml").run())
    assert "groter dan 1 MB" in at.error[0].value
    use(at, "demo-nearby.yaml", (ROOT / "config/demo-nearby.yaml").read_text(encoding="utf-8"))
    assert at.get_by_key("policy_choice").value == "demo-nearby-2"
    assert len(at.get_by_key("policy_choice").options) == len(set(at.session_state["app_state"].uploads)) + len(
        policy_names(ROOT / "config")
    )


@pytest.mark.parametrize("name", ["overview", "what_if", "longlist"])
def test_an_empty_longlist_names_the_tightest_rule(session: Callable[[], AppTest], name: str) -> None:
    """And says which parcel comes nearest, and how much it is short."""
    at = go(use(session(), "maat.yaml", AREA.format(limit="at_least: 130000")), name)
    scan, _ = judged(at.session_state["app_state"])
    largest = int(np.argmax(scan.parcels.areas))
    said = at.warning[0].value
    assert "De strengste regel is Groot genoeg: zonder die regel blijven er 24.032 over." in said
    area = scan.parcels.areas[largest]
    assert (
        f"Het dichtst in de buurt komt {scan.parcels.ids[largest]}: Netto-oppervlakte: {quantity(area, 'm2', 'nl')}."
        in said
    )
    assert f"het scheelt {quantity(130_000 - area, 'm2', 'nl')}" in said


def test_the_files_can_be_made(session: Callable[[], AppTest]) -> None:
    """Made once, offered with their sizes, and still there when one comes back."""
    at = go(session(), "download")
    fine(at.get_by_key("make_files").click().run())
    labels = [button.proto.label for button in at.get("download_button")]
    assert [label.split(" (")[0] for label in labels] == [
        "longlist.gpkg", "parcels.parquet", "longlist.csv", "map.html", "run.json", "locatiescan.zip",
    ]  # fmt: skip
    go(go(at, "overview"), "download")
    assert len(at.get("download_button")) == len(labels)


def test_a_source_that_is_not_there_is_reported_in_a_sentence(
    session: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source given at startup may be wrong: a sentence, no traceback."""
    monkeypatch.setenv("SUITABILITY_SOURCE", "nergens")
    at = fine(session())
    assert "nergens" in at.error[0].value


def test_a_policy_that_is_not_there_is_reported_in_a_sentence(
    session: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And another one can be chosen at once."""
    monkeypatch.setenv("SUITABILITY_POLICY", "nergens")
    at = fine(session())
    assert "nergens" in at.error[0].value
    fine(at.get_by_key("policy_choice").set_value("kadaster-scan").run())
    assert not at.error
    assert figures(at)
