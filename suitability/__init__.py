"""Location suitability for the temporary housing of migrant workers: parcels against policy, with a reason for each.

A scan in four lines::

    import suitability as su

    scan = su.run_scan(su.read_policy("hardenberg-2025"), su.open_source("demo"))
    places = su.table(scan, "en")
    places[places.verdict_class == "unknown"].explore("verdict")

Each public name is imported when it is first used, so that ``import suitability`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from layers import open_source
    from suitability.core.errors import SuitabilityError
    from suitability.core.layer import Area
    from suitability.core.measurement import Outcome
    from suitability.policy.reader import read_policy
    from suitability.policy.what_if import with_limits
    from suitability.report.comparison import compare
    from suitability.report.explain import card_text, explain
    from suitability.report.geodataframes import site_table, table
    from suitability.report.proposal import shortlist
    from suitability.report.style import cmap
    from suitability.scan.longlist import make_longlist
    from suitability.scan.run import Scan, rejudge, run_scan
    from suitability.selection.ranking.order import rank_scan

    __version__: str

#: Public name -> module that defines it.
_HOMES: Final = {
    "open_source": "layers",
    "SuitabilityError": "suitability.core.errors",
    "Area": "suitability.core.layer",
    "Outcome": "suitability.core.measurement",
    "read_policy": "suitability.policy.reader",
    "with_limits": "suitability.policy.what_if",
    "compare": "suitability.report.comparison",
    "card_text": "suitability.report.explain",
    "explain": "suitability.report.explain",
    "site_table": "suitability.report.geodataframes",
    "table": "suitability.report.geodataframes",
    "shortlist": "suitability.report.proposal",
    "cmap": "suitability.report.style",
    "make_longlist": "suitability.scan.longlist",
    "Scan": "suitability.scan.run",
    "rejudge": "suitability.scan.run",
    "run_scan": "suitability.scan.run",
    "rank_scan": "suitability.selection.ranking.order",
}

__all__ = [
    "Area",
    "Outcome",
    "Scan",
    "SuitabilityError",
    "__version__",
    "card_text",
    "cmap",
    "compare",
    "explain",
    "make_longlist",
    "open_source",
    "rank_scan",
    "read_policy",
    "rejudge",
    "run_scan",
    "shortlist",
    "site_table",
    "table",
    "with_limits",
]


def __getattr__(name: str) -> object:
    """Return a public name from the module that defines it; raises ``AttributeError`` for any other."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        return import_module("suitability.core.version").package_version()
    raise AttributeError(f"module 'suitability' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
