"""LRU cache that all sessions of a process share: bounded by a number of entries, thread-safe, one computation per key.

``st.cache_resource(max_entries=...)`` cannot answer whether a result is there without making it, and refuses the button that
stops a scan. ``cachetools`` has the bound, but one computation per key only in a decorator, which hides the keys.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class LruCache(Generic[T]):
    """The ``size`` results that were asked for last, by key; sessions that ask while one is made wait for it."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, threading.Lock()
        self._made: OrderedDict[str, T] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}

    def __len__(self) -> int:
        return len(self._made)

    def known(self, key: str) -> T | None:
        """Return the result of a key, None when it is not there; it becomes the most recently used."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the result of a key; ``make`` is called when there is none. Results are never None."""
        with self._lock:
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            found = self.known(key)
            if found is not None:
                return found
            made = make()
            with self._lock:
                self._made[key] = made
                while len(self._made) > self._size:
                    self._made.popitem(last=False)
                self._making = {
                    name: lock for name, lock in self._making.items() if name in self._made or lock.locked()
                }
            return made
