"""Texts from a policy or a layer on a page: shown letter by letter, never read as formatting, a picture or HTML."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence


#: A table of more columns than this is not squeezed into a narrow screen: it is moved sideways there.
_BROAD: Final = 6


def plain(text: str) -> str:
    """Return a text so that Markdown shows it as it is, on one line."""
    return re.sub(r"([\\`*_\[\]<>#|$~!&])", r"\\\1", " ".join(text.split()))


def bullets(lines: Sequence[str]) -> str:
    """Return lines as a list in Markdown; a line that starts with spaces belongs to the one before."""
    return "\n".join(f"{'  ' if line.startswith(' ') else ''}- {plain(line)}" for line in lines)


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str, *, numbers_from: int = 99) -> str:
    """Return a table in HTML of which the first column names the row.

    ``caption`` is for screen readers; columns from ``numbers_from`` on are numbers, aligned right.
    """

    def cell(tag: str, j: int, text: str, scope: str = "") -> str:
        right = ' class="number"' if j >= numbers_from else ""
        return f"<{tag}{scope}{right}>{escape(text)}</{tag}>"

    broad = " broad" if len(head) > _BROAD else ""
    top = "".join(cell("th", j, text, ' scope="col"') for j, text in enumerate(head))
    body = "".join(
        "<tr>"
        + "".join(cell("td" if j else "th", j, text, "" if j else ' scope="row"') for j, text in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="facts{broad}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
