"""The map in a real browser: it draws, its pop-ups open, no text in it runs, and the console stays silent."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from suitability.core.messages import message
from tests.programs import chromium
from tests.skins.small import small_scan
from tests.skins.test_exports import NASTY, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.scan.run import Scan

#: Opens the pop-up of every shape that has one, and leaves their texts in the page.
OPEN_ALL = """<script>window.addEventListener('load', function () {
  var said = [], drawn = 0;
  for (var key in window) { if (/^map_/.test(key) && window[key] instanceof L.Map) {
    window[key].eachLayer(function (layer) {
      if (layer instanceof L.Path) { drawn += 1; }
      if (layer.getPopup && layer.getPopup()) { layer.openPopup(); said.push(layer.getPopup().getElement().innerText); }
    });
  } }
  var report = document.createElement('pre'); report.id = 'report';
  report.textContent = drawn + ' drawn\\n' + said.join('\\n--\\n'); document.body.appendChild(report);
});</script>"""


def see(page: Path, tmp_path: Path) -> tuple[str, str]:
    """Return the document after everything ran, and what the browser complained of."""
    done = subprocess.run(
        [chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def opened(page: Path, tmp_path: Path) -> tuple[str, str, str]:
    """Return the document, the report of ``OPEN_ALL`` and the complaints."""
    copy = tmp_path / "opened.html"
    copy.write_text(page.read_text(encoding="utf-8").replace("</html>", f"{OPEN_ALL}</html>"), encoding="utf-8")
    document, complaints = see(copy, tmp_path)
    report = re.search(r'<pre id="report">(.*?)</pre>', document, re.DOTALL)
    assert report is not None, complaints
    return document, report[1], complaints


def test_nasty_texts_are_shown_and_nothing_runs(tmp_path: Path) -> None:
    """Every pop-up opens with its text as it was typed; the title of the page is ours."""
    document, report, complaints = opened(write(small_scan(NASTY), tmp_path / "out")["map.html"], tmp_path)
    assert complaints == ""
    assert "<title>Locatiescan everywhere</title>" in document
    assert report.count("--\n") == len(NASTY) - 1
    for text in ("&lt;img src=x onerror=", "{{7*7}}", "{% raise %}", "${7*7}", "Ĳsselmuiden", "O'Neill &amp; zn."):
        assert text in report


def test_demo_map_draws_in_a_browser(scan_of: Callable[[str], Scan], tmp_path: Path) -> None:
    """The real map: every class is in the legend, all shapes are drawn, no request leaves the page."""
    document, complaints = see(write(scan_of("kadaster-scan"), tmp_path / "out")["map.html"], tmp_path)
    assert complaints == ""
    for key in ("pass", "unknown", "near_miss", "fail"):
        assert message(f"outcome.{key}", "nl") in document
    assert document.count("<canvas") >= 1
