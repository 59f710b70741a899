"""The store: nothing is lost, nothing is counted twice, nothing is changed afterwards."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from suitability.core.errors import StoreError, WorkshopError
from suitability.core.messages import LANGS
from suitability.workshop.access_codes import ALPHABET, MOST_FROM_ONE, WINDOW, new_code
from suitability.workshop.backup import back_up
from suitability.workshop.database import url_of, writing
from suitability.workshop.erasure import erase_words, forget_participant, forget_session
from suitability.workshop.event_validation import act_of
from suitability.workshop.events import (
    ERASED,
    Commented,
    Event,
    ParticipantJoined,
    SessionClosed,
    SiteVoted,
    StageChanged,
    WeightSet,
    WeightVoted,
)
from suitability.workshop.state import State, fold
from suitability.workshop.store import Conflict, MovedOn, Write, open_store
from suitability.workshop.tables import ERASURE, EVENT, METADATA, SESSION, VERSION_TABLE, WORDS
from tests.workshop.evening import OPENING

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.workshop.store import Store
    from tests.workshop.conftest import Clock
    from tests.workshop.evening import Evening


def test_stored_events_read_back_the_same(evening: Evening) -> None:
    """Every field, the order, and time in UTC."""
    vote = evening.does(evening.people[0], SiteVoted(site="site-1", choice="for", reason="dicht bij de bakker 'n=1'"))
    again = evening.store.events_since(evening.session, vote.sequence - 1)
    assert again == [vote]
    assert [r.sequence for r in evening.store.events_since(evening.session)] == list(range(1, vote.sequence + 1))
    assert vote.at.utcoffset() == timedelta(0)


def test_a_write_tried_again_is_stored_once(evening: Evening) -> None:
    """The same id and content gives the same event; the same id with other content is refused."""
    event = Event(by=evening.people[0], act=SiteVoted(site="site-1", choice="for", reason="omdat"))
    first = evening.store.append(evening.session, event)
    assert evening.store.append(evening.session, event) == first
    assert sum(r.event.id == event.id for r in evening.store.events_since(evening.session)) == 1
    other = event.model_copy(update={"act": SiteVoted(site="site-1", choice="against")})
    with pytest.raises(WorkshopError, match="something else is already stored"):
        evening.store.append(evening.session, other)


def test_a_lock_tried_again_is_no_conflict(evening: Evening) -> None:
    """The answer to the first try was lost on its way; the second gets the same answer."""
    first = evening.locks("site-1", "in", "ruim")
    assert evening.store.append(evening.session, first.event, 0) == first


def test_joining_tried_again_is_one_person(evening: Evening) -> None:
    """A phone that sends twice does not become two people."""
    code, mine = evening.store.participant_code(evening.session), uuid4()
    first = evening.store.join(code, party="raad", name="Mies", event=mine)
    assert evening.store.join(code, party="raad", name="Mies", event=mine) == first
    assert len(evening.state().participants) == 5


@pytest.mark.parametrize("statement", ["UPDATE event SET body = '{}'", "DELETE FROM event", "DELETE FROM words",
    "UPDATE words SET text = 'x'", "DELETE FROM erasure", "UPDATE erasure SET reason = 'x'"])  # fmt: skip
def test_the_database_itself_refuses_to_change_or_delete(evening: Evening, statement: str) -> None:
    """This also holds for access by another way than this program."""
    forget_participant(evening.store, evening.session, evening.people[0], by=evening.chair, reason="verzoek")
    before = evening.store.events_since(evening.session)
    with pytest.raises(sa.exc.DBAPIError, match="append only"), evening.store.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert evening.store.events_since(evening.session) == before


def test_a_table_cannot_be_emptied_either(evening: Evening) -> None:
    """TRUNCATE goes past the guards on rows; SQLite does not know it."""
    said = "syntax error" if evening.store.engine.dialect.name == "sqlite" else "append only"
    with pytest.raises(sa.exc.DBAPIError, match=said), evening.store.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE event CASCADE")


def test_two_who_change_the_same_lock_both_see_it(evening: Evening) -> None:
    """The second gets the change of the first, with person and time, in both languages, and may try again."""
    first = evening.locks("site-1", "in", "dicht bij het werk")
    with pytest.raises(Conflict) as refused:
        evening.locks("site-1", "out", "te druk")
    assert refused.value.theirs == first
    assert "zeker meenemen (dicht bij het werk)" in refused.value.sentences("nl")[0]
    assert "Wilhelmina Vastgoed" in refused.value.sentences("en")[0]
    assert "19 november 2026, 19.30 uur" in refused.value.sentences("nl")[0]
    second = evening.locks("site-1", "out", "te druk", seen=first.sequence)
    assert evening.state().version(type(second.event.act), "site-1") == second.sequence


def test_stages_and_weights_conflict_too_and_other_sites_do_not(evening: Evening) -> None:
    """Only acts on the same subject conflict."""
    evening.does(evening.chair, StageChanged(site="site-1", stage="put_forward"), 0)
    evening.does(evening.chair, StageChanged(site="site-2", stage="put_forward"), 0)
    evening.does(evening.chair, WeightSet(rule="near_work", value=3), 0)
    with pytest.raises(Conflict):
        evening.does(evening.chair, StageChanged(site="site-1", stage="dropped", reason="x"), 0)
    with pytest.raises(Conflict):
        evening.does(evening.chair, WeightSet(rule="near_work", value=4), 0)
    with pytest.raises(WorkshopError, match="nothing to change yet"):
        evening.does(evening.chair, WeightSet(rule="other", value=4), 7)
    with pytest.raises(TypeError):
        evening.does(evening.chair, WeightSet(rule="other", value=4))


def test_events_appended_together_are_stored_together(evening: Evening) -> None:
    """One refused event refuses the others too; and a session that has moved on is reported."""
    good = Write(Event(by=evening.people[0], act=SiteVoted(site="a", choice="for")))
    bad = Write(Event(by=evening.people[0], act=WeightSet(rule="r", value=1)), 0)
    before = evening.store.events_since(evening.session)
    with pytest.raises(WorkshopError, match="only a chair"):
        evening.store.append_all(evening.session, (good, bad))
    with pytest.raises(MovedOn):
        evening.store.append_all(evening.session, (good,), up_to=1)
    assert evening.store.events_since(evening.session) == before


def test_permissions(evening: Evening) -> None:
    """Participants vote for themselves only; strangers do nothing; joining has a way of its own."""
    jan, olga, _ = evening.people
    with pytest.raises(WorkshopError, match="only a chair"):
        evening.does(jan, WeightVoted(rule="r", value=3, whose=olga))
    with pytest.raises(WorkshopError, match="does not take part"):
        evening.does(uuid4(), WeightVoted(rule="r", value=3))
    with pytest.raises(WorkshopError, match="does not take part"):
        evening.does(evening.chair, WeightVoted(rule="r", value=3, whose=uuid4()))
    with pytest.raises(TypeError):
        evening.does(jan, ParticipantJoined(party="x", role="chair"))
    other = evening.store.open_session(OPENING, party="elders")
    with pytest.raises(WorkshopError, match="does not take part"):
        evening.store.append(other.session, Event(by=jan, act=SiteVoted(site="a", choice="for")))
    with pytest.raises(WorkshopError, match="does not exist"):
        evening.store.events_since(uuid4())


def test_a_closed_session_takes_no_votes_but_its_stages_go_on(evening: Evening) -> None:
    """The 24 hours of a checklist begin after the evening."""
    evening.does(evening.chair, SessionClosed(), 0)
    assert evening.state().is_closed
    assert evening.store.sessions()[0].is_closed
    for who, act, seen in (
        (evening.people[0], SiteVoted(site="a", choice="for"), None),
        (evening.people[0], Commented(topic="session", text="laat"), None),
        (evening.chair, WeightSet(rule="r", value=1), 0),
    ):
        with pytest.raises(WorkshopError, match="session is closed"):
            evening.does(who, act, seen)
    with pytest.raises(WorkshopError, match="session is closed"):
        evening.store.join(evening.store.participant_code(evening.session), party="laatkomers")
    evening.does(evening.chair, StageChanged(site="a", stage="put_forward"), 0)
    assert evening.store.join(evening.opened.chair_code, party="gemeente").role == "chair"


def test_a_time_in_the_future_is_refused(evening: Evening, clock: Clock) -> None:
    """Next year's date, for example, gives an error."""
    act = StageChanged(site="a", stage="put_forward", when=clock.now + timedelta(days=1))
    with pytest.raises(WorkshopError, match="in the future"):
        evening.does(evening.chair, act, 0)


