"""A workshop without a browser, in both languages: people come in, vote, decide, take papers out and in, and close."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from suitability.core.messages import LANGS, Lang, message
from suitability.ui.action_order import Turns
from suitability.ui.shortlist_cache import wanted_of
from suitability.ui.workshop import chair as chair_table
from suitability.ui.workshop_session import state_of, store
from suitability.workshop.events import Event, WeightSet, WeightVoted
from tests.moments import HANG_S
from tests.ui.test_pages import fine, go, in_language, texts, use
from tests.workshop.test_exchange import changed, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.workbook import Workbook
    from streamlit.testing.v1 import AppTest

    from suitability.workshop.state import State

    Session = Callable[[], AppTest]

POLICY = "hardenberg-2025"
RULES = ("noise", "environment", "facilities")
NASTY = (
    '<img src=x onerror=alert(1)> **vet** [link](https://example.org) "><script>alert(1)</script> $x$ `c` :red[rood]'
)

#: Few places with room for many: a search among them takes a moment.
FEW = """
title: {nl: Weinig plekken, en: Few places}
in_force: 2025-01-01
location_types:
  - id: ground
    label: {nl: grond, en: ground}
    permit: {years: 10}
    max_stay: {nl: kort, en: short}
    stays: [short]
    assumption: {nl: voor een proef, en: for a trial}
rules:
  - id: large
    label: {nl: Groot genoeg, en: Large enough}
    criterion: parcel_area
    params: {setback_m: 0}
    limit: {at_least: 60000, unit: m2}
    effect: exclude
    assumption: {nl: voor een proef, en: for a trial}
  - id: beds
    label: {nl: Ruimte, en: Room}
    criterion: capacity
    params: {floor_area_per_bed_m2: 20, storeys: 2, built_share: 0.5, green_share: 0.2, spaces_per_bed: 0.5, space_m2: 25, setback_m: 0, max_beds: 50}
    limit: {at_least: 2, unit: beds}
    effect: exclude
    assumption: {nl: voor een proef, en: for a trial}
  - id: size
    label: {nl: Hoe groter hoe liever, en: The larger the better}
    criterion: parcel_area
    params: {setback_m: 0}
    limit: {at_least: 60000, unit: m2}
    effect: score
    weight: 1
    scale: {worst: 60000, best: 120000, unit: m2, assumption: {nl: voor een proef, en: for a trial}}
    assumption: {nl: voor een proef, en: for a trial}
