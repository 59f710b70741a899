"""The application: routes, door and description put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from suitability.api.access import Access, Guard
from suitability.api.features import features_router
from suitability.api.problems import ProblemDetails, add_handlers
from suitability.api.query import CRS_LIST
from suitability.api.routes import engine_router
from suitability.api.score_request import MODELS
from suitability.api.work_queue import WorkQueue
from suitability.scan.run_record import code_version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from suitability.api.service import Service
    from suitability.api.settings import Limits

_DESCRIPTION = """Where can temporary housing for migrant workers go, and why there?

Every parcel of one area is tested against one policy; every verdict says which rule decided and why, and what is not
known is called unknown. Texts come in Dutch or English: add `lang=en`, or send `Accept-Language: en`.
Mistakes are told as `application/problem+json`, one sentence each.
"""


def make_app(service: Service, limits: Limits, access: Access | None = None) -> FastAPI:
    """Return the application of a service. Without ``access``: for names of this machine, without a token."""
    door = access or Access()
    scoring = WorkQueue("scoring", limits.waiting, limits.score_seconds)
    reading = WorkQueue("reading", limits.waiting_reads, limits.read_seconds)

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        yield
        scoring.close()
        reading.close()

    # The usual pages for /docs load scripts from elsewhere: this service sends nobody there.
    app = FastAPI(docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=living)
    app.include_router(features_router(service, limits, reading))
    app.include_router(engine_router(service, limits, scoring, reading))
    add_handlers(app)
    app.add_middleware(Guard, access=door, limits=limits)
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(_description(app, limits, has_token=bool(door.token)))
        return described

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _description(app: FastAPI, limits: Limits, *, has_token: bool) -> dict[str, Any]:
    """Return the OpenAPI document, with what FastAPI cannot derive: the body of a batch, the form of a box, the token."""
    told = get_openapi(
        title="Suitability",
        version=code_version(),
        description=_DESCRIPTION,
        routes=app.routes,
        license_info={"name": "EUPL-1.2"},
    )
    schemas = told["components"]["schemas"]
    for model in (*MODELS, ProblemDetails):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    schemas["Places"]["properties"]["places"]["maxItems"] = limits.places
    schemas["GeoFeatures"]["properties"]["features"]["maxItems"] = limits.places
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operations in told["paths"].values():
        for operation in operations.values():
            if not has_own_422(operation):
                operation["responses"].pop("422", None)
            for parameter in operation.get("parameters", ()):
                _describe(parameter)
    if has_token:
        told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        told["security"] = [{"token": []}]
    return told


def has_own_422(operation: dict[str, Any]) -> bool:
    """Return whether 422 is an answer of ours, and not what FastAPI puts with every parameter: those get 400 here."""
    return "application/json" not in operation["responses"].get("422", {}).get("content", {"application/json": 0})


def _describe(parameter: dict[str, Any]) -> None:
    if parameter["name"] == "bbox":
        number = {"type": "number"}
        sizes = [{"minItems": size, "maxItems": size} for size in (4, 6)]
        parameter |= {
            "style": "form", "explode": False, "schema": {"type": "array", "items": number, "oneOf": sizes},
            "example": [5.9, 52.54, 5.93, 52.56],
        }  # fmt: skip
    elif parameter["name"] in {"crs", "bbox-crs"}:
        parameter["schema"] = {"type": "string", "enum": list(CRS_LIST)}
