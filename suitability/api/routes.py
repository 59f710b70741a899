"""Routes for policies, cards, the run record and the scoring of places, as JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from suitability.api.cards import Card, card_of
from suitability.api.features import no_parcel
from suitability.api.language import Language  # noqa: TC001 (FastAPI reads the annotations when it runs)
from suitability.api.policies import PolicyList, PolicyText, policy_line, policy_text
from suitability.api.problems import Refusal, refusals, shown
from suitability.api.query import only
from suitability.api.score_answer import ScoreAnswer, score_batch
from suitability.api.score_request import MODELS, batch_of
from suitability.core.errors import Problem
from suitability.report.explain import explain

if TYPE_CHECKING:
    from suitability.api.service import Service
    from suitability.api.settings import Limits
    from suitability.api.work_queue import WorkQueue
    from suitability.core.messages import Lang

MEDIA_TYPES: Final = ("application/json", "application/geo+json")
_SCHEMAS: Final = {"oneOf": [{"$ref": f"#/components/schemas/{model.__name__}"} for model in MODELS]}
_EXAMPLES: Final = {
    "address": {
        "summary": "One address",
        "value": {"places": [{"reference": "A-17", "address": "Oudestraat 1, Kampen"}]},
    },
    "coordinates": {
        "summary": "Two places by coordinates",
        "value": {"places": [{"x": 190700, "y": 507300}, {"lat": 52.55, "lon": 5.91}]},
    },
    "drawn": {
        "summary": "A drawn area",
        "value": {
            "type": "Polygon",
            "coordinates": [[[5.91, 52.55], [5.912, 52.55], [5.912, 52.551], [5.91, 52.551], [5.91, 52.55]]],
        },
    },
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": _SCHEMAS, "examples": _EXAMPLES} for kind in MEDIA_TYPES},
    }
}
_OF_BODY: Final = refusals(
    HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)  # fmt: skip


def engine_router(service: Service, limits: Limits, scoring: WorkQueue, reading: WorkQueue) -> APIRouter:
    """Return the routes that mirror the commands of the command line."""
    router = APIRouter(responses=refusals())
    in_use = service.scan.policy.id
    missing, only_lang = refusals(HTTPStatus.NOT_FOUND), [Depends(only("lang"))]

    @router.get("/policies", tags=["Policies"], dependencies=only_lang)
    async def policies(lang: Language) -> PolicyList:
        """List the policies, and which one is in use here."""
        return PolicyList(
            policies=[policy_line(service.policies[name], in_use, lang) for name in sorted(service.policies)]
        )

    @router.get("/policies/{policy_id}", tags=["Policies"], dependencies=only_lang, responses=missing)
    async def policy(
        policy_id: Annotated[str, Path(description="As in the list of policies.")], lang: Language
    ) -> PolicyText:
        """Give a policy with its rules, their limits and where they are written."""
        chosen = service.policies.get(policy_id)
        if chosen is None:
            fields = {"found": shown(policy_id), "expected": ", ".join(sorted(service.policies))}
            raise Refusal(HTTPStatus.NOT_FOUND, Problem("policy_id", "api_no_policy", fields))
        return await reading.do("GET /policies", lambda: policy_text(chosen, in_use, service.documents, lang))

    @router.get("/parcels/{parcel_id}", tags=["Parcels"], dependencies=only_lang, responses=missing)
    async def parcel(
        parcel_id: Annotated[str, Path(description="The designation of the parcel.")],
        lang: Language,
        response: Response,
    ) -> Card:
        """Say whether a parcel is suitable, and exactly why or why not: what `suitability explain` says."""
        card = await reading.do("GET /parcels", lambda: _card(service, parcel_id, lang))
        if card is None:
            raise no_parcel(service, parcel_id)
        response.headers["Content-Language"] = lang
        return card

    @router.get("/run", tags=["Parcels"], dependencies=only_lang)
    async def run(_lang: Language) -> dict[str, Any]:
        """Tell what the verdicts rest on: policy, version of the program, and every layer with its date and licence."""
        return await reading.do("GET /run", service.run)

    _add_score(router, service, limits, scoring)
    return router


def _add_score(router: APIRouter, service: Service, limits: Limits, scoring: WorkQueue) -> None:
    """Add the route for submitted places."""

    @router.post(
        "/score",
        tags=["Submitted places"],
        responses=_OF_BODY,
        openapi_extra=_BODY,
        dependencies=[Depends(only("lang", "cards"))],
    )
    async def score(
        request: Request,
        lang: Language,
        response: Response,
        cards: Annotated[
            Literal["true", "false"], Query(description="Whether each place comes with its card.")
        ] = "true",
    ) -> ScoreAnswer:
        """Score places by the rules of the scan: what `suitability score` does. Nothing of what is sent is kept."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in MEDIA_TYPES:
            fields = {"found": shown(kind or "-"), "expected": ", ".join(MEDIA_TYPES)}
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Problem("Content-Type", "api_expected", fields))
        content = await request.body()
        answer = await scoring.do(
            "POST /score",
            lambda: score_batch(service, batch_of(content, service.intake, limits, lang), lang, cards=cards == "true"),
        )
        response.headers["Content-Language"] = lang
        return answer


def _card(service: Service, parcel_id: str, lang: Lang) -> Card | None:
    if service.scan.index_of(parcel_id) is None:
        return None
    return card_of(service.scan, explain(service.scan, parcel_id, lang), service.documents, lang)