"""


def press(at: AppTest, label: str) -> AppTest:
    """Press the button that says so."""
    return fine(next(button for button in at.button if button.label == label).click().run())


def opened(session: Session, lang: Lang = "nl", *, title: str = "Avond", party: str = "gemeente") -> AppTest:
    """Open a session as a chair."""
    at = in_language(session(), lang)
    fine(at.get_by_key("policy_choice").set_value(POLICY).run())
    go(at, "workshop")
    at.get_by_key("open_title").set_value(title)
    at.get_by_key("open_party").set_value(party)
    return press(at, message("meeting.open_it", lang))


def seat_at(at: AppTest) -> Any:
    """Return the seat at a screen."""
    return at.session_state["app_state"].seat


def now(at: AppTest) -> State:
    """Return the session of a screen as it is stored."""
    return state_of(seat_at(at).session)


def joined(session: Session, code: str, party: str = "dorpsbelang", name: str = "", lang: Lang = "nl") -> AppTest:
    """Come in with a code."""
    at = go(in_language(session(), lang), "workshop")
    at.get_by_key("join_code").set_value(code)
    at.get_by_key("join_party").set_value(party)
    at.get_by_key("join_name").set_value(name)
    return press(at, message("meeting.come_in", lang))


def code_of(at: AppTest) -> str:
    """Return the code on the wall."""
    return store().participant_code(seat_at(at).session)


def key_of(at: AppTest, what: str, of: str) -> str:
    """Return the key of a control in the session."""
    return f"{what}_{seat_at(at).session}_{of}"


def said(at: AppTest) -> str:
    """Return all texts of a page as one."""
    html = [part.proto.body for part in at.main.get("html")]
    return "\n".join([*texts(at), *html])


def put_forward(at: AppTest, row: int = 0) -> str:
    """Choose a site in the ranking and put it forward on its page; return its designation."""
    go(at, "ranking")
    site = str(at.dataframe[0].value[message("app.ranking.site", at.session_state["app_state"].lang)].iloc[row])
    at.session_state["app_state"].site = site
    go(at, "site")
    fine(at.get_by_key(f"to_put_forward_{site}").click().run())
    return site


@pytest.mark.parametrize("lang", LANGS)
def test_open_and_come_in_by_code(session: Session, lang: Lang) -> None:
    """A wrong code is a sentence; the right one opens the same session, with the policy that it is about."""
    chair = opened(session, lang, title="Avond in Kampen")
    assert [title.value for title in chair.title] == ["Avond in Kampen"]
    assert seat_at(chair).role == "chair"
    code = code_of(chair)
    assert any(code in line.value for line in chair.markdown)
    wrong = joined(session, "999-999", lang=lang)
    assert wrong.error[0].value.endswith(message("error.code_wrong", lang))
    assert seat_at(wrong) is None
    nobody = joined(session, code, party=" ", lang=lang)
    assert nobody.error
    assert seat_at(nobody) is None
    phone = joined(session, code.replace("-", " ").lower(), lang=lang)
    assert seat_at(phone).session == seat_at(chair).session
    assert seat_at(phone).role == "participant"
    assert phone.session_state["app_state"].policy == POLICY
    assert [title.value for title in phone.title] == ["Avond in Kampen"]
    chairs = joined(session, chair.session_state["app_state"].chair_code, lang=lang)
    assert seat_at(chairs).role == "chair"
    assert len(now(chair).participants) == 3


@pytest.mark.parametrize("lang", LANGS)
def test_every_state_of_a_workshop_in_every_language(session: Session, lang: Lang) -> None:
    """Doors, wall, table, ballot and site: no key is shown, and no sentence of the other language."""
    from suitability.core.messages import catalogue  # noqa: PLC0415

    other = {
        text
        for key, text in catalogue("en" if lang == "nl" else "nl").items()
        if key.startswith(("meeting.", "workshop."))
    }
    other -= set(catalogue(lang).values())
    chair = opened(session, lang)
    site = put_forward(chair)
    phone = joined(session, code_of(chair), lang=lang)
    screens = [go(session() if lang == "nl" else in_language(session(), lang), "workshop")]
    screens += [go(chair, "site"), go(chair, "workshop"), phone, go(joined(session, code_of(chair), lang=lang), "site")]
    for at in screens:
        shown = list(texts(at))
        assert other & set(shown) == set()
        assert [text for text in shown if text.startswith(("meeting.", "workshop.", "error."))] == []
    assert site in said(phone)


def test_votes_arrive_and_the_disagreement_is_shown(session: Session) -> None:
    """Two who vote low and two who vote high are divided, not agreed in the middle; of the sites likewise."""
    chair = opened(session)
    site = put_forward(chair)
    phones = [joined(session, code_of(chair), party=p) for p in ("gemeente", "dorpsbelang", "werkgevers", "werkgevers")]
    for phone, weight, choice in zip(phones, (0.0, 1.0, 9.5, 10.0), ("against", "against", "for", "for"), strict=True):
        fine(phone.get_by_key(key_of(phone, "vote_weight", "noise")).set_value(weight).run())
        fine(phone.get_by_key(key_of(phone, "vote_site", site)).set_value(choice).run())
        fine(phone.get_by_key(key_of(phone, "vote_site", site) + "_why").set_value(f"omdat {weight:g}").run())
    assert sorted(now(chair).weights("noise").values()) == [0.0, 1.0, 9.5, 10.0]
    assert sorted(vote.reason for vote in now(chair).votes(site).values()) == [
        "omdat 0",
        "omdat 1",
        "omdat 10",
        "omdat 9.5",
    ]
    go(chair, "workshop")
    weights, sites = (part.proto.body for part in chair.main.get("html") if "<table" in part.proto.body)
    assert "0 – 10" in weights
    assert "<td>5,2</td>" in weights
    assert "dorpsbelang 1, gemeente 0, werkgevers 9,8" in weights
    assert f">{message('meeting.split', 'nl')}<" in weights
    assert f">{message('meeting.split_parties', 'nl')}<" in sites
    assert "dorpsbelang 0–1, gemeente 0–1, werkgevers 2–0" in sites
    assert any("Aanwezig: 5" in line.value for line in chair.markdown)
    go(chair, "site")
    assert [metric.value for metric in chair.metric] == ["2", "0", "2"]
    assert "omdat 9.5" in said(chair)


def test_a_vote_can_be_changed_and_the_middle_can_be_voted(session: Session) -> None:
    """The last vote counts; without moving the slider one can vote for where it stands."""
    chair = opened(session)
    phone = joined(session, code_of(chair))
    key = key_of(phone, "vote_weight", "noise")
    assert message("meeting.weights.none", "nl") in said(phone)
    fine(phone.get_by_key(f"{key}_agree").click().run())
    assert list(now(chair).weights("noise").values()) == [5.0]
    fine(phone.get_by_key(key).set_value(8.0).run())
    fine(phone.get_by_key(key).set_value(2.5).run())
    assert list(now(chair).weights("noise").values()) == [2.5]
    assert phone.get_by_key(key).value == 2.5
    assert message("meeting.weights.mine", "nl") in said(phone)


def test_a_session_about_a_policy_that_only_the_chair_has(session: Session) -> None:
    """One votes on sites as always; a sentence says that there are no wishes to weigh here."""
    at = go(use(session(), "weinig.yaml", FEW), "workshop")
    press(at, message("meeting.open_it", "nl"))
    assert at.get_by_key(key_of(at, "agreed", "size")).value == 5.0
    phone = joined(session, code_of(at))
    assert phone.info[0].value == message("meeting.weights.nothing", "nl")
    assert phone.session_state["app_state"].policy == "kadaster-scan"
    second = joined(session, at.session_state["app_state"].chair_code)
    assert message("meeting.weights.nothing", "nl") in [info.value for info in second.info]


def test_a_reason_that_is_given_before_the_vote(session: Session) -> None:
    """It waits for the vote and goes with it."""
    chair = opened(session)
    site = put_forward(chair)
    phone = joined(session, code_of(chair))
    key = key_of(phone, "vote_site", site)
    fine(phone.get_by_key(f"{key}_why").set_value("de weg is smal").run())
    assert now(chair).votes(site) == {}
    fine(phone.get_by_key(key).set_value("against").run())
    assert [(vote.choice, vote.reason) for vote in now(chair).votes(site).values()] == [("against", "de weg is smal")]


def test_an_overtaken_act_is_dropped() -> None:
    """Three acts on the same thing, the first slow: the second, overtaken while it waits, leaves it to the third."""
    turns, said, begun, go_on = Turns(), [], threading.Event(), threading.Event()

    def act(name: str, about: str) -> None:
        with turns.turn(about) as is_latest:
            if name == "first":
                begun.set()
                assert go_on.wait(HANG_S)
            said.append((name, is_latest))

    threads = [threading.Thread(target=act, args=("first", "noise"))]
    threads[0].start()
    assert begun.wait(HANG_S)
    for name, about in (("second", "noise"), ("other", "facilities"), ("third", "noise")):
        threads.append(threading.Thread(target=act, args=(name, about)))
        threads[-1].start()
        while not turns._taken[about] or (name == "third" and turns._taken[about] < 3):
            threads[-1].join(0.01)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert dict(said) | {"first": None} == {"first": None, "second": False, "other": True, "third": True}


def test_texts_of_people_stay_text(session: Session) -> None:
    """Title, party, name, reasons and remarks with markup and scripts are read letter by letter, on every screen."""
    chair = opened(session, title=NASTY, party=NASTY)
    site = put_forward(chair)
    phone = joined(session, code_of(chair), party=NASTY, name=NASTY)
    fine(phone.get_by_key(key_of(phone, "vote_weight", "noise")).set_value(3.0).run())
    fine(phone.get_by_key(key_of(phone, "vote_site", site)).set_value("for").run())
    fine(phone.get_by_key(key_of(phone, "vote_site", site) + "_why").set_value(NASTY).run())
    phone.get_by_key("remark_about").set_value(site)
    phone.get_by_key("remark_text").set_value(NASTY)
    press(phone, message("meeting.remark.send", "nl"))
    fine(chair.get_by_key(f"lock_why_{site}").set_value(NASTY).run())
    fine(chair.get_by_key(f"lock_in_{site}").click().run())
    for at in (chair, go(chair, "workshop"), go(phone, "workshop"), go(phone, "site")):
        marked = [part.value for part in (*at.markdown, *at.title, *at.header, *at.subheader, *at.caption)]
        for text in marked:
            assert "<img" not in text.replace("\\<img", "")
            assert "**vet**" not in text
            assert "[link](" not in text
            assert ":red[" not in text
        for part in at.main.get("html"):
            assert "<script>alert" not in part.proto.body
            assert "<img src=x" not in part.proto.body
    assert NASTY in [
        act.text for act in (record.event.act for record in now(chair).log.values()) if act.kind == "commented"
    ]


def test_remarks_are_kept_with_what_they_are_about(session: Session) -> None:
    """On the site where it is about one; an empty one is not sent."""
    chair = opened(session)
    site = put_forward(chair)
    phone = joined(session, code_of(chair), party="dorpsbelang")
    press(phone, message("meeting.remark.send", "nl"))
    assert len(now(chair).log) == 4
    phone.get_by_key("remark_about").set_value(site)
    phone.get_by_key("remark_text").set_value("de weg is smal")
    press(phone, message("meeting.remark.send", "nl"))
    go(chair, "site")
    assert "de weg is smal" in said(chair)
    assert "dorpsbelang" in said(chair)


def test_the_chair_agrees_on_weights_and_the_ranking_counts_with_them(session: Session) -> None:
    """The slider starts at the middle vote, can be moved, and the agreed weight goes to the ranking."""
    chair = opened(session)
    phone = joined(session, code_of(chair))
    fine(phone.get_by_key(key_of(phone, "vote_weight", "noise")).set_value(8.0).run())
    go(chair, "workshop")
    slider, do = key_of(chair, "agreed", "noise"), key_of(chair, "agreed", "noise") + "_do"
    assert chair.get_by_key(slider).value == 8.0
    fine(chair.get_by_key(do).click().run())
    assert [act.value for _, act in now(chair).all_of(WeightSet)] == [8.0]
    fine(chair.get_by_key(slider).set_value(6.5).run())
    assert chair.get_by_key(slider).value == 6.5
    fine(chair.get_by_key(slider + "_why").set_value("na gesprek").run())
    fine(chair.get_by_key(do).click().run())
    assert [(act.value, act.reason) for _, act in now(chair).all_of(WeightSet)] == [(6.5, "na gesprek")]
    assert message("meeting.agreed", "nl", weight="6,5") in said(chair)
    fine(chair.get_by_key("use_weights").click().run())
    assert chair.session_state["app_state"].weights == {"noise": 6.5}
    go(chair, "ranking")
    assert chair.get_by_key(f"weight_{POLICY}_noise").value == 6.5


def test_two_chairs_on_the_same_weight(session: Session) -> None:
    """The second chair sees by whom and when the weight was changed, and its value; nothing is overwritten."""
    one = opened(session, party="gemeente")
    other = joined(session, one.session_state["app_state"].chair_code, party="provincie")
    key = key_of(one, "agreed", "noise")
    fine(one.get_by_key(f"{key}_do").click().run())
    fine(other.get_by_key(key).set_value(2.0).run())
    first = now(one).version(WeightSet, "noise")
    store().append(
        seat_at(one).session,
        Event(by=seat_at(one).participant, act=WeightSet(rule="noise", value=9.0, reason="stil moet het")),
        first,
    )
    fine(other.get_by_key(f"{key}_do").click().run())
    assert "gemeente" in other.error[0].value
    assert "9 (stil moet het)" in other.error[0].value
    assert [act.value for _, act in now(one).all_of(WeightSet)] == [9.0]
    assert message("meeting.agreed", "nl", weight="9") in said(other)


@pytest.mark.parametrize("lang", LANGS)
def test_a_site_goes_through_its_stages(session: Session, lang: Lang) -> None:
    """A reason where one is needed, a checklist that is ticked in order or said to be out of order, and no leap over it."""
    chair = opened(session, lang)
    site = put_forward(chair)
    assert message("meeting.not_public", lang) in said(chair)

    def to(stage: str, why: str = "") -> AppTest:
        fine(chair.get_by_key(f"stage_why_{site}").set_value(why).run())
        return fine(chair.get_by_key(f"to_{stage}_{site}").click().run())

    to("assessed")
    to("promising")
    assert len(chair.error) == 1
    assert site in chair.error[0].value
    to("promising", "ruim en stil")
    to("intended_decision", "college stemt in")
    assert "ruim en stil" in said(chair)
    boxes = [box.key for box in chair.checkbox if str(box.key).startswith("step_")]
    assert len(boxes) == 5
    to("communicated")
    assert len(chair.error) == 1
    fine(chair.get_by_key(boxes[1]).check().run())
    assert message("meeting.out_of_order", lang) in said(chair)
    for i in (0, 2, 3, 4):
        key = next(
            box.key
            for box in chair.checkbox
            if not box.value and str(box.key).split("_0")[0] == boxes[i].split("_0")[0]
        )
        fine(chair.get_by_key(key).check().run())
    assert all(box.value for box in chair.checkbox)
    to("communicated")
    assert not chair.error
    assert message("meeting.may_publish", lang) in said(chair)


def test_a_participant_cannot_decide(session: Session) -> None:
    """There is nothing to press, and a direct attempt is refused by the store."""
    chair = opened(session)
    site = put_forward(chair)
    phone = joined(session, code_of(chair))
    assert not any(str(button.key).startswith(("to_", "lock_", "agreed_", "close_")) for button in phone.button)
    phone.session_state["app_state"].site = site
    go(phone, "site")
    assert not any(str(button.key).startswith(("to_", "lock_")) for button in phone.button)


def test_a_site_is_kept_in_or_out_with_a_reason_and_the_shortlist_knows(session: Session) -> None:
    """Without a reason the button is off; locks are applied to the set of sites."""
    chair = opened(session)
    site = put_forward(chair)
    other = put_forward(chair, 1)
    state = chair.session_state["app_state"]
    assert chair.get_by_key(f"lock_out_{other}").disabled
    fine(chair.get_by_key(f"lock_why_{other}").set_value("te ver van de winkel").run())
    fine(chair.get_by_key(f"lock_out_{other}").click().run())
    assert "te ver van de winkel" in said(chair)
    fine(chair.get_by_key("site_choice").set_value(site).run())
    fine(chair.get_by_key(f"lock_why_{site}").set_value("dicht bij werk").run())
    fine(chair.get_by_key(f"lock_in_{site}").click().run())
    wanted = wanted_of(state, 100, None)
    assert (wanted.lock_in, wanted.lock_out) == ((site,), (other,))
    fine(chair.get_by_key(f"lock_why_{site}").set_value("toch niet").run())
    fine(chair.get_by_key(f"lock_open_{site}").click().run())
    assert wanted_of(state, 100, None).lock_in == ()
    go(chair, "shortlist")
    assert message("app.shortlist.locks", "nl", n_in=0, n_out=1) in said(chair)


def test_two_chairs_on_the_same_lock(session: Session) -> None:
    """The second sees the change of the first, and the reason."""
    one = opened(session, party="gemeente")
    site = put_forward(one)
    other = joined(session, one.session_state["app_state"].chair_code, party="provincie")
    other.session_state["app_state"].site = site
    go(other, "site")
    for at in (one, other):
        fine(at.get_by_key(f"lock_why_{site}").set_value(f"reden van {'een' if at is one else 'twee'}").run())
    fine(one.get_by_key(f"lock_in_{site}").click().run())
    fine(other.get_by_key(f"lock_out_{site}").click().run())
    assert "gemeente" in other.error[0].value
    assert "reden van een" in other.error[0].value
    assert message("workshop.lock_in", "nl") in other.error[0].value
    assert wanted_of(one.session_state["app_state"], 1, None).lock_in == (site,)


class Papers:
    """Contents of the downloads of the chair's table, by key."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[str, Callable[[], bytes]] = {}
        shown = chair_table.st.download_button

        def button(label: str, data: Callable[[], bytes], **options: Any) -> bool:
            self.made[options["key"]] = data
            return bool(shown(label, data, **options))

        monkeypatch.setattr(chair_table.st, "download_button", button)

    def __getitem__(self, key: str) -> bytes:
        """Make the file, as a click does."""
        return self.made[key]()


