"""The app in a real browser: the first useful screen after the server is up, and the answer to a moved limit.

On the embedded municipality and on 50,000 parcels. A limit is moved with an arrow key; the answer is there when both
the figures and the map have changed. Needs Playwright for Python and a Chromium; without them it says so.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.timing import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MOVES = 12
_RULES = {
    "guideline distance": "Buiten de richtafstand van bedrijven",
    "minutes by bicycle": "Met de fiets naar een supermarkt",
}

#: In the browser: when a key went down, and when first both figures and map were other than then.
WATCH = """() => {
  const seen = () => [document.querySelector('.parcel-map').dataset.drawn,
    [...document.querySelectorAll('[data-testid=stMetricValue]')].map((e) => e.innerText).join()];
  window.answers = [];
  document.addEventListener('keydown', () => {
    const from = performance.now(), before = seen();
    const look = () => {
      const now = seen();
      if (now[0] && now[0] !== before[0] && now[1] !== before[1]) { window.answers.push(performance.now() - from); }
      else if (performance.now() - from < 5000) { requestAnimationFrame(look); }
    };
    requestAnimationFrame(look);
  }, true);
}"""


def run() -> None:
    """Print the times."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        print("App: Playwright for Python is not installed, nothing measured")
        return
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("App: no Chromium on this machine, nothing measured")
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, module in (("24,032 parcels", "suitability.ui.serve"), ("50,000 parcels", "benchmarks.large_app")):
            print(f"App, {name}")
            cache = Path(folder, name)
            for measured in ("nothing measured before", "measured before"):
                with server(module, cache) as (address, up):
                    page = browser.new_page(viewport={"width": 1500, "height": 1000})
                    print(
                        f"  first useful screen, {measured:24s} {first_screen(page, address) - up:6.2f} s after the server was up"
                    )
                    if measured == "measured before":
                        _what_ifs(page)
                    page.close()
        browser.close()


@contextlib.contextmanager
def server(module: str, cache: Path) -> Iterator[tuple[str, float]]:
    """Run the app; give its address and the moment that it answered."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", module, "--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUITABILITY_CACHE": str(cache)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://localhost:{port}"
        try:
            while not _answers(f"{address}/_stcore/health"):
                time.sleep(0.02)
            yield address, time.perf_counter()
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310 (our own)
        return bool(answer.status == 200)  # noqa: PLR2004 (HTTP: in order)
    return False


def first_screen(page: Any, address: str) -> float:  # noqa: ANN401 (a page of Playwright)
    """Open the app; return when figures and map were there."""
    page.goto(address)
    page.wait_for_selector("[data-testid=stMetricValue]", timeout=120_000)
    page.wait_for_function("() => document.querySelector('.parcel-map')?.dataset.drawn", timeout=120_000)
    return time.perf_counter()


def _what_ifs(page: Any) -> None:  # noqa: ANN401 (a page of Playwright)
    page.get_by_role("link", name="Wat als").click()
    page.get_by_role("slider").first.wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    for name, label in _RULES.items():
        page.get_by_role("slider", name=re.compile(label)).focus()
        before = page.evaluate("() => window.answers.length")
        for _ in range(MOVES):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(1200)
        times = [ms / 1000 for ms in page.evaluate("() => window.answers")][before:]
        print(f"  what-if, {name:20s} {spread(times)}" if times else f"  what-if, {name}: no answer seen")


if __name__ == "__main__":
    run()
