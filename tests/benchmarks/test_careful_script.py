"""The script that the scan is measured against does the same job: same parcels, and the same verdicts but for its customs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from benchmarks import careful_script, scan_only, tiling
from benchmarks.whole_job import RULES, WHY
from suitability.criteria import REGISTRY
from suitability.policy_file import read_policy

if TYPE_CHECKING:
    from pathlib import Path

PARCELS = 4_000

pytestmark = pytest.mark.filterwarnings("ignore:.keep_geom_type:UserWarning")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    home = tmp_path_factory.mktemp("job")
    folder = tiling.make_tiling(home / "folder", PARCELS)
    scan_only.main(folder, home / "ours.parquet")
    careful_script.main(folder, home / "theirs.parquet")
    ours, theirs = (_read(home / f"{name}.parquet") for name in ("ours", "theirs"))
    return ours, theirs.loc[ours.index]


def _read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path, columns=["parcel_id", "verdict", *RULES]).set_index("parcel_id")


def test_every_parcel_gets_a_verdict_from_both(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    for table in both:
        assert len(table) == PARCELS
        assert set(table["verdict"]) <= {"pass", "fail", "unknown"}


def test_where_they_differ_the_reason_is_known(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    ours, theirs = both
    for rule in RULES:
        apart = pd.DataFrame({"ours": ours[rule], "theirs": theirs[rule]})[ours[rule] != theirs[rule]]
        found = {(rule, *pair) for pair in apart.value_counts().index}
        assert found <= set(WHY)
        assert len(apart) < PARCELS / 5


def test_on_zoning_and_parks_they_agree_everywhere(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    ours, theirs = both
    for rule in ("zoning", "recreation_park"):
        assert (ours[rule] == theirs[rule]).all()
        assert (ours[rule] == "pass").any()


def test_the_script_asks_what_the_policy_asks() -> None:
    checks = {check.id: check for check in read_policy("kadaster-scan", REGISTRY).checks()}
    assert tuple(careful_script.ALLOWED) == checks["zoning"].params.allowed
    assert checks["zoning"].limit.at_least == careful_script.LEAST_SHARE
    assert checks["recreation_park"].limit.at_most == careful_script.MOST_PARK_M2
    assert checks["near_work"].limit.at_most == careful_script.MOST_WORK_M
    assert checks["near_work"].params.min_jobs == careful_script.LEAST_JOBS
    assert checks["environment"].params.guideline_m == careful_script.GUIDELINE_M
    assert checks["environment"].params.largest_m == careful_script.UNKNOWN_BUSINESS_M
    for mode, (_, _, kmh, minutes) in careful_script.MODES.items():
        check = checks[f"facilities_{mode}"]
        assert (check.params.speed_kmh, check.limit.at_most) == (kmh, minutes)
        assert check.params.facility_kind == careful_script.FACILITY
        assert (check.params.access_speed_kmh, check.params.snap_limit_m) == (
            careful_script.ACCESS_KMH,
            careful_script.MOST_SNAP_M,
        )
