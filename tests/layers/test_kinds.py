"""A file that holds one kind of facility: named first, it gives that kind and hides no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from layers import notices, open_source
from layers.demo import DemoSource
from layers.first_of import FirstOf
from layers.folder._infer import infer_manifest
from layers.folder.local import LocalSource
from layers.snapshots.cached import CachedSource
from suitability.core.errors import LayerError, SourceError
from suitability.core.layer import OTHER_KINDS, Area
from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.report.wording.rules import missing_names, reason_texts
from suitability.scan.run import kinds_asked, missing_kinds, run_scan
from tests.layers.contract import SourceContract
from tests.layers.folders import load, local, sentences
from tests.tiny import MemorySource, make_layer

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from suitability.core.layer import Layer, LayerSpec, Source
    from suitability.policy.model import Policy
    from suitability.scan.run import Scan

SPEC = LAYERS["facilities"]
EVERYWHERE = Area.everywhere()
#: Part of Kampen with parcels that fail, pass and are unknown for want of a supermarket near enough.
PLACE = Area("east of Kampen", shapely.box(192_500, 505_500, 195_500, 509_500))


def policy() -> Policy:
    """Return the plainest policy, which asks for supermarkets."""
    return read_policy("kadaster-scan", REGISTRY)


def of_kinds(*kinds: str) -> gpd.GeoDataFrame:
    """Return the facilities of the demo of some kinds."""
    frame = DemoSource().load(SPEC, EVERYWHERE).frame
    return frame[frame["facility_kind"].isin(kinds)].reset_index(drop=True)


def folder_of(folder: Path, entry: str, *kinds: str) -> LocalSource:
    """Return a folder with a GeoPackage of facilities of some kinds, and this in its manifest besides the file."""
    folder.mkdir(parents=True, exist_ok=True)
    of_kinds(*kinds).to_file(folder / "punten.gpkg")
    return local(folder, f"facilities: {{file: punten.gpkg{entry}}}")


@pytest.fixture(scope="module")
def stops(tmp_path_factory: pytest.TempPathFactory) -> LocalSource:
    """Return a folder with the bus stops alone, as written by a user who does not know of kinds."""
    return folder_of(tmp_path_factory.mktemp("haltes"), ", coverage: bounds", "bus_stop")


class Counted(DemoSource):
    """The embedded municipality, which counts how often its facilities are asked."""

    asked: int = 0

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return the layer."""
        type(self).asked += spec.name == SPEC.name
        return super().load(spec, area)


@pytest.fixture(scope="module")
def source(stops: LocalSource) -> FirstOf:
    """Return bus stops in a folder with some of the embedded municipality behind them."""

    class Some(DemoSource):
        def offers(self) -> frozenset[str]:
            return frozenset({"facilities", "settlements"})

    return FirstOf([stops, Some()])


class TestContractOfBoth(SourceContract):
    """Bus stops in a folder and the embedded municipality behind it are a source like any other."""


@pytest.fixture(scope="module")
def alone() -> Scan:
    """Return the place scanned with the demo alone."""
    return run_scan(policy(), DemoSource(), PLACE, context=False)


def outcomes(source: Source) -> tuple[np.ndarray, Scan]:
    """Return the outcomes of the rule about supermarkets for every parcel."""
    scan = run_scan(policy(), source, PLACE, context=False)
    return scan.findings["facilities"].outcome, scan


@pytest.mark.parametrize("entry", [", coverage: bounds", ", coverage: bounds, kinds: [bus_stop]", ", kinds: bus_stop"])
def test_bus_stops_first_change_nothing_for_supermarkets(entry: str, alone: Scan, tmp_path: Path) -> None:
    """This holds with and without declared kinds; the record states the source of each kind."""
    source = FirstOf([folder_of(tmp_path, entry, "bus_stop"), DemoSource()])
    found, scan = outcomes(source)
    expected = alone.findings["facilities"].outcome
    assert np.bincount(expected, minlength=3).min() > 10
    assert np.array_equal(found, expected)
    kinds = scan.run.as_dict()["layers"]["facilities"]["kinds"]
    assert kinds["bus_stop"] == f"dir:{tmp_path}"
    assert {giver for kind, giver in kinds.items() if kind != "bus_stop"} == {"demo"}
    origin = scan.layers["facilities"].provenance
    assert origin.source == "punten.gpkg; OpenStreetMap"
    assert origin.note["en"].startswith("From punten.gpkg: bus_stop; from OpenStreetMap: childcare,")
    assert origin.note["nl"].startswith("Uit punten.gpkg: bus_stop; uit OpenStreetMap: childcare,")
    assert scan.run.missing_kinds == {}


