"""The same place gets the same verdict, whichever way it came, and the one that the scan gives the parcel."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from suitability.core.measurement import Outcome
from suitability.scan.run import rejudge
from suitability.selection.ranking.order import rank
from suitability.selection.ranking.sites import each_alone
from suitability.spatial.parcels import inner_points
from suitability.submissions.entry import Entries, Entry
from suitability.submissions.intake import Batch, make_receipts
from suitability.submissions.score import score
from tests.conftest import demo_scan, examples
from tests.submissions.receipts import SETTINGS, kampen

if TYPE_CHECKING:
    from suitability.submissions.receipt import Receipts
    from suitability.submissions.score import Scored

POLICIES = ("kadaster-scan", "hardenberg-2025")
TO_WGS84 = Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)


def taken_in(*lines: dict[str, str]) -> Receipts:
    """Return the receipts of lines with these cells."""
    columns = tuple(dict.fromkeys(name for line in lines for name in line))
    entries = tuple(Entry(i, {name: line.get(name, "") for name in columns}) for i, line in enumerate(lines, start=2))
    return make_receipts(Batch("x.csv", "0", Entries(entries, columns)), kampen(), SETTINGS)


@cache
def candidates() -> np.ndarray:
    """Return the rows of parcels that are wider than the rounding of coordinates, and compact."""
    parcels = kampen().parcels
    width = 4 * parcels.areas / shapely.length(parcels.geometry)
    return np.flatnonzero(width > 8.0)


def ways(row: int) -> dict[str, dict[str, str]]:
    """Return one parcel in each way that a person can give it."""
    parcels = kampen().parcels
    shape, (x, y) = parcels.geometry[row], shapely.get_coordinates(inner_points(parcels.geometry[[row]]))[0]
    lon, lat = TO_WGS84.transform(x, y)
    degrees = shapely.transform(shape, lambda xy: np.column_stack(TO_WGS84.transform(xy[:, 0], xy[:, 1])))
    return {
        "parcel": {"perceel": str(parcels.ids[row])},
        "rd": {"x": f"{x:.2f}", "y": f"{y:.2f}"},
        "rd, swapped": {"x": f"{y:.2f}", "y": f"{x:.2f}"},
        "wgs84": {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"},
        "wgs84, with commas": {"lat": f"{lat:.7f}".replace(".", ","), "lon": f"{lon:.7f}".replace(".", ",")},
        "polygon": {"wkt": shapely.to_wkt(shape, rounding_precision=3)},
        "polygon in degrees": {"wkt": "SRID=4326;" + shapely.to_wkt(degrees, rounding_precision=7)},
        "the other way round": {"wkt": shapely.to_wkt(shapely.reverse(shape), rounding_precision=4)},
    }


@settings(max_examples=examples(6))
@given(pick=st.integers(min_value=0))
def test_a_parcel_is_the_same_site_whichever_way_it_is_given(pick: int) -> None:
    """Designation, RD, WGS84, outline: one site, and one verdict under each policy, that of the scan."""
    row = int(candidates()[pick % len(candidates())])
    found = {name: taken_in(line).lines[0] for name, line in ways(row).items()}
    expected = str(kampen().parcels.ids[row])
    assert {name: one.site_id for name, one in found.items()} == dict.fromkeys(found, expected)
    for policy in POLICIES:
        scan = demo_scan(policy)
        for name, line in ways(row).items():
            scored = score(taken_in(line), scan, 1.0)
            assert findings_at(scored.scan, 0) == findings_at(scan, row), name


def findings_at(scan: Any, row: int) -> list[tuple[int, str, str]]:
    """Return outcome, value and margin of every check for one parcel."""
    return [
        (int(found.outcome[row]), f"{found.value[row]:.9g}", f"{found.margin[row]:.9g}") for found in scan.findings.values()
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["Cantate 11, Kampen", "Lisdodde 18", "8261CW 180", "Winde 22 Kampen"])
def test_an_address_is_the_parcel_it_stands_on(address: str) -> None:
    """An address gets the verdict of its parcel."""
    by_address = taken_in({"adres": address}).lines[0]
    by_parcel = taken_in({"perceel": by_address.site_id}).lines[0]
    assert by_parcel.geometry == by_address.geometry
    scored = score(taken_in({"adres": address}), demo_scan("kadaster-scan"), 1.0)
    row = scored.around.index_of(by_address.site_id)
    assert row is not None
    assert scored.scan.verdicts.best[0] == scored.around.verdicts.best[row]


@cache
def many() -> Scored:
    """Return two hundred parcels scored, of every verdict."""
    scan = demo_scan("hardenberg-2025")
    rows = np.concatenate([np.flatnonzero(scan.verdicts.best == outcome)[:4000:60] for outcome in Outcome])
    lines = ({"perceel": str(scan.parcels.ids[row])} for row in rows)
    return score(taken_in(*lines), scan, 1.0)


def test_the_nearest_alternative_is_the_nearest_of_all_that_pass() -> None:
    """Against the obvious loop: no parcel that passes is nearer; and what passes itself needs none."""
    scored = many()
    passing = np.flatnonzero(scored.around.verdicts.best == Outcome.PASS)
    shapes = scored.around.parcels.geometry[passing]
    for i, best in enumerate(scored.scan.verdicts.best):
        if best == Outcome.PASS:
            assert scored.outlook.alternative[i] == -1
            continue
        distances = shapely.distance(scored.scan.parcels.geometry[i], shapes)
        assert scored.outlook.alternative_m[i] == pytest.approx(distances.min())
        assert scored.outlook.alternative[i] == passing[np.flatnonzero(distances == distances.min())[0]]


def test_place_in_the_longlist_is_counted_one_by_one() -> None:
    """The shares that are larger or better equal a plain count."""
    scored = many()
    scan, outlook = scored.around, scored.outlook
    passing = scan.verdicts.best == Outcome.PASS
    assert outlook.n_passing == passing.sum()
    for i in range(0, len(scored.receipts), 7):
        larger = (scan.parcels.areas[passing] > scored.scan.parcels.areas[i] + 1e-9).mean()
        assert outlook.larger[i] == pytest.approx(larger)


def test_the_score_of_a_card_is_that_of_the_ranking() -> None:
    """A submitted parcel has the score that the ranking gives it, and the share of better ones is a plain count."""
    scored = many()
    scan, outlook = scored.around, scored.outlook
    assert outlook.is_weighed
    ranking = rank(each_alone(scan))
    of_parcel = dict(zip(ranking.site_ids, ranking.total_low, strict=True))
    passing = ranking.total_low[scan.verdicts.best == Outcome.PASS]
    for i, over in enumerate(scored.overlaps[:60:7]):
        score_of = outlook.score[7 * i]
        assert score_of == pytest.approx(of_parcel[next(iter(over))])
        assert outlook.better[7 * i] == pytest.approx((passing > score_of + 1e-9).mean())


def test_a_policy_without_weights_has_no_score() -> None:
    """No order is made up."""
    scan = demo_scan("kadaster-scan")
    rules = tuple(rule.model_copy(update={"weight": None}) for rule in scan.policy.rules)
    assert not any(rule.effect == "score" for rule in rules)
    unweighed = rejudge(scan, scan.policy.model_copy(update={"rules": rules}))
    scored = score(taken_in({"perceel": "afgeleid-06416"}), unweighed, 1.0)
    assert not scored.outlook.is_weighed
    assert np.isnan(scored.outlook.better).all()


def test_a_drawn_site_says_which_parcels_it_covers() -> None:
    """The shares of the parcels under a drawn site add up to it, where the ground is all parcels."""
    shape = "POLYGON((190200 506300,190300 506300,190300 506380,190200 506380,190200 506300))"
    scored = score(taken_in({"wkt": shape}), demo_scan("kadaster-scan"), 1.0)
    over = scored.overlaps[0]
    assert len(over) > 1
    assert 0.5 < sum(over.values()) <= 1.0 + 1e-9
    assert list(over.values()) == sorted(over.values(), reverse=True)
