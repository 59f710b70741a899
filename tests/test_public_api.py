"""The public API: what ``import suitability`` gives a notebook or a script, and what its tables hold."""

from __future__ import annotations

import ast
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import matplotlib as mpl
import numpy as np
import pytest

import suitability as su
from suitability.core.errors import PolicyError, SubmissionError
from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, message
from suitability.report.style import CHANGE_COLOURS, COLOURS
from suitability.report.table import CLASSES, classes_of
from suitability.scan.run_record import code_version
from suitability.selection.shortlist.conflicts import Conflict
from tests.skins.small import area_rule, small_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd

    from suitability.core.messages import Lang
    from suitability.scan.run import Scan

ROOT = Path(__file__).parents[1]
PUBLIC = [name for name in dir(su) if not name.startswith("_")]
POLICY = "hardenberg-2025"


@pytest.fixture(scope="module")
def scan(scan_of: Callable[[str], Scan]) -> Scan:
    """Give the scan of the demo municipality."""
    return scan_of(POLICY)


@pytest.fixture(scope="module")
def places(scan: Scan) -> gpd.GeoDataFrame:
    """Give its table, in English."""
    return su.table(scan, "en")


@pytest.fixture
def figures() -> Iterator[None]:
    """Draw without a screen, and close the figures afterwards."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 (after the choice of where to draw)

    before = mpl.get_backend()
    plt.switch_backend("Agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


def python(code: str, **env: str) -> str:
    """Return what a new interpreter prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT), **env}, text=True, capture_output=True,
        check=True, cwd=ROOT / "tests",
    )  # fmt: skip
    return ran.stdout.strip()