def test_the_order_makes_no_difference_for_kinds_that_one_knows(tmp_path: Path) -> None:
    """Schools here and supermarkets there: the same rows, coverage and verdicts whichever is named first."""
    shops = folder_of(tmp_path / "shops", ", coverage: bounds, kinds: [supermarket]", "supermarket")
    schools = folder_of(tmp_path / "schools", ", coverage: bounds, kinds: [school]", "school")
    rest = DemoSource().offers() - {"facilities"}

    class Rest(DemoSource):
        def offers(self) -> frozenset[str]:
            return rest

    one, other = (FirstOf([*pair, Rest()]) for pair in ((shops, schools), (schools, shops)))
    for kind in ("supermarket", "school"):
        layers = [source.load(SPEC, EVERYWHERE) for source in (one, other)]
        assert layers[0].coverage_of(kind).equals(layers[1].coverage_of(kind))
        places = [layer.frame.geometry[layer.frame["facility_kind"] == kind].to_wkb().tolist() for layer in layers]
        assert places[0] == places[1]
    assert np.array_equal(outcomes(one)[0], outcomes(other)[0])


def test_supermarkets_known_in_half_of_the_area(alone: Scan, tmp_path: Path) -> None:
    """Their source counts for supermarkets everywhere: outside its half none there is unknown, never a fail or the next."""
    middle = float(np.median(alone.parcels.inner_xy[:, 0]))
    half = shapely.box(0, 300_000, middle, 700_000)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "half.geojson").write_text(
        f'{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {{}}, "geometry": {shapely.to_geojson(half)}}}]}}',
        encoding="utf-8",
    )
    source = FirstOf([
        folder_of(tmp_path / "half", ", coverage: {file: half.geojson, crs: 'EPSG:28992'}, kinds: [supermarket]", "supermarket"),
        DemoSource(),
    ])  # fmt: skip
    found, scan = outcomes(source)
    expected = alone.findings["facilities"].outcome
    outside = scan.parcels.inner_xy[:, 0] > middle
    assert not (found[outside] == Outcome.FAIL).any()
    assert (expected[outside] == Outcome.FAIL).any()
    assert np.array_equal(found == Outcome.PASS, expected == Outcome.PASS)
    assert scan.layers["facilities"].coverage_of("supermarket").bounds[2] <= middle
    every_kind = source.load(SPEC, PLACE).coverage
    assert every_kind.area > 0
    assert every_kind.bounds[2] <= middle  # known only where supermarkets are


def test_a_kind_that_no_source_knows_is_unknown_and_said(stops: LocalSource) -> None:
    """Bus stops and nothing else: no parcel fails, the record and the reason name the missing kind."""
    rest = DemoSource().offers() - {"facilities"}

    class Rest(DemoSource):
        def offers(self) -> frozenset[str]:
            return rest

    found, scan = outcomes(FirstOf([stops, Rest()]))
    assert (found == Outcome.UNKNOWN).all()
    assert scan.run.as_dict()["missing_kinds"] == {"facilities": ["supermarket"]}
    assert missing_names(scan.run, "en") == ["Facilities (supermarket)"]
    rule = next(check for check in scan.policy.checks() if check.id == "facilities_walk")
    assert set(reason_texts(scan, rule, np.arange(3), "en")) == {"This data is missing: Facilities (supermarket)."}
    assert missing_kinds(policy(), {"facilities": DemoSource().load(SPEC, EVERYWHERE)}) == {}
    assert kinds_asked(policy())["facilities"] == {"supermarket"}


