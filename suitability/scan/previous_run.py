"""Comparison of a scan with an earlier run, read from its ``parcels.parquet``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from suitability.core.errors import Problem, SubmissionError
from suitability.core.local_text import LocalText
from suitability.core.measurement import Outcome
from suitability.scan.compare import RuleCount, ScanDifference, verdict_difference

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

    from suitability.core.types import BoolArray, CodeArray
    from suitability.scan.run import Scan

_COLUMNS: Final = ("parcel_id", "verdict", "deciding_rule_nl", "deciding_rule_en", "consequence_nl")
_VERDICTS: Final = {outcome.name.lower(): outcome for outcome in Outcome}


@dataclass(frozen=True)
class EarlierRun:
    """The parcels of an earlier run, in its order. ``decided``: the rule behind each verdict, as it was called then."""

    ids: NDArray[np.object_]
    verdicts: CodeArray
    restricted: BoolArray
    decided: tuple[LocalText | None, ...]


def read_earlier_run(file: BinaryIO, name: str) -> EarlierRun:
    """Return the run of which ``file`` is the table of all parcels; ``name``: what the file is called.

    Raises ``SubmissionError`` when it is not such a table.
    """
    try:
        present = pq.read_schema(file).names
        missing = [column for column in _COLUMNS if column not in present]
        if missing:
            raise SubmissionError(Problem(name, "not_a_run_column", {"found": ", ".join(missing)}))
        file.seek(0)
        table = pq.read_table(file, columns=list(_COLUMNS)).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise SubmissionError(Problem(name, "not_a_run")) from error
    verdicts = table["verdict"].map(_VERDICTS)
    problems = [
        Problem(name, key, {"row": int(np.flatnonzero(wrong)[0]) + 1, "found": str(table[column][wrong].iloc[0])})
        for key, column, wrong in (
            ("not_a_run_verdict", "verdict", verdicts.isna()),
            ("not_a_run_twice", "parcel_id", table["parcel_id"].duplicated()),
        )
        if wrong.any()
    ]
    if problems:
        raise SubmissionError(*problems)
    names = zip(table["deciding_rule_nl"].astype(str), table["deciding_rule_en"].astype(str), strict=True)
    return EarlierRun(
        table["parcel_id"].astype(str).to_numpy(dtype=object),
        verdicts.to_numpy(dtype=np.int8),
        (table["consequence_nl"].fillna("") != "").to_numpy(),
        tuple(LocalText(nl=nl, en=en) if nl and en else None for nl, en in names),
    )


def compare_with_run(earlier: EarlierRun, scan: Scan) -> ScanDifference:
    """Return what moved from the earlier run to the scan; parcels are matched by their designation.

    What fell off did so by the rule that decides now; what came on, by the rule that decided then.
    """
    place = pd.Index(scan.parcels.ids).get_indexer(pd.Index(earlier.ids))
    then = np.flatnonzero(place >= 0)
    now = place[then]
    rules = [scan.policy.rules[j].label if j >= 0 else None for j in scan.verdicts.deciding[now]]
    before = [earlier.decided[i] for i in then]
    bare = verdict_difference(
        earlier.ids[then], earlier.verdicts[then], scan.verdicts.best[now],
        earlier.restricted[then], np.asarray(scan.verdicts.restricted[now].any(axis=1)),
        unmatched=(len(earlier.ids) - len(then), len(scan.parcels) - len(then)),
    )  # fmt: skip
    return replace(
        bare,
        gained_by=_counted(before, bare.gained),
        lost_by=_counted(rules, bare.lost),
        doubted_by=_counted(rules, bare.doubted),
        cleared_by=_counted(before, bare.cleared),
    )


def _counted(labels: list[LocalText | None], which: BoolArray) -> tuple[RuleCount, ...]:
    """Count the rules of the parcels that are meant, most first."""
    found = Counter(labels[i] for i in np.flatnonzero(which))
    return tuple(RuleCount(None, n, label) for label, n in found.most_common())
