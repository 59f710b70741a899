"""Work that several rules or pieces share: it is done when it is first asked for, and kept beside what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_Key = TypeVar("_Key", bound="Hashable")
_Kept = TypeVar("_Kept")


def once(shared: dict[_Key, object], key: _Key, make: Callable[[], _Kept]) -> _Kept:
    """Return the memoised value of a key, computed by ``make`` on first use.

    ``shared``: the memo of parcels, a layer or a graph. The key must hold everything else that ``make`` depends on.
    """
    if key not in shared:
        shared[key] = make()
    return cast("_Kept", shared[key])
