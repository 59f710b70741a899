"""A bounded store of results that all sessions share: made once, never changed, the least recently used goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Shelf(Generic[T]):
    """The latest results by key, made once however many sessions ask at the same moment."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, threading.Lock()
        self._made: OrderedDict[str, T] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}

    def __len__(self) -> int:
        return len(self._made)

    def known(self, key: str) -> T | None:
        """Return the result of that key when it is there."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return the result of that key; ``make`` is called when there is none."""
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
