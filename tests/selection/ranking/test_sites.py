"""Parcels joined to sites: hand-drawn neighbours, and what holds however they lie."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from suitability.core.measurement import Outcome
from suitability.policy.model import Rule
from suitability.policy.portfolio import Cap
from suitability.policy.site import SiteRule
from suitability.report.explain import explain
from suitability.selection.portfolio import check_sites
from suitability.selection.ranking.adjoining import shared_boundaries
from suitability.selection.ranking.sites import make_sites, site_id, street_of
from tests.conftest import examples
from tests.properties.towns import scan_town, small_town_policy, towns
from tests.selection.ranking.scored import WORDS, least_area, policy_of, scan_of, typed
from tests.tiny import polygon, square, vector

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.scan.run import Scan
    from suitability.selection.ranking.sites import Sites

NORMS = {
    "floor_area_per_bed_m2": 20, "storeys": 1, "built_share": 1, "green_share": 0, "spaces_per_bed": 0, "space_m2": 0,
    "setback_m": 0,
}  # fmt: skip


def joining(**more: Any) -> SiteRule:
    """Return a rule that joins neighbours with 10 m of boundary in common."""
    made = {"shared_boundary_m": 10, "same_designation": False, "at_most_parcels": 9, "assumption": WORDS, **more}
    return SiteRule.model_validate(made)


def row_of(n: int, side: float = 20.0) -> list[Any]:
    """Return squares in a row, each against the next."""
    return [square(i * side, 0, side) for i in range(n)]


def groups(sites: Sites) -> list[str]:
    """Return the parcels of each site, as text."""
    return [" ".join(ids) for ids in sites.frame["parcel_ids"]]


def rule(criterion: str, limit: dict[str, Any], effect: str = "exclude", name: str = "r", **params: Any) -> Rule:
    """Return a rule on a criterion."""
    more = {"consequence": WORDS} if effect == "restrict" else {}
    return Rule.model_validate(
        {"id": name, "label": WORDS, "criterion": criterion, "params": typed(criterion, **params), "limit": limit,
         "effect": effect, "assumption": WORDS, **more}
    )  # fmt: skip


def test_without_a_rule_every_parcel_is_a_site_of_its_own() -> None:
    """With the name and measurements of the parcel; what fails is no site."""
    scan = scan_of(policy_of(least_area(400)), [*row_of(2), square(100, 0, 10)])
    sites = make_sites(scan)
    assert sites.frame["site_id"].tolist() == ["p00", "p01"]
    assert sites.frame["area_m2"].tolist() == [400, 400]
    assert sites.scan.findings["area"].value.tolist() == [400, 400]


def test_neighbours_with_enough_boundary_in_common_become_one_place() -> None:
    """Ten metres are enough for ten, a corner is not, and the next street is far away."""
    shapes = [square(0, 0), square(20, 10), square(40, -10), square(200, 0)]  # 10 m in common, then a corner
    sites = make_sites(scan_of(policy_of(least_area(100), sites=joining()), shapes))
    assert groups(sites) == ["p00 p01", "p02", "p03"]
    assert sites.frame["area_m2"].tolist() == [800, 400, 400]
    assert sites.frame["n_parcels"].tolist() == [2, 1, 1]
    assert sites.scan.findings["area"].value.tolist() == [800, 400, 400]


def test_a_neighbour_drawn_half_a_millimetre_off_is_still_a_neighbour() -> None:
    """And no gap is left inside the site, through which a setback would eat."""
    bent = polygon((20.0004, 0), (40, 0), (40, 20), (20, 20), (20.0003, 10))
    policy = policy_of(rule("parcel_area", {"at_least": 100, "unit": "m2"}, setback_m=2), sites=joining())
    sites = make_sites(scan_of(policy, [square(0, 0), bent]))
    assert groups(sites) == ["p00 p01"]
    assert sites.scan.findings["r"].value == pytest.approx([36 * 16], abs=0.5)


def test_the_longest_boundary_is_joined_first() -> None:
    """The middle one has 20 m to the right and 15 m to the left, and may be joined with one."""
    shapes = [square(0, 5), square(20, 0), square(40, 0)]
    sites = make_sites(scan_of(policy_of(least_area(100), sites=joining(at_most_parcels=2)), shapes))
    assert groups(sites) == ["p00", "p01 p02"]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"at_most_parcels": 3}, ["p00 p01 p02", "p03"]), ({"at_most_parcels": 4}, ["p00 p01 p02 p03"]),
        ({"at_most_parcels": None, "at_most_m2": 800}, ["p00 p01", "p02 p03"]),
        ({"at_most_parcels": None, "at_most_m2": 799}, ["p00", "p01", "p02", "p03"]),
        ({"at_most_beds": 40}, ["p00 p01", "p02 p03"]), ({"at_most_beds": 39}, ["p00", "p01", "p02", "p03"]),
    ],
)  # fmt: skip
def test_a_site_grows_no_further_than_the_rule_says(bounds: dict[str, Any], expected: list[str]) -> None:
    """In parcels, land or beds; of equal boundaries the lowest ids come first."""
    beds = rule("capacity", {"at_least": 1, "unit": "beds"}, **NORMS)
    sites = make_sites(scan_of(policy_of(beds, sites=joining(**bounds)), row_of(4)))
    assert groups(sites) == expected
    assert sites.frame["beds"].tolist() == [20 * len(group.split()) for group in expected]


def test_beds_that_are_not_known_keep_parcels_single_where_beds_are_bounded() -> None:
    """Not known is never within a bound."""
    assert len(make_sites(scan_of(policy_of(least_area(1), sites=joining(at_most_beds=99)), row_of(2)))) == 2


def test_only_parcels_of_one_designation_are_joined() -> None:
    """And what has no known designation stays single, also beside its like."""
    zones = vector(
        "zoning", [square(0, 0, 40), square(40, 0, 20), square(60, 0, 40)],
        designation=["agrarisch", "bedrijf", None], designation_code=["a", "b", "x"],
    )  # fmt: skip
    inside = rule("zoning_share", {"at_least": 0, "unit": "1"}, "note", allowed=("agrarisch",))
    scan = scan_of(policy_of(least_area(1), inside, sites=joining(same_designation=True)), row_of(5), zones)
    assert groups(make_sites(scan)) == ["p00 p01", "p02", "p03", "p04"]


def test_it_holds_for_some_location_types_and_never_joins_two() -> None:
    """Farms may be joined; houses may not, nor a farm with a house."""
    farm = rule("parcel_area", {"at_least": 500, "unit": "m2"}, setback_m=0).model_copy(
        update={"applies_to": ("farm",)}
    )
    house = rule("parcel_area", {"at_least": 100, "unit": "m2"}, name="h", setback_m=0).model_copy(
        update={"applies_to": ("house",)}
    )
    policy = policy_of(farm, house, sites=joining(location_types=("farm",)), types=["farm", "house"])
    shapes = [square(0, 0, 30), square(30, 0, 30), square(60, 0), square(80, 0)]
    sites = make_sites(scan_of(policy, shapes))
    assert groups(sites) == ["p00 p01", "p02", "p03"]
    assert sites.frame["location_type"].tolist() == ["farm", "house", "house"]


def test_what_would_be_worse_together_is_not_joined() -> None:
    """At most 1,000 m2: two of 400 may, three may not, so the last step is undone."""
    policy = policy_of(rule("parcel_area", {"at_most": 1000, "unit": "m2"}, setback_m=0), sites=joining())
    assert groups(make_sites(scan_of(policy, row_of(3)))) == ["p00 p01", "p02"]


def test_a_restriction_is_not_put_on_a_parcel_that_is_free_of_it() -> None:
    """Two restricted ones are joined, a free one stays free."""
    policy = policy_of(
        least_area(1), rule("parcel_area", {"at_most": 500, "unit": "m2"}, "restrict", setback_m=0), sites=joining()
    )
    sites = make_sites(scan_of(policy, [*row_of(2, 30), square(60, 0)]))
    assert groups(sites) == ["p00 p01", "p02"]
    assert sites.frame["restricted"].tolist() == [True, False]


def test_what_must_be_looked_at_is_a_site_on_request() -> None:
    """And never drags down a neighbour that passes."""
    asked = rule("declared", {"at_least": 1, "unit": "answer"}, question="q")
    scan = scan_of(policy_of(asked, sites=joining()), row_of(3), answers=[{"q": 1}, {}, {}])
    assert groups(make_sites(scan)) == ["p00"]
    sites = make_sites(scan, (Outcome.PASS, Outcome.UNKNOWN))
    assert groups(sites) == ["p00", "p01 p02"]
    assert sites.frame["outcome"].tolist() == [Outcome.PASS, Outcome.UNKNOWN]


def test_names_come_from_the_labels_and_are_never_made_up() -> None:
    """Of a joined site from its largest parcel that has one; what is near an address has no address."""
    labels = ["Dorpsstraat 5 B, Dorp", None, "bij Kerkplein 1, Dorp", None]
    shapes = [square(0, 0), square(20, 0, 30), square(100, 0), square(200, 0)]
    scan = scan_of(
        policy_of(least_area(1), sites=joining()), shapes, label=labels, settlement=["Dorp", None, "Dorp", None]
    )
    frame = make_sites(scan).frame
    assert frame["label"].tolist() == [labels[0], labels[2], None]
    assert frame["address"].tolist() == [labels[0], None, None]
    assert frame["street"].tolist() == ["Dorpsstraat", None, None]
    assert frame["settlement"].tolist() == [None, "Dorp", None]  # that of most of the land
    assert frame["municipality"].tolist() == [None, None, None]
    assert frame["dwellings"].isna().all()


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("Plein 1940 5, Dorp", "Plein 1940"), ("1e Wijk 12a", "1e Wijk"), ("Kade 3-GR04, Stad", "Kade"),
        ("Lange Weg 10-12", "Lange Weg"), ("Achter de Kerk", None), ("bij Kade 3, Stad", None), ("", None), (None, None),
        ("12, Dorp", None),
    ],
)  # fmt: skip
def test_the_street_of_an_address(address: str | None, street: str | None) -> None:
    """Without its number; none where there is none."""
    assert street_of(address) == street


def test_the_name_of_a_site_follows_from_its_parcels_alone() -> None:
    """Whatever their order, and another set has another name."""
    assert site_id(["b", "a"]) == site_id(["a", "b"])
    assert site_id(["a", "b"]).startswith("a+1.")
    assert len({site_id(ids) for ids in (["a"], ["a", "b"], ["a", "c"], ["a", "b", "c"])}) == 4


def test_a_site_lies_in_the_municipality_that_holds_it() -> None:
    """By the boundary, not by the name of the area."""
    bounds = vector("municipality", [square(0, 0, 50), square(50, 0, 50)], name=["Oost", "West"], code=["1", "2"])
    sites = make_sites(scan_of(policy_of(least_area(1)), [square(0, 0), square(60, 0), square(500, 0)], bounds))
    assert sites.frame["municipality"].tolist() == ["Oost", "West", None]


def test_sites_can_be_held_against_rules_on_sets_and_have_a_card() -> None:
    """The columns are those that these rules read; the card is that of a parcel."""
    shapes = row_of(2)
    sites = make_sites(scan_of(policy_of(least_area(1)), shapes, label=["Kade 1, Stad", "Kade 2, Stad"]))
    cap = Cap.model_validate(
        {
            "id": "c",
            "label": WORDS,
            "kind": "cap",
            "per": "street",
            "counts": "sites",
            "at_most": 1,
            "assumption": WORDS,
        }
    )
    areas = pd.DataFrame({"level": [], "name": [], "inhabitants": [], "dwellings": []})
    (breach,) = check_sites([cap], sites.frame.assign(standing="chosen"), areas)
    assert (breach.area, breach.sites, breach.found) == ("Kade", ("p00", "p01"), 2)
    facts = explain(sites.scan, "p01", "nl")
    assert facts is not None
    assert facts.label == "Kade 2, Stad"


def test_no_parcel_that_passes_is_no_site() -> None:
    """Nothing to join, nothing to fail on."""
    sites = make_sites(scan_of(policy_of(least_area(9999), sites=joining(same_designation=True)), row_of(2)))
    assert len(sites) == 0
    assert str(sites.frame.crs) == "EPSG:28992"


def joined_town(layers: Layers) -> tuple[Scan, Sites]:
    """Return a town's scan and its sites, all that may be joined joined, also what must be looked at."""
    policy = small_town_policy().model_copy(update={"sites": joining(shared_boundary_m=1)})
    scan = scan_town(layers, policy)
    return scan, make_sites(scan, (Outcome.PASS, Outcome.UNKNOWN))


