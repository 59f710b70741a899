"""The state of a session is the same whatever way its events arrive, and shows disagreement, not only means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from suitability.workshop.events import (
    ERASED,
    AnyAct,
    ChecklistDone,
    Commented,
    Event,
    LockChanged,
    ParticipantJoined,
    Recorded,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
    WordsErased,
    plain,
)
from suitability.workshop.state import State, fold, pseudonymised
from suitability.workshop.votes import tally_site, tally_weight
from tests.workshop.evening import OPENING

PEOPLE = [UUID(int=number) for number in range(1, 5)]
SITES, RULES = ["a", "b"], ["r", "s"]
START = datetime(2026, 11, 19, 18, 30, tzinfo=UTC)


def beginning() -> list[tuple[UUID, AnyAct]]:
    """Return how every session here begins: opened, and four people of two parties."""
    joined = [
        (who, ParticipantJoined(name=f"Persoon Achternaam{i}", party="dorp" if i % 2 else "gemeente"))
        for i, who in enumerate(PEOPLE)
    ]
    return [(PEOPLE[0], OPENING), *joined]


def recorded(acts: list[tuple[UUID, AnyAct]]) -> list[Recorded]:
    """Return acts as a store would have recorded them; a participant has the id of the event of joining."""
    return [
        Recorded(i, START + timedelta(seconds=i), Event(
            id=who if isinstance(act, ParticipantJoined) else UUID(int=1000 + i), by=who, act=act,
        ))
        for i, (who, act) in enumerate(acts, 1)
    ]  # fmt: skip


WORDS = st.sampled_from(["", "omdat", "Persoon Achternaam1 zei het"])
SITE, RULE = st.sampled_from(SITES), st.sampled_from(RULES)
ACTS = st.one_of(
    st.builds(WeightVoted, rule=RULE, value=st.integers(0, 10), whose=st.sampled_from([None, *PEOPLE])),
    st.builds(WeightSet, rule=RULE, value=st.integers(0, 10), reason=WORDS),
    st.builds(SiteVoted, site=SITE, choice=st.sampled_from(["for", "against", "unsure"]), reason=WORDS),
    st.builds(LockChanged, site=SITE, lock=st.sampled_from(["in", "out", "open"]), reason=WORDS.filter(bool)),
    st.builds(StageChanged, site=SITE, stage=st.sampled_from(["put_forward", "assessed"]), reason=WORDS),
    st.builds(ChecklistDone, site=SITE, step=st.just("council"), entry=st.integers(1, 3), done=st.booleans()),
    st.builds(Commented, topic=st.just("site"), subject=SITE, text=WORDS.filter(bool)),
    st.builds(
        WordsErased,
        events=st.lists(st.integers(1000, 1030).map(lambda n: UUID(int=n)), max_size=3).map(tuple),
        reason=st.just("r"),
    ),
)
LOGS = st.lists(st.tuples(st.sampled_from(PEOPLE), ACTS), max_size=25).map(lambda acts: recorded([*beginning(), *acts]))


@given(LOGS, st.data())
def test_any_order_and_any_portions_give_the_same(records: list[Recorded], data: st.DataObject) -> None:
    """Shuffled, in portions, some of them twice: the same as all together."""
    whole = fold(State(), records)
    shuffled = data.draw(st.permutations(records))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(records)), max_size=4)))
    state = State()
    for begin, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        state = fold(state, shuffled[begin:end])
    assert fold(state, shuffled[: len(records) // 2]) == whole
    assert state == whole


@given(LOGS)
def test_the_state_is_what_a_plain_loop_finds(records: list[Recorded]) -> None:
    """Last vote of each person, last lock of each site: the obvious way, as an oracle."""
    votes: dict[tuple[UUID, str], str] = {}
    weights: dict[tuple[UUID, str], float] = {}
    locks: dict[str, str] = {}
    for record in records:
        act = record.event.act
        if isinstance(act, SiteVoted):
            votes[act.whose or record.event.by, act.site] = act.choice
        elif isinstance(act, WeightVoted):
            weights[act.whose or record.event.by, act.rule] = act.value
        elif isinstance(act, LockChanged):
            locks[act.site] = act.lock
    state = fold(State(), records)
    assert {(who, site): vote.choice for site in SITES for who, vote in state.votes(site).items()} == votes
    assert {(who, rule): value for rule in RULES for who, value in state.weights(rule).items()} == weights
    found = {site: state.newest(LockChanged, site) for site in SITES}
    assert {site: lock[1].lock for site, lock in found.items() if lock} == locks


@given(LOGS)
def test_the_order_in_which_different_people_vote_does_not_matter(records: list[Recorded]) -> None:
    """The store may put the votes of different people in any order: the tallies are the same."""
    first, voted = records[:5], [r for r in records if isinstance(r.event.act, SiteVoted | WeightVoted)]
    others = sorted(voted, key=lambda r: (str(r.whose), r.sequence))
    again = [Recorded(i, r.at, r.event) for i, r in enumerate(others, 6)]
    one, other = fold(State(), [*first, *voted]), fold(State(), [*first, *again])
    assert [tally_site(one, site) for site in SITES] == [tally_site(other, site) for site in SITES]
    assert [tally_weight(one, rule) for rule in RULES] == [tally_weight(other, rule) for rule in RULES]


@given(LOGS)
def test_without_names_no_name_is_left(records: list[Recorded]) -> None:
    """Not in the list of people and not in their texts; the parties are all there."""
    state = fold(State(), records)
    public = pseudonymised(state)
    assert "achternaam" not in str(public).lower()
    assert [p.party for p in public.participants.values()] == [p.party for p in state.participants.values()]
    assert [tally_site(public, site) for site in SITES] == [tally_site(state, site) for site in SITES]


def tally(values: list[float]) -> State:
    """Return a session in which people give a rule these weights."""
    return fold(
        State(),
        recorded(
            [*beginning(), *((who, WeightVoted(rule="r", value=v)) for who, v in zip(PEOPLE, values, strict=False))]
        ),
    )


def test_a_mean_never_hides_that_people_are_divided() -> None:
    """5 on average is something else when half says 0 and half says 10."""
    divided, agreed = tally_weight(tally([0, 10, 0, 10]), "r"), tally_weight(tally([5, 5, 5, 5]), "r")
    assert divided.mean == agreed.mean == divided.median == 5
    assert (divided.is_split, agreed.is_split) == (True, False)
    assert (divided.spread, divided.low, divided.high) == (5, 0, 10)
    assert divided.by_party == {"dorp": 10, "gemeente": 0}
    nobody = tally_weight(tally([]), "r")
    assert (nobody.n, nobody.median, nobody.is_split) == (0, None, False)


def test_votes_on_a_site_by_party() -> None:
    """Two parties against each other are reported, also where most agree."""
    choices = ["for", "against", "for", "unsure"]
    acts = [(who, SiteVoted.model_validate({"site": "a", "choice": c})) for who, c in zip(PEOPLE, choices, strict=True)]
    found = tally_site(fold(State(), recorded([*beginning(), *acts])), "a")
    assert found.counts == {"for": 2, "against": 1, "unsure": 1}
    assert found.by_party["dorp"] == {"for": 0, "against": 1, "unsure": 1}
    assert found.is_between_parties
    assert not found.is_split
    assert tally_site(State(), "a").n == 0


def test_a_number_stays_with_a_person() -> None:
    """In paper lists people are numbers; a name that is forgotten changes none."""
    records = recorded([*beginning(), (PEOPLE[0], WordsErased(events=(PEOPLE[1],), reason="r"))])
    people = list(fold(State(), records).participants.values())
    assert [p.number for p in people] == [1, 2, 3, 4]
    assert people[1].called() == "dorp (2)"


@pytest.mark.parametrize(("kind", "wrong"), [
    (WeightVoted, {"rule": "r", "value": 11}), (WeightVoted, {"rule": "r", "value": float("nan")}),
    (SiteVoted, {"site": "a", "choice": "maybe"}), (LockChanged, {"site": "a", "lock": "in", "reason": "  "}),
    (Commented, {"topic": "site", "text": "\x00"}), (SiteVoted, {"site": "a", "choice": "for", "rating": 3}),
])  # fmt: skip
def test_meaningless_acts_are_refused(kind: type, wrong: dict[str, object]) -> None:
    """A weight off the scale, an unknown vote, a lock without a reason, an unknown field."""
    with pytest.raises(ValidationError):
        kind.model_validate(wrong)


@given(st.text())
def test_any_text_can_be_stored_and_written(text: str) -> None:
    """No sign is left that a database, XML or PDF refuses; cleaning twice changes nothing more."""
    clean = plain(text)
    assert clean.encode("utf-8").decode() == clean
    assert "\x00" not in clean
    assert plain(clean) == clean
    assert plain(ERASED) == ERASED