def test_the_next_source_is_read_only_for_kinds_that_are_asked(stops: LocalSource, tmp_path: Path) -> None:
    """A layer is not read, or fetched, for kinds that no rule asks for."""
    source = FirstOf([stops, Counted()])
    for asked, times in ((frozenset({"bus_stop"}), 0), (frozenset({"bus_stop", "school"}), 1), (frozenset(), 1)):
        Counted.asked = 0
        layer = source.load(replace(SPEC, kinds_asked=asked), EVERYWHERE)
        assert (Counted.asked, len(layer.frame)) == (times, 278 if times else 111)
    Counted.asked = 0
    whole = FirstOf([folder_of(tmp_path, ", coverage: bounds, kinds: all", "bus_stop"), Counted()])
    layer = whole.load(SPEC, EVERYWHERE)
    assert (Counted.asked, len(layer.frame), layer.knows("supermarket")) == (0, 111, True)
    assert layer.coverage_of("supermarket").equals(layer.coverage)
    assert notices(whole) == []  # that is said to hold all


def test_a_source_without_declared_kinds_is_reported(stops: LocalSource) -> None:
    """It counts for all kinds, as it must be taken to; that the next is not used is said, once and in both languages."""
    silent = MemorySource({"facilities": replace(load(stops, "facilities"), kind_coverage={})}, "register")
    both = FirstOf([silent, DemoSource()])
    assert [len(both.load(SPEC, EVERYWHERE).frame) for _ in range(2)] == [111, 111]
    (notice,) = notices(both)
    assert notice.text("en").startswith("register: does not say which kinds its layer 'facilities' holds")
    assert "demo" in notice.text("en")
    assert "demo" in notice.text("nl")
    last = FirstOf([stops, silent])
    assert last.load(SPEC, EVERYWHERE).provenance.kinds == {"bus_stop": stops.name, OTHER_KINDS: "register"}
    assert notices(last) == []


def test_a_later_source_that_fails_is_heard(stops: LocalSource, tmp_path: Path) -> None:
    """Its kinds are asked for: going on without them would be another answer."""
    broken = folder_of(tmp_path, "", "school")
    (tmp_path / "punten.gpkg").write_bytes(b"SQLite format 3\0 and no more")
    with pytest.raises((SourceError, LayerError), match=r"punten\.gpkg"):
        FirstOf([stops, broken]).load(SPEC, EVERYWHERE)


def test_copies_keep_the_kinds(stops: LocalSource, tmp_path: Path) -> None:
    """A layer from a dated copy knows the same kinds, with the same ones assumed."""
    for source in (stops, DemoSource()):
        cached = CachedSource(source, tmp_path, offline=False, max_age_days={"default": 9})
        first, again = (cached.load(SPEC, EVERYWHERE) for _ in range(2))
        assert again is not first
        assert again.fingerprint == first.fingerprint
        assert set(again.kind_coverage) == set(first.kind_coverage) > set()
        assert again.assumed_kinds == first.assumed_kinds


def test_files_of_one_layer_each_know_their_own(tmp_path: Path) -> None:
    """Two files under one layer: each kind is complete where its own file is, all of them only where both are."""
    of_kinds("bus_stop").to_file(tmp_path / "haltes.gpkg")
    schools = of_kinds("school")
    schools.to_file(tmp_path / "scholen.gpkg")
    source = local(tmp_path, """
        facilities:
          - {file: haltes.gpkg, coverage: bounds}
          - {file: scholen.gpkg, coverage: none}
    """)  # fmt: skip
    layer = load(source, "facilities")
    assert sorted(layer.kind_coverage) == ["bus_stop", "school"]
    assert layer.coverage_of("school").is_empty
    assert not layer.coverage_of("bus_stop").is_empty
    assert layer.coverage.is_empty
    assert layer.coverage_of("bus_stop", "school").is_empty
    assert not layer.knows("supermarket")


