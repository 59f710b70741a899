"""The table of noise maps, ``config/sources/noise.yaml``: addresses, patterns of names and what silence means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from layers._located_yaml import read_spots
from layers._table_values import keys_of, number_of, pattern_of, text_of, texts_of, url_of
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layers._located_yaml import Spot
    from suitability.core.messages import Lang

_LANGS: Final[tuple[Lang, ...]] = ("nl", "en")
_TOP: Final = (
    "hosts",
    "url",
    "media_type",
    "tile_cells",
    "source",
    "page",
    "licence",
    "attribution",
    "note",
    "note_added",
    "maps",
)
_MAP: Final = ("name", "pattern", "silence")
_NO_NOISE: Final = "no_noise"


@dataclass(frozen=True)
class NoiseMap:
    """One map: its ``pattern`` of names, and whether a cell without data means no noise (``is_silent``)."""

    id: str
    pattern: re.Pattern[str]
    is_silent: bool
    name: Mapping[Lang, str] = field(hash=False)


@dataclass(frozen=True)
class NoiseTable:
    """The whole table. ``hosts``: no other is ever asked. ``note``: for one map; ``note_added``: for several."""

    hosts: frozenset[str]
    url: str
    media_type: str
    tile_cells: int
    source: str
    page: str
    licence: str
    attribution: str
    note: Mapping[Lang, str]
    note_added: Mapping[Lang, str]
    maps: tuple[NoiseMap, ...]
    #: Names that may be of use to a person who has to mend a pattern.
    alike: re.Pattern[str] = field(default=re.compile("geluid|noise|lden", re.IGNORECASE))


def read_noise_table(path: Path) -> NoiseTable:
    """Read the table; raises ``SourceError`` with a ``Problem`` per mistake."""
    problems: list[Problem] = []
    top = keys_of(read_spots(path, problems), _TOP)
    hosts = frozenset(texts_of(top.get("hosts")))
    maps = tuple(_map(name, spot) for name, spot in (top["maps"].mapping() if "maps" in top else {}).items())
    if "maps" in top and not maps and not problems:
        top["maps"].wrong("expected_mapping")
    table = NoiseTable(
        hosts=hosts,
        url=url_of(top.get("url"), hosts),
        media_type=text_of(top.get("media_type")),
        tile_cells=int(number_of(top.get("tile_cells"), 10, 5000)),
        source=text_of(top.get("source")),
        page=text_of(top.get("page")),
        licence=text_of(top.get("licence")),
        attribution=text_of(top.get("attribution")),
        note=_by_language(top.get("note")),
        note_added=_by_language(top.get("note_added")),
        maps=maps,
    )
    if problems:
        raise SourceError(*problems)
    return table


def _map(name: str, spot: Spot) -> NoiseMap:
    found = keys_of(spot, _MAP)
    silence = found["silence"].choice(("unknown", _NO_NOISE)) if "silence" in found else None
    return NoiseMap(name, pattern_of(found.get("pattern")), silence == _NO_NOISE, _by_language(found.get("name")))


def _by_language(spot: Spot | None) -> dict[Lang, str]:
    found = {} if spot is None else keys_of(spot, _LANGS)
    return {lang: text_of(found.get(lang)) for lang in _LANGS}