def minutes_of(chair: AppTest) -> str:
    """Fill a session so that there is something to write down."""
    site = put_forward(chair)
    fine(chair.get_by_key(f"lock_why_{site}").set_value(NASTY).run())
    fine(chair.get_by_key(f"lock_in_{site}").click().run())
    go(chair, "workshop")
    return site


@pytest.mark.parametrize("lang", LANGS)
def test_a_spreadsheet_goes_out_and_comes_back(session: Session, monkeypatch: pytest.MonkeyPatch, lang: Lang) -> None:
    """A vote on paper is filled in for its voter; the receipt has a sentence for every row."""
    papers = Papers(monkeypatch)
    chair = opened(session, lang)
    phone = joined(session, code_of(chair), party="dorpsbelang", lang=lang)
    fine(phone.get_by_key(key_of(phone, "vote_weight", "noise")).set_value(3.0).run())
    go(chair, "workshop")

    def fill(book: Workbook) -> None:
        sheet = book[message("workshop.sheet_weights", lang)]
        column = message("workshop.column_weight", lang)
        named = {message("workshop.column_rule", lang): "noise", message("workshop.column_participant", lang): 2}
        put(sheet, 7.5, column, **named)
        put(sheet, 99, column, **{**named, message("workshop.column_rule", lang): "facilities"})

    filled = changed(papers["session_xlsx"], fill)
    fine(chair.file_uploader[0].upload("avond.xlsx", filled, chair_table._XLSX).run())
    fine(chair.get_by_key("all_or_nothing").check().run())
    fine(chair.get_by_key("read_back").click().run())
    assert now(chair).weights("noise")[seat_at(phone).participant] == 3.0
    fine(chair.get_by_key("all_or_nothing").uncheck().run())
    fine(chair.get_by_key("read_back").click().run())
    assert now(chair).weights("noise")[seat_at(phone).participant] == 7.5
    assert message("workshop.row_changed", lang) in chair.success[0].value
    assert message("workshop.row_refused", lang) in chair.success[0].value
    assert "99" in said(chair)
    assert [act.value for _, act in now(chair).all_of(WeightVoted)] == [7.5]
    assert fine(phone.run()).get_by_key(key_of(phone, "vote_weight", "noise")).value == 7.5


