"""The scan: load layers, measure, judge, combine. A straight line of pure functions; its result is frozen.

``run_scan`` is the first three steps; only ``judge_all`` is repeated when a limit changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.errors import (
    LayerError,
    PolicyError,
    Problem,
    SourceError,
    SubmissionError,
    SuitabilityError,
    suggestion,
)
from suitability.core.layer import Area, Layers, Source
from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Findings, Measurement, Outcome
from suitability.core.memo import once
from suitability.criteria import REGISTRY
from suitability.policy.what_if import range_of
from suitability.scan.cache import MeasurementCache, measurement_key
from suitability.scan.judge import TOLERANCE, Verdicts, combine, judge, judge_parcels, scales_of
from suitability.scan.run_record import RunRecord, make_run_record
from suitability.spatial.parcels import Parcels
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from suitability.core.layer import Layer
    from suitability.policy.model import Check, Policy

#: Called with a step's message key, how far it is and how far it goes.
Progress = Callable[[str, int, int], None]

#: Layers that no rule needs but that outputs draw, when the source offers them.
CONTEXT_LAYERS: Final = ("municipality", "settlements", "water")

#: Beyond a rule's reach, so that "none within the limit" is sure, and not open at exactly the limit.
_MORE_M: Final = 1.0

_NAMES_SHOWN: Final = 10


@dataclass(frozen=True)
class Scan:
    """The result: everything later only reads this. ``findings`` by check id, rules of rules and their parts alike."""

    policy: Policy
    area: Area
    parcels: Parcels
    frame: pd.DataFrame
    layers: Layers
    findings: Mapping[str, Findings]
    verdicts: Verdicts
    run: RunRecord

    def index_of(self, parcel_id: str) -> int | None:
        """Return the position of a parcel, or None when the scan has no such parcel."""
        found = np.flatnonzero(self.parcels.ids == parcel_id)
        return int(found[0]) if len(found) else None


def _silent(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""


def find_area(source: Source, name: str | None = None) -> Area:
    """Return a municipality by name; without a name the one that the source is about, or its only one.

    A source without municipal boundaries gives all it has. Raises ``SubmissionError`` where a name must be given, or is
    not there.
    """
    wanted = name or source.home
    if "municipality" not in source.offers():
        if name:
            raise SubmissionError(Problem("--area", "no_areas", {"found": name, "source": source.name}))
        return Area.everywhere()
    frame = source.load(LAYERS["municipality"], Area.everywhere()).frame
    names = [str(each) for each in frame["name"]]
    if wanted is None and len(set(names)) > 1:
        raise SubmissionError(Problem("--area", "which_area", {"source": source.name, "expected": _some(names)}))
    wanted = wanted or names[0]
    rows = [i for i, each in enumerate(names) if each.casefold() == wanted.casefold()]
    if not rows:
        fields = {"found": wanted, "expected": _some(names), "suggestion": suggestion(wanted, names)}
        raise SubmissionError(Problem("--area", "unknown_area", fields))
    return Area(names[rows[0]], shapely.union_all(frame.geometry.to_numpy()[rows]))


def _some(names: list[str]) -> str:
    """Return the first names, and that there are more."""
    first = sorted(set(names))[:_NAMES_SHOWN]
    return ", ".join(first) + (" …" if len(set(names)) > len(first) else "")


def reach_of(policy: Policy, *, roomy: bool = False, context: bool = True) -> dict[str, float]:
    """Return the layers that a policy's rules need, parcels first, with the metres beyond the area that still count.

    ``roomy``: so far that every limit may still be moved within its ``range_of``. ``context``: with ``CONTEXT_LAYERS``.
    """
    reach: dict[str, float] = {"parcels": 0.0, **dict.fromkeys(CONTEXT_LAYERS if context else (), 0.0)}
    for check in policy.checks():
        for need in REGISTRY[check.criterion or ""].needs_of(check.params):
            largest = range_of(check)[1] if roomy else _furthest(check)
            reach[need.layer] = max(reach.get(need.layer, 0.0), need.reach(check.params, largest) + _MORE_M)
    return reach


def kinds_asked(policy: Policy) -> dict[str, frozenset[str]]:
    """Return by layer the kinds of row that a policy's rules ask for; none for a layer of which one asks for every kind."""
    asked = _kinds_by_rule(policy)
    return {layer: frozenset[str]().union(*kinds) for layer, kinds in asked.items() if all(kinds)}


def missing_kinds(policy: Policy, layers: Layers) -> dict[str, tuple[str, ...]]:
    """Return by layer the kinds of row that a policy's rules ask for and that no source of the layer knows."""
    asked = {layer: frozenset[str]().union(*kinds) for layer, kinds in _kinds_by_rule(policy).items()}
    lacking = {
        layer: tuple(sorted(kind for kind in kinds if not layers[layer].knows(kind)))
        for layer, kinds in sorted(asked.items())
        if layer in layers
    }
    return {layer: kinds for layer, kinds in lacking.items() if kinds}


