"""The Shortlist page without a browser: the set, the need, other sets, other numbers of beds and the files."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from suitability.core.messages import LANGS, Lang, message
from suitability.ui import shortlist_cache as shortlist_work
from suitability.ui.lru_cache import LruCache
from suitability.ui.shortlist_cache import choice_of, known, sets_known, wanted_of, zipped
from tests.selection.shortlist.small_policy import SMALL
from tests.ui.session import PATIENCE_S
from tests.ui.test_pages import figures, fine, go, in_language, texts, use

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from suitability.selection.shortlist.best_set import Shortlist
    from suitability.ui.shortlist_cache import Outcome

SET = "shortlist_set_"


@pytest.fixture(autouse=True)
def _nothing_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no session find what one before it looked for."""
    for name in ("_FOUND", "_SETS", "_POINTS"):
        monkeypatch.setattr(shortlist_work, name, LruCache(4))


def asked(session: Callable[[], AppTest], lang: Lang = "nl") -> AppTest:
    """Return the page with the set for the need of the policy."""
    at = go(use(in_language(session(), lang), "klein.yaml", SMALL), "shortlist")
    return fine(at.get_by_key("look_for_set").click().run(timeout=PATIENCE_S))


def tables(at: AppTest) -> list[str]:
    """Return the tables on the page that are no list to choose from."""
    return [part.proto.body for part in at.main.get("html") if "<table" in part.proto.body]


def outcome_of(at: AppTest) -> Outcome:
    """Return what the page found."""
    state = at.session_state["app_state"]
    found = known(state, wanted_of(state, 120, None))
    assert found is not None
    return found


def ids(at: AppTest, lang: Lang = "nl") -> list[str]:
    """Return the sites in the table of the set."""
    found: list[str] = at.dataframe[0].value[message("column.site_id", lang)].tolist()
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_says_what_is_needed_and_how_far_the_set_goes(session: Callable[[], AppTest], lang: Lang) -> None:
    """Starts at the need of the policy; a table of need against beds, unknown said as unknown; nothing untranslated."""
    at = asked(session, lang)
    assert figures(at)[1] == "120"
    (table,) = tables(at)
    assert message("need.range", lang, low="80", high="120") in table
    assert message("value.unknown", lang) in table
    assert message("need.there_unknown", lang) in {caption.value for caption in at.caption}
    assert not [text for text in texts(at) if text.startswith(("app.", "need.", "column."))]


def test_another_good_set_is_chosen_and_everything_follows(session: Callable[[], AppTest]) -> None:
    """Three sets to choose from; the second is another one in the table, the figures and the files."""
    at = asked(session)
    first = ids(at)
    fine(at.get_by_key("look_for_sets").click().run(timeout=PATIENCE_S))
    (choice,) = [radio for radio in at.radio if radio.key.startswith(SET)]
    assert len(choice.options) == 3
    assert ids(at) == first
    fine(choice.set_value(1).run())
    assert ids(at) != first
    state, outcome = at.session_state["app_state"], outcome_of(at)
    sets: tuple[Shortlist, ...] | None = sets_known(state, outcome.wanted)
    assert sets is not None
    assert ids(at) == list(sets[1].ids)
    with zipfile.ZipFile(io.BytesIO(zipped(choice_of(state, outcome, sets[1]), "nl"))) as archive:
        assert {"shortlist.csv", "shortlist.xlsx", "shortlist.gpkg", "shortlist.json", "need.csv"} == set(
            archive.namelist()
        )
        table = pd.read_csv(archive.open("shortlist.csv"), sep=";")
    assert table[message("column.site_id", "nl")].tolist() == ids(at)
    assert at.get_by_key("download_shortlist").proto.label == message("app.shortlist.files", "nl")


def test_more_beds_or_better_places_is_drawn_and_told(session: Callable[[], AppTest]) -> None:
    """A chart, and beside it a table with the same numbers, the impossible said so; the files hold it from then on."""
    at = asked(session)
    fine(at.get_by_key("look_along_frontier").click().run(timeout=PATIENCE_S))
    assert len(at.main.get("vega_lite_chart") or at.main.get("arrow_vega_lite_chart")) == 1
    need, curve = tables(at)
    assert ">180<" in curve
    assert message("need.search.none_infeasible", "nl") in curve
    assert curve != need
    state, outcome = at.session_state["app_state"], outcome_of(at)
    choice = choice_of(state, outcome, outcome.found)  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(zipped(choice, "nl"))) as archive:
        assert "frontier.csv" in archive.namelist()


def test_what_cannot_be_met_is_explained_and_offers_no_files(session: Callable[[], AppTest]) -> None:
    """500 beds in 4 sites of at most 50: the conflict, and neither sets nor files."""
    at = go(use(session(), "klein.yaml", SMALL), "shortlist")
    fine(at.number_input[0].set_value(500).run())
    fine(at.get_by_key("look_for_set").click().run(timeout=PATIENCE_S))
    assert len(at.warning) >= 1
    assert not [button for button in at.button if button.key in {"look_for_sets", "look_along_frontier"}]
