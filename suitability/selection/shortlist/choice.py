"""Request for a shortlist: beds per area, number of sites, sites in and out, and preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from suitability.core.config import config_file
from suitability.core.local_text import LocalText
from suitability.core.types import Params
from suitability.core.validation import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.policy.portfolio import Stay

FILE: Final = "choice.yaml"

#: Where beds are asked for: in all, or in one area of a level.
Level = Literal["all", "municipality", "subregion", "settlement"]


class Preferences(Params):
    """Preferences between sets of sites, and the time limit of the search: ``config/choice.yaml``."""

    objective: Literal["cover_need", "most_suitable"] = Field(description="what is best")
    site_counts_as_beds: float = Field(ge=0, description="a site more is as bad as so many beds in an unsuitable place")
    wish_counts_as_beds: float = Field(ge=0, description="a bed beyond a wish is as bad as so many unsuitable beds")
    different_share: float = Field(gt=0, le=100, description="per cent of the sites that another set must leave out")
    gap: float = Field(ge=0, lt=1, description="so far from the best possible, as a share, is near enough")
    seconds: float = Field(gt=0, description="the longest that one search may take")
    assumption: LocalText


@dataclass(frozen=True)
class Demand:
    """Beds asked for in an area, for one length of stay or for any. ``at_most``: then it is a largest number."""

    beds: int
    level: Level = "all"
    area: str = ""
    stay: Stay | None = None
    at_most: bool = False


@dataclass(frozen=True)
class Wanted:
    """Conditions on a set of sites besides the rules of the policy."""

    demands: tuple[Demand, ...] = ()
    min_sites: int | None = None
    max_sites: int | None = None
    lock_in: tuple[str, ...] = field(default=())
    lock_out: tuple[str, ...] = field(default=())


def read_preferences(config: Path) -> Preferences:
    """Return the preferences; raises ``SourceError`` with one sentence per mistake."""
    return read_model(config_file(FILE, config), Preferences)