def _kinds_by_rule(policy: Policy) -> dict[str, list[frozenset[str]]]:
    """Return by layer, for every need of a rule, the kinds that it names; empty where it asks for every kind."""
    found: dict[str, list[frozenset[str]]] = {}
    for check in policy.checks():
        for need in REGISTRY[check.criterion or ""].needs_of(check.params):
            found.setdefault(need.layer, []).append(need.kinds(check.params) or frozenset())
    return found


def _furthest(check: Check) -> float:
    """Return the number up to which values must be exact to determine outcome and near miss."""
    return check.limit.largest + (check.near_miss or 0.0) if check.limit else 0.0


def _cap(check: Check) -> float:
    """Return the value beyond which a measurement depends on how far one looked; inf where it never does."""
    most = _furthest(check)
    needs = REGISTRY[check.criterion or ""].needs_of(check.params)
    looks_further = any(need.reach(check.params, most + 1) > need.reach(check.params, most) for need in needs)
    return most + TOLERANCE if looks_further else np.inf


def load_layers(
    policy: Policy,
    source: Source,
    area: Area,
    progress: Progress = _silent,
    *,
    roomy: bool = False,
    context: bool = True,
    failed: Callable[[str, SuitabilityError], None] | None = None,
) -> tuple[Layers, tuple[str, ...]]:
    """Return the layers that the policy's rules need, their reach included, and the names the source lacks.

    ``roomy``, ``context``: as in ``reach_of``. ``failed``: receives each layer but the parcels that cannot be loaded; without
    it the first of them is raised.
    Raises ``SourceError`` when there are no parcels: without them there is nothing to scan.
    """
    reach, offered = reach_of(policy, roomy=roomy, context=context), source.offers()
    if "parcels" not in offered:
        raise SourceError(Problem(source.name, "no_parcels", {"found": ", ".join(sorted(offered))}))
    wanted = [name for name in reach if name in offered]  # parcels first
    layers: Layers = {}
    asked = kinds_asked(policy)
    for done, name in enumerate(wanted):
        progress("progress.loading", done, len(wanted))
        try:
            spec = replace(LAYERS[name], kinds_asked=asked[name]) if asked.get(name) else LAYERS[name]
            layers[name] = source.load(spec, replace(area, reach_m=reach[name]))
        except (SourceError, LayerError) as error:
            if failed is None or name == "parcels":
                raise
            failed(name, error)
        if name == "parcels":
            area = _around(area, parcels_of(layers[name]))
    missing = tuple(sorted(name for name in reach if name not in offered and name not in CONTEXT_LAYERS))
    return layers, missing


def _around(area: Area, parcels: Parcels) -> Area:
    """Return the area with the parcels that stick out of it: reach counts from them too."""
    if area.polygon is None or not len(parcels):
        return area
    whole = shapely.union(area.polygon, shapely.box(*parcels.total_bounds))
    return replace(area, polygon=whole)


def parcels_of(layer: Layer) -> Parcels:
    """Return the parcels of their layer, in its order: as its source had them, or made of its rows."""

    def make() -> Parcels:
        return Parcels(layer.table["parcel_id"].to_numpy(dtype=object), shapes_of(layer))

    return once(layer.shared, "parcels", make)


def measure_all(
    policy: Policy,
    parcels: Parcels,
    layers: Layers,
    cache: MeasurementCache | None = None,
    progress: Progress = _silent,
    *,
    settled: bool = False,
) -> dict[str, Measurement]:
    """Return a measurement per check id. The same question asked twice is measured once; no layer = unknown.

    ``settled``: clipped to what limit and near miss need, so that the result does not depend on how much more was loaded.
    """
    checks = list(policy.checks())
    measured: dict[str, Measurement] = {}
    asked: dict[tuple[str, str, float], Measurement] = {}
    for done, check in enumerate(checks):
        progress("progress.measuring", done, len(checks))
        most = _cap(check) if settled else np.inf
        question = (str(check.criterion), repr(check.params), most)
        if question not in asked:
            asked[question] = _measure(check, parcels, layers, cache, most).up_to(most)
        measured[check.id] = asked[question]
    progress("progress.measuring", len(checks), len(checks))
    return measured


def _measure(
    check: Check, parcels: Parcels, layers: Layers, cache: MeasurementCache | None, most: float = np.inf
) -> Measurement:
    """Return what a check measures, up to ``most`` at least; what is kept is always all of it."""
    criterion = REGISTRY[check.criterion or ""]
    needs = criterion.needs_of(check.params)
    if any(need.layer not in layers for need in needs):
        return Measurement.unknown(len(parcels))
    if cache is None or not (needs or criterion.is_slow):
        if criterion.measure_up_to is None or not np.isfinite(most):
            return criterion.measure(parcels, layers, check.params)
        return criterion.measure_up_to(parcels, layers, check.params, most)
    key = measurement_key(criterion, check.params, parcels, layers)  # type: ignore[arg-type]
    known = cache.get(key)
    if known is None:
        known = criterion.measure(parcels, layers, check.params)
        cache.put(key, known)
    return known


