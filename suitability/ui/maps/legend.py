"""The legend of a map: per class its colour with its hatching, its name and how many."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Hatching -> the same in CSS, over the colour.
_LINES: Final = {
    "": "",
    "dots": "radial-gradient(circle,#222 1px,transparent 1.4px) 0 0/5px 5px,",
    "up": "repeating-linear-gradient(-45deg,transparent 0 3px,#222 3px 4px),",
    "cross": "repeating-linear-gradient(-45deg,transparent 0 3px,#222 3px 4px),"
    "repeating-linear-gradient(45deg,transparent 0 3px,#222 3px 4px),",
}


def legend(classes: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return the legend in HTML: what each class is called, and how ``parcel_map`` draws it."""
    items = "".join(
        f'<div role="listitem"><span aria-hidden="true" style="background:{_LINES[style["hatch"]]}{style["colour"]}"></span>{escape(text)}</div>'
        for text, style in classes
    )
    return f'<div class="legend" role="list">{items}</div>'
