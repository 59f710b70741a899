"""The formats in which the Dutch government gives its maps, and what each of them holds for the engine.

A file is known by its content, never by its name. Beside its layers a format can hold more than the engine asks for:
``imro.read_plan``, ``bag.read_addresses`` and ``read_places``, ``top.read_park_points``, ``addresses.read_addresses``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layers.formats import addresses, bag, bgt, brk, imro, top

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layers.raw import Raw


@dataclass(frozen=True)
class Format:
    """A format: how its files usually end, what it can hold, and how to know and read one.

    ``recognises`` and ``read`` raise ``SourceError`` for a file that is damaged or not safe; ``read`` returns those
    of ``layers`` that the file holds.
    """

    id: str
    suffixes: tuple[str, ...]
    recognises: Callable[[Path], bool]
    layers: frozenset[str]
    read: Callable[[Path], dict[str, Raw]]


def _no_layers(_path: Path) -> dict[str, Raw]:
    """Return nothing: addresses serve to find places, and are no layer of the engine."""
    return {}


_GML: Final = (".gml", ".xml", ".zip", ".gz")
_PLAN_LAYERS: Final = frozenset({"zoning", "building_plots", "businesses", "recreation_parks"})

FORMATS: Final[tuple[Format, ...]] = (
    Format("brk", _GML, brk.recognises, frozenset({"parcels"}), brk.read),
    Format("brk-answer", (".json", ".geojson"), brk.recognises_answer, frozenset({"parcels"}), brk.read_answer),
    Format("imro", _GML, imro.recognises, _PLAN_LAYERS, imro.read),
    Format("bag", _GML, bag.recognises, frozenset({"buildings"}), bag.read),
    Format("bgt", _GML, bgt.recognises, frozenset({"buildings", "public_roads", "water"}), bgt.read),
    Format("top", _GML, top.recognises, frozenset({"recreation_parks", "water", "settlements"}), top.read),
    Format(
        "regions",
        (".json", ".geojson"),
        addresses.recognises_regions,
        frozenset({"municipality"}),
        addresses.read_regions,
    ),
    Format("addresses", (".gpkg",), addresses.recognises_addresses, frozenset(), _no_layers),
)


def recognise(path: Path) -> Format | None:
    """Return the format of a file, from its content; null when it is none of them, or is no plain file.

    Raises ``SourceError`` for a file that cannot be opened or a zip that is not safe.
    """
    if not path.is_file():
        return None
    return next((one for one in FORMATS if one.recognises(path)), None)
