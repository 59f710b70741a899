"""Rules on sets of sites, worked out by hand."""

from __future__ import annotations

import itertools
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from suitability.core.local_text import LocalText
from suitability.core.measurement import Outcome
from suitability.core.types import CRS
from suitability.policy.portfolio import Cap, Concentration, Need, Size, Spacing, Spread
from suitability.selection.portfolio import Breach, check_sites

TEXT = LocalText(nl="x", en="x")
BASE: dict[str, Any] = {"label": TEXT, "assumption": TEXT}
AREAS = pd.DataFrame(
    [
        ("settlement", "Kern", 1000, 400),
        ("street", "Dorpsstraat", None, 40),
        ("municipality", "Gemeente", 20_000, 8000),
    ],
    columns=["level", "name", "inhabitants", "dwellings"],
)


def sites(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return sites of 10 by 10 m at (x, 0); fields that a row omits are the same for all."""
    usual = {"standing": "chosen", "location_type": "yard", "address": "Dorpsstraat 1", "street": "Dorpsstraat",
             "settlement": "Kern", "municipality": "Gemeente", "beds": 10, "dwellings": 1, "x": 0.0}  # fmt: skip
    frame = pd.DataFrame([{"site_id": f"s{i}", **usual, **row} for i, row in enumerate(rows)])
    shapes = [box(200_000 + x, 500_000, 200_010 + x, 500_010) for x in frame["x"]]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS)


def spacing(**changed: Any) -> Spacing:
    """Return a rule: 100 m apart."""
    return Spacing(kind="spacing", id="apart", at_least_m=100, **{**BASE, **changed})


def cap(**changed: Any) -> Cap:
    """Return a cap."""
    return Cap(kind="cap", id="cap", **{**BASE, **changed})


def found(rule: Any, chosen: gpd.GeoDataFrame) -> list[Breach]:
    """Return the breaches of one rule."""
    return check_sites([rule], chosen, AREAS)


def test_spacing_is_from_boundary_to_boundary() -> None:
    """Squares of 10 m: 100 m between their boundaries is enough, a millimetre less is not."""
    assert found(spacing(), sites({"x": 0}, {"x": 110})) == []
    (breach,) = found(spacing(), sites({"x": 0}, {"x": 109.999}))
    assert breach.sites == ("s0", "s1")
    assert breach.found == pytest.approx(99.999)
    assert breach.limit == 100


def test_every_pair_of_chosen_sites_is_reported_once() -> None:
    """Three in a row: three pairs, each once, whatever their order."""
    for order in itertools.permutations([0.0, 20.0, 40.0]):
        breaches = found(spacing(), sites(*({"x": x} for x in order)))
        assert len(breaches) == 3
        assert len({frozenset(breach.sites) for breach in breaches}) == 3


def test_spacing_counts_what_the_rule_names() -> None:
    """Existing sites count only if the rule says so, and two existing sites are no breach of a choice."""
    row = sites(
        {"standing": "existing"}, {"x": 20}, {"x": 60, "standing": "existing"}, {"x": 300, "standing": "permitted"}
    )
    assert {b.sites for b in found(spacing(), row)} == {("s1", "s0"), ("s1", "s2")}
    assert found(spacing(to=("chosen",)), row) == []


def test_cap_counts_existing_permitted_and_chosen() -> None:
    """At most 3 sites per municipality: 2 there and 1 permitted leave no room; counting the chosen alone, there is."""
    rule = cap(per="municipality", counts="sites", at_most=3)
    there = [{"standing": "existing"}, {"standing": "existing"}, {"standing": "permitted"}]
    (breach,) = found(rule, sites(*there, {}))
    assert (breach.found, breach.limit, breach.area) == (4, 3, "Gemeente")
    assert found(rule.model_copy(update={"counting": ("chosen",)}), sites(*there, {})) == []
    assert found(rule, sites(*there[:2], {})) == []


def test_cap_as_a_share_of_the_area() -> None:
    """5 per cent of 40 dwellings in the street is 2; 10 per cent of 1,000 inhabitants is 100 beds."""
    street = cap(per="street", counts="dwellings", at_most=5, of="dwellings")
    assert found(street, sites({}, {"standing": "existing"})) == []
    assert found(street, sites({}, {}, {}))[0].limit == pytest.approx(2)
    settlement = cap(per="settlement", counts="beds", at_most=10, of="inhabitants")
    assert found(settlement, sites({"beds": 100})) == []
    assert found(settlement, sites({"beds": 100}, {"beds": 1}))[0].found == 101


def test_cap_without_its_base_is_unknown() -> None:
    """A street that the table does not have, or a number of beds that is not known: unknown, never kept."""
    street = cap(per="street", counts="dwellings", at_most=5, of="dwellings")
    (breach,) = found(street, sites({"street": "Elders"}))
    assert breach.outcome == Outcome.UNKNOWN
    (breach,) = found(cap(per="settlement", counts="beds", at_most=10), sites({"beds": None}, {}))
    assert breach.outcome == Outcome.UNKNOWN


def test_cap_for_named_areas_and_types() -> None:
    """None in one village; elsewhere, and for other types of place, the rule does not speak."""
    rule = cap(per="settlement", counts="sites", at_most=0, areas=("Kern",), location_types=("yard",))
    assert len(found(rule, sites({}))) == 1
    assert found(rule, sites({"settlement": "Elders"})) == []
    assert found(rule, sites({"location_type": "park"})) == []


def test_existing_sites_are_no_breach_of_the_choice() -> None:
    """An area over its cap without a chosen site is not reported."""
    assert found(cap(per="settlement", counts="sites", at_most=0), sites({"standing": "existing"})) == []


def test_spread() -> None:
    """80 per cent at work where they live: 8 of 10 beds is enough, 7 is not, and without workplaces it is unknown."""
    rule = Spread(kind="spread", id="near", within="municipality", at_least=80, **BASE)
    rows = [{"beds": 8, "workplace": "Gemeente"}, {"beds": 2, "workplace": "Elders"}]
    assert found(rule, sites(*rows)) == []
    (breach,) = found(rule, sites({**rows[0], "beds": 7}, {**rows[1], "beds": 3}))
    assert breach.found == pytest.approx(70)
    assert found(rule, sites({}))[0].outcome == Outcome.UNKNOWN
    elsewhere = Spread(kind="spread", id="far", within="elsewhere", at_most=10, **BASE)
    region = {"subregion": "A", "workplace_subregion": "A"}
    assert found(elsewhere, sites(*({**row, **region} for row in rows))) == []
    assert found(elsewhere, sites(*({**row, **region, "workplace_subregion": "B"} for row in rows)))[0].found == 100


def test_adding_a_site_never_mends_a_breach() -> None:
    """More sites, no fewer breaches of spacing and caps."""
    rules = [spacing(), cap(per="street", counts="beds", at_most=15)]
    rows = [{"x": 0}, {"x": 50}, {"x": 500, "street": "Laan"}]
    before = 0
    for n in range(1, 4):
        now = len(check_sites(rules, sites(*rows[:n]), AREAS))
        assert now >= before
        before = now


def test_need_in_the_wrong_order_is_refused() -> None:
    """A low scenario above the high one is an error."""
    with pytest.raises(ValueError, match="need_order"):
        Need.model_validate(
            {"area": "x", "year": 2030, "counted": "total", "low": 2, "high": 1, "source": {"document": "d"}}
        )


def test_size_of_a_chosen_site() -> None:
    """5 to 20 beds: 4 and 21 are breaches with the bound they miss, existing ones do not count, no number is unknown."""
    rule = Size(kind="size", id="size", at_least=5, at_most=20, **BASE)
    rows = [{"beds": 4}, {"beds": 5}, {"beds": 20}, {"beds": 21}, {"beds": 90, "standing": "existing"}]
    assert [(b.found, b.limit) for b in found(rule, sites(*rows))] == [(4, 5), (21, 20)]
    (breach,) = found(rule, sites({"beds": None}))
    assert breach.outcome == Outcome.UNKNOWN


def test_share_of_the_chosen_beds_in_one_settlement() -> None:
    """At most half: 10 of 20 is enough, 11 of 20 is not; a site outside all settlements counts for none."""
    rule = Concentration(kind="concentration", id="even", per="settlement", at_most=50, **BASE)
    outside = {"settlement": ""}
    assert found(rule, sites({"beds": 10}, {"beds": 10, **outside})) == []
    (breach,) = found(rule, sites({"beds": 11}, {"beds": 9, **outside}))
    assert (breach.area, breach.found) == ("Kern", pytest.approx(55))


def test_a_size_without_a_bound_is_refused() -> None:
    """Neither least nor most, or a least above the most, says nothing."""
    for bounds in ({}, {"at_least": 5, "at_most": 4}):
        with pytest.raises(ValueError, match="size_bound"):
            Size(kind="size", id="size", **bounds, **BASE)


def told(rule: Any, chosen: gpd.GeoDataFrame) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return outcome, area and the sites in doubt of every breach."""
    return [(breach.outcome.name, breach.area, breach.unsure) for breach in found(rule, chosen)]


def test_a_site_whose_street_nobody_knows_never_keeps_a_cap_in_silence() -> None:
    """At most 2 per street: with 2 in Dorpsstraat a third of unknown street makes the rule unknown; with 1 it cannot break it."""
    rule = cap(per="street", counts="sites", at_most=2)
    nowhere_known = {"street": None}
    assert told(rule, sites({}, {}, nowhere_known)) == [("UNKNOWN", "Dorpsstraat", ("s2",))]
    assert told(rule, sites({}, nowhere_known)) == []
    assert told(rule, sites({}, {}, {}, nowhere_known)) == [("FAIL", "Dorpsstraat", ())]
    assert told(rule, sites(nowhere_known, nowhere_known, nowhere_known)) == [("UNKNOWN", "", ("s0", "s1", "s2"))]
    assert told(rule, sites({}, {"standing": "existing"}, {**nowhere_known, "standing": "existing"})) == [
        ("UNKNOWN", "Dorpsstraat", ("s2",))
    ]
    full = [{"standing": "existing"}, {"standing": "existing"}]
    assert told(rule, sites(*full, nowhere_known)) == [("UNKNOWN", "", ("s2",))]
    share = cap(per="street", counts="dwellings", at_most=5, of="dwellings")
    assert told(share, sites(nowhere_known)) == [("UNKNOWN", "", ("s0",))]


def test_a_site_known_to_lie_outside_all_settlements_counts_for_none() -> None:
    """The outlying area is no settlement: a cap per settlement says nothing of it, and that is known."""
    rule = cap(per="settlement", counts="sites", at_most=0)
    assert told(rule, sites({"settlement": ""})) == []
    assert told(rule, sites({"settlement": None})) == [("UNKNOWN", "", ("s0",))]


def test_an_existing_site_of_unknown_type_may_count() -> None:
    """A rule for yards: an existing site of unknown type may be a yard, so the rule is not reported as kept."""
    there = {"standing": "existing", "location_type": None}
    one = cap(per="municipality", counts="sites", at_most=1, location_types=("yard",))
    assert told(one, sites({}, there)) == [("UNKNOWN", "Gemeente", ("s1",))]
    assert told(cap(per="municipality", counts="sites", at_most=2, location_types=("yard",)), sites({}, there)) == []
    assert told(cap(per="municipality", counts="sites", at_most=1), sites({}, there)) == [("FAIL", "Gemeente", ())]
    assert told(spacing(location_types=("yard",)), sites({}, {**there, "x": 50})) == [("UNKNOWN", "", ("s1",))]
    assert told(spacing(location_types=("yard",)), sites({}, {**there, "x": 500})) == []
    size = Size(kind="size", id="size", at_most=20, location_types=("yard",), **BASE)
    assert told(size, sites({"location_type": None})) == [("UNKNOWN", "", ("s0",))]
    assert told(size, sites({}, there)) == []


def test_a_share_of_the_beds_with_a_site_of_unknown_settlement() -> None:
    """8 of 20 in Kern, 4 at an unknown place: 60% perhaps, and at most half is allowed; with 2 unknown it is kept."""
    rule = Concentration(kind="concentration", id="even", per="settlement", at_most=50, **BASE)
    lost, outside = {"settlement": None}, {"settlement": ""}
    rows = [{"beds": 8}, {"beds": 4, **lost}, {"beds": 8, **outside}]
    assert told(rule, sites(*rows)) == [("UNKNOWN", "Kern", ("s1",))]
    assert told(rule, sites({"beds": 8}, {"beds": 2, **lost}, {"beds": 10, **outside})) == []
    assert told(rule, sites({"beds": 8}, {"beds": 12, **lost}))[-1] == ("UNKNOWN", "", ("s1",))
