"""A text in both languages, as policies carry it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.types import Params

if TYPE_CHECKING:
    from suitability.core.messages import Lang


class LocalText(Params):
    """A text in both languages."""

    nl: str
    en: str

    def in_(self, lang: Lang) -> str:
        """Return the text in ``lang``."""
        return self.nl if lang == "nl" else self.en
