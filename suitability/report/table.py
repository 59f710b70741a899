"""The wide table: one row per parcel with verdict, reasons, and every check's value, margin, outcome and object.

Codes and numbers as they are, texts in both languages: for the GeoPackage and GeoParquet, and for the spreadsheet that
is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS
from suitability.report.wording.rules import (
    citation_text,
    condition_texts,
    criterion_of,
    deciding_checks,
    different,
    object_words,
    reason_texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray, Citation, FloatArray, IntArray
    from suitability.policy.model import Check
    from suitability.scan.run import Scan
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.ranking.robustness import Firmness

    #: Numbers, yes or no, texts, or few different texts: one of each per parcel.
    Column: TypeAlias = FloatArray | BoolArray | NDArray[np.object_] | pd.Series[str] | "Coded"

#: The classes of the legend, in its order: what a person distinguishes on a map.
CLASSES: Final = ("pass", "pass_restricted", "unknown", "near_miss", "fail")

#: The outcomes in the order of their codes.
OUTCOMES: Final = ("fail", "unknown", "pass")

_PER_CENT: Final = 100.0


def classes_of(scan: Scan) -> IntArray:
    """Return per parcel its class as an index into ``CLASSES``, shape (n,)."""
    best, verdicts = scan.verdicts.best, scan.verdicts
    restricted = verdicts.restricted.any(axis=1)
    passing = np.where(restricted, CLASSES.index("pass_restricted"), CLASSES.index("pass"))
    failing = np.where(verdicts.near_miss, CLASSES.index("near_miss"), CLASSES.index("fail"))
    rest = np.where(best == Outcome.UNKNOWN, CLASSES.index("unknown"), failing)
    return np.where(best == Outcome.PASS, passing, rest).astype(np.int64)


@dataclass(frozen=True)
class Coded:
    """A column of few different texts: ``words`` (m,), and which of them each row has, ``codes`` (n,); -1 = the last."""

    words: NDArray[np.object_]
    codes: NDArray[np.integer]

    @classmethod
    def of(cls, words: Iterable[str], codes: NDArray[np.integer]) -> Coded:
        """Return a column by its words."""
        return cls(np.array(list(words), dtype=object), codes)

    def texts(self) -> NDArray[np.object_]:
        """Return the text of each row, (n,)."""
        texts: NDArray[np.object_] = self.words[self.codes]
        return texts


def wide_table(
    scan: Scan, documents: dict[str, dict[str, object]], lang: Lang, *, sentences: bool = True
) -> pd.DataFrame:
    """Return ``wide_columns`` as a table, in parcel order, without geometry."""
    columns = wide_columns(scan, documents, lang, sentences=sentences)
    return pd.DataFrame({name: c.texts() if isinstance(c, Coded) else c for name, c in columns.items()})


def wide_columns(
    scan: Scan, documents: dict[str, dict[str, object]], lang: Lang, *, sentences: bool = True
) -> dict[str, Column]:
    """Return the columns of all parcels by name, in parcel order; names of objects in ``lang``.

    ``documents``: what citations name, by id, from ``policy_folder.documents``. Coordinates x and y in EPSG:28992.
    ``sentences``: with the reason in words beside the rule, value, margin and object that it is made of.
    """
    columns: dict[str, Column] = {
        "parcel_id": scan.parcels.ids,
        "label": frame_texts(scan, "label"),
        "settlement": frame_texts(scan, "settlement"),
        "area_m2": scan.parcels.areas,
        "verdict": Coded.of(OUTCOMES, scan.verdicts.best),
        "verdict_class": Coded.of(CLASSES, classes_of(scan)),
        **_location_types(scan),
        **_deciding(scan, documents),
        "near_miss": scan.verdicts.near_miss,
    }
    for each in LANGS:
        columns[f"consequence_{each}"] = consequences(scan, each)
    for each in LANGS if sentences else ():
        columns[f"reason_{each}"] = reasons(scan, each)
    columns |= {"x": scan.parcels.inner_xy[:, 0], "y": scan.parcels.inner_xy[:, 1]}
    for check in all_checks(scan):
        columns |= _check_columns(scan, check, lang)
    return columns


def site_columns(ranking: Ranking, firmness: Firmness | None = None) -> dict[str, object]:
    """Return the columns of the ranked sites by name, in the order of their ids: place, score, parcels, beds and place names.

    Scores and contributions from 0 to 100. ``firmness``: with how the ranking holds under other weights.
    """
    frame = ranking.sites.frame
    columns: dict[str, object] = {
        "site_id": ranking.sites.scan.parcels.ids, "place": ranking.place,
        "score": ranking.total_low * _PER_CENT, "score_high": ranking.total_high * _PER_CENT,
    }  # fmt: skip
    if firmness is not None:
        columns |= {"in_top_any": firmness.in_top_any, "in_top_near": firmness.in_top_near}
        columns["is_beaten"] = firmness.beaten_by >= 0
    parcel_ids = pd.Series([" ".join(ids) for ids in frame["parcel_ids"]], dtype=object)
    columns |= {"n_parcels": frame["n_parcels"], "parcel_ids": parcel_ids}
    columns |= {name: frame[name] for name in ("beds", "street", "municipality")}
    for k, rule in enumerate(ranking.rules):
        columns[f"{rule.id}_contribution"] = ranking.contributions[:, k] * _PER_CENT
    return columns


def all_checks(scan: Scan) -> Iterator[Check]:
    """Yield every rule, and behind a rule of rules its parts."""
    for rule in scan.policy.rules:
        yield from _with_parts(rule)


def _with_parts(check: Check) -> Iterator[Check]:
    yield check
    for child in check.children:
        yield from _with_parts(child)


def frame_texts(scan: Scan, column: str) -> pd.Series[str]:
    """Return a text column of the parcels, empty where the source does not say."""
    if column not in scan.frame:
        return pd.Series("", index=range(len(scan.parcels)), dtype="str")
    texts: pd.Series[str] = scan.frame[column].fillna("").astype("str").reset_index(drop=True)
    return texts


def _location_types(scan: Scan) -> dict[str, Column]:
    """Return the type that suits each parcel best, and with several types the outcome for each."""
    types, best = scan.policy.types, scan.verdicts.best_type
    columns: dict[str, Column] = {"location_type": Coded.of((kind.id for kind in types), best)}
    for lang in LANGS:
        columns[f"location_type_{lang}"] = Coded.of((kind.label.in_(lang) for kind in types), best)
    where_allowed = np.where(scan.verdicts.best != Outcome.FAIL, best, -1)
    for lang in LANGS:
        texts = [" ".join(condition_texts(kind, lang)) for kind in types]
        columns[f"conditions_{lang}"] = Coded.of([*texts, ""], where_allowed)
    for t, kind in enumerate(scan.policy.location_types):
        columns[f"as_{kind.id}"] = Coded.of(OUTCOMES, scan.verdicts.outcome[:, t])
    return columns


def _deciding(scan: Scan, documents: dict[str, dict[str, object]]) -> dict[str, Column]:
    """Return the deciding rule of each parcel, where it is written, its margin and the unit of that margin."""
    decided, rules = scan.verdicts.deciding, scan.policy.rules  # -1 = none
    margin, by_leaf = np.full(len(decided), np.nan), np.full(len(decided), -1, dtype=np.int64)
    leaves: list[tuple[Check, Citation | None]] = []
    for j, rule in enumerate(rules):
        here = decided == j
        margin[here] = scan.findings[rule.id].margin[here]
        for leaf, mask in deciding_checks(scan, rule) if here.any() else ():
            by_leaf[here & mask] = len(leaves)
            leaves.append((leaf, leaf.source or rule.source))
    columns: dict[str, Column] = {"deciding_rule": Coded.of([*(rule.id for rule in rules), ""], decided)}
    for lang in LANGS:
        columns[f"deciding_rule_{lang}"] = Coded.of([*(rule.label.in_(lang) for rule in rules), ""], decided)
    for lang in LANGS:
        texts = [citation_text(source, documents, lang) for _, source in leaves]
        columns[f"deciding_source_{lang}"] = Coded.of([*texts, ""], by_leaf)
    units = [criterion_of(leaf).unit for leaf, _ in leaves]
    return columns | {"margin": margin, "margin_unit": Coded.of([*units, ""], by_leaf)}


def consequences(scan: Scan, lang: Lang) -> Coded:
    """Return what each parcel's use is limited to; every combination of rules is worded once."""
    restricted = scan.verdicts.restricted
    first, which = different(*restricted.T)
    texts = []
    for pattern in restricted[first]:
        rules = (scan.policy.rules[j] for j in np.flatnonzero(pattern))
        said = dict.fromkeys(rule.consequence.in_(lang) for rule in rules if rule.consequence is not None)
        texts.append(" ".join(said))
    return Coded.of(texts, which)


