"""Where in this municipality can temporary housing for migrant workers go, and why there?

The names a notebook user needs; each is imported when it is first used, so that ``import suitability`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from suitability.core.layer import Area, Layer
    from suitability.core.measurement import Findings, Measurement, Outcome
    from suitability.criteria import REGISTRY
    from suitability.policy.reader import read_policy
    from suitability.report.explain import card_text, explain
    from suitability.scan.longlist import make_longlist
    from suitability.scan.run import Scan, evaluate, run_scan
    from suitability.spatial.parcels import Parcels

_HOMES: Final = {
    "REGISTRY": "criteria", "card_text": "explain", "explain": "explain", "make_longlist": "longlist",
    "read_policy": "policy_file", "Scan": "scan", "evaluate": "scan", "run_scan": "scan", "Area": "types",
    "Findings": "types", "Layer": "types", "Measurement": "types", "Outcome": "types", "Parcels": "parcels",
}  # fmt: skip

__all__ = [
    "REGISTRY",
    "Area",
    "Findings",
    "Layer",
    "Measurement",
    "Outcome",
    "Parcels",
    "Scan",
    "card_text",
    "evaluate",
    "explain",
    "make_longlist",
    "read_policy",
    "run_scan",
]


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in."""
    if name in _HOMES:
        return getattr(import_module(f"suitability.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'suitability' has no attribute '{name}'")
