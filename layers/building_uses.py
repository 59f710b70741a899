"""Uses of buildings: words of registers, maps and files, brought to the uses that policies ask for.

The words stand in ``config/sources/building_uses.yaml``; the uses themselves are ``BUILDING_USES``. What cannot be
mapped is null: not known.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from pydantic import model_validator

from layers._forms import read_form
from suitability.core.config import config_file
from suitability.core.layer_specs import BUILDING_USES, BuildingUse
from suitability.core.types import Params
from suitability.core.validation import MistakeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd

Vocabulary = Literal["bag", "files", "openstreetmap"]
#: Between several uses of one building, as registers and files write them.
_BETWEEN: Final = r"\s*[,;|/]\s*"
_EVERY_VALUE: Final = "*"


class UseTable(Params):
    """The table: the ``order`` of uses, words by use, and the storeys assumed."""

    order: tuple[BuildingUse, ...]
    bag: dict[BuildingUse, tuple[str, ...]]
    files: dict[BuildingUse, tuple[str, ...]]
    openstreetmap: dict[BuildingUse, tuple[str, ...]]
    openstreetmap_tags: dict[str, dict[BuildingUse, tuple[str, ...]]]
    storeys: dict[BuildingUse, float]

    @model_validator(mode="after")
    def _complete(self) -> UseTable:
        for found in (self.order, self.storeys):
            if sorted(found) != sorted(BUILDING_USES):
                raise MistakeError("wrong_choice", found=", ".join(found), expected=", ".join(BUILDING_USES))
        return self

    @property
    def rank(self) -> dict[BuildingUse, int]:
        """Place of each use in the order; of several uses the lowest counts."""
        return {use: place for place, use in enumerate(self.order)}

    def words(self, vocabularies: Iterable[Vocabulary]) -> dict[str, BuildingUse]:
        """Return the use by word, in small letters; a vocabulary named earlier goes before a later one."""
        found: dict[str, BuildingUse] = {}
        for vocabulary in vocabularies:
            by_use: Mapping[BuildingUse, tuple[str, ...]] = getattr(self, vocabulary)
            found = {word.lower(): use for use, words in by_use.items() for word in words} | found
        return found


def use_table() -> UseTable:
    """Return the table of the config folder; raises ``SourceError`` with one sentence per mistake."""
    return _read(config_file("sources/building_uses.yaml"))


@cache
def _read(path: Path) -> UseTable:
    return read_form(path, UseTable)


def uses_of(texts: pd.Series, *vocabularies: Vocabulary) -> pd.Series:
    """Return the use that each text speaks of: of several words the first in the order of the table; null when none."""
    table = use_table()
    rank = table.rank
    ranks = {word: rank[use] for word, use in table.words(vocabularies).items()}
    words = texts.astype("string").str.strip().str.lower().str.split(_BETWEEN, regex=True).explode()
    first = words.map(ranks).groupby(level=0, sort=False).min().reindex(texts.index)
    return pd.Series(_named(first.to_numpy(dtype=float), table), index=texts.index, dtype="object")


def uses_of_files(texts: pd.Series) -> pd.Series:
    """Return the use of each row of a file: one of the uses as it is, or a word of the register or of files."""
    own = pd.Series(texts.astype("string").str.strip().str.lower(), index=texts.index)
    mapped = uses_of(texts, "files", "bag")
    return own.astype("object").where(own.isin(BUILDING_USES), mapped)


def tagged_uses(objects: pd.DataFrame) -> pd.Series:
    """Return the use that tags other than ``building`` speak of, by object of OpenStreetMap; null when none does.

    ``objects``: a column per key, as far as they are there.
    """
    table = use_table()
    rank, first = table.rank, np.full(len(objects), np.inf)
    for key, by_use in table.openstreetmap_tags.items():
        if key not in objects.columns:
            continue
        for use, values in by_use.items():
            is_so = objects[key].notna() if _EVERY_VALUE in values else objects[key].isin(values)
            first = np.where(is_so.to_numpy(dtype=bool), np.minimum(first, rank[use]), first)
    return pd.Series(_named(first, table), index=objects.index, dtype="object")


def first_uses(uses: pd.Series, rows: np.ndarray, n: int) -> np.ndarray:
    """Return for each of ``n`` buildings the first of the uses that fall to it, by the order; ``rows[i]``: of ``uses[i]``."""
    table = use_table()
    rank, first = uses.map(table.rank).to_numpy(dtype=float), np.full(n, np.inf)
    known = np.isfinite(rank)
    np.minimum.at(first, rows[known], rank[known])
    return _named(first, table)


def assumed_storeys(uses: pd.Series) -> pd.Series:
    """Return the storeys that are assumed of buildings by their use; null where that is not known."""
    return pd.to_numeric(uses.map(use_table().storeys))


def _named(ranks: np.ndarray, table: UseTable) -> np.ndarray:
    """Return the use at each place in the order; None where the place is no finite number."""
    names = np.array([*table.order, None], dtype=object)
    named: np.ndarray = names[np.where(np.isfinite(ranks), ranks, len(table.order)).astype(int)]
    return named


def with_uses_of_files(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return rows of a file with the uses of the layer, and the words that are none of the table."""
    uses = uses_of_files(frame["use"])
    unknown = frame["use"][uses.isna() & frame["use"].notna()]
    return frame.assign(use=uses.where(uses.notna(), None)), tuple(sorted(set(unknown.astype(str))))
