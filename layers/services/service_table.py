"""The table of services, ``config/sources/pdok.yaml``: addresses, collections and field names.

Each mistake is one sentence with file and line, all mistakes at once; an unknown key gets a suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, create_model

from layers._forms import HostUrls, Named, Number, Text, Texts, Values, Words, read_form
from suitability.core.types import Params
from suitability.core.validation import MistakeError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind = Literal["ogc_features", "wfs"]


class ServiceEntry(Params):
    """A service: of which ``kind``, at which ``addresses`` (the first that has a collection counts), and whose it is."""

    kind: Kind
    addresses: HostUrls
    title: Text
    licence: Text
    attribution: Text
    output_format: Text = "application/json"
    sort_by: Text | None = None


def _known_service(name: str, info: ValidationInfo) -> str:
    known = (info.context or {})["top"].get("services")
    if isinstance(known, dict) and name not in known:
        raise MistakeError("wrong_choice", found=shown(name), expected=", ".join(known))
    return name


class _Fields(Named):
    """The names that a service may have for each role; its fields are made from the roles of a layer."""


class _Layer(Params):
    """Collections of a layer, as the file states them."""

    service: Annotated[Text, AfterValidator(_known_service)]
    collections: Texts
    fields: _Fields
    keep: dict[str, Values] = Field(default_factory=dict)
    drop: dict[str, Values] = Field(default_factory=dict)
    values: dict[str, Text] = Field(default_factory=dict)
    tile_m: Number = Field(ge=100)
    page_size: int = Field(ge=1, le=1000)
    max_pages: int = Field(ge=1)
    bytes_per_feature: Number = Field(ge=1)
    per_km2: Number = Field(ge=0)


class _Layers(Named):
    """The layers by name; its fields are made from the layers that can be made."""


class _Table(Params):
    hosts: Words
    services: dict[str, ServiceEntry]
    layers: _Layers


@dataclass(frozen=True)
class LayerEntry:
    """Collections of a layer, and the mapping of their fields.

    ``fields``: role -> names, of which the service must have one. ``keep`` and ``drop``: field -> values, None for
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


def read_service_table(path: Path, roles: Mapping[str, tuple[str, ...]]) -> ServiceTable:
    """Read the table; ``roles`` are the layers that can be made, and what must be known of each.

    Raises ``SourceError`` with a ``Problem`` per mistake.
    """
    table = read_form(path, _table_for(tuple(roles.items())))
    layers = {name: _entry(layer, table.services[layer.service]) for name, layer in table.layers.names().items()}
    return ServiceTable(table.hosts, layers)


@cache
def _table_for(roles: tuple[tuple[str, tuple[str, ...]], ...]) -> type[_Table]:
    """Return the model of a table for these layers and their roles."""
    layers: dict[str, Any] = {}
    for name, needed in roles:
        wanted: dict[str, Any] = dict.fromkeys(needed, (Texts, ...))
        fields = create_model("Fields", __base__=_Fields, **wanted)
        layers[name] = (create_model("Layer", __base__=_Layer, fields=(fields, ...)), None)
    return create_model("Table", __base__=_Table, layers=(create_model("Layers", __base__=_Layers, **layers), ...))


def _entry(layer: _Layer, service: ServiceEntry) -> LayerEntry:
    own = {name: getattr(layer, name) for name in _Layer.model_fields if name not in {"service", "fields"}}
    return LayerEntry(service=service, fields=layer.fields.names(), **own)
