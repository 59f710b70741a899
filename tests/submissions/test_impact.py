"""Contribution of a submitted site to caps and need, as rules on sets of sites count it; unknown without data."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, Lang
from suitability.core.types import Citation
from suitability.policy.portfolio import Cap, Need
from suitability.report.cards.facts import card_facts
from suitability.report.cards.impact import added_columns, added_fields, added_texts
from suitability.selection.portfolio import check_sites
from suitability.submissions.impact import _counted
from suitability.submissions.score import score
from tests.conftest import demo_scan, examples
from tests.selection.shortlist.instances import BASE, NO_AREAS, frame_of
from tests.submissions.test_same_verdict import taken_in

if TYPE_CHECKING:
    from suitability.submissions.score import Scored

STREETS = ["Laan", "Dijk", "Weg"]


def standing_sites(rows: list[tuple[int, float | None, str, str | None, bool]]) -> gpd.GeoDataFrame:
    """Return sites: street, beds, standing, type, and whether the street is known."""
    made = frame_of([STREETS[row[0]] for row in rows], [0] * len(rows), np.zeros((len(rows), 2)))
    beds = [float("nan") if row[1] is None else row[1] for row in rows]
    street = [STREETS[row[0]] if row[4] else None for row in rows]
    return made.assign(
        site_id=[f"t{i}" for i in range(len(rows))], beds=beds, standing=[row[2] for row in rows],
        location_type=pd.Series([row[3] for row in rows], dtype=object), street=pd.Series(street, dtype=object),
    )  # fmt: skip


rows = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from([None, 4.0, 10.0, 30.0]), st.sampled_from(["existing", "permitted"]),
        st.sampled_from([None, "yard", "farm"]), st.booleans(),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=examples(300))
@given(
    standing=rows,
    beds=st.sampled_from([1.0, 12.0]),
    at_most=st.sampled_from([1, 2, 20, 40]),
    counts=st.sampled_from(["sites", "beds"]),
    types=st.sampled_from([(), ("yard",)]),
    counting=st.sampled_from([("existing", "permitted", "chosen"), ("permitted", "chosen")]),
)
def test_it_is_the_verdict_of_the_rule_on_a_set_with_this_site_alone(
    standing: list[Any], beds: float, at_most: int, counts: str, types: tuple[str, ...], counting: tuple[Any, ...]
) -> None:
    """The same outcome as the rules on sets give for the existing sites with this one chosen."""
    rule = Cap(kind="cap", id="cap", per="street", counts=counts, at_most=at_most, location_types=types, counting=counting, **BASE)  # type: ignore[arg-type]  # fmt: skip
    there = standing_sites(standing)
    own = frame_of(["Laan"], [int(beds)], np.array([[500, 0]])).assign(site_id="own", standing="chosen")
    both = gpd.GeoDataFrame(pd.concat([own, there], ignore_index=True), crs=own.crs)
    found = [one for one in check_sites([rule], both, NO_AREAS) if one.area in {"Laan", ""}]
    expected = min((one.outcome for one in found), default=Outcome.PASS)
    (count,) = _counted(rule, own, there).values()
    assert count.outcome == expected
    if count.outcome is Outcome.PASS and not math.isnan(count.remains):
        assert count.remains >= 0
    if count.outcome is Outcome.FAIL and not math.isnan(count.remains):
        assert count.remains < 0


def scored_with(there: gpd.GeoDataFrame | None, *caps: Cap) -> Scored:
    """Return a parcel of Kampen scored under Hardenberg's norms with these caps, and a need of Kampen."""
    scan = demo_scan("hardenberg-2025")
    need = Need(area="Kampen", year=2030, counted="additional", low=100, high=200, source=Citation(document="hardenberg-2025"))  # fmt: skip
    policy = scan.policy.model_copy(update={"portfolio": caps, "need": (need,)})
    row = int(np.flatnonzero((scan.verdicts.best == Outcome.PASS) & scan.frame["settlement"].notna().to_numpy())[0])
    receipts = taken_in({"perceel": str(scan.parcels.ids[row])})
    return score(receipts, replace(scan, policy=policy), 1.0, there=there)


def cap(per: str = "municipality", counts: str = "sites", at_most: float = 3, **more: Any) -> Cap:
    """Return a cap."""
    return Cap(kind="cap", id=f"{counts}_{per}", per=per, counts=counts, at_most=at_most, **{**BASE, **more})  # type: ignore[arg-type]


def in_kampen(n: int, beds: float = 40.0) -> gpd.GeoDataFrame:
    """Return permitted sites in Kampen."""
    return standing_sites([(0, beds, "permitted", "yard", True)] * n).assign(municipality="Kampen", settlement="Kampen")


@pytest.mark.parametrize("lang", LANGS)
def test_the_card_says_what_is_there_what_it_adds_and_what_remains(lang: Lang) -> None:
    """Two of three sites there: one may come, none remains; a fourth would be too many; the need goes down by the beds."""
    kept, over = scored_with(in_kampen(2), cap()), scored_with(in_kampen(3), cap())
    one, other = kept.added[0].caps[0], over.added[0].caps[0]
    assert (one.there, one.adds, one.limit, one.remains, one.outcome) == (2, 1, 3, 0, Outcome.PASS)
    assert (other.remains, other.outcome) == (-1, Outcome.FAIL)
    beds = float(kept.outlook.beds[0])
    need = kept.added[0].need
    assert need is not None
    assert need.short == (max(0.0, 100 - 80 - beds), 200 - 80 - beds)
    said = list(added_texts(kept.added[0], lang))
    assert len(said) == 2
    card = card_facts(kept, 0, documents(config_folder()), lang)
    assert all(text in card["brings"] for text in said)
    assert "Kampen" in said[0]
    assert said[0] != next(iter(added_texts(over.added[0], lang)))


@pytest.mark.parametrize("lang", LANGS)
def test_unknown_amounts_stay_unknown(lang: Lang) -> None:
    """No layer of sites, unknown beds there, an unknown base of a share: unknown with its reason, never a number."""
    for scored in (
        scored_with(None, cap()),
        scored_with(in_kampen(1, float("nan")), cap(counts="beds", at_most=500)),
        scored_with(in_kampen(1), cap(counts="beds", at_most=2, of="inhabitants")),
        scored_with(in_kampen(1), cap(counts="dwellings")),
    ):
        count = scored.added[0].caps[0]
        assert count.outcome is Outcome.UNKNOWN
        assert math.isnan(count.remains)
        (said, _) = added_texts(scored.added[0], lang)
        assert {"nl": "niet bekend", "en": "unknown"}[lang] in said
    assert scored_with(None, cap()).added[0].need is not None
    nothing_there = scored_with(None, cap()).added[0].need
    assert nothing_there is not None
    assert math.isnan(nothing_there.short[0])
    certain = scored_with(None, cap(counts="beds", at_most=0)).added[0].caps[0]
    assert certain.outcome is Outcome.FAIL


def test_the_scores_have_a_column_for_each() -> None:
    """Per cap outcome, the existing amount, the addition and the remainder; and the need that is left."""
    scored = scored_with(in_kampen(2), cap(), cap("settlement", "beds", 100))
    assert [len(values) for _, values in added_columns(scored.added, "nl")] == [1] * (4 * 2 + 2)
    fields = added_fields(scored.added)
    assert fields["sites_municipality_remains"] == [0.0]
    assert fields["sites_municipality_outcome"] == ["pass"]
    assert {"beds_settlement_there", "need_left_low", "need_left_high"} <= set(fields)