def reasons(scan: Scan, lang: Lang) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the sentence of the deciding rule behind its name, shape (n,); empty where no rule decided."""
    texts = np.full(len(scan.parcels), "", dtype=object)
    for j, rule in enumerate(scan.policy.rules):
        rows = np.flatnonzero(scan.verdicts.deciding == j)
        if len(rows):
            texts[rows] = f"{rule.label.in_(lang)}: " + reason_texts(scan, rule, rows, lang)
    return texts


def _check_columns(scan: Scan, check: Check, lang: Lang) -> dict[str, Column]:
    """Return the columns of one check. A rule of rules has no unit of its own: it names the part that decided."""
    finding = scan.findings[check.id]
    if check.children:
        parts = Coded.of((child.id for child in check.children), finding.child)
        return {f"{check.id}_outcome": Coded.of(OUTCOMES, finding.outcome), f"{check.id}_decided_by": parts}
    columns: dict[str, Column] = {
        f"{check.id}_value": finding.value,
        f"{check.id}_margin": finding.margin,
        f"{check.id}_outcome": Coded.of(OUTCOMES, finding.outcome),
    }
    if criterion_of(check).evidence_of(check.params) is not None:
        columns[f"{check.id}_object"] = Coded(*object_words(check, scan.layers, finding.evidence, lang))
    leg = finding.measurement.details.get("access_leg_m")
    if leg is not None:
        columns[f"{check.id}_access_leg_m"] = leg
    return columns
