"""The table of noise maps, ``config/sources/noise.yaml``: addresses, patterns of names and what silence means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from layers._forms import HostUrl, Pattern, Text, Words, one_of, read_form
from suitability.core.local_text import LocalText
from suitability.core.types import Params

if TYPE_CHECKING:
    from pathlib import Path


class NoiseMap(Params):
    """One map: its ``pattern`` of names, and whether a cell without data means no noise."""

    name: LocalText
    pattern: Pattern
    silence: Annotated[str, one_of("unknown", "no_noise")]

    @property
    def is_silent(self) -> bool:
        """True if a cell without data means no noise."""
        return self.silence == "no_noise"


class NoiseTable(Params):
    """The whole table. ``hosts``: no other is ever asked. ``note``: for one map; ``note_added``: for several."""

    #: Names that may be of use to a person who has to mend a pattern.
    alike: ClassVar[re.Pattern[str]] = re.compile("geluid|noise|lden", re.IGNORECASE)

    hosts: Words
    url: HostUrl
    media_type: Text
    tile_cells: int = Field(ge=10, le=5000)
    source: Text
    page: Text
    licence: Text
    attribution: Text
    note: LocalText
    note_added: LocalText
    maps: dict[str, NoiseMap] = Field(min_length=1)


def read_noise_table(path: Path) -> NoiseTable:
    """Read the table; raises ``SourceError`` with a ``Problem`` per mistake."""
    return read_form(path, NoiseTable)
