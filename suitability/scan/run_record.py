"""Run record for ``run.json``: policy hash, code version, provenance of each layer, counts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from suitability.core.version import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from suitability.core.layer import Layer, Provenance
    from suitability.policy.model import Policy

_DIGITS: Final = 12


@cache
def code_version() -> str:
    """Return the package's version and a hash of its source, which distinguishes a changed checkout from a release."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return f"{package_version()}+{digest.hexdigest()[:_DIGITS]}"


@dataclass(frozen=True)
class RunRecord:
    """The record of one scan. ``missing``: layers that the policy asks for and the source does not offer.

    ``missing_kinds``: by layer that it does offer, the kinds of row that the policy asks for and no source knows.
    ``freshness``: how many days each layer may be old, `default` for the others; empty = not looked at.
    """

    policy_id: str
    policy_sha256: str
    code: str
    source: str
    area: str
    started: datetime
    layers: Mapping[str, Provenance]
    missing: tuple[str, ...]
    counts: Mapping[str, int]
    freshness: Mapping[str, int] = field(default_factory=dict)
    missing_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def age_days(self, layer: str) -> int:
        """Return how many days before this run a layer was taken from its source."""
        return (self.started.date() - self.layers[layer].retrieved).days

    @property
    def stale(self) -> tuple[str, ...]:
        """The layers that are older than they may be."""
        limits = {name: self.freshness.get(name, self.freshness.get("default")) for name in sorted(self.layers)}
        return tuple(name for name, limit in limits.items() if limit is not None and self.age_days(name) > limit)

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain values for JSON."""
        return {
            "policy": {"id": self.policy_id, "sha256": self.policy_sha256},
            "code_version": self.code,
            "source": self.source,
            "area": self.area,
            "started": self.started.isoformat(timespec="seconds"),
            "counts": dict(self.counts),
            "layers": {
                name: {**_provenance(p), "age_days": self.age_days(name)} for name, p in sorted(self.layers.items())
            },
            "stale_layers": list(self.stale),
            "missing_layers": list(self.missing),
            "missing_kinds": {layer: list(kinds) for layer, kinds in sorted(self.missing_kinds.items())},
        }


def make_run_record(
    policy: Policy,
    source: str,
    area: str,
    started: datetime,
    layers: Mapping[str, Layer],
    missing: tuple[str, ...],
    counts: Mapping[str, int],
) -> RunRecord:
    """Return the record of a scan."""
    provenance = {name: layer.provenance for name, layer in layers.items()}
    return RunRecord(policy.id, policy.sha256, code_version(), source, area, started, provenance, missing, counts)


def _provenance(p: Provenance) -> dict[str, Any]:
    return {
        "source": p.source, "url": p.url, "licence": p.licence, "attribution": p.attribution, "rows": p.rows,
        "reference_date": p.reference_date.isoformat(), "retrieved": p.retrieved.isoformat(), "sha256": p.sha256,
        "standing": p.standing, "note": dict(p.note), "kinds": dict(p.kinds),
    }  # fmt: skip