# The module


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Neither the package nor the list of its names loads any library."""
    heavy = ["numpy", "pandas", "geopandas", "shapely", "numba", "pydantic", "yaml", "matplotlib", "layers"]
    code = f"import sys, suitability; dir(suitability); print([name for name in {heavy} if name in sys.modules])"
    assert python(code) == "[]"


def test_reading_the_version_loads_nothing_heavy() -> None:
    """The version is that of the checkout and needs no library."""
    number = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    code = "import sys, suitability as su; print(su.__version__, 'numpy' in sys.modules)"
    assert python(code) == f"{number} False"
    assert code_version().startswith(f"{number}+")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    """Functions say what they return, with an example; classes what they are."""
    thing = getattr(su, name)
    said = inspect.getdoc(thing) or ""
    assert said.endswith(".") or "Example" in said
    if inspect.isfunction(thing):
        assert "Example" in said
        assert "return" in inspect.get_annotations(thing)


def test_a_dozen_and_a_half_names() -> None:
    """The names are few, and none of them is also the name of a subpackage, which would replace it once imported."""
    assert set(PUBLIC) >= {"open_source", "read_policy", "run_scan", "table", "explain", "make_longlist", "compare"}
    assert len(PUBLIC) <= 20
    assert not set(PUBLIC) & {module.name for module in pkgutil.iter_modules(su.__path__)}
    with pytest.raises(AttributeError, match="no attribute 'run_scam'"):
        su.run_scam  # type: ignore[attr-defined]  # noqa: B018


def test_type_checkers_see_the_same_names_from_the_same_modules() -> None:
    """The imports for type checkers are those of run time."""
    tree = ast.parse(Path(su.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {a.name: n.module for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert sorted(seen) == sorted(PUBLIC)
    for name, module in seen.items():
        assert getattr(import_module(str(module)), name) is getattr(su, name)


@pytest.mark.timeout(900)
def test_type_checkers_see_the_types_of_an_installed_package(tmp_path: Path) -> None:
    """A script outside of the repository is checked with the types of this package: both packages are marked as typed."""
    script = tmp_path / "script.py"
    script.write_text(
        "import suitability as su\n"
        'scan: su.Scan = su.run_scan(su.read_policy("hardenberg-2025"), su.open_source("demo"))\n'
        "reveal_type(su.make_longlist(scan).n_pass)\n"
        "reveal_type(su.open_source)\n"
        "su.explain(scan, 3)\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(tmp_path), script.name],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True, check=False,
    )  # fmt: skip
    first, second, third = ran.stdout.strip().splitlines()
    assert first == 'script.py:3: note: Revealed type is "int"'
    assert 'settings: layers.Settings | None =) -> suitability.core.layer.Source"' in second
    assert third.startswith("script.py:5: error: Argument 2 to")


# A scan in a few lines


def test_a_scan_with_nothing_but_defaults(scan: Scan) -> None:
    """Policy, source and area have defaults, and an area may be given by its name."""
    policy, source = su.read_policy("kadaster-scan"), su.open_source("demo")
    by_default, by_name = su.run_scan(policy, source), su.run_scan(policy, source, "kampen")
    assert by_default.area.name == by_name.area.name == "Kampen"
    assert by_default.run.counts == by_name.run.counts
    assert len(by_default.parcels) == len(scan.parcels)
    with pytest.raises(SubmissionError, match="Zwolle"):
        su.run_scan(policy, source, "Zwolle")


def test_a_limit_is_moved_by_one_number(scan: Scan) -> None:
    """One number for a limit at one side; the scan that was moved is left as it was."""
    before = dict(scan.run.counts)
    stricter = su.rejudge(scan, su.with_limits(scan.policy, {"public_road": 30}))
    difference = su.compare(scan, stricter, "en")
    assert stricter.run.counts["pass"] < before["pass"] == scan.run.counts["pass"]
    assert int((difference.table["change"] == "lost").sum()) > 0
    assert not (difference.table["change"] == "gained").any()
    value = scan.findings["public_road"].value
    lost = (difference.table["change"] == "lost").to_numpy()
    assert ((value[lost] >= 3) & (value[lost] < 30)).all()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"public_road": (3, 5)}, "rule public_road: the limit cannot be '3, 5'. Give one finite number, in the unit 'm'"),
        ({"public_road": float("nan")}, "cannot be 'nan'. Give one finite number"),
        ({"road": 3}, "the rule 'road' does not exist. Choose from: "),
        ({"facilities": 3}, "the rule 'facilities' does not exist. Choose from: "),
    ],
)  # fmt: skip
def test_a_limit_that_cannot_be_moved(limits: dict[str, Any], said: str) -> None:
    """A rule that is not there or does not measure, and numbers that the limit cannot take, are named."""
    with pytest.raises(PolicyError) as caught:
        su.with_limits(su.read_policy(POLICY), limits)
    assert said in str(caught.value)


def test_a_scan_is_not_judged_by_a_policy_that_measures_otherwise() -> None:
    """The same id of a rule with another way to measure must not borrow its values."""
    scan = small_scan(rules=[area_rule("size", "Size", 400.0)])
    other = scan.policy.rules[0].model_copy(
        update={"params": scan.policy.rules[0].params.model_copy(update={"setback_m": 5.0})}
    )  # type: ignore[union-attr]
    policy = scan.policy.model_copy(update={"id": "inside", "rules": (other,)})
    with pytest.raises(
        PolicyError, match="inside: the scan measures something else than the policy 'small' by the rules size"
    ):
        su.rejudge(scan, policy)
    unknown = scan.policy.model_copy(update={"rules": (area_rule("new", "New", 1.0),)})
    with pytest.raises(PolicyError, match="by the rules new"):
        su.rejudge(scan, unknown)


def test_a_card_needs_no_documents(scan: Scan) -> None:
    """A parcel explains itself, by default in Dutch; one that is not there names one that resembles it."""
    parcel = str(scan.parcels.ids[0])
    assert su.card_text(scan, su.explain(scan, parcel)).startswith(f"Perceel {parcel}")
    english = su.card_text(scan, su.explain(scan, parcel, "en"), lang="en")
    assert "Municipality of Hardenberg" in english
    with pytest.raises(SubmissionError, match=f"Did you mean {parcel}"):
        su.explain(scan, parcel.upper())


# Tables


def test_the_table_says_what_the_scan_says(scan: Scan, places: gpd.GeoDataFrame) -> None:
    """One row per parcel, with the verdict, the rule that decided and every measured number."""
    assert places.crs.to_epsg() == 28992
    assert places["parcel_id"].tolist() == scan.parcels.ids.tolist()
    assert places.geometry.area.sum() == pytest.approx(places["area_m2"].sum())
    assert places["verdict_class"].tolist() == [CLASSES[code] for code in classes_of(scan)]
    best = places["verdict_class"].isin(["pass", "pass_restricted"]).to_numpy()
    assert best.tolist() == (scan.verdicts.best == Outcome.PASS).tolist()
    decided = np.array([*(rule.id for rule in scan.policy.rules), None], dtype=object)[scan.verdicts.deciding]
    assert (places["deciding_rule"].astype(object).where(places["deciding_rule"].notna(), None) == decided).all()
    for name, column in (("noise", "noise_value_dB"), ("employer_zoning", "employer_zoning_value_share")):
        np.testing.assert_array_equal(places[column], scan.findings[name].value)
    assert places["facilities_outcome"].cat.codes.tolist() == scan.findings["facilities"].outcome.tolist()
    parcel = places.iloc[int(np.flatnonzero(best)[0])]
    facts = su.explain(scan, parcel["parcel_id"], "en")
    sentence = next(fact.sentence for rule, fact in facts.rules if rule.id == parcel["deciding_rule"])
    assert parcel["reason"].endswith(f": {sentence}")


def test_what_is_not_there_is_missing_and_still_judged(scan: Scan, places: gpd.GeoDataFrame) -> None:
    """No number is infinite; the outcome tells apart what is unknown and what is not there."""
    value = scan.findings["facilities_walk"].value
    none_there = np.isinf(value)
    assert none_there.any()
    shown = places["facilities_walk_value_min"]
    assert shown.isna().tolist() == (none_there | np.isnan(value)).tolist()
    assert (places["facilities_walk_outcome"].cat.codes.to_numpy() == scan.findings["facilities_walk"].outcome).all()
    assert "fail" in set(places.loc[none_there, "facilities_walk_outcome"])


@pytest.mark.parametrize("lang", LANGS)
def test_verdicts_are_ordered_in_every_language(scan: Scan, lang: Lang) -> None:
    """From unsuitable to suitable, in words; the same verdict whatever the language."""
    rows = su.table(scan, lang, rules=False)
    assert rows["verdict"].cat.ordered
    assert rows["verdict"].cat.categories.tolist() == [message(f"outcome.{name}", lang) for name in CLASSES[::-1]]
    assert rows["verdict"].max() == message("outcome.pass", lang)
    assert (rows["verdict"].cat.codes == rows["verdict_class"].cat.codes).all()
    assert not any(name.startswith("noise") for name in rows)


def test_every_column_is_drawn_and_mapped(places: gpd.GeoDataFrame, figures: None) -> None:  # noqa: ARG001
    """A plot and a web map of every column that holds a value, and JSON that a browser reads."""
    rows = places.groupby("verdict_class", observed=True).head(4)
    assert object not in set(rows.dtypes)
    drawn = [name for name in rows.columns if name != "geometry" and rows[name].replace("", None).notna().any()]
    assert len(drawn) > 85
    for name in drawn:
        rows.plot(name, legend=True)
        mpl.pyplot.close("all")
        assert isinstance(rows.explore(name), folium.Map)
    json.loads(rows.to_json(na="null"), parse_constant=pytest.fail)


def test_colours_are_those_of_every_other_map(places: gpd.GeoDataFrame, figures: None) -> None:  # noqa: ARG001
    """The legend runs from unsuitable to suitable, each in its own colour, also where a class has no parcel."""
    rows = places[places["verdict_class"].isin(["pass", "unknown"])].iloc[:200]
    axes = rows.plot("verdict", cmap=su.cmap("verdict"), legend=True)
    legend = axes.get_legend()
    said = [text.get_text() for text in legend.get_texts()]
    shown = [mpl.colors.to_hex(patch.get_facecolor()) for patch in legend.get_patches()]
    assert said == [message(f"outcome.{name}", "en") for name in CLASSES[::-1]]
    assert shown == [COLOURS[name] for name in CLASSES[::-1]]
    assert [mpl.colors.to_hex(colour) for colour in su.cmap("change").colors] == list(CHANGE_COLOURS.values())


def test_sites_are_ranked_in_a_table(scan: Scan) -> None:
    """The first place comes first; scores are those of the ranking, from 0 to 100."""
    ranking = su.rank_scan(scan, {"noise": 5})
    sites = su.site_table(ranking, "en")
    assert sites["place"].is_monotonic_increasing
    assert sites["place"].iloc[0] == 1
    by_id = sites.set_index("site_id").loc[list(ranking.site_ids)]
    np.testing.assert_allclose(by_id["score"], ranking.total_low * 100)
    added = [name for name in sites if name.endswith("_contribution")]
    np.testing.assert_allclose(sites[added].sum(axis=1), sites["score"])
    assert object not in set(sites.dtypes)
    assert sites.crs.to_epsg() == 28992
    with pytest.raises(SubmissionError, match="the rule 'sound' does not exist"):
        su.rank_scan(scan, {"sound": 1})


def test_no_site_is_a_table_too() -> None:
    """Nothing suitable: tables without rows and with all columns."""
    scan = small_scan(rules=[area_rule("size", "Size", 4_000.0)])
    sites = su.site_table(su.rank_scan(scan), "en")
    assert len(sites) == 0
    assert {"site_id", "score", "verdict", "size_value_m2"} <= set(sites)


def test_a_shortlist_covers_the_need_or_says_why_not() -> None:
    """A set with its sites and beds, or the conflict in words; both from the rules of the policy."""
    policy = su.read_policy("hardenberg-2025")
    scan = su.run_scan(policy, su.open_source("demo"), su.Area("centre", _square(188_300, 508_900, 700)))
    ranking = su.rank_scan(scan)
    found = su.shortlist(ranking, 30, lang="en")
    assert found.table["beds_chosen"].sum() == 30
    assert (found.table["beds_chosen"] <= found.table["beds"]).all()
    assert "Beds: 30" in str(found)
    none = su.shortlist(ranking, 30, max_sites=1, lang="en")
    assert isinstance(none.found, Conflict)
    assert len(none.table) == 0
    assert "site" in str(none)


def _square(x: float, y: float, side: float) -> Any:
    from shapely.geometry import box  # noqa: PLC0415

    return box(x, y, x + side, y + side)


def test_a_comparison_prints_and_maps(scan: Scan, scan_of: Callable[[str], Scan]) -> None:
    """Sentences on rules and parcels, and a row per parcel whose change follows from both verdicts."""
    other = scan_of("demo-nearby")
    found = su.compare(scan, other, "en")
    assert len(found.table) == len(scan.parcels)
    was, now = found.table["was"].cat.codes, found.table["now"].cat.codes
    assert was.tolist() == scan.verdicts.best.tolist()
    assert now.tolist() == other.verdicts.best.tolist()
    expected = np.select(
        [(was == 0) & (now > 0), (was > 0) & (now == 0), was == now], ["gained", "lost", "same"], "moved"
    )
    assert found.table["change"].tolist() == expected.tolist()
    assert found.rules[0] in str(found)
    assert found.parcels[0] in str(found)
    same = su.compare(scan, scan)
    assert same.rules == (message("change.none", "nl"),)
