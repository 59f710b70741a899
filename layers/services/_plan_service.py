"""The service of zoning plans with a key, Ruimtelijke Plannen Opvragen v4: which plans hold, and what is in them.

Answers are HAL: a list under ``_embedded``, the next page under ``_links``. Shapes come only when they are asked for.
The key travels in a header, to the hosts of the table and no other, and is in no message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin

import shapely
from pydantic import Field

from layers._forms import Text, Words, read_form
from layers.services._features import load_json, page_of
from suitability.core.errors import Problem, SourceError
from suitability.core.types import Params

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.services._features import Page
    from layers.services._tiles import Bounds
    from layers.services.client import Answer, Client

_HAL: Final = ("application/hal+json", "application/json")
_RD: Final = "epsg:28992"
_SHAPE: Final = "geometrie"


class PlanTable(Params):
    """Settings from ``config/sources/ruimtelijke-plannen.yaml``; ``key_variable`` names the environment variable."""

    hosts: Words
    address: Text
    key_variable: Text
    key_page: Text
    title: Text
    licence: Text
    attribution: Text
    plan_types: Words
    page_size: int = Field(gt=0)
    max_pages: int = Field(gt=0)


def read_plan_table(path: Path) -> PlanTable:
    """Read the table; raises ``SourceError`` with a ``Problem`` per mistake."""
    return read_form(path, PlanTable)


@dataclass(frozen=True)
class PlanService:
    """Asks the service in ``table`` with ``key``."""

    client: Client
    table: PlanTable
    key: str

    def plans(self, region: BaseGeometry) -> tuple[str, ...]:
        """Return the ids of the plans in force that meet a region (EPSG:28992), sorted."""
        shape = json.loads(shapely.to_geojson(region.convex_hull))
        body = {"_geo": {"intersectAndNotTouches": shape}}
        params = {"regelStatus": "geldend", "pageSize": str(self.table.page_size)}
        where, found = f"{self.table.address}/plannen/_zoek", set[str]()
        for held in self._pages(where, params, body):
            for plan in embedded(held, "plannen", where):
                if plan.get("type") in self.table.plan_types and not plan.get("isHistorisch") and plan.get("id"):
                    found.add(str(plan["id"]))
        return tuple(sorted(found))

    def objects(self, plan: str, kind: str, wanted: frozenset[str]) -> Iterator[Page]:
        """Yield the objects of a plan, ``bestemmingsvlakken`` for example, page by page."""
        where = f"{self.table.address}/plannen/{quote(plan, safe='')}/{kind}"
        params = {"expand": _SHAPE, "pageSize": str(self.table.page_size)}
        for held in self._pages(where, params):
            rows = embedded(held, kind, where)
            if rows and not any(row.get(_SHAPE) for row in rows):
                fields = {"found": ", ".join(sorted(rows[0])), "expected": _SHAPE}
                raise SourceError(Problem(where, "service_field", fields))
            features = [
                {"id": f"{plan}/{row.get('id')}", "properties": row | {"plan_id": plan}, "geometry": row.get(_SHAPE)}
                for row in rows
                if row.get(_SHAPE)
            ]
            yield page_of(features, _RD, where, wanted | {"plan_id"}, None)

    def _pages(self, url: str, params: Mapping[str, str], body: object = None) -> Iterator[dict[str, Any]]:
        """Yield the answers along the next links."""
        where, more, asked = url, dict(params), set[str]()
        for _ in range(self.table.max_pages):
            answer = self._ask(url, more, body)
            held = load_json(answer, where)
            yield held
            asked.add(answer.url)
            onward = next_of(held)
            if onward is None:
                return
            url, more = urljoin(answer.url, onward), {}
            if url in asked:
                raise SourceError(Problem(where, "service_repeats"))
        raise SourceError(Problem(where, "service_too_many", {"found": "-", "said": f"> {self.table.max_pages}"}))

    def _ask(self, url: str, params: dict[str, str], body: object) -> Answer:
        headers = {"X-Api-Key": self.key, "Accept-Crs": _RD}
        if body is None:
            return self.client.get(url, params or None, headers, accept=_HAL)
        return self.client.post(url, params or None, headers | {"Content-Crs": _RD}, json=body, accept=_HAL)


@dataclass(frozen=True)
class PlanObjects:
    """The objects of one kind of one plan, to be collected and kept as any other features."""

    service: PlanService
    plan: str
    kind: str
    wanted: frozenset[str]

    @property
    def where(self) -> str:
        """Plan and kind, for mistakes."""
        return f"{self.service.table.address}/plannen/{self.plan}/{self.kind}"

    @property
    def query(self) -> Mapping[str, object]:
        """All that decides what comes back."""
        return {"where": self.where, "fields": sorted(self.wanted)}

    def check(self) -> None:
        """Nothing to ask beforehand: the plan was found by the service itself."""

    def pages(self, _bounds: Bounds | None) -> Iterator[Page]:
        """Yield all objects."""
        return self.service.objects(self.plan, self.kind, self.wanted)

    def count(self, _bounds: Bounds) -> None:
        """Return null: the service does not count."""


def embedded(held: dict[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    """Return the list under ``_embedded``; an answer without one holds nothing. Raises ``SourceError``."""
    inside = held.get("_embedded") or {}
    rows = inside.get(name, []) if isinstance(inside, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError(Problem(where, "service_no_features", {"found": ", ".join(sorted(held)[:8]) or "-"}))
    return rows


def next_of(held: dict[str, Any]) -> str | None:
    """Return the address of the next page."""
    links = held.get("_links")
    link = links.get("next") if isinstance(links, dict) else None
    href = link.get("href") if isinstance(link, dict) else None
    return str(href) if href else None