def test_a_file_that_is_no_spreadsheet(session: Session) -> None:
    """One sentence, and nothing is stored."""
    chair = opened(session)
    before = now(chair).sequence
    fine(chair.file_uploader[0].upload("avond.xlsx", b"PK\x03\x04 nothing", chair_table._XLSX).run())
    fine(chair.get_by_key("read_back").click().run())
    assert "avond.xlsx" in chair.error[0].value
    assert now(chair).sequence == before


@pytest.mark.parametrize("lang", LANGS)
def test_the_minutes(session: Session, monkeypatch: pytest.MonkeyPatch, lang: Lang) -> None:
    """A PDF, and a page in which input of people is only text; the public one reveals no site that is not public."""
    papers = Papers(monkeypatch)
    chair = opened(session, lang, title=f"Avond {NASTY}")
    site = minutes_of(chair)
    assert papers["minutes_pdf"].startswith(b"%PDF")
    page = papers["minutes_html"].decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert site in page
    fine(chair.get_by_key("minutes_public").set_value(True).run())
    assert site not in papers["minutes_html"].decode()


def test_a_closed_session(session: Session) -> None:
    """Nobody votes any more, nothing is offered that cannot be done, and the remarks are kept."""
    chair = opened(session)
    phone = joined(session, code_of(chair))
    key = key_of(phone, "vote_weight", "noise")
    fine(chair.get_by_key("close_why").set_value("klaar").run())
    fine(chair.get_by_key("close_session").click().run())
    assert now(chair).is_closed
    assert message("meeting.is_closed", "nl") in said(chair)
    assert not any(str(button.key).startswith(("agreed_", "close_")) for button in chair.button)
    fine(phone.get_by_key(key).set_value(8.0).run())
    assert message("error.session_closed", "nl") in phone.error[0].value
    assert now(chair).weights("noise") == {}
    assert message("meeting.is_closed", "nl") in said(phone)
    late = joined(session, code_of(chair))
    assert message("error.session_closed", "nl") in late.error[0].value
    assert seat_at(late) is None


