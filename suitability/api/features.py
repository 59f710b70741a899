"""The published layer as OGC API Features: part 1 (core, GeoJSON) and part 2 (coordinates in EPSG:28992 too)."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from suitability.api.language import Language  # noqa: TC001 (FastAPI reads the annotations when it runs)
from suitability.api.problems import Refusal, refusals, shown
from suitability.api.published_layer import CRS84, FILTERS
from suitability.api.query import CRS_LIST, boxes_of, crs_of, only
from suitability.core.errors import Problem
from suitability.core.messages import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.api.published_layer import Published
    from suitability.api.service import Service
    from suitability.api.settings import Limits
    from suitability.api.work_queue import WorkQueue
    from suitability.core.messages import Lang

COLLECTION: Final = "parcels"
GEOJSON: Final = "application/geo+json"
_OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.1"
_PART_1: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_PART_2: Final = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf"
CONFORMS: Final = (f"{_PART_1}/core", f"{_PART_1}/geojson", f"{_PART_2}/crs")
_INSTANT: Final = r"\d{4}-\d\d-\d\d([Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?"
_MOST_ROWS: Final = 10**9


class Link(BaseModel):
    """Link to a related resource."""

    href: str
    rel: str
    type: str
    title: str


class Landing(BaseModel):
    """The landing page."""

    title: str
    description: str
    links: list[Link]


class Conformance(BaseModel):
    """The standards that this service follows."""

    conformsTo: list[str]  # noqa: N815 (the standard's name)


class Collection(BaseModel):
    """One layer."""

    id: str
    title: str
    description: str
    itemType: Literal["feature"]  # noqa: N815
    extent: dict[str, Any]
    crs: list[str]
    storageCrs: str  # noqa: N815
    links: list[Link]


class Collections(BaseModel):
    """The layers of this service."""

    collections: list[Collection]
    links: list[Link]


class Properties(BaseModel):
    """Published properties of a parcel."""

    settlement: str = Field(description="Empty in the outlying area.")
    verdict: str = Field(description="pass, unknown or fail")
    verdict_class: str = Field(description="pass, pass_restricted, unknown, near_miss or fail")
    location_type: str
    rule: str = Field(description="The rule that decided; empty where none did.")
    reason: str


class Feature(BaseModel):
    """A parcel as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: Properties
    links: list[Link] = []


class FeatureCollection(BaseModel):
    """A page of parcels as GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    links: list[Link]
    timeStamp: str  # noqa: N815
    numberMatched: int  # noqa: N815
    numberReturned: int  # noqa: N815


class GeoJSONResponse(JSONResponse):
    """An answer that is GeoJSON."""

    media_type = GEOJSON


class Wanted(BaseModel):
    """The parameters of a page of parcels."""

    model_config = {"extra": "ignore"}

    bbox: str | None = Field(None, description="Only parcels that meet this box: min x, min y, max x, max y.")
    bbox_crs: str | None = Field(None, alias="bbox-crs", description="Of the box: CRS84 unless given.")
    crs: str | None = Field(None, description="Of the answer: CRS84 unless given.")
    limit: int | None = Field(None, ge=1, le=_MOST_ROWS, description="Parcels on a page; at most the largest page.")
    offset: int = Field(0, ge=0, le=_MOST_ROWS, description="Parcels to pass over, as the `next` link does.")
    verdict: Literal["pass", "unknown", "fail"] | None = None
    settlement: str | None = Field(None, description="Exactly as in the layer; empty = outlying area.")
    datetime: str | None = Field(
        None, pattern=rf"^(({_INSTANT})|(({_INSTANT}|\.\.|)/({_INSTANT}|\.\.|)))$",
        description="Accepted as the standard asks; parcels have no time, so it chooses nothing.",
    )  # fmt: skip


_ITEM_QUERY: Final = ("bbox", "bbox-crs", "crs", "limit", "offset", *FILTERS, "datetime", "lang")


def features_router(service: Service, limits: Limits, reading: WorkQueue) -> APIRouter:
    """Return the routes of the published layer."""
    router = APIRouter(tags=["OGC API Features"], responses=refusals())
    _add_about(router, service)
    _add_items(router, service, limits, reading)
    return router


def _add_about(router: APIRouter, service: Service) -> None:
    """Add the landing page, the conformance classes and the collections."""

    @router.get("/", dependencies=[Depends(only("lang"))])
    async def landing(request: Request, lang: Language) -> Landing:
        """Landing page."""
        return _landing(service, str(request.base_url), lang)

    @router.get("/conformance", dependencies=[Depends(only("lang"))])
    async def conformance(_lang: Language) -> Conformance:
        """Name the standards that this service follows."""
        return Conformance(conformsTo=list(CONFORMS))

    @router.get("/collections", dependencies=[Depends(only("lang"))])
    async def collections(request: Request, lang: Language) -> Collections:
        """List the layers: one, of all parcels."""
        base = str(request.base_url)
        links = [Link(href=f"{base}collections", rel="self", type="application/json", title="self")]
        return Collections(collections=[_collection(service, base, lang)], links=links)

    @router.get(f"/collections/{COLLECTION}", dependencies=[Depends(only("lang"))])
    async def collection(request: Request, lang: Language) -> Collection:
        """Describe the layer of parcels."""
        return _collection(service, str(request.base_url), lang)


def _add_items(router: APIRouter, service: Service, limits: Limits, reading: WorkQueue) -> None:
    """Add the routes that give parcels."""
    published = service.published

    @router.get(
        f"/collections/{COLLECTION}/items", dependencies=[Depends(only(*_ITEM_QUERY))],
        response_model=FeatureCollection, response_class=GeoJSONResponse,
    )  # fmt: skip
    async def items(request: Request, lang: Language, wanted: Annotated[Wanted, Query()]) -> GeoJSONResponse:
        """Give a page of parcels with their verdicts, in the order of the longlist's table."""
        return await reading.do("items", lambda: _page(published, request, wanted, limits, lang))

    @router.get(
        f"/collections/{COLLECTION}/items/{{parcel_id}}", dependencies=[Depends(only("crs", "lang"))],
        response_model=Feature, response_class=GeoJSONResponse, responses=refusals(HTTPStatus.NOT_FOUND),
    )  # fmt: skip
    async def item(
        request: Request,
        parcel_id: Annotated[str, Path(description="The designation of the parcel.")],
        lang: Language,
        crs: Annotated[str | None, Query(description="Of the answer: CRS84 unless given.")] = None,
    ) -> GeoJSONResponse:
        """Give one parcel with its verdict."""
        chosen, row = crs_of("crs", crs), published.row_by_id.get(parcel_id)
        if row is None:
            raise no_parcel(service, parcel_id)
        here = f"{request.base_url}collections/{COLLECTION}"
        links = [
            Link(href=str(request.url), rel="self", type=GEOJSON, title=parcel_id),
            Link(href=here, rel="collection", type="application/json", title=COLLECTION),
        ]
        told = await reading.do("items", lambda: published.feature(row, chosen, lang))
        feature = told | {"links": [link.model_dump() for link in links]}
        return GeoJSONResponse(feature, headers=_headers(chosen, lang))


