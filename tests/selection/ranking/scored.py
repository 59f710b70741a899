"""Places with answers chosen by a test, through the whole line: a scan, sites, and points on scales."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from suitability.core.layer import Area
from suitability.criteria import REGISTRY
from suitability.policy.model import Check, LocationType, Policy, Rule
from suitability.scan.run import Scan, run_scan
from suitability.selection.ranking.sites import Sites, make_sites
from tests.tiny import MemorySource, make_layer, named, square, vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer
    from suitability.core.types import Params
    from suitability.policy.site import SiteRule

WORDS = {"nl": "zo", "en": "so"}

#: From 0 to 100 points of 100, so that an answer reads as a percentage.
SCALE = {"worst": 0, "best": 100, "unit": "number", "assumption": WORDS}


def typed(criterion: str, **params: Any) -> Params:
    """Return the params of a criterion."""
    return REGISTRY[criterion].params.model_validate(params)


def asks(name: str, **more: Any) -> dict[str, Any]:
    """Return a check on the answer to a question of that name."""
    made = {
        "id": name, "label": WORDS, "criterion": "declared_number", "params": typed("declared_number", question=name),
        "limit": {"at_least": 50, "unit": "number"}, "scale": SCALE, "assumption": WORDS,
    }  # fmt: skip
    return {**made, **more}


def wish(name: str, weight: float | None = 1.0, **more: Any) -> Rule:
    """Return a wish on the answer to a question of that name."""
    return Rule.model_validate(asks(name, effect="score", weight=weight, **more))


def least_area(m2: float) -> Rule:
    """Return the rule that a place has at least so much land."""
    return Rule.model_validate(
        {"id": "area", "label": WORDS, "criterion": "parcel_area", "params": typed("parcel_area", setback_m=0),
         "limit": {"at_least": m2, "unit": "m2"}, "effect": "exclude", "assumption": WORDS}
    )  # fmt: skip


def policy_of(*rules: Rule, sites: SiteRule | None = None, types: Sequence[str] = ()) -> Policy:
    """Return a policy of these rules."""
    kinds = tuple(LocationType.model_validate({"id": name, "label": WORDS}) for name in types)
    return Policy(id="p", title=WORDS, in_force=date(2025, 1, 1), rules=rules, sites=sites, location_types=kinds)  # type: ignore[arg-type]


def scan_of(
    policy: Policy,
    shapes: Sequence[BaseGeometry],
    *layers: Layer,
    ids: Sequence[str] | None = None,
    answers: Sequence[dict[str, int]] = (),
    **columns: Sequence[Any],
) -> Scan:
    """Return the scan of shapes named p00, p01 and so on; ``answers``: per shape, by question."""
    names = list(ids or [f"p{i:02}" for i in range(len(shapes))])
    rows = [(name, q, n) for name, given in zip(names, answers, strict=False) for q, n in given.items()]
    declared = pd.DataFrame(rows, columns=["parcel_id", "question", "answer"])
    parcels = vector("parcels", shapes, parcel_id=names, **columns)
    source = MemorySource(named(parcels, make_layer("declarations", declared), *layers))
    return run_scan(policy, source, Area.everywhere())


def scored(
    answers: Sequence[Sequence[int | None]],
    weights: Sequence[float | None] | None = None,
    ids: Sequence[str] | None = None,
) -> Sites:
    """Return a site per row with an answer per wish; None = nobody answered. Wishes are called a, b and so on."""
    n = len(answers[0])
    rules = [wish(chr(ord("a") + k), 1.0 if weights is None else weights[k]) for k in range(n)]
    given = [{chr(ord("a") + k): x for k, x in enumerate(row) if x is not None} for row in answers]
    shapes = [square(i * 100, 0) for i in range(len(answers))]
    return make_sites(scan_of(policy_of(least_area(1), *rules), shapes, ids=ids, answers=given))


def group(form: str, *checks: dict[str, Any], weight: float = 1.0) -> Rule:
    """Return a wish of several checks, of which any or all must hold."""
    parts = tuple(Check.model_validate(check) for check in checks)
    return Rule.model_validate({"id": "g", "label": WORDS, "effect": "score", "weight": weight, form: parts})


def at_random(n: int, c: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return n rows of c answers from 0 to 100."""
    return np.random.default_rng(seed).integers(0, 101, (n, c))
