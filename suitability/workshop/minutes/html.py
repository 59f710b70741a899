"""Minutes as one HTML file: asks nothing of any server, prints well, and shows every text as text."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from suitability.workshop.minutes.blocks import Heading, Paragraph, Points, Table

if TYPE_CHECKING:
    from suitability.workshop.minutes.blocks import Block
    from suitability.workshop.minutes.content import Minutes

#: Nothing is loaded and nothing runs, whatever a text may hold.
_SECURITY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(minutes: Minutes) -> str:
    """Return the page."""
    style = files("suitability.workshop.minutes").joinpath("minutes.css").read_text(encoding="utf-8")
    title = _text(minutes.title)
    body = "\n".join(_block(block) for block in minutes.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{minutes.lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
        f"<p>{_text(minutes.subtitle)}</p>\n</header>\n<main>\n{body}\n</main>\n"
        f"<footer><p>{_text(minutes.footer)}</p></footer>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{_text(text)}</h2>"
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Points(items):
            return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in items) + "</ul>"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    shares = "".join(f'<col style="width:{100 * width / sum(table.widths):.1f}%">' for width in table.widths)
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in table.columns)
    first = "td" if table.columns else 'th scope="row"'
    rows = "".join(
        f"<tr><{first}>{_text(row[0])}</{first.split(maxsplit=1)[0]}>{''.join(f'<td>{_text(cell)}</td>' for cell in row[1:])}</tr>"
        for row in table.rows
    )
    heading = f"<thead><tr>{head}</tr></thead>" if table.columns else ""
    table_html = f"<table><colgroup>{shares}</colgroup>{heading}<tbody>{rows}</tbody></table>"
    return f'<div class="wide" tabindex="0">{table_html}</div>'