def test_codes_are_read_as_people_type_them(evening: Evening) -> None:
    """Small letters, blanks and hyphens do not matter; a code has no signs that look alike."""
    code = evening.store.participant_code(evening.session)
    assert evening.store.join(f" {code.lower().replace('-', ' ')} ", party="x").role == "participant"
    assert evening.store.join(evening.opened.chair_code.replace("-", ""), party="x").role == "chair"
    assert not set("01258BILOSUVZAE") & set(ALPHABET)
    assert len({new_code(6) for _ in range(200)}) > 195
    with evening.store.engine.connect() as connection:
        kept = str(connection.execute(sa.select(SESSION)).all()) + str(connection.execute(sa.select(EVENT)).all())
    assert evening.opened.chair_code not in kept


def test_guessing_codes_is_stopped_for_a_while(evening: Evening, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """After too many wrong codes from one place, also the right one waits; another place is not stopped."""
    monkeypatch.setattr("suitability.workshop.access_codes._now", lambda: clock.now)
    code = evening.store.participant_code(evening.session)
    for _ in range(MOST_FROM_ONE):
        with pytest.raises(WorkshopError, match="not right"):
            evening.store.join("333-333", party="x", origin="10.0.0.1")
    with pytest.raises(WorkshopError, match="Try again in 15 minutes"):
        evening.store.join(code, party="x", origin="10.0.0.1")
    assert evening.store.join(code, party="x", origin="10.0.0.2").role == "participant"
    clock.now += WINDOW + timedelta(seconds=5)
    assert evening.store.join(code, party="x", origin="10.0.0.1").role == "participant"


def test_a_name_can_be_forgotten_and_leaves_no_trace(evening: Evening) -> None:
    """The party and the votes stay; a screen that followed along forgets the name too."""
    jan = evening.people[0]
    remark = evening.does(jan, Commented(topic="session", text="mijn buurman Berend"))
    following = evening.state()
    forget_participant(evening.store, evening.session, jan, by=evening.chair, reason="verzoek van 20 november")
    erase_words(evening.store, evening.session, [remark.event.id], by=evening.chair, reason="naam van een ander")
    state = evening.state()
    assert (state.participants[jan].name, state.participants[jan].party) == ("", "dorpsbelang")
    assert [act.text for _, act in state.logged(Commented)] == [ERASED]
    assert fold(following, evening.store.events_since(evening.session, following.sequence)) == state
    with evening.store.engine.connect() as connection:
        everything = str([connection.execute(sa.select(table)).all() for table in METADATA.sorted_tables])
    assert "Kwikzilver" not in everything
    assert "Berend" not in everything
    path = evening.store.engine.url.database or ""
    if evening.store.engine.dialect.name == "sqlite":
        from pathlib import Path  # noqa: PLC0415

        for file in Path(path).parent.glob("workshop.db*"):
            assert b"Kwikzilver" not in file.read_bytes()
    with pytest.raises(WorkshopError, match="not in this session"):
        forget_participant(evening.store, evening.session, uuid4(), by=evening.chair, reason="x")
    with pytest.raises(WorkshopError, match="only a chair"):
        forget_participant(evening.store, evening.session, evening.people[1], by=jan, reason="x")
    assert evening.state().participants[evening.people[1]].name == "Olga Bakelmans"


def test_a_forgotten_session_is_gone_and_others_stay(evening: Evening) -> None:
    """The record that remains: it was deleted, when and why."""
    other = evening.store.open_session(OPENING, party="elders")
    forget_session(evening.store, evening.session, reason="bewaartermijn voorbij")
    assert [listed.session for listed in evening.store.sessions()] == [other.session]
    with pytest.raises(WorkshopError):
        evening.store.events_since(evening.session)
    with evening.store.engine.connect() as connection:
        assert [row.reason for row in connection.execute(sa.select(ERASURE))] == ["bewaartermijn voorbij"]
        assert "Kwikzilver" not in str(connection.execute(sa.select(WORDS)).all())
    assert len(evening.store.events_since(other.session)) == 2


def test_characters_that_no_database_can_hold_are_left_out(evening: Evening) -> None:
    """Zero bytes, half characters and control signs from a broken keyboard."""
    act = Commented.model_validate({"topic": "session", "text": "a\x00b\ud800c\x1bd\u202ee\uffffé\nf"})
    evening.does(evening.people[0], act)
    assert evening.state().logged(Commented)[0][1].text == "a b c d e é\nf"


def test_a_store_of_a_newer_version_is_refused(address: str) -> None:
    """Nothing is touched, and the sentence states the remedy."""
    store = open_store(address)
    with store.engine.begin() as connection:
        connection.execute(sa.table(VERSION_TABLE, sa.column("version_num")).update().values(version_num="9999"))
    store.close()
    with pytest.raises(StoreError) as refused:
        open_store(address)
    for lang, said in (("nl", "nieuwere versie"), ("en", "newer version")):
        assert said in refused.value.sentences(lang)[0]  # type: ignore[arg-type]
    assert "not-a-secret" not in str(refused.value)


def test_a_database_of_something_else_is_left_alone(address: str) -> None:
    """Tables with the same names and no version belong to another program."""
    engine = sa.create_engine(url_of(address))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE event (x integer)")
    engine.dispose()
    with pytest.raises(StoreError, match="another program"):
        open_store(address)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A photo, for example."""
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8" * 4000)
    with pytest.raises(StoreError, match="no workshop store"):
        open_store(str(path))
    assert path.read_bytes() == b"\xff\xd8" * 4000


@pytest.mark.parametrize("place", ["/proc/nowhere/workshop.db", "/dev/null/workshop.db"])
def test_a_place_that_is_not_writable_is_named(place: str) -> None:
    """With the path, in both languages."""
    with pytest.raises(StoreError) as refused:
        open_store(place)
    for lang in LANGS:
        assert refused.value.sentences(lang)[0].startswith(place)


def test_a_server_that_is_not_there_is_named_without_password() -> None:
    """The address stays, the password does not, also in options."""
    with pytest.raises(StoreError, match="cannot be reached") as refused:
        open_store("postgresql://piet:geheim@127.0.0.1:1/naam?password=ookgeheim")
    assert "geheim" not in str(refused.value)
    assert "piet" in str(refused.value)


@pytest.mark.parametrize(
    "wrong", ["mysql://root@host/x", "sqlite://", "http://example.org", "::://", "postgresql://h:notaport/x"]
)
def test_other_addresses_are_refused(wrong: str) -> None:
    """The sentence states the expected form."""
    with pytest.raises(StoreError, match=r"postgresql://"):
        open_store(wrong)


def test_the_store_of_a_file_keeps_a_journal_beside_it(tmp_path: Path) -> None:
    """Readers do not wait for writers."""
    open_store(str(tmp_path / "deep" / "w.db")).close()
    assert sqlite3.connect(tmp_path / "deep" / "w.db").execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_lock_timeout_is_reported(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stored then; the next attempt succeeds."""
    monkeypatch.setattr("suitability.workshop.database.BUSY_S", 1)
    address = evening.store.engine.url.render_as_string(hide_password=False)
    impatient, event = open_store(address), Event(by=evening.chair, act=SiteVoted(site="a", choice="for"))
    with writing(evening.store.engine) as connection:
        evening.store.locked_at(connection, evening.session)
        with pytest.raises(StoreError, match="Try again shortly"):
            impatient.append(evening.session, event)
    assert impatient.append(evening.session, event).event == event
    impatient.close()


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    """It holds remarks of participants."""
    store = open_store(str(tmp_path / "w.db"))
    back_up(store, tmp_path / "copy.db")
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0] * len(list(tmp_path.iterdir()))
    store.close()


