"""Filter on the columns of a layer, as a policy writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import ConfigDict, Field, model_validator

from suitability.core.types import BoolArray, Params

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from suitability.core.layer import LayerSpec


class ColumnFilter(Params):
    """Condition on a column: one of some values, none of them, or a number between two, bounds included."""

    model_config = ConfigDict(populate_by_name=True)

    one_of: tuple[str | int | float, ...] | None = Field(default=None, alias="in", description="values that count")
    not_in: tuple[str | int | float, ...] | None = Field(default=None, description="values that do not count")
    between: tuple[float, float] | None = Field(default=None, description="least and largest number that count")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(given is not None for given in (self.one_of, self.not_in, self.between)) != 1:
            raise ValueError("filter_kind")
        return self

    def matches(self, column: pd.Series) -> BoolArray:
        """Return which values pass, shape of the column; an unknown value does not."""
        if self.one_of is not None:
            found = column.isin(self.one_of)
        elif self.not_in is not None:
            found = ~column.isin(self.not_in)
        else:
            low, high = self.between or (-np.inf, np.inf)
            found = column.between(low, high)
        return np.asarray(found & column.notna(), dtype=bool)


def kinds_in(spec: LayerSpec, where: Mapping[str, ColumnFilter]) -> frozenset[str] | None:
    """Return the kinds of row that a filter lets pass; None where it names none, or the layer has no kinds."""
    wanted = where.get(spec.kind_column) if spec.kind_column is not None else None
    return None if wanted is None or wanted.one_of is None else frozenset(str(kind) for kind in wanted.one_of)


def matching(frame: pd.DataFrame, where: Mapping[str, ColumnFilter]) -> tuple[BoolArray, BoolArray]:
    """Return which rows surely pass every filter, and which may: of them a column that is asked for is not known."""
    sure = np.ones(len(frame), dtype=bool)
    out = np.zeros(len(frame), dtype=bool)
    for name, wanted in where.items():
        if name not in frame:  # an optional column that this source does not have: nothing is known of it
            sure[:] = False
            continue
        passes = wanted.matches(frame[name])
        sure &= passes
        out |= ~passes & frame[name].notna().to_numpy()
    return sure, ~sure & ~out
