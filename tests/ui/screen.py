"""The app as a person drives it in a browser: go to a page, move a slider, click a parcel, read what it says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from suitability.core.messages import Lang, message
from suitability.spatial.parcels import inner_points
from suitability.ui.layout import PAGES
from tests.moments import HANG_S

if TYPE_CHECKING:
    from suitability.scan.run import Scan

PATIENCE_MS = HANG_S * 1000

#: No script runs, nothing is stale or still to come, and the map, where there is one, is drawn.
SETTLED = """() => !document.querySelector(
    '[data-testid=stStatusWidget],[data-testid=stSkeleton],[data-testid=stProgress],[data-testid=stSpinner],[data-stale=true]')
  && [...document.querySelectorAll('.parcel-map')].every((map) => map.dataset.drawn)
  && document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"""


@dataclass
class Screen:
    """One browser window."""

    page: Any
    address: str

    def open(self) -> Screen:
        """Open the app and wait for the first screen."""
        self.page.goto(self.address)
        self.page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE_MS)
        return self.settle()

    def settle(self) -> Screen:
        """Wait until the app has answered."""
        self.page.wait_for_timeout(150)  # for the browser to tell the server what was done
        self.page.wait_for_function(SETTLED, timeout=PATIENCE_MS)
        return self

    def go(self, name: str, lang: Lang = "nl") -> Screen:
        """Go to a page by its name in the menu."""
        self.page.get_by_test_id("stSidebarNavLink").nth(PAGES.index(name)).click()
        title = message("map.title", lang, area="Kampen") if name == "overview" else message(f"app.page.{name}", lang)
        self.page.get_by_role("heading", level=1).filter(has_text=title).wait_for(timeout=PATIENCE_MS)
        return self.settle()

    def choose_policy(self, title: str) -> Screen:
        """Choose a policy at the side."""
        box = self.page.get_by_test_id("stSidebar").get_by_role("combobox")
        box.click()
        box.fill(title)  # a long list shows only a part of itself
        self.page.get_by_role("option", name=title).first.click()
        return self.settle()

    def shows(self, figures: list[str]) -> Screen:
        """Check that these figures stand at the head of the page, or come there."""
        found = self.page.get_by_test_id("stMetricValue")
        until = time.monotonic() + HANG_S
        while [text.strip() for text in found.all_inner_texts()] != figures and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        assert [text.strip() for text in found.all_inner_texts()] == figures
        return self.settle()

    def nudge(self, label: str, steps: int) -> Screen:
        """Move a slider so many steps to the right with the keyboard."""
        self.page.get_by_role("slider", name=re.compile(re.escape(label))).focus()
        for _ in range(steps):
            self.page.keyboard.press("ArrowRight")
        self.page.wait_for_timeout(400)  # a slider waits for the next key before it tells
        return self.settle()

    def click_parcel(self, scan: Scan, index: int) -> Screen:
        """Click a parcel on the map."""
        drawing = self.page.locator(".parcel-map")
        middle_x, middle_y, metres = map(float, drawing.get_attribute("data-view").split())
        box = drawing.bounding_box()
        x, y = shapely.get_coordinates(inner_points(scan.parcels.geometry[[index]]))[0]
        right, down = (x - middle_x) / metres, (middle_y - y) / metres
        self.page.mouse.click(box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down)
        return self.settle()

    def text(self) -> str:
        """Return all that can be read on the page."""
        return str(self.page.get_by_test_id("stMain").inner_text())
