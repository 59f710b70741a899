"""Modules of a package that are imported at their first use, for those that take long to load and few need (PEP 562)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import ModuleType


def lazy_modules(package: str, names: Collection[str]) -> Callable[[str], ModuleType]:
    """Return a ``__getattr__`` for a package that imports the modules of these names when they are asked for."""

    def find(name: str) -> ModuleType:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return import_module(f"{package}.{name}")

    return find
