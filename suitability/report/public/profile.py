"""Publication profile from ``config/publication/``: a whitelist; everything not named stays inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from suitability.core.errors import Problem, PublicationError, suggestion
from suitability.core.local_text import LocalText
from suitability.core.messages import LANGS
from suitability.core.types import Params
from suitability.core.validation import read_model
from suitability.policy.model import Effect
from suitability.report.maps.base_map import BaseLayer

if TYPE_CHECKING:
    from pathlib import Path

#: What can be told of a parcel at all. There is no field for owner, submitter, contact, note or vote.
ParcelField = Literal[
    "parcel_id", "label", "settlement", "area_m2", "verdict", "verdict_class", "location_type", "conditions",
    "consequence", "deciding_rule", "deciding_source", "reason", "margin", "rule_outcomes",
]  # fmt: skip

SiteField = Literal["site_id", "name", "stage"]

#: Fields that are texts in both languages: columns ``<field>_nl`` and ``<field>_en``, and the code itself if there is one.
_IN_BOTH: Final = {"location_type", "conditions", "consequence", "deciding_rule", "deciding_source", "reason"}
_WITH_CODE: Final = {"location_type", "deciding_rule"}


class SiteProfile(Params):
    """Publishable facts on sites of the workshop. ``stages``: no others, if any are named; ``cell_m`` in metres."""

    fields: tuple[SiteField, ...]
    stages: tuple[str, ...] = ()
    withheld: Literal["hidden", "settlement", "cell"] = "hidden"
    cell_m: float = Field(default=1000.0, gt=0)


class Profile(Params):
    """A whitelist. ``grid_m``: metres to which corners are rounded; ``failing``: parcels one by one, or as areas.

    ``effects``: the rules that may be named; ``named_layers``: the layers whose objects may be called by name.
    """

    id: str
    title: LocalText
    fields: tuple[ParcelField, ...] = Field(min_length=1)
    effects: tuple[Effect, ...]
    named_layers: tuple[str, ...]
    failing: Literal["parcels", "areas"]
    grid_m: float = Field(gt=0)
    sites: SiteProfile
    background: tuple[BaseLayer, ...]

    def parcel_columns(self, rules: tuple[str, ...]) -> list[str]:
        """Return the columns that may leave, in order; ``rules``: the ids of the rules that may be named."""
        columns: list[str] = []
        for field in self.fields:
            if field == "rule_outcomes":
                columns += [f"{rule}_outcome" for rule in rules]
            elif field == "margin":
                columns += ["margin", "margin_unit"]
            elif field in _IN_BOTH:
                columns += [*([field] if field in _WITH_CODE else []), *(f"{field}_{lang}" for lang in LANGS)]
            else:
                columns.append(field)
        return columns

    def site_columns(self) -> list[str]:
        """Return the columns of sites that may leave; of what is withheld only how many."""
        return [*self.sites.fields, *(["n_withheld"] if self.sites.withheld != "hidden" else [])]


def read_profile(name: str, config: Path) -> Profile:
    """Return the profile ``config/publication/<name>.yaml``; raises ``PublicationError`` with every mistake in it."""
    folder = config / "publication"
    path = folder / f"{name}.yaml"
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if name not in known:
        fields = {"found": name, "expected": ", ".join(known), "suggestion": suggestion(name, known)}
        raise PublicationError(Problem("--profile", "unknown_profile", fields))
    return read_model(path, Profile, PublicationError, id=name)