def no_parcel(service: Service, parcel_id: str) -> Refusal:
    """Return the answer to a designation that is not there."""
    fields = {"found": shown(parcel_id), "area": service.scan.area.name}
    return Refusal(HTTPStatus.NOT_FOUND, Problem("parcel_id", "api_no_parcel", fields))


def _headers(crs: str, lang: Lang) -> dict[str, str]:
    return {"Content-Crs": f"<{crs}>", "Content-Language": lang}


def _page(published: Published, request: Request, wanted: Wanted, limits: Limits, lang: Lang) -> GeoJSONResponse:
    box_crs, crs = crs_of("bbox-crs", wanted.bbox_crs), crs_of("crs", wanted.crs)
    values = {name: value for name in FILTERS if (value := getattr(wanted, name)) is not None}
    rows = published.rows(boxes_of(wanted.bbox, box_crs, lang), box_crs, values)
    size = min(wanted.limit or limits.page, limits.largest_page)
    chosen = rows[wanted.offset : wanted.offset + size]
    links = [Link(href=str(request.url), rel="self", type=GEOJSON, title="self")]
    if wanted.offset + size < len(rows):
        links.append(_to_page(request, "next", wanted.offset + size, size))
    if wanted.offset > 0:
        links.append(_to_page(request, "prev", max(0, min(wanted.offset, len(rows)) - size), size))
    content: Mapping[str, Any] = {
        "type": "FeatureCollection",
        "features": [published.feature(int(row), crs, lang) for row in chosen],
        "links": [link.model_dump() for link in links],
        "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "numberMatched": len(rows),
        "numberReturned": len(chosen),
    }
    return GeoJSONResponse(content, headers=_headers(crs, lang))


def _to_page(request: Request, rel: str, offset: int, size: int) -> Link:
    url = request.url.include_query_params(offset=offset, limit=size)
    return Link(href=str(url), rel=rel, type=GEOJSON, title=rel)


def _landing(service: Service, base: str, lang: Lang) -> Landing:
    fields = {"area": service.scan.area.name, "policy": service.scan.policy.title.in_(lang)}
    told = (
        ("", "self", "application/json"), ("openapi.json", "service-desc", _OPENAPI),
        ("conformance", "conformance", "application/json"), ("collections", "data", "application/json"),
    )  # fmt: skip
    links = [Link(href=f"{base}{path}", rel=rel, type=kind, title=rel) for path, rel, kind in told]
    return Landing(
        title=message("api.title", lang, **fields), description=message("api.description", lang, **fields), links=links
    )


def _collection(service: Service, base: str, lang: Lang) -> Collection:
    fields = {"area": service.scan.area.name, "policy": service.scan.policy.title.in_(lang)}
    here = f"{base}collections/{COLLECTION}"
    return Collection(
        id=COLLECTION,
        title=message("api.title", lang, **fields),
        description=message("api.layer", lang, **fields),
        itemType="feature",
        extent={"spatial": {"bbox": [service.published.extent(CRS84)], "crs": CRS84}},
        crs=list(CRS_LIST),
        storageCrs=CRS_LIST[1],
        links=[
            Link(href=here, rel="self", type="application/json", title=COLLECTION),
            Link(href=f"{here}/items", rel="items", type=GEOJSON, title=COLLECTION),
        ],
    )