def test_kinds_that_are_said_need_no_rows(tmp_path: Path) -> None:
    """A file that is said to hold hospitals too says that there are none."""
    layer = load(folder_of(tmp_path, ", coverage: bounds, kinds: [bus_stop, hospital]", "bus_stop"), "facilities")
    assert layer.coverage_of("hospital").equals(layer.coverage_of("bus_stop"))
    assert not layer.coverage_of("hospital").is_empty
    assert layer.coverage.is_empty  # every kind together is not known
    assert "knows only these kinds: bus_stop, hospital" in layer.provenance.note["en"].replace("Knows", "knows")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("kinds: [bus_stop]", "sources.yaml, line 2, facilities.kinds: found rows of the kind 'school' (22 rows"),
        ("kinds: []", "sources.yaml, line 2, layers.facilities.kinds: '[]' is not possible here. Give kinds such as"),
        (
            "kinds: {a: b}",
            'sources.yaml, line 2, layers.facilities.kinds: \'{"a": "b"}\' is not possible here. Give kinds',
        ),
    ],
)
def test_kinds_that_are_wrong(entry: str, said: str, tmp_path: Path) -> None:
    """One sentence with place, finding and remedy."""
    source = folder_of(tmp_path, f", {entry}", "bus_stop", "school")
    found = sentences(lambda: load(source, "facilities"), tmp_path)
    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_layer_without_kinds_has_none_to_say(tmp_path: Path) -> None:
    """The sentence names the layers that have."""
    of_kinds("bus_stop").to_file(tmp_path / "p.gpkg")
    source = local(tmp_path, "employers: {file: p.gpkg, kinds: [bus_stop]}")
    (said,) = sentences(lambda: source.manifest, tmp_path)
    assert "'employers'" in said
    assert "facilities, declarations" in said


def test_the_first_manifest_guesses_one_kind_and_says_so(tmp_path: Path) -> None:
    """Bus stops alone are written down as a guess to check; of several kinds nothing is guessed."""
    of_kinds("bus_stop").to_file(tmp_path / "voorzieningen.gpkg")
    text = infer_manifest(tmp_path, "en")
    (entry,) = yaml.safe_load(text)["layers"]["facilities"]
    assert entry["kinds"] == ["bus_stop"]
    assert "guessed: all rows are of the kind 'bus_stop'" in text
    assert "gok: alle rijen zijn van de soort 'bus_stop'" in infer_manifest(tmp_path, "nl")
    (tmp_path / "sources.yaml").write_text(text, encoding="utf-8")
    assert set(load(LocalSource(tmp_path), "facilities").kind_coverage) == {"bus_stop"}
    of_kinds("bus_stop", "school").to_file(tmp_path / "voorzieningen.gpkg")
    (entry,) = yaml.safe_load(infer_manifest(tmp_path, "en"))["layers"]["facilities"]
    assert "kinds" not in entry


def test_an_extract_knows_the_kinds_of_its_table(tmp_path: Path) -> None:
    """Also those of which it has none; where a folder takes some rows of it, only the kinds of those."""
    (tmp_path / "kampen.osm.pbf").symlink_to(DemoSource().folder / "source" / "kampen.osm.pbf")
    layer = open_source(f"osm:{tmp_path / 'kampen.osm.pbf'}").load(SPEC, EVERYWHERE)
    assert set(layer.kind_coverage) == set(DemoSource().load(SPEC, EVERYWHERE).kind_coverage)
    assert not layer.knows("gym")
    assert layer.coverage_of("gym").is_empty
    assert layer.coverage_of("police").equals(layer.coverage)


def test_part_of_an_extract_in_a_folder_knows_less(tmp_path: Path) -> None:
    """A kind that ``where`` leaves out is not known to be absent."""
    content = (DemoSource().folder / "source" / "kampen.osm.pbf").read_bytes()
    (tmp_path / "kampen.osm.pbf").write_bytes(content)
    whole = load(local(tmp_path, "facilities: {file: kampen.osm.pbf}"), "facilities")
    assert whole.knows("police")
    part = load(local(tmp_path, "facilities: {file: kampen.osm.pbf, where: {facility_kind: [school]}}"), "facilities")
    assert set(part.kind_coverage) == {"school"}


def test_answers_come_question_by_question() -> None:
    """Answers to one question, named first, leave those to another as they are."""

    def answers(question: str, answer: int) -> Layer:
        rows = {"parcel_id": ["a", "b"], "question": [question] * 2, "answer": [answer] * 2}
        layer = make_layer("declarations", pd.DataFrame(rows))
        return replace(layer, kind_coverage={question: shapely.Polygon()})

    sources = [
        MemorySource({"declarations": answers(name, i)}, name) for i, name in enumerate(("view", "owner", "view"))
    ]
    layer = FirstOf(sources).load(LAYERS["declarations"], EVERYWHERE)
    assert layer.table.groupby("question")["answer"].agg(list).to_dict() == {"view": [0, 0], "owner": [1, 1]}
    assert layer.table.index.is_unique
