"""Sites: parcels that pass, alone or with the neighbours that the policy lets them be taken together with.

A joined site is measured and judged as one place by the same rules. Where that place would come off worse than its
parcels, the last step of joining is undone, until what is left holds.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.measurement import Measurement, Outcome
from suitability.core.types import CRS, FloatArray
from suitability.scan.beds import beds_by_type, beds_of
from suitability.scan.run import judge_all, measure_all
from suitability.selection.ranking.adjoining import Growth, grow, joined, longest_first, shared_boundaries
from suitability.spatial.overlaps import largest_overlap, overlaps
from suitability.spatial.parcels import Parcels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from suitability.core.types import IntArray
    from suitability.policy.site import SiteRule
    from suitability.scan.cache import MeasurementCache
    from suitability.scan.run import Scan

    Texts = NDArray[np.object_]


_DIGITS: Final = 6  # of the hash that tells joined sites apart that begin with the same parcel


#: What stands before the address of another plot, where a source gives the nearest one.
_NEAR: Final = "bij "


#: An address up to its settlement: a street, a house number, and what may follow it.
_ADDRESS: Final = re.compile(r"^(?P<street>.*\D.*?)\s+\d+(?:[ -]?[A-Za-z]{1,3})?(?:-\w+)?$")


@dataclass(frozen=True)
class Sites:
    """The sites, in the order of their ids, beside the scan of ``parcels`` that they come from.

    ``scan``: the same places judged as parcels are, site i is parcel i of it.

    ``frame`` (EPSG:28992): ``site_id``, ``parcel_ids``, ``n_parcels``, ``area_m2``, ``location_type`` (id of the best),
    ``outcome``, ``beds``, ``dwellings`` (NaN = not known), ``label``, ``address``, ``street``, ``settlement``,
    ``municipality`` (None = not known, for ``settlement`` also outside all of them), ``restricted``, ``geometry``.
    """

    frame: gpd.GeoDataFrame
    scan: Scan
    parcels: Scan

    def __len__(self) -> int:
        return len(self.frame)


def make_sites(
    scan: Scan, outcomes: Sequence[Outcome] = (Outcome.PASS,), *, cache: MeasurementCache | None = None
) -> Sites:
    """Return the sites of a scan: of the parcels with one of ``outcomes``, each in exactly one site."""
    kept = np.flatnonzero(np.isin(scan.verdicts.best, [int(outcome) for outcome in outcomes]))
    kept = kept[np.argsort(scan.parcels.ids[kept], kind="stable")]
    rule = scan.policy.sites
    growth = _growth(scan, rule, kept) if rule is not None else Growth((), (), (), tuple(range(len(kept))))
    unions = Parcels(
        _objects([site_id(scan.parcels.ids[kept[list(group)]]) for group in growth.members]),
        joined(scan.parcels.geometry[kept], growth.members),
    )
    measured = measure_all(scan.policy, unions, scan.layers, cache) if len(unions) else None
    places = _holding(scan, kept, growth, measured)
    groups = [(p,) if p < len(kept) else growth.members[p - len(kept)] for p in places]
    ids = np.concatenate([scan.parcels.ids[kept], unions.ids])[places]
    order = np.argsort(ids, kind="stable")
    row = np.concatenate([kept, len(scan.parcels) + np.arange(len(unions))])[places][order]
    members = [kept[list(groups[i])] for i in order]
    judged = _judged(
        scan, Parcels(ids[order], np.concatenate([scan.parcels.geometry, unions.geometry])[row]), row, measured
    )
    return _as_sites(scan, judged, members)


def each_alone(scan: Scan) -> Sites:
    """Return every parcel of a scan as a site of its own, in the order of the parcels, whatever its verdict."""
    return _as_sites(scan, scan, [np.array([row], dtype=np.int64) for row in range(len(scan.parcels))])


def site_id(parcel_ids: Iterable[str]) -> str:
    """Return the name of a site by its parcels alone: that of its parcel, or of the first and a hash of all of them."""
    ids = sorted(str(name) for name in parcel_ids)
    if len(ids) == 1:
        return ids[0]
    return f"{ids[0]}+{len(ids) - 1}.{hashlib.sha256(chr(10).join(ids).encode()).hexdigest()[:_DIGITS]}"


def street_of(address: str | None) -> str | None:
    """Return the street of an address such as "Plein 1940 5B, Kampen"; None where it names none."""
    if not address or address.startswith(_NEAR):
        return None
    found = _ADDRESS.match(address.split(",")[0].strip())
    return found["street"] if found else None


def _growth(scan: Scan, rule: SiteRule, kept: IntArray) -> Growth:
    """Return how the kept parcels grow together under the rule, as positions in ``kept``.

    Only parcels alike in location type, outcome and restrictions, so that none is worse off for another.
    """
    verdicts, holds = scan.verdicts, rule.location_types or [kind.id for kind in scan.policy.types]
    may = np.flatnonzero(np.isin([kind.id for kind in scan.policy.types], holds)[verdicts.best_type[kept]])
    designation = np.zeros(len(may), dtype=np.int64)
    if rule.same_designation:
        designation = _designations(scan, kept[may])
        may, designation = may[designation >= 0], designation[designation >= 0]
    rows = kept[may]
    alike = _kinds(verdicts.best_type[rows], verdicts.best[rows], designation, *verdicts.restricted[rows].T)
    first, second, metres = shared_boundaries(scan.parcels.geometry[rows])
    fits = (metres >= rule.shared_boundary_m) & (alike[first] == alike[second])
    first, second, metres = may[first[fits]], may[second[fits]], metres[fits]
    order = longest_first(first, second, metres)
    beds = beds_of(scan)
    amounts = np.column_stack([np.ones(len(kept)), scan.parcels.areas[kept], beds[kept]])
    bounds = (rule.at_most_parcels, rule.at_most_m2, rule.at_most_beds)
    return grow(first[order], second[order], amounts, np.array([np.inf if b is None else b for b in bounds]))


def _kinds(*columns: NDArray[Any]) -> IntArray:
    """Return a number per row that is the same for rows that are equal in all columns, shape (n,)."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column)
        number = np.unique(number * max(len(values), 1) + codes, return_inverse=True)[1]
    return number


