"""Minutes as a PDF that assistive software can read (PDF/UA-1), with the fonts that the typesetter carries.

Texts reach the typesetter as data, never as markup. A sign that no font has (PDF/UA-1 forbids an empty box for it) is
written as its number, ``[U+6F22]``, so that nothing is lost in silence; the HTML has the sign itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

import typst

from suitability.core.errors import Problem, WorkshopError

if TYPE_CHECKING:
    from datetime import datetime

    from suitability.workshop.minutes.content import Minutes

_STANDARD: Final = "ua-1"

#: How often signs are replaced before giving up; the typesetter names many at a time.
_TRIES: Final = 200

_NOT_SHOWN: Final = re.compile(r'the text `"([^`]*)"` could not be displayed')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_LAST_LATIN: Final = 0x24F  # below this every font has every sign

#: Dots per inch of a picture of a page.
_PPI: Final = 110.0


def to_pdf(minutes: Minutes, now: datetime) -> bytes:
    """Return the document. Raises ``WorkshopError`` when it cannot be set."""
    return _set(minutes, now, "pdf")[0]


def to_pictures(minutes: Minutes, now: datetime) -> list[bytes]:
    """Return each page as a PNG."""
    return _set(minutes, now, "png")


def _set(minutes: Minutes, now: datetime, form: Literal["pdf", "png"]) -> list[bytes]:
    template = files("suitability.workshop.minutes").joinpath("minutes.typ").read_bytes()
    blocks = [{"kind": type(block).__name__.lower(), **asdict(block)} for block in minutes.blocks]
    told = {
        "title": minutes.title, "subtitle": minutes.subtitle, "footer": minutes.footer, "lang": minutes.lang,
        "blocks": blocks,
    }  # fmt: skip
    text = json.dumps(told, ensure_ascii=False)
    for _ in range(_TRIES):
        try:
            made = typst.compile(
                template, format=form, ppi=_PPI, sys_inputs={"minutes": text}, timestamp=int(now.timestamp()),
                pdf_standards=[_STANDARD] if form == "pdf" else [],
            )  # fmt: skip
        except typst.TypstError as error:
            named = [_unescaped(sign) for sign in _NOT_SHOWN.findall(error.diagnostic)]
            if not named:
                raise WorkshopError(Problem("pdf", "minutes_not_set", {"found": str(error).splitlines()[0]})) from error
            signs = {sign for group in named for sign in group if ord(sign) > _LAST_LATIN}
            text = text.translate({ord(sign): f"[U+{ord(sign):04X}]" for sign in signs})
        else:
            return made if isinstance(made, list) else [made]
    raise WorkshopError(Problem("pdf", "minutes_not_set", {"found": "fonts"}))


def _unescaped(text: str) -> str:
    """Return a text as it was before the typesetter put it in its message."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
