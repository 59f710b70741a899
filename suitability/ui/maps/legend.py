"""Legend of a map: per class its colour with its hatching, and its name."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from suitability.report.style import hatch_css

if TYPE_CHECKING:
    from collections.abc import Sequence

_HATCH_PX: Final = 5.0  # closer than on the map: a swatch is as small as a letter


def legend(classes: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return the legend as HTML of classes, each its name and its style on ``parcel_map``."""
    items = "".join(
        f'<div role="listitem"><span aria-hidden="true" style="background:{_background(style)}"></span>{escape(text)}</div>'
        for text, style in classes
    )
    return f'<div class="legend" role="list">{items}</div>'


def _background(style: dict[str, Any]) -> str:
    return ", ".join(filter(None, [hatch_css(style["hatch"], _HATCH_PX), style["colour"]]))
