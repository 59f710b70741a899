"""Scans small enough to read their outputs whole, with any text an owner, a map or a policy may hold."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from suitability.core.local_text import LocalText
from suitability.criteria.parcel_area import ParcelArea
from suitability.policy.model import Limit, Policy, Rule
from suitability.scan.run import run_scan
from tests.tiny import MemorySource, facilities, named, square, vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.scan.run import Scan


def both(text: str) -> LocalText:
    """Return a text that is the same in both languages."""
    return LocalText(nl=text, en=text)


def area_rule(name: str, label: str, limit: float, effect: str = "exclude") -> Rule:
    """Return a rule on the area of a parcel."""
    return Rule(
        id=name,
        label=both(label),
        criterion="parcel_area",
        params=ParcelArea(setback_m=0.0),
        limit=Limit(at_least=limit, unit="m2"),
        near_miss=10.0,
        effect=effect,  # type: ignore[arg-type]
        consequence=both("ten hoogste 4 maanden") if effect == "restrict" else None,
        assumption=both("for a test"),
    )


def small_scan(
    texts: Sequence[str] = ("a", "b"), sides: Sequence[float] = (30.0,), rules: Sequence[Rule] | None = None
) -> Scan:
    """Return the scan of one parcel per text; ``sides`` in metres are used in turn.

    The texts are label and settlement of the parcels, and names of shops.
    """
    shapes = [square(i % 100 * 50, i // 100 * 50, sides[i % len(sides)]) for i in range(len(texts))]
    policy = Policy(
        id="small", title=both("Klein"), in_force=date(2025, 1, 1),
        rules=tuple(rules or [area_rule("large_enough", "Groot genoeg", 400.0)]),
    )  # fmt: skip
    layers = named(
        vector("parcels", shapes, parcel_id=[f"p{i:05}" for i in range(len(texts))], label=texts, settlement=texts),
        vector("settlements", [square(-10, -10, 600)], name=[texts[0]]),
        facilities(*[(text, 10.0 * i, 500.0) for i, text in enumerate(texts[:20])]),
    )
    return run_scan(policy, MemorySource(layers))