def _designations(scan: Scan, rows: IntArray) -> IntArray:
    """Return a number per zoning designation that covers most of each parcel, shape of ``rows``; -1 = not known."""
    if "zoning" not in scan.layers:
        return np.full(len(rows), -1, dtype=np.int64)
    layer = scan.layers["zoning"]
    parcels = Parcels(scan.parcels.ids[rows], scan.parcels.geometry[rows])
    most = largest_overlap(overlaps(parcels, layer), len(rows), np.arange(len(layer.frame)))
    codes, _ = pd.factorize(layer.frame["designation"])  # of a designation that could not be mapped: -1
    return np.append(codes, -1)[most].astype(np.int64)


def _holding(scan: Scan, kept: IntArray, growth: Growth, measured: Mapping[str, Measurement] | None) -> IntArray:
    """Return the largest places that come off no worse than their parcels, as positions in kept and steps of growth.

    A joined place keeps the location type and outcome of its parcels, is restricted by nothing that one of them is
    free of, and holds no more beds than the rule says.
    """
    if measured is None or scan.policy.sites is None:
        return np.array(growth.tops, dtype=np.int64)
    n, verdicts = len(kept), scan.verdicts
    _, together = judge_all(scan.policy, measured)
    beds = beds_by_type(scan.policy, {name: m.value for name, m in measured.items()}, together.best_type)
    bound = scan.policy.sites.at_most_beds
    holds = []
    for k, group in enumerate(growth.members):
        rows = kept[list(group)]
        holds.append(
            together.best[k] >= verdicts.best[rows].max()
            and together.best_type[k] == verdicts.best_type[rows[0]]
            and not (together.restricted[k] & ~verdicts.restricted[rows].all(axis=0)).any()
            and (bound is None or bool(beds[k] <= bound))
        )
    places, open_places = [], list(growth.tops)
    while open_places:
        place = open_places.pop()
        if place < n or holds[place - n]:
            places.append(place)
        else:
            open_places += [growth.left[place - n], growth.right[place - n]]
    return np.array(sorted(places), dtype=np.int64)


