"""The table of services, ``config/sources/pdok.yaml``: addresses, collections and field names, read strictly.

What a person wrote wrongly is said with file and line, all mistakes at once; an unknown key gets a suggestion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import urlsplit

from layers._located_yaml import read_spots
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from layers._located_yaml import Spot

Kind = Literal["ogc_features", "wfs"]

_TOP: Final = ("hosts", "services", "layers")
_SERVICE_TEXTS: Final = ("title", "licence", "attribution")
_SERVICE: Final = ("kind", "addresses", *_SERVICE_TEXTS, "output_format", "sort_by")
_NUMBERS: Final = {"tile_m": 100.0, "page_size": 1.0, "max_pages": 1.0, "bytes_per_feature": 1.0, "per_km2": 0.0}
_LAYER_NEEDED: Final = ("service", "collections", "fields", *_NUMBERS)
_LAYER: Final = (*_LAYER_NEEDED, "keep", "drop", "values")
_MOST_A_PAGE: Final = 1000
#: What reading says of a list of files, said of a table of services.
_OWN_WORDS: Final = {
    "sources_missing": "table_missing",
    "sources_empty": "table_empty",
    "sources_too_large": "table_too_large",
}


@dataclass(frozen=True)
class ServiceEntry:
    """A service: of which ``kind``, at which ``addresses`` (the first that has a collection counts), and whose it is."""

    kind: Kind
    addresses: tuple[str, ...]
    title: str
    licence: str
    attribution: str
    output_format: str = "application/json"
    sort_by: str | None = None


#: Stands for a service that is wrong itself, while the rest of a layer is read for its own mistakes.
_NOWHERE: Final = ServiceEntry("wfs", (), "", "", "")


@dataclass(frozen=True)
class LayerEntry:
    """Collections of a layer, and the mapping of their fields.

    ``fields``: role -> names, of which the service must have one. ``keep`` and ``drop``: field -> values, null for
    nothing. ``values``: a value of the service -> ours. ``tile_m``: metres.
    """

    service: ServiceEntry
    collections: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    keep: Mapping[str, tuple[str | None, ...]]
    drop: Mapping[str, tuple[str | None, ...]]
    values: Mapping[str, str]
    tile_m: float
    page_size: int
    max_pages: int
    bytes_per_feature: float
    per_km2: float

    @property
    def needed(self) -> tuple[frozenset[str], ...]:
        """Names of which the service must have at least one, for each role and each field that rows are chosen by."""
        chosen_by = {*self.keep, *self.drop}
        return tuple(frozenset(names) for names in (*self.fields.values(), *((name,) for name in sorted(chosen_by))))

    @property
    def wanted(self) -> frozenset[str]:
        """All names of fields that are kept."""
        return frozenset[str]().union(*self.needed)


@dataclass(frozen=True)
class ServiceTable:
    """The whole table. ``hosts``: no other is ever asked."""

    hosts: frozenset[str]
    layers: Mapping[str, LayerEntry]


def top_of(path: Path, problems: list[Problem]) -> Spot:
    """Return the top of a table of services; raises ``SourceError`` when it cannot be read at all."""
    try:
        return read_spots(path, problems)
    except SourceError as error:
        own = [replace(problem, key=_OWN_WORDS.get(problem.key, problem.key)) for problem in error.problems]
        raise SourceError(*own) from error


def read_service_table(path: Path, roles: Mapping[str, tuple[str, ...]]) -> ServiceTable:
    """Read the table; ``roles`` are the layers that can be made, and what must be known of each.

    Raises ``SourceError`` with a ``Problem`` per mistake.
    """
    problems: list[Problem] = []
    top = _mapping(top_of(path, problems), _TOP, _TOP)
    hosts = frozenset(_texts(top.get("hosts")))
    named = top["services"].mapping() if "services" in top else {}
    services = {name: _service(spot, hosts) for name, spot in named.items()}
    layers = {}
    for name, spot in (top["layers"].mapping(roles) if "layers" in top else {}).items():
        layers[name] = _layer(spot, services, roles[name])
    if problems:
        raise SourceError(*problems)
    return ServiceTable(hosts, {name: layer for name, layer in layers.items() if layer is not None})


def _service(spot: Spot, hosts: frozenset[str]) -> ServiceEntry | None:
    found = _mapping(spot, _SERVICE, _SERVICE[:5])
    kind = found["kind"].choice(("ogc_features", "wfs")) if "kind" in found else None
    addresses = _texts(found.get("addresses"))
    for item in found["addresses"].items() if "addresses" in found else ():
        if urlsplit(str(item.node.value)).hostname not in hosts:
            item.wrong("table_host", expected=", ".join(sorted(hosts)))
    texts = {name: _text(found.get(name)) for name in _SERVICE_TEXTS}
    if kind is None or not addresses:
        return None
    return ServiceEntry(
        kind=cast("Kind", kind),
        addresses=addresses,
        **texts,
        output_format=_text(found.get("output_format")) or ServiceEntry.output_format,
        sort_by=_text(found.get("sort_by")) or None,
    )


def _layer(spot: Spot, services: Mapping[str, ServiceEntry | None], roles: tuple[str, ...]) -> LayerEntry | None:
    found = _mapping(spot, _LAYER, _LAYER_NEEDED)
    service = found["service"].choice(services) if "service" in found else None
    numbers = {name: _number(found.get(name), least) for name, least in _NUMBERS.items()}
    if numbers["page_size"] > _MOST_A_PAGE:
        found["page_size"].wrong("out_of_range", expected=f"1 … {_MOST_A_PAGE}")
    made = LayerEntry(
        service=_NOWHERE,
        collections=_texts(found.get("collections")),
        fields=_names(found.get("fields"), roles),
        keep=_choices(found.get("keep")),
        drop=_choices(found.get("drop")),
        values=_mapped(found.get("values")),
        tile_m=numbers["tile_m"],
        page_size=int(numbers["page_size"]),
        max_pages=int(numbers["max_pages"]),
        bytes_per_feature=numbers["bytes_per_feature"],
        per_km2=numbers["per_km2"],
    )
    entry = services.get(service) if service else None
    return None if entry is None else replace(made, service=entry)


def _mapping(spot: Spot, allowed: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Spot]:
    """Return what stands under the keys; unknown, repeated and missing keys are mistakes."""
    found = spot.mapping(allowed)
    if spot.is_mapping:
        for name in needed:
            if name not in found:
                spot.problems.append(Problem(spot.place, "missing_key", {"found": name}))
    return found


def _names(spot: Spot | None, roles: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return per role the names that a service may have for it."""
    if spot is None:
        return {}
    return {role: _texts(value) for role, value in _mapping(spot, roles, roles).items()}


def _choices(spot: Spot | None) -> dict[str, tuple[str | None, ...]]:
    if spot is None:
        return {}
    values = {name: value.items() for name, value in spot.mapping().items()}
    return {name: tuple(None if item.is_null else item.text() for item in items) for name, items in values.items()}


def _mapped(spot: Spot | None) -> dict[str, str]:
    return {} if spot is None else {name: _text(value) for name, value in spot.mapping().items()}


def _texts(spot: Spot | None) -> tuple[str, ...]:
    """Return one text or a list of them."""
    found = [] if spot is None else [item.text() for item in spot.items()]
    if spot is not None and not found:
        spot.wrong("expected_text")
    return tuple(text for text in found if text)


def _text(spot: Spot | None) -> str:
    return "" if spot is None else spot.text() or ""


def _number(spot: Spot | None, least: float) -> float:
    """Return a number that is at least ``least``; 1 where it is missing or wrong, which is a mistake already."""
    if spot is None:
        return 1.0
    try:
        number = float(str(spot.node.value))
    except ValueError:
        spot.wrong("expected_number")
        return 1.0
    if not math.isfinite(number) or number < least:
        spot.wrong("out_of_range", expected=f"≥ {least:g}")
    return number
