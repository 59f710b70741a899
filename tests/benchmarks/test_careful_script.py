"""The script that the scan is measured against does the same job: same parcels, and the same verdicts but for its customs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from benchmarks import careful_script, explained_script, tiling
from benchmarks.ten_kinds import write_policy
from benchmarks.whole_job import RULES, apart, verdicts, why
from suitability.criteria import REGISTRY
from suitability.partitions.resources import Resources
from suitability.partitions.run import scan_in_partitions
from suitability.policy.reader import read_policy

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.policy.model import Policy

PARCELS = 4_000

pytestmark = pytest.mark.filterwarnings("ignore:.keep_geom_type:UserWarning")


def ten_kinds(home: Path) -> Policy:
    """Return the policy of the whole job."""
    return read_policy(str(write_policy(home / "policy.yaml")), REGISTRY)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a tiling in it, scanned and judged by the script."""
    home = tmp_path_factory.mktemp("job")
    folder = tiling.make_tiling(home / "folder", PARCELS)
    scan_in_partitions(ten_kinds(home), f"dir:{folder}", home, "nl", Resources(), area=None, progress=lambda *_: None)
    careful_script.main(folder, home / "theirs.parquet")
    return home


@pytest.fixture(scope="module")
def both(home: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give what the scan and the script say, in one order."""
    ours, theirs = verdicts(home / "parcels", "_outcome"), verdicts(home / "theirs.parquet")
    return ours, theirs.loc[ours.index]


def test_every_parcel_gets_a_verdict_from_both(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    for table in both:
        assert len(table) == PARCELS
        assert set(table["verdict"]) <= {"pass", "fail", "unknown"}


def test_where_they_differ_the_reason_is_known(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    ours, theirs = both
    for rule in RULES:
        pairs = apart(ours, theirs, rule)
        assert all(why(rule, *pair) for pair in pairs.value_counts().index), (rule, pairs.value_counts())
        assert (pairs["ours"] != "unknown").sum() < PARCELS / 10  # where the data is complete they hardly differ


def test_on_zoning_and_parks_they_agree_everywhere(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    ours, theirs = both
    for rule in ("zoning", "recreation_park"):
        assert (ours[rule] == theirs[rule]).all()
        assert (ours[rule] == "pass").any()


def test_the_script_that_explains_gives_the_same_outcomes(home: Path) -> None:
    """But for contours: it measures to the business, the other draws buffers, which lie inside the circle."""
    explained_script.main(home / "folder", home / "explained.parquet")
    plain, explained = verdicts(home / "theirs.parquet"), verdicts(home / "explained.parquet")
    explained = explained.loc[plain.index]
    for rule in RULES:
        differ = plain[rule] != explained[rule]
        assert differ.sum() < (PARCELS / 1000 if rule == "environment" else 1), rule
    told = pd.read_parquet(home / "explained.parquet").set_index("parcel_id")
    assert (told["near_work_object"].notna() & (told["near_work_value"] >= 0)).all()
    reached = np.isfinite(told["supermarket_bicycle_value"])
    assert reached.any()
    assert (told["supermarket_bicycle_object"].notna() == reached).all()


def test_the_script_asks_what_the_policy_asks(tmp_path: Path) -> None:
    checks = {check.id: check for check in ten_kinds(tmp_path).checks()}
    assert tuple(careful_script.ALLOWED) == checks["zoning"].params.allowed
    assert checks["zoning"].limit.at_least == careful_script.LEAST_SHARE
    assert checks["recreation_park"].limit.at_most == careful_script.MOST_PARK_M2
    assert checks["near_work"].limit.at_most == careful_script.MOST_WORK_M
    assert checks["near_work"].params.min_jobs == careful_script.LEAST_JOBS
    assert checks["environment"].params.guideline_m == careful_script.GUIDELINE_M
    assert checks["environment"].params.largest_m == careful_script.UNKNOWN_BUSINESS_M
    assert checks["noise"].limit.at_most == careful_script.MOST_DB
    asked = itertools.product(careful_script.KINDS, careful_script.MODES.items())
    for kind, (mode, (_, _, kmh, minutes)) in asked:
        check = checks[f"{'facilities' if kind == 'supermarket' else kind}_{mode}"]
        assert (check.params.speed_kmh, check.limit.at_most) == (kmh, minutes)
        assert check.params.facility_kind == kind
        assert (check.params.access_speed_kmh, check.params.snap_limit_m) == (
            careful_script.ACCESS_KMH,
            careful_script.MOST_SNAP_M,
        )