def _judged(scan: Scan, places: Parcels, row: IntArray, measured: Mapping[str, Measurement] | None) -> Scan:
    """Return the places as a scan; ``row`` (n,) points into the parcels followed by what was measured of joined ones."""
    taken = {
        check.id: _rows(scan.findings[check.id].measurement, None if measured is None else measured[check.id], row)
        for check in scan.policy.checks()
    }
    findings, verdicts = judge_all(scan.policy, taken)
    counts = {**scan.run.counts, "sites": len(places)}
    run = replace(scan.run, counts=counts)
    return replace(scan, parcels=places, findings=findings, verdicts=verdicts, run=run)


def _rows(single: Measurement, together: Measurement | None, row: IntArray) -> Measurement:
    parts = [single] if together is None else [single, together]

    def taken(arrays: list[FloatArray]) -> FloatArray:
        return np.concatenate(arrays)[row]

    names = [name for name in single.details if all(name in part.details for part in parts)]
    return Measurement(
        value=taken([part.value for part in parts]),
        evidence=np.concatenate([part.evidence for part in parts])[row],
        lower=taken([part.lower for part in parts]),
        upper=taken([part.upper for part in parts]),
        details={name: taken([part.details[name] for part in parts]) for name in names},
    )


def _as_sites(scan: Scan, judged: Scan, members: list[IntArray]) -> Sites:
    """Return the table of the sites, and the scan of them with the columns that parcels have."""
    verdicts, ids, n = judged.verdicts, scan.parcels.ids, len(members)
    label, settlement = _text(scan, "label", members), _text(scan, "settlement", members)
    address = np.array([None if text is None or text.startswith(_NEAR) else text for text in label], dtype=object)
    columns = {
        "site_id": judged.parcels.ids,
        "parcel_ids": _objects([tuple(str(name) for name in ids[rows]) for rows in members]),
        "n_parcels": np.array([len(rows) for rows in members], dtype=np.int64),
        "area_m2": judged.parcels.areas,
        "location_type": np.array([kind.id for kind in scan.policy.types], dtype=object)[verdicts.best_type],
        "outcome": verdicts.best,
        "beds": beds_of(judged),
        "dwellings": np.full(n, np.nan),
        "label": label,
        "address": address,
        "street": _objects([street_of(text) for text in address]),
        "settlement": settlement,
        "municipality": _municipalities(judged),
        "restricted": verdicts.restricted.any(axis=1),
    }
    # object, not text: a missing name stays None, as those who read it expect
    table = {
        name: pd.Series(values, dtype=object) if values.dtype == object else values for name, values in columns.items()
    }
    frame = gpd.GeoDataFrame(table, geometry=judged.parcels.geometry, crs=CRS)
    places = frame[["site_id", "label", "settlement", "geometry"]].rename(columns={"site_id": "parcel_id"})
    return Sites(frame, replace(judged, frame=places), scan)


def _objects(values: Sequence[object]) -> Texts:
    made = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):  # tuples of one length would become a table
        made[i] = value
    return made


def _text(scan: Scan, column: str, members: list[IntArray]) -> Texts:
    """Return a text of the largest parcel of each site; a label of the largest that has one. None where there is none."""
    if column not in scan.frame:
        return np.full(len(members), None, dtype=object)
    texts = scan.frame[column].to_numpy(dtype=object).copy()
    texts[pd.isna(texts)] = None
    areas = scan.parcels.areas.copy()
    if column == "label":
        areas[[text is None for text in texts]] *= -1  # behind those that have one
    largest = np.array([rows[np.argmax(areas[rows])] for rows in members], dtype=np.int64)  # of equal ones the first id
    return np.asarray(texts[largest], dtype=object)


def _municipalities(judged: Scan) -> Texts:
    """Return the municipality in which each site lies, shape (n,); None where no boundary says."""
    names = np.full(len(judged.parcels), None, dtype=object)
    layer = judged.layers.get("municipality")
    if layer is None or not len(names):
        return names
    site, area = shapely.STRtree(layer.frame.geometry.to_numpy()).query(
        shapely.points(judged.parcels.inner_xy), predicate="intersects"
    )
    names[site[::-1]] = layer.frame["name"].to_numpy(dtype=object)[area[::-1]]  # on a boundary: the first
    return names