@settings(max_examples=examples(25))
@given(layers=towns(most_parcels=4))
def test_sites_share_out_the_kept_parcels_and_are_never_worse_than_them(layers: Layers) -> None:
    """Each in exactly one site, whatever the town; the parcels are made to lie against each other."""
    cells = {name: layer for name, layer in layers.items() if name != "parcels"}
    grid = [square(x * 60, y * 60, 60) for x in range(4) for y in range(3)]
    names = [f"p{i:02}" for i in range(len(grid))]
    town = cells | {"parcels": vector("parcels", grid, layers["parcels"].coverage, parcel_id=names)}
    scan, sites = joined_town(town)
    kept = scan.parcels.ids[scan.verdicts.best != Outcome.FAIL]
    assert sorted(name for ids in sites.frame["parcel_ids"] for name in ids) == sorted(kept)
    for i, ids in enumerate(sites.frame["parcel_ids"]):
        rows = [scan.index_of(name) for name in ids]
        assert sites.frame["outcome"].iloc[i] >= scan.verdicts.best[rows].max()
        assert not sites.frame["restricted"].iloc[i] or scan.verdicts.restricted[rows].any(axis=1).all()


@settings(max_examples=examples(25))
@given(data=st.data(), n=st.integers(1, 9))
def test_the_order_of_the_parcels_does_not_matter(data: st.DataObject, n: int) -> None:
    """Of a block of nine houses some are there: the same sites, names, shapes and measurements."""
    block = [square(x * 20, y * 20) for x in range(3) for y in range(3)]
    order = data.draw(st.permutations(range(9)))[:n]
    beds = rule("capacity", {"at_least": 1, "unit": "beds"}, **NORMS)
    policy = policy_of(beds, sites=joining(at_most_parcels=3))
    names = [f"p{i:02}" for i in range(9)]
    one, other = (
        make_sites(scan_of(policy, [block[i] for i in rows], ids=[names[i] for i in rows]))
        for rows in (order, sorted(order))
    )
    assert one.frame.drop(columns="geometry").equals(other.frame.drop(columns="geometry"))
    assert (shapely.to_wkb(one.scan.parcels.geometry) == shapely.to_wkb(other.scan.parcels.geometry)).all()
    assert one.scan.findings["r"].value.tolist() == other.scan.findings["r"].value.tolist()


def test_boundaries_in_common_are_measured_as_drawn() -> None:
    """A row of rectangles of growing height against the obvious answer."""
    heights = [10, 30, 20, 5, 40]
    shapes = np.array([polygon((i, 0), (i + 1, 0), (i + 1, h), (i, h)) for i, h in enumerate(heights)], dtype=object)
    first, second, metres = shared_boundaries(shapes)
    assert dict(zip(zip(first, second, strict=True), metres, strict=True)) == {
        (i, i + 1): min(pair) for i, pair in enumerate(pairwise(heights))
    }
