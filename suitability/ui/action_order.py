"""In which order one person acts.

A screen that is moved quickly may be served by two threads at once, the older of them slower: what it still wants to
store would then come after, and undo, what was chosen later.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Turns:
    """The turns of one screen."""

    _writing: threading.Lock = field(default_factory=threading.Lock)
    _counting: threading.Lock = field(default_factory=threading.Lock)
    _taken: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def turn(self, about: str) -> Iterator[bool]:
        """Wait for one's turn; give whether nobody came after with the same ``about``."""
        with self._counting:
            self._taken[about] += 1
            mine = self._taken[about]
        with self._writing:
            yield self._taken[about] == mine
