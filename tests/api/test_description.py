"""The OpenAPI document is true: whatever it allows is answered as it says, and what it forbids is refused."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from suitability.api.app import make_app
from suitability.api.score_request import MODELS
from tests.api.service import app, limits

if TYPE_CHECKING:
    from fastapi import FastAPI

PLACES = 5
#: Enough of a service to describe it: the document is needed where tests are collected, a scan only where they run.
STAND_IN: Any = SimpleNamespace(published=None, scan=SimpleNamespace(policy=SimpleNamespace(id="")))
described = make_app(STAND_IN, limits(places=PLACES))


@cache
def application() -> FastAPI:
    """Return the application of the demo municipality, made by the first request."""
    return app(places=PLACES)


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request: the document at once, anything else by the application."""
    await (described if scope.get("path", "/openapi.json") == "/openapi.json" else application())(scope, receive, send)


document = schemathesis.openapi.from_asgi("/openapi.json", answering, headers={"Host": "localhost"})


def test_the_document_is_that_of_the_application() -> None:
    """It does not depend on the scan."""
    assert application().openapi() == document.raw_schema == described.openapi()


@document.parametrize()
@settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_as_described(case: schemathesis.Case) -> None:
    """Statuses, media types and bodies, for requests in and out of the description."""
    # That the second corner of a box lies beyond the first cannot be said in a schema.
    beyond_schema = [positive_data_acceptance] if "bbox" in (case.query or {}) else []
    answer = case.call(headers={"Host": "localhost"})
    # A body that is too large is refused before anybody looks whether it is in order.
    refused_by_size = [negative_data_rejection] if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else []
    case.validate_response(answer, excluded_checks=[*beyond_schema, *refused_by_size])


def test_every_route_and_parameter_is_told_in_words() -> None:
    """A summary, a description, and an example of what is sent."""
    told = described.openapi()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert {"400", "429", "500"} <= set(operation["responses"]), path
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description") or parameter["name"] == "verdict", (path, parameter)
    body = told["paths"]["/score"]["post"]["requestBody"]["content"]["application/json"]
    for example in body["examples"].values():
        matching = [
            model for model in MODELS if Draft202012Validator(model.model_json_schema()).is_valid(example["value"])
        ]
        assert len(matching) == 1


def test_every_reference_leads_somewhere() -> None:
    """Within the document itself."""
    told = described.openapi()
    text = json.dumps(told)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(told["components"]["schemas"])
