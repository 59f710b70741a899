"""Sources of layers. They know ``suitability.types``, ``.specs`` and ``.errors`` and nothing else of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from suitability.errors import Problem, SourceError

if TYPE_CHECKING:
    from suitability.types import Source

#: What ``--source`` understands.
SOURCE_NAMES: Final = ("demo",)


def open_source(text: str) -> Source:
    """Return the source that ``text`` names (``demo``: the embedded municipality); raises ``SourceError``."""
    if text.strip() == "demo":
        from layers.demo import DemoSource  # noqa: PLC0415 (reading libraries load only for the source that is used)

        return DemoSource()
    raise SourceError(Problem("--source", "unknown_source", {"found": text, "expected": ", ".join(SOURCE_NAMES)}))