def test_leaving(session: Session) -> None:
    """Back to the doors; the code of the chair is no longer on the screen."""
    chair = opened(session)
    code = chair.session_state["app_state"].chair_code
    assert code in said(chair)
    fine(chair.get_by_key("leave_session").click().run())
    assert [title.value for title in chair.title] == [message("app.page.workshop", "nl")]
    assert code not in said(chair)


def test_someone_on_another_machine_sees_the_workshop_only(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """No menu, no other page, no way to open a session; with the chair's code everything."""
    chair = opened(session)
    site = put_forward(chair)
    monkeypatch.setattr("suitability.ui.layout.is_guest", lambda: True)
    monkeypatch.setattr("suitability.ui.workshop.joining.is_guest", lambda: True)
    phone = fine(session())
    assert [title.value for title in phone.title] == [message("app.page.workshop", "nl")]
    assert not list(phone.sidebar.children.values())
    assert [button.label for button in phone.button] == [message("meeting.come_in", "nl")]
    for name in ("overview", "data", "site", "download", "ranking", "shortlist"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            phone.switch_page(f"suitability/ui/pages/{name}.py")
    phone.get_by_key("join_code").set_value(code_of(chair))
    phone.get_by_key("join_party").set_value("dorpsbelang")
    press(phone, message("meeting.come_in", "nl"))
    assert site in said(phone)
    assert not list(phone.sidebar.children.values())
    remote = fine(session())
    remote.get_by_key("join_code").set_value(chair.session_state["app_state"].chair_code)
    remote.get_by_key("join_party").set_value("provincie")
    press(remote, message("meeting.come_in", "nl"))
    assert remote.get_by_key("policy_choice").value == POLICY
    go(remote, "site")


def few(session: Session) -> AppTest:
    """Give the shortlist under a policy with few places."""
    return go(use(session(), "weinig.yaml", FEW), "shortlist")


def test_a_set_of_sites_is_found(session: Session) -> None:
    """Enough beds on as few sites as it takes, on the map and in a table, and said to be proven."""
    at = few(session)
    fine(at.get_by_key("shortlist_beds_weinig").set_value(120).run())
    fine(at.get_by_key("look_for_set").click().run())
    sites, beds = (int(metric.value.replace(".", "")) for metric in at.metric[:2])
    assert beds >= 120
    assert len(at.dataframe[0].value) == sites == 3
    assert "120 slaapplaatsen" in said(at)
    assert "geen beter voorstel" in said(at) or "Goed genoeg" in said(at)
    go(go(at, "overview"), "shortlist")
    assert at.get_by_key("shortlist_beds_weinig").value == 120
    assert len(at.metric) == 4


def test_an_impossible_request_is_explained_in_words(session: Session) -> None:
    """More beds than one site holds: which conditions clash, and what would do."""
    at = few(session)
    at.get_by_key("shortlist_beds_weinig").set_value(120)
    fine(at.get_by_key("shortlist_limited").check().run())
    fine(at.get_by_key("shortlist_sites").set_value(1).run())
    fine(at.get_by_key("look_for_set").click().run())
    assert at.warning[0].value.startswith("Er is geen voorstel mogelijk")
    told = said(at)
    assert "opgave: 120 slaapplaatsen in totaal" in told
    assert "maximaal aantal locaties: 1" in told
    assert "3 in plaats van 1" in told
    assert not at.dataframe
