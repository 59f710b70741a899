"""From longlist to shortlist in the app: weights move the ranking, and every figure is the engine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suitability.core.messages import message
from suitability.selection.ranking.order import rank
from suitability.selection.ranking.sites import make_sites
from tests.ui.test_pages import fine, go

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from suitability.scan.run import Scan

FACILITIES = "weight_hardenberg-2025_facilities"
NOISE = "weight_hardenberg-2025_noise"


def with_hardenberg(at: AppTest, page: str) -> AppTest:
    """Go to a page under the policy of Hardenberg."""
    fine(at.get_by_key("policy_choice").set_value("hardenberg-2025").run())
    return go(at, page)


def test_a_moved_weight_gives_the_ranking_of_the_engine(
    session: Callable[[], AppTest], scan_of: Callable[[str], Scan]
) -> None:
    """Order, points and contributions; a weight of 0 takes its rule out; and back to the policy."""
    at = with_hardenberg(session(), "ranking")
    sites = make_sites(scan_of("hardenberg-2025"))
    names = [message(f"app.ranking.{name}", "nl") for name in ("place", "site", "score")]
    before = at.dataframe[0].value[names]
    fine(at.get_by_key(FACILITIES).set_value(10.0).run())
    fine(at.get_by_key(NOISE).set_value(0.0).run())
    shown = at.dataframe[0].value
    expected = rank(sites, {"facilities": 10.0, "noise": 0.0, "environment": 5.0, "near_work": 5.0})
    first = expected.order[: len(shown)]
    assert shown[names[1]].tolist() == [expected.site_ids[row] for row in first]
    assert np.allclose(shown[names[2]], expected.total_low[first] * 100, atol=0.0501)
    labels = [rule.label.nl for rule in expected.rules]
    assert np.allclose(shown[labels].sum(axis=1), shown[names[2]], atol=0.0501 * (len(labels) + 1))  # each is rounded
    assert "Geluidbelasting niet te hoog" not in shown
    fine(at.get_by_key("reset_weights").click().run())
    assert at.dataframe[0].value[names].equals(before)
    assert at.get_by_key(NOISE).value == 5.0


def test_no_weights_at_all(session: Callable[[], AppTest]) -> None:
    """Said, not a breakdown; every site shares the first place."""
    at = with_hardenberg(session(), "ranking")
    for name in ("facilities", "noise", "environment", "near_work"):
        fine(at.get_by_key(f"weight_hardenberg-2025_{name}").set_value(0.0).run())
    assert set(at.dataframe[0].value[message("app.ranking.place", "nl")]) == {1}