def test_a_name_too_long_gets_a_sentence(evening: Evening) -> None:
    """So does a vote that makes no sense, and no party at all."""
    code = evening.store.participant_code(evening.session)
    with pytest.raises(WorkshopError, match="this text has 300 characters; the maximum is 200"):
        evening.store.join(code, party="x", name="n" * 300)
    with pytest.raises(WorkshopError, match="there is nothing here"):
        evening.store.join(code, party=" \x00 ")
    for content, said in (
        ({"kind": "weight_voted", "rule": "r", "value": 12}, "a number from 0 to 10"),
        ({"kind": "site_voted", "site": "a", "choice": "maybe"}, "Choose from: 'for', 'against'"),
        ({"kind": "site_voted"}, "not possible here"),
            ({"kind": "dance"}, "'dance' is not possible here. Choose from: 'session_opened'"),
    ):  # fmt: skip
        with pytest.raises(WorkshopError, match=said):
            act_of(content)


def test_a_backup_is_whole_and_made_while_others_write(tmp_path: Path) -> None:
    """It opens as a store with the same events; an existing file is left alone."""
    store = open_store(str(tmp_path / "w.db"))
    session = store.open_session(OPENING, party="gemeente").session
    back_up(store, tmp_path / "copies" / "today.db")
    copy = open_store(str(tmp_path / "copies" / "today.db"))
    assert copy.events_since(session) == store.events_since(session)
    with pytest.raises(StoreError, match="exists already"):
        back_up(store, tmp_path / "copies" / "today.db")
    assert [path.name for path in (tmp_path / "copies").glob(".writing*")] == []
    copy.close()
    store.close()


def test_the_tables_are_those_that_the_migrations_make(store: Store) -> None:
    """The description in the code and the database do not drift apart."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, METADATA)
    assert [d for d in differences if "index" in str(d[0]) or "table" in str(d[0]) or "column" in str(d[0])] == []


def test_what_was_made_before_a_migration_is_still_there(store: Store, evening: Evening, address: str) -> None:
    """Opening again goes through the migrations again, from the first one upward."""
    before = evening.state()
    store.close()
    again = open_store(address)
    assert fold(State(), again.events_since(evening.session)) == before
    again.close()
