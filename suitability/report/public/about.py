"""Accountability of a public map: policy, counts, funnel, data with dates, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from suitability.core.local_text import LocalText
from suitability.core.messages import LANGS, long_date, message
from suitability.report.wording.rules import citation_text, missing_names, stale_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from suitability.core.layer import Layers
    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray
    from suitability.scan.longlist import FunnelStep, Longlist
    from suitability.scan.run import Scan


@dataclass(frozen=True)
class Dataset:
    """One layer: its name, the day it speaks of, licence, attribution and what is derived or assumed in it."""

    label: LocalText
    dated: LocalText
    licence: str
    attribution: str
    note: LocalText
    presumes: bool


@dataclass(frozen=True)
class PublicRule:
    """One rule as residents see it. ``step``: what it removes; None where it excludes nothing."""

    id: str
    label: LocalText
    source: LocalText
    assumption: LocalText
    step: FunnelStep | None


@dataclass(frozen=True)
class About:
    """Everything a map says besides its places. ``counts``: parcels per class; ``stale``, ``missing``: texts, may be empty."""

    area: str
    policy: LocalText
    policy_id: str
    made: datetime
    newest: LocalText
    counts: Mapping[str, int]
    rules: tuple[PublicRule, ...]
    n_hidden_rules: int
    data: tuple[Dataset, ...]
    stale: LocalText
    missing: LocalText
    code: str

    @property
    def total(self) -> int:
        """Number of parcels examined."""
        return sum(self.counts.values())

    @property
    def credits(self) -> str:
        """Attributions of the data, each once."""
        return "; ".join(dict.fromkeys(f"{data.attribution} ({data.licence})" for data in self.data))


def about(
    scan: Scan,
    longlist: Longlist,
    layers: Layers,
    may_name: BoolArray,
    documents: dict[str, dict[str, object]],
    *,
    counts: dict[str, int],
) -> About:
    """Return what a map of the scan says about itself; ``may_name`` (r,): the rules that may be named."""
    steps = {step.rule_id: step for step in longlist.funnel}
    rules = tuple(
        PublicRule(
            rule.id,
            rule.label,
            both(lambda lang, rule=rule: citation_text(rule.source, documents, lang)),  # type: ignore[misc]
            rule.assumption or both(lambda _lang: ""),
            steps.get(rule.id),
        )
        for rule, may in zip(scan.policy.rules, may_name, strict=True)
        if may
    )
    provenance = {name: layer.provenance for name, layer in sorted(layers.items())}
    data = tuple(
        Dataset(
            label=both(lambda lang, name=name: message(f"layer.{name}", lang)),  # type: ignore[misc]
            dated=both(lambda lang, p=p: long_date(p.reference_date, lang)),  # type: ignore[misc]
            licence=p.licence,
            attribution=p.attribution,
            note=both(lambda lang, p=p: p.note.get(lang, "")),  # type: ignore[misc]
            presumes=layers[name].presumes,
        )
        for name, p in provenance.items()
    )
    newest = max(p.reference_date for p in provenance.values())
    return About(
        area=scan.area.name,
        policy=scan.policy.title,
        policy_id=scan.policy.id,
        made=scan.run.started,
        newest=both(lambda lang: long_date(newest, lang)),
        counts=counts,
        rules=rules,
        n_hidden_rules=int((~may_name).sum()),
        data=data,
        stale=both(lambda lang: stale_text(scan.run, lang)),
        missing=both(lambda lang: ", ".join(missing_names(scan.run, lang))),
        code=scan.run.code,
    )


def both(text: Callable[[Lang], str]) -> LocalText:
    """Return a text made for each language."""
    return LocalText(**{lang: text(lang) for lang in LANGS})
