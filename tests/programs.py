"""Programs beside Python that tests need. Where one is missing its tests are skipped; where ``CI`` is set they fail."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def without(what: str) -> NoReturn:
    """Skip a test for want of something, or fail where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and where CI is set nothing may be missing")
    pytest.skip(what)


def chromium() -> str:
    """Return the path of Chromium."""
    return next((path for name in _CHROMIUM if (path := shutil.which(name))), None) or without("Chromium is missing")


@contextmanager
def headless_browser() -> Iterator[Any]:
    """Give a browser without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        running.close()
