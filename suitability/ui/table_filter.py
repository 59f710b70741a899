"""Filter and order of the parcel table: by text, verdict, location type and settlement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.report.table import CLASSES, classes_of, frame_texts

if TYPE_CHECKING:
    from suitability.core.types import BoolArray, IntArray
    from suitability.scan.run import Scan

ORDERS: Final = ("largest", "smallest", "place", "parcel")


@dataclass(frozen=True)
class Asked:
    """Filter of the table, empty = all, and its order."""

    text: str = ""
    classes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    settlements: tuple[str, ...] = ()
    order: str = ORDERS[0]


def holding(scan: Scan, text: str) -> BoolArray:
    """Return which parcels have the text in their designation or address, shape (n,); case does not matter."""
    ids, labels = pd.Series(scan.parcels.ids).astype("str"), frame_texts(scan, "label")
    found = [texts.str.contains(text, case=False, regex=False) for texts in (ids, labels)]
    return np.asarray(found[0] | found[1], dtype=bool)


def parcels_with(scan: Scan, text: str) -> IntArray:
    """Return the parcel of which the text is the whole designation, or else all that hold it."""
    whole = np.flatnonzero(pd.Series(scan.parcels.ids).astype("str").str.casefold() == text.casefold())
    return whole if len(whole) else np.flatnonzero(holding(scan, text))


def asked_rows(scan: Scan, asked: Asked) -> IntArray:
    """Return the parcels that are asked for, in the order that is asked for."""
    keep = np.ones(len(scan.parcels), dtype=bool)
    if asked.classes:
        keep &= np.isin(classes_of(scan), [CLASSES.index(name) for name in asked.classes])
    if asked.types:
        wanted = [t for t, kind in enumerate(scan.policy.types) if kind.id in asked.types]
        keep &= (scan.verdicts.outcome[:, wanted] != Outcome.FAIL).any(axis=1)
    if asked.settlements:
        keep &= frame_texts(scan, "settlement").isin(asked.settlements).to_numpy()
    if asked.text:
        keep &= holding(scan, asked.text)
    rows = np.flatnonzero(keep)
    return rows[_order(scan, rows, asked.order)]


def _order(scan: Scan, rows: IntArray, order: str) -> IntArray:
    """Return the order of the rows: by area, by address with the parcels without one last, or by designation."""
    if order in {"largest", "smallest"}:
        areas = scan.parcels.areas[rows]
        return np.argsort(-areas if order == "largest" else areas, kind="stable")
    texts = (
        scan.parcels.ids[rows].astype(str)
        if order == "parcel"
        else frame_texts(scan, "label").to_numpy(dtype=str)[rows]
    )
    return np.lexsort((np.char.lower(texts), texts == ""))
