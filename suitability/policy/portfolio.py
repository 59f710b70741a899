"""Rules on a set of sites, as a policy declares them: spacing, caps, sizes, spread and need. Values only.

They are never columns of a parcel: whether a site may be chosen depends on what else is there or chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from suitability.core.local_text import LocalText
from suitability.core.types import Citation, Params

if TYPE_CHECKING:
    from collections.abc import Iterable

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

#: What is counted along: sites there are, sites with a permit, and sites chosen now.
Standing = Literal["existing", "permitted", "chosen"]

#: Lengths of stay: short, up to a year; mid, up to three or five years as the policy says; long, beyond that.
Stay = Literal["short", "mid", "long"]
STAYS: Final[tuple[Stay, ...]] = ("short", "mid", "long")


class SetRule(Params):
    """Base of the rules on a set of sites. ``ambition``: a wish, shown but never a reason to refuse."""

    id: Identifier
    label: LocalText
    location_types: tuple[str, ...] = Field(default=(), description="location types it holds for; empty = all")
    ambition: bool = Field(default=False, description="a wish: shown, never a reason to refuse")
    source: Citation | None = None
    assumption: LocalText | None = None
    caution: LocalText | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.source is None and self.assumption is None:
            raise ValueError("source_missing")
        return self


class Spacing(SetRule):
    """Sites keep a distance from each other, boundary to boundary."""

    kind: Literal["spacing"]
    at_least_m: float = Field(gt=0, description="least distance between two sites, in metres")
    to: tuple[Standing, ...] = Field(
        default=("existing", "permitted", "chosen"), min_length=1, description="which sites"
    )


class Cap(SetRule):
    """At most so much per area: a number, or a share of what the area has.

    ``counts``: what is added up. ``of``: the base of a share, a column of the table of areas.
    """

    kind: Literal["cap"]
    per: Literal["address", "street", "settlement", "municipality"]
    counts: Literal["sites", "beds", "dwellings"]
    at_most: float = Field(ge=0, description="the number, or with `of` the share in per cent")
    of: Literal["inhabitants", "dwellings"] | None = None
    areas: tuple[str, ...] = Field(default=(), description="names of the areas it holds for; empty = all")
    counting: tuple[Standing, ...] = Field(default=("existing", "permitted", "chosen"), min_length=1)


class Spread(SetRule):
    """At least, or at most, a share of the workers lives in the same area as they work."""

    kind: Literal["spread"]
    within: Literal["municipality", "rest_of_subregion", "elsewhere"]
    at_least: float | None = Field(default=None, ge=0, le=100, description="per cent")
    at_most: float | None = Field(default=None, ge=0, le=100, description="per cent")

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("spread_bound")
        return self


class Size(SetRule):
    """The least and the most beds of one chosen site, whatever more would fit there."""

    kind: Literal["size"]
    at_least: int | None = Field(default=None, ge=1, description="least number of beds")
    at_most: int | None = Field(default=None, ge=1, description="largest number of beds")

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("size_bound")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("size_bound")
        return self


class Concentration(SetRule):
    """At most so large a share of the chosen beds in one area; sites in no such area do not count for any."""

    kind: Literal["concentration"]
    per: Literal["street", "settlement", "municipality"]
    at_most: float = Field(gt=0, le=100, description="per cent of all chosen beds")


PortfolioRule = Annotated[Spacing | Cap | Spread | Size | Concentration, Field(discriminator="kind")]


class Need(Params):
    """The workers that an area must house: in all, or more than today. ``low`` and ``high``: two scenarios.

    ``level``: what kind of area it is; above a municipality, ``municipalities`` are those that it is made up of.
    ``housed_elsewhere``: stays that the document sends to the ordinary housing market, so no sites are proposed for them.
    """

    area: str
    level: Literal["municipality", "subregion", "region", "province"] = Field(
        default="municipality", description="what kind of area it is"
    )
    municipalities: tuple[str, ...] = Field(
        default=(), description="municipalities that make up the area; with a level above municipality only"
    )
    year: int = Field(ge=2000, le=2100)
    counted: Literal["total", "additional"]
    low: int = Field(ge=0)
    high: int = Field(ge=0)
    short_stay: tuple[int, int] | None = Field(default=None, description="of which up to one year, low and high")
    mid_stay: tuple[int, int] | None = Field(
        default=None, description="of which one to three or five years, low and high"
    )
    long_stay: tuple[int, int] | None = Field(default=None, description="of which longer, low and high")
    living_there: tuple[int, int] | None = Field(
        default=None, description="migrant workers who already live there, least and most"
    )
    housed_elsewhere: tuple[Stay, ...] = Field(
        default=(), description="stays for the ordinary housing market: no beds are proposed for them"
    )
    source: Citation
    assumption: LocalText | None = Field(default=None, description="what the document leaves open")

    @property
    def by_stay(self) -> dict[Stay, tuple[int, int] | None]:
        """The workers per length of stay, low and high; None = not in the document."""
        return dict(zip(STAYS, (self.short_stay, self.mid_stay, self.long_stay), strict=True))

    @property
    def elsewhere(self) -> tuple[int, int]:
        """The workers for the ordinary housing market, low and high."""
        return self._sum([stay for stay in STAYS if stay in self.housed_elsewhere])

    @property
    def to_house(self) -> tuple[int, int]:
        """The workers for whom beds are proposed, low and high: all, or those of the stays not housed elsewhere."""
        if not self.housed_elsewhere:
            return self.low, self.high
        return self._sum([stay for stay in STAYS if stay not in self.housed_elsewhere])

    def _sum(self, stays: Iterable[Stay]) -> tuple[int, int]:
        numbers = [self.by_stay[stay] or (0, 0) for stay in stays]
        return sum(low for low, _ in numbers), sum(high for _, high in numbers)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.municipalities and self.level == "municipality":
            raise ValueError("need_municipalities")
        if self.housed_elsewhere and None in self.by_stay.values():
            raise ValueError("need_elsewhere")
        pairs = ((self.low, self.high), self.short_stay, self.mid_stay, self.long_stay, self.living_there)
        if any(pair is not None and pair[0] > pair[1] for pair in pairs):
            raise ValueError("need_order")
        return self
