"""Nodes, ways and relations of an OpenStreetMap extract, one at a time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium

from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from suitability.core.types import FloatArray

Tags = dict[str, str]


@dataclass(frozen=True)
class Relation:
    """A relation with its tags and the ways it consists of: (number, role)."""

    number: int
    tags: Tags
    ways: tuple[tuple[int, str], ...]

    def chains(self, known: dict[int, FloatArray], *, inner: bool) -> list[FloatArray]:
        """Return the coordinates of its inner or its other ways, as far as they are known."""
        return [known[ref] for ref, role in self.ways if (role == "inner") == inner and ref in known]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what pyosmium raises into one sentence; it raises ``RuntimeError`` for a file that it cannot parse."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise SourceError(Problem(str(path), "osm_unreadable", {"found": str(error)})) from error


def each_node(path: Path, *keys: str) -> Iterator[osmium.osm.Node]:
    """Yield the nodes with a place, if ``keys`` are given those with one of these tags."""
    found = osmium.FileProcessor(str(path), osmium.osm.NODE)
    for node in found.with_filter(osmium.filter.KeyFilter(*keys)) if keys else found:
        if isinstance(node, osmium.osm.Node) and node.location.valid():
            yield node


def each_way(path: Path, *keys: str) -> Iterator[osmium.osm.Way]:
    """Yield the ways with the places of their nodes, if ``keys`` are given those with one of these tags."""
    wanted: Any = osmium.filter.KeyFilter(*keys) if keys else osmium.filter.EntityFilter(osmium.osm.WAY)
    for way in osmium.FileProcessor(str(path)).with_locations().with_filter(wanted):
        if isinstance(way, osmium.osm.Way):
            yield way


def each_relation(path: Path, kind: str) -> Iterator[Relation]:
    """Yield the relations of a type (``multipolygon``, ``boundary``)."""
    found = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(osmium.filter.TagFilter(("type", kind)))
    for relation in found:
        if isinstance(relation, osmium.osm.Relation):
            members = tuple((member.ref, member.role) for member in relation.members if member.type == "w")
            yield Relation(relation.id, dict(relation.tags), members)


def chain_of(way: osmium.osm.Way) -> FloatArray:
    """Return the coordinates of a way in WGS84, shape (k, 2), without nodes that the extract does not hold."""
    places = (node.location for node in way.nodes)
    return np.array([(place.lon, place.lat) for place in places if place.valid()], dtype=np.float64).reshape(-1, 2)


def read_chains(path: Path, numbers: set[int]) -> dict[int, FloatArray]:
    """Return the coordinates of these ways, as far as the extract holds them; raises ``SourceError``."""
    if not numbers:
        return {}
    with reading(path):
        return {way.id: chain_of(way) for way in each_way(path) if way.id in numbers}
