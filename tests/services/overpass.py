"""Overpass on loopback: answers the questions that the source asks, from the real extract of Kampen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs
from xml.sax.saxutils import quoteattr

import numpy as np
import osmium

from tests.services.server import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.services.server import Request

Box = tuple[float, float, float, float]
Key = tuple[str, int]
_STATEMENT = re.compile(r'(node|way|relation|nwr)((?:\["[^"]+"(?:[=~]"[^"]+")?(?:,i)?\])+);')
_FILTER = re.compile(r'\["([^"]+)"(?:(=|~)"([^"]+)")?(,i)?\]')
_MEDIA = "application/osm3s+xml"


class Item(NamedTuple):
    """An object: ``refs`` are the nodes of a way, or the members of a relation as (kind, number, role)."""

    tags: dict[str, str]
    place: tuple[float, float] | None
    refs: tuple[tuple[str, int, str], ...]


@dataclass
class Overpass:
    """Answers for a box with all objects of the extract that fit; ``largest_deg`` is the widest box it can manage."""

    extract: Path
    prefix: str = "/api/interpreter"
    largest_deg: float = 1.0
    state: Callable[[Box], str] = field(default=lambda _: "2023-01-30T01:00:12Z")

    def answer(self, request: Request) -> Response:
        """Return the answer to the question in the form field ``data``."""
        question = parse_qs(request.body.decode())["data"][0]
        head = re.match(r"\[out:xml\]\[timeout:\d+\]\[bbox:([-\d.,]+)\];\((.*)\);\(\._;>;\);out meta;$", question)
        if head is None:
            return Response(400, b"<html>line 1: parse error</html>", "text/html")
        south, west, north, east = (float(number) for number in head[1].split(","))
        if east - west > self.largest_deg:
            return remark('runtime error: Query timed out in "query" at line 1 after 181 seconds.')
        items = _items(self.extract)
        statements = [(kind, _FILTER.findall(filters)) for kind, filters in _STATEMENT.findall(head[2])]
        box = (west, south, east, north)
        near = _tagged_near(self.extract, box)
        found = {
            key
            for key in near
            if any(_fits(key, items[key], one) for one in statements) and _is_in(items[key], box, items)
        }
        for kinds in ("rw", "w"):  # what belongs to a relation, and then what belongs to its ways
            found |= {part[:2] for key in found if key[0] in kinds for part in items[key].refs if part[:2] in items}
        # Nodes last and in no order, as nothing promises otherwise.
        lines = [_xml(key, items[key]) for key in sorted(found, reverse=True)]
        return Response(200, _document(self.state(box), lines), _MEDIA)


def remark(text: str) -> Response:
    """Return an answer that says, with status 200, that it is not complete."""
    return Response(200, _document("2023-01-30T01:00:12Z", [f"<remark> {text} </remark>"]), _MEDIA)


def _document(state: str, lines: list[str]) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API 0.7.62.1">\n'
    note = f'<note>The data is made available under ODbL.</note>\n<meta osm_base="{state}"/>\n'
    return (head + note + "\n".join(lines) + "\n</osm>\n").encode()


@cache
def _items(extract: Path) -> dict[Key, Item]:
    items: dict[Key, Item] = {}
    for one in osmium.FileProcessor(str(extract)):
        tags = dict(one.tags)
        if one.is_node():
            items["n", one.id] = Item(tags, (one.location.lon, one.location.lat), ())
        elif one.is_way():
            items["w", one.id] = Item(tags, None, tuple(("n", node.ref, "") for node in one.nodes))
        else:
            members = tuple((member.type, member.ref, member.role) for member in one.members)
            items["r", one.id] = Item(tags, None, members)
    return items


@cache
def _tagged(extract: Path) -> tuple[list[Key], np.ndarray]:
    """Return the tagged objects, and the boxes around them."""
    items = _items(extract)
    places = {key: np.array([item.place] * 2).reshape(1, 4) for key, item in items.items() if item.place}
    for kind in ("w", "r"):
        for key, item in items.items():
            parts = [places[part[:2]] for part in item.refs if part[:2] in places]
            if key[0] == kind and parts:
                boxes = np.concatenate(parts)
                places[key] = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]).reshape(1, 4)
    keys = [key for key, item in items.items() if item.tags and key in places]
    return keys, np.concatenate([places[key] for key in keys])


def _tagged_near(extract: Path, box: Box) -> list[Key]:
    keys, boxes = _tagged(extract)
    near = (boxes[:, 0] <= box[2]) & (boxes[:, 2] >= box[0]) & (boxes[:, 1] <= box[3]) & (boxes[:, 3] >= box[1])
    return [keys[row] for row in np.flatnonzero(near)]


def _fits(key: Key, item: Item, statement: tuple[str, list[tuple[str, str, str, str]]]) -> bool:
    kind, filters = statement
    if not item.tags or (kind != "nwr" and kind[0] != key[0]):
        return False
    for name, operator, value, ignoring in filters:
        have = item.tags.get(name)
        if have is None or (operator == "=" and have != value):
            return False
        if operator == "~" and not re.search(value, have, re.IGNORECASE if ignoring else 0):
            return False
    return True


def _is_in(item: Item, box: Box, items: dict[Key, Item], depth: int = 2) -> bool:
    if item.place is not None:
        return box[0] <= item.place[0] <= box[2] and box[1] <= item.place[1] <= box[3]
    parts = (items[kind, ref] for kind, ref, _ in item.refs if (kind, ref) in items)
    return depth > 0 and any(_is_in(part, box, items, depth - 1) for part in parts)


def _xml(key: Key, item: Item) -> str:
    name = {"n": "node", "w": "way", "r": "relation"}[key[0]]
    place = "" if item.place is None else f' lat="{item.place[1]:.7f}" lon="{item.place[0]:.7f}"'
    words = {"n": "node", "w": "way", "r": "relation"}
    refs = "".join(
        f'<nd ref="{ref}"/>' if key[0] == "w" else f'<member type="{words[kind]}" ref="{ref}" role={quoteattr(role)}/>'
        for kind, ref, role in item.refs
    )
    tags = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in item.tags.items())
    return f'<{name} id="{key[1]}" version="1" timestamp="2020-01-01T00:00:00Z"{place}>{refs}{tags}</{name}>'
