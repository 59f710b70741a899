"""Pages of a card, or of the answer to a refused line: HTML, PDF and PNG from the same texts, which are never markup.

The PDF is made by Typst with the fonts it brings along, tagged and as PDF/UA-1 (ISO 14289-1), so that it reads the same
everywhere and aloud. It reads no file and no package but the template.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import typst
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from suitability.core.errors import Problem, SourceError
from suitability.report.static_files import static_text

if TYPE_CHECKING:
    from jinja2 import Template

_STANDARD: Final = "ua-1"


def card_html(card: dict[str, Any]) -> str:
    """Return the card as one self-contained page."""
    drawing = Markup(card["map"])  # noqa: S704 (our own drawing; its texts were escaped when it was made)
    return _template("site_card").render(card=card, css=_style(), map=drawing)


def refusal_html(card: dict[str, Any]) -> str:
    """Return the answer to a refused line as one self-contained page."""
    return _template("refusal").render(card=card, css=_style())


def _style() -> Markup:
    return Markup(_static("site_card.css"))  # noqa: S704 (our own style sheet)


@cache
def _template(name: str) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_static(f"{name}.html.jinja"))


def _static(name: str) -> str:
    return static_text(name, "suitability.report.cards")


def card_pdf(card: dict[str, Any]) -> bytes:
    """Return the card as PDF; raises ``SourceError`` when it cannot be made."""
    return _compiled(card, "pdf")


def refusal_pdf(card: dict[str, Any]) -> bytes:
    """Return the answer to a refused line as PDF; raises ``SourceError`` when it cannot be made."""
    return _compiled(card, "pdf", name="refusal")


def refusal_png(card: dict[str, Any], ppi: float = 110.0) -> bytes:
    """Return the answer to a refused line as PNG, to look at."""
    return _compiled(card, "png", ppi, name="refusal")


def card_png(card: dict[str, Any], ppi: float = 110.0) -> bytes:
    """Return the first page of the card as PNG, to look at."""
    return _compiled(card, "png", ppi)


def _compiled(
    card: dict[str, Any], kind: Literal["pdf", "png"], ppi: float | None = None, *, name: str = "site_card"
) -> bytes:
    try:
        made = typst.compile(
            _static(f"{name}.typ").encode(),
            format=kind, ppi=ppi, ignore_system_fonts=True, font_paths=[], pdf_standards=_STANDARD if kind == "pdf" else None,
            sys_inputs={"card": json.dumps(card, ensure_ascii=False)},
        )  # fmt: skip
    except typst.TypstError as error:
        fields = {"found": card["heading"]["number"], "detail": str(error).splitlines()[0]}
        raise SourceError(Problem(f"{name}.typ", "card_failed", fields)) from error
    return made if isinstance(made, bytes) else made[0]
