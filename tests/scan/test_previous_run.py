"""A scan against the table that an earlier run wrote: the same differences as between the two scans themselves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from suitability.core.config import config_folder, documents
from suitability.core.errors import SubmissionError
from suitability.core.messages import LANGS
from suitability.report.table import wide_table
from suitability.report.wording.changes import difference_lines
from suitability.scan.compare import compare_scans
from suitability.scan.previous_run import compare_with_run, read_earlier_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan.run import Scan


def written(table: pd.DataFrame) -> io.BytesIO:
    """Return a table as a file."""
    file = io.BytesIO()
    table.to_parquet(file)
    file.seek(0)
    return file


@pytest.fixture(scope="module")
def earlier(scan_of: Callable[[str], Scan]) -> pd.DataFrame:
    """Give the table of all parcels of a run under the basic rules."""
    return wide_table(scan_of("kadaster-scan"), documents(config_folder()), "nl")


@pytest.mark.parametrize("name", ["hardenberg-2025", "demo-nearby"])
def test_the_same_as_between_the_scans(earlier: pd.DataFrame, name: str, scan_of: Callable[[str], Scan]) -> None:
    """Whatever the order of the file; every parcel that moved has its cause."""
    now = scan_of(name)
    order = np.random.default_rng(5).permutation(len(earlier))
    found = compare_with_run(read_earlier_run(written(earlier.iloc[order]), "parcels.parquet"), now)
    expected = compare_scans(scan_of("kadaster-scan"), now)
    back = pd.Index(found.ids).get_indexer(pd.Index(expected.ids))
    for part in ("gained", "lost", "doubted", "cleared", "restricted_gained", "restricted_lost"):
        assert np.array_equal(getattr(found, part)[back], getattr(expected, part)), part
    for kind in ("gained", "lost", "doubted", "cleared"):
        assert sum(count.n for count in getattr(found, f"{kind}_by")) == getattr(found, kind).sum()
    assert all(difference_lines(found, lang) for lang in LANGS)


def test_a_run_against_itself_and_parcels_that_came_and_went(
    earlier: pd.DataFrame, scan_of: Callable[[str], Scan]
) -> None:
    """Nothing moves; a parcel that only one of the two has is counted apart."""
    table = earlier.iloc[10:].copy()
    table.iloc[0, table.columns.get_loc("parcel_id")] = "vervallen"
    found = compare_with_run(read_earlier_run(written(table), "parcels.parquet"), scan_of("kadaster-scan"))
    assert not (found.gained | found.lost | found.moved).any()
    assert (found.only_in_a, found.only_in_b) == (1, 11)


def _twice(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[:1]])


def _other_verdict(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(verdict=["maybe", *table["verdict"].iloc[1:]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop(columns="verdict"), "de kolommen verdict ontbreken"),
        (_other_verdict, "rij 1: het oordeel 'maybe'"),
        (_twice, "staat er twee keer in"),
    ],
)
def test_another_table_is_refused(earlier: pd.DataFrame, change: Any, said: str) -> None:
    """With the row, what was found and what to do."""
    with pytest.raises(SubmissionError) as caught:
        read_earlier_run(written(change(earlier.iloc[:50])), "mijn.parquet")
    (sentence,) = caught.value.sentences("nl")
    assert sentence.startswith("mijn.parquet: ")
    assert said in sentence


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 400 + b"PAR1", b"a;b\n1;2\n"])
def test_a_file_that_is_no_table(content: bytes) -> None:
    """Also one that only looks like it."""
    with pytest.raises(SubmissionError, match="not a table of a test"):
        read_earlier_run(io.BytesIO(content), "x.parquet")