def judge_all(policy: Policy, measured: Mapping[str, Measurement]) -> tuple[dict[str, Findings], Verdicts]:
    """Return the findings of every check and the verdicts on every parcel. Fast: no geometry is touched."""
    findings: dict[str, Findings] = {}
    for rule in policy.rules:
        _judge_check(rule, measured, findings)
    return findings, judge_parcels(policy, findings)


def _judge_check(check: Check, measured: Mapping[str, Measurement], findings: dict[str, Findings]) -> Findings:
    if check.limit is not None:
        finding = judge(measured[check.id], check.limit)
    else:
        children = [_judge_check(child, measured, findings) for child in check.children]
        scales = [scales_of(child, findings) for child in check.children]
        finding = combine(children, scales, needed=check.needed)
    findings[check.id] = finding
    return finding


def run_scan(  # noqa: PLR0913 (what is scanned, and by name how)
    policy: Policy,
    source: Source,
    area: Area | str | None = None,
    *,
    cache: MeasurementCache | None = None,
    progress: Progress = _silent,
    roomy: bool = False,
    context: bool = True,
    settled: bool = False,
    freshness: Mapping[str, int] | None = None,
) -> Scan:
    """Scan every parcel of the area against the policy.

    ``area``: a municipality of the source by name, or a polygon in EPSG:28992 as ``Area``; default the municipality that
    the source is about. ``cache``: where measurements are kept; None = nowhere. ``progress``: called with the key of a
    step, how far it is and how far it goes. ``roomy``: layers are read so far that limits may later be moved by
    ``rejudge``, each within its ``range_of``; without it parcels beyond the present reach become unknown. ``context``:
    also load what only outputs draw. ``settled``: as in ``measure_all``. ``freshness``: how many days data of a layer may
    be old, from ``read_freshness``; None = not looked at.

    Returns a frozen ``Scan``: ``verdicts`` and ``findings`` hold arrays of shape (n,) in the order of ``parcels``.
    Raises ``SourceError`` or ``LayerError`` where the data cannot be used, ``SubmissionError`` for an unknown area.

    Example: ``scan = run_scan(read_policy("hardenberg-2025"), open_source("demo"))``
    """
    started = datetime.now(UTC)
    where = area if isinstance(area, Area) else find_area(source, area)
    layers, missing = load_layers(policy, source, where, progress, roomy=roomy, context=context)
    frame = layers["parcels"].table
    if frame.empty:
        raise SourceError(Problem(source.name, "no_parcels_in_area", {"found": where.name}))
    parcels = parcels_of(layers["parcels"])
    measured = measure_all(policy, parcels, layers, cache, progress, settled=settled)
    progress("progress.judging", 0, 1)
    findings, verdicts = judge_all(policy, measured)
    run = make_run_record(policy, source.name, where.name, started, layers, missing, _counts(verdicts))
    run = replace(run, freshness=freshness or {}, missing_kinds=missing_kinds(policy, layers))
    return Scan(policy, where, parcels, frame, layers, findings, verdicts, run)


def rejudge(scan: Scan, policy: Policy) -> Scan:
    """Return the scan under a policy that measures the same and judges otherwise; fast: nothing is measured.

    ``scan``: made with ``roomy=True``, so that layers reach as far as limits can be moved. Raises ``PolicyError`` when the
    policy asks for a check that was not measured, or that measures something else.

    Example: ``rejudge(scan, with_limits(scan.policy, {"net_area": 500}))``
    """
    _check_measured(scan.policy, policy)
    measured = {check.id: scan.findings[check.id].measurement for check in policy.checks()}
    findings, verdicts = judge_all(policy, measured)
    counts = {**scan.run.counts, **_counts(verdicts)}
    run = replace(scan.run, policy_id=policy.id, policy_sha256=policy.sha256, counts=counts)
    return replace(scan, policy=policy, findings=findings, verdicts=verdicts, run=run)


def _check_measured(before: Policy, policy: Policy) -> None:
    """Raise ``PolicyError`` where a policy measures otherwise than the policy of a scan."""
    known = {check.id: (check.criterion, check.params) for check in before.checks()}
    others = [check.id for check in policy.checks() if known.get(check.id) != (check.criterion, check.params)]
    if others:
        raise PolicyError(Problem(policy.id, "measures_otherwise", {"found": ", ".join(others), "policy": before.id}))


def _counts(verdicts: Verdicts) -> dict[str, int]:
    """Return how many parcels have which verdict."""
    counts = {outcome.name.lower(): int((verdicts.best == outcome).sum()) for outcome in Outcome}
    return {"parcels": len(verdicts.best), **counts, "near_miss": int(verdicts.near_miss.sum())}


def evaluate(parcels: Parcels, layers: Layers, check: Check) -> Findings:
    """Return the findings of one check, measured and judged on its own."""
    measured = {leaf.id: _measure(leaf, parcels, layers, None) for leaf in check.leaves()}
    return _judge_check(check, measured, {})
