"""The service of zoning plans with a key (Ruimtelijke Plannen Opvragen v4) on loopback, with plans of hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import shapely
from shapely.geometry import mapping, shape

from tests.services.server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

PREFIX: Final = "/ruimtelijke-plannen/api/opvragen/v4"
KINDS: Final = ("bestemmingsvlakken", "bouwvlakken", "functieaanduidingen")
_RD: Final = "epsg:28992"


@dataclass(frozen=True)
class PlanObject:
    """One object of a plan."""

    name: str
    shape: BaseGeometry
    group: str | None = None
    type: str = "enkelbestemming"


@dataclass(frozen=True)
class Plan:
    """One plan: its id, its type, and its objects by kind."""

    id: str
    objects: dict[str, Sequence[PlanObject]]
    type: str = "bestemmingsplan"
    in_force: bool = True
    historic: bool = False

    @property
    def outline(self) -> BaseGeometry:
        """The ground of all its objects."""
        return shapely.union_all([one.shape for objects in self.objects.values() for one in objects])


@dataclass
class PlanService:
    """Answers as HAL, at most ``largest_page`` a page; without the key 401; shapes only with ``expand=geometrie``."""

    plans: Sequence[Plan]
    key: str
    largest_page: int = 100
    prefix: str = PREFIX
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """Return the answer to a search for plans or a question for the objects of one."""
        if request.headers.get("x-api-key") != self.key:
            said = f"invalid key {request.headers.get('x-api-key')}"
            return Response(
                401, json.dumps({"title": "Unauthorized", "detail": said}).encode(), "application/problem+json"
            )
        parts = request.path[len(self.prefix) :].strip("/").split("/")
        if parts == ["plannen", "_zoek"] and request.method == "POST":
            return self._search(request)
        plan = next((plan for plan in self.plans if plan.id == parts[1]), None) if len(parts) == 3 else None
        if plan is None or parts[2] not in KINDS or request.method != "GET":
            return Response(404, b'{"title": "Not Found"}', "application/problem+json")
        rows = [_row(number, one, request) for number, one in enumerate(plan.objects.get(parts[2], ()))]
        return self._page(request, parts[2], rows)

    def _search(self, request: Request) -> Response:
        if request.headers.get("content-crs") != _RD:
            return Response(400, b'{"detail": "Content-Crs missing"}', "application/problem+json")
        body = json.loads(request.body)
        self.bodies.append(body)
        ground = shape(body["_geo"]["intersectAndNotTouches"])
        found = [plan for plan in self.plans if plan.outline.intersects(ground) and not plan.outline.touches(ground)]
        if request.one("regelStatus") == "geldend":
            found = [plan for plan in found if plan.in_force]
        rows = [{"id": plan.id, "type": plan.type, "naam": plan.id, "isHistorisch": plan.historic} for plan in found]
        return self._page(request, "plannen", rows)

    def _page(self, request: Request, kind: str, rows: list[dict[str, Any]]) -> Response:
        page, size = int(request.one("page", "1")), min(int(request.one("pageSize", "10")), self.largest_page)
        links: dict[str, Any] = {"self": {"href": request.path}}
        if page * size < len(rows):
            kept = "&".join(f"{name}={values[0]}" for name, values in request.query.items() if name != "page")
            links["next"] = {"href": f"http://{request.headers['host']}{request.path}?{kept}&page={page + 1}"}
        held = {"_embedded": {kind: rows[(page - 1) * size : page * size]}, "_links": links}
        crs = request.headers.get("accept-crs", "epsg:4258")
        return Response(200, json.dumps(held).encode(), "application/hal+json", {"Content-Crs": crs})


def _row(number: int, one: PlanObject, request: Request) -> dict[str, Any]:
    row = {"id": f"NL.IMRO.obj{number}", "naam": one.name, "type": one.type, "bestemmingshoofdgroep": one.group}
    if request.one("expand") == "geometrie" and request.headers.get("accept-crs") == _RD:
        row["geometrie"] = mapping(one.shape)
    return row
