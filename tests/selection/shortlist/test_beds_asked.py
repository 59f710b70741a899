"""Beds asked for as a person writes them."""

from __future__ import annotations

import numpy as np
import pytest

from suitability.core.errors import SubmissionError
from suitability.selection.shortlist.beds_asked import demands_of
from suitability.selection.shortlist.candidates import Candidates, make_candidates
from suitability.selection.shortlist.choice import Demand
from tests.selection.shortlist.instances import frame_of


def candidates() -> Candidates:
    """Return sites in Kern and Dorp (Noord) and Veld (Zuid); a settlement is called Noord too."""
    frame = frame_of(["Laan", "Dijk", "Weg", "Weg"], [5] * 4, np.zeros((4, 2)))
    frame["settlement"] = ["Kern", "Dorp", "Veld", "Noord"]
    return make_candidates(frame, np.full(4, 0.5))


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("300", Demand(300)),
        (" zuid = 20 ", Demand(20, "municipality", "Zuid")),
        ("Dorp=7", Demand(7, "settlement", "Dorp")),
        ("short=12", Demand(12, stay="short")),
        ("Kern/Long=8", Demand(8, "settlement", "Kern", "long")),
        ("Noord=9", Demand(9, "municipality", "Noord")),
        ("settlement:Noord=9", Demand(9, "settlement", "Noord")),
        ("settlement:noord/mid=9", Demand(9, "settlement", "Noord", "mid")),
    ],
)
def test_a_need_says_where_and_for_how_long(text: str, demand: Demand) -> None:
    """A number, a place, a stay or both; a municipality comes before a settlement of its name."""
    assert demands_of([text], candidates()) == (demand,)


@pytest.mark.parametrize(
    ("texts", "holds"),
    [
        (["many"], "'many' cannot be read. Give a whole number of beds"),
        (["Kern=-5"], "Give a whole number of beds"),
        (["=5"], "Give a whole number of beds"),
        (["Kern=1.5"], "Give a whole number of beds"),
        (["Kren=5"], "no site that can be chosen lies in 'Kren'. Sites lie in: Kern, "),
        (["municipality:Kern=5"], "lies in 'municipality:Kern'"),
        (["Kern/forever=5"], "the length of stay 'forever' does not exist. Choose from: short, mid, long"),
        (["Nergens/short=5"], "lies in 'Nergens'"),
        (["short=5", "SHORT=6"], "'SHORT=6' asks a second time"),
        (["Kern=5", "settlement:kern=5"], "asks a second time"),
        (["٣"], "Give a whole number"),
    ],
)
def test_an_unreadable_demand_is_one_sentence(texts: list[str], holds: str) -> None:
    """The sentence states the text found and the known names."""
    with pytest.raises(SubmissionError) as caught:
        demands_of(texts, candidates())
    said = str(caught.value)
    assert said.startswith("--need")
    assert holds in said
    assert len(caught.value.problems) == 1


def test_no_place_is_blamed_when_nothing_can_be_chosen() -> None:
    """All beds unknown: that is said, not that the place does not exist."""
    frame = frame_of(["Laan"], [5], np.zeros((1, 2))).assign(beds=np.nan)
    with pytest.raises(SubmissionError, match="The number of beds of 1 sites is unknown"):
        demands_of(["Kern=5"], make_candidates(frame, np.array([0.5])))
