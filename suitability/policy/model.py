"""Model of a policy: rules with limits, effects and sources. Values only; ``reader`` reads files."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import Field, FieldSerializationInfo, field_serializer, model_validator

from suitability.core.local_text import LocalText
from suitability.core.types import Citation, Form, Params
from suitability.policy.portfolio import STAYS, Identifier, Need, PortfolioRule, Stay
from suitability.policy.site import SiteRule
from suitability.policy.value_function import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator


#: Units people write -> (the unit measured in, factor).
CONVERSIONS: Final[dict[str, tuple[str, float]]] = {
    "km": ("m", 1000.0),
    "ha": ("m2", 10_000.0),
    "%": ("1", 0.01),
    "h": ("min", 60.0),
}

Effect = Literal["exclude", "restrict", "score", "note"]


class Limit(Params):
    """The number a measured value is held against; exactly one of the three, bounds included, with its unit."""

    at_most: float | None = None
    at_least: float | None = None
    between: tuple[float, float] | None = None
    unit: str

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in ("at_most", "at_least", "between") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("limit_kind")
        if not all(math.isfinite(number) for number in self.numbers):
            raise ValueError("limit_number")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("limit_order")
        return self

    @property
    def numbers(self) -> tuple[float, ...]:
        """The one or two numbers of the limit, in its unit."""
        if self.between is not None:
            return self.between
        return tuple(number for number in (self.at_most, self.at_least) if number is not None)

    @property
    def largest(self) -> float:
        """The largest number of the limit."""
        return max(self.numbers)

    def in_unit(self, unit: str) -> Limit:
        """Return the same limit in another unit; raises ``ValueError`` when the units do not convert."""
        if self.unit == unit:
            return self
        target, factor = CONVERSIONS.get(self.unit, ("", 0.0))
        if target != unit:
            raise ValueError("limit_unit")
        scaled = {"between": tuple(number * factor for number in self.between)} if self.between else {}
        single = {n: v * factor for n in ("at_most", "at_least") if (v := getattr(self, n)) is not None}
        return Limit.model_validate({**scaled, **single, "unit": unit})


class SomeOf(Params):
    """Checks of which a number must hold."""

    at_least: int = Field(ge=1)
    checks: tuple[Check, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.at_least > len(self.checks):
            raise ValueError("some_of_too_many")
        return self


class Check(Params):
    """Something to test: a criterion with its params and limit, or checks of which any, some or all must hold.

    ``near_miss`` is in the unit of the limit: so little short still counts as a near miss. ``scale``: what the measured
    value is worth in the ranking; without one, meeting the limit is worth all points, and missing it none.
    """

    id: Identifier
    label: LocalText
    criterion: str | None = None
    params: Params | dict[str, Any] = Field(default_factory=dict)
    limit: Limit | None = None
    any_of: tuple[Check, ...] = ()
    all_of: tuple[Check, ...] = ()
    some_of: SomeOf | None = None
    near_miss: float | None = Field(default=None, ge=0)
    scale: Scale | None = None
    source: Citation | None = None
    assumption: LocalText | None = None
    caution: LocalText | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = (self.criterion, self.any_of, self.all_of, self.some_of)
        if sum(bool(form) for form in forms) != 1:
            raise ValueError("check_form")
        if self.criterion is not None and self.limit is None:
            raise ValueError("limit_missing")
        if self.criterion is not None and self.source is None and self.assumption is None:
            raise ValueError("source_missing")
        if self.criterion is None and (self.limit is not None or self.params):
            raise ValueError("group_with_limit")
        if self.criterion is None and self.scale is not None:
            raise ValueError("group_with_scale")
        return self

    @field_serializer("params")
    def _params_of_the_criterion(self, params: Params | dict[str, Any], info: FieldSerializationInfo) -> dict[str, Any]:
        """Return all fields of the params, not those of their base alone."""
        if not isinstance(params, Params):
            return params
        return params.model_dump(
            mode=info.mode, exclude_none=bool(info.exclude_none), exclude_defaults=bool(info.exclude_defaults)
        )

    @property
    def children(self) -> tuple[Check, ...]:
        """The checks inside this one; empty for a criterion."""
        return self.some_of.checks if self.some_of else self.any_of or self.all_of

    @property
    def form(self) -> Literal["any_of", "all_of", "some_of"]:
        """Combination of the checks inside this one."""
        if self.some_of:
            return "some_of"
        return "any_of" if self.any_of else "all_of"

    @property
    def needed(self) -> int:
        """Number of checks inside this one that must hold."""
        return {"any_of": 1, "all_of": len(self.all_of), "some_of": self.some_of.at_least if self.some_of else 0}[
            self.form
        ]

    def with_children(self, children: tuple[Check, ...]) -> Self:
        """Return the same check with other checks inside it."""
        inside = self.some_of.model_copy(update={"checks": children}) if self.some_of else children
        return self.model_copy(update={self.form: inside})

    def leaves(self) -> Iterator[Check]:
        """Yield the checks that measure something, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class Rule(Check):
    """One line of policy: a check, what it does, and to which location types. No ``applies_to`` = to all."""

    effect: Effect
    applies_to: tuple[str, ...] = ()
    on_unknown: Literal["review", "fail"] = "review"
    weight: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    consequence: LocalText | None = None

    @model_validator(mode="after")
    def _consequence(self) -> Self:
        if (self.effect == "restrict") != (self.consequence is not None):
            raise ValueError("consequence")
        return self


class Permit(Params):
    """Term of a permit: years, an extension, or without end."""

    years: float | None = Field(default=None, gt=0)
    extension_years: float = Field(default=0, ge=0)
    permanent: bool = False

    @model_validator(mode="after")
    def _years_or_permanent(self) -> Self:
        if self.permanent == (self.years is not None):
            raise ValueError("permit_term")
        return self


class LocationType(Params):
    """A kind of place with rules of its own; a parcel passes when it fits at least one.

    Their order is the order of preference. ``form``: how people are housed there; without one the form that holds most
    beds counts. ``conditions``: what a person must still see to, at every such place.
    """

    id: Identifier
    label: LocalText
    form: Form | None = None
    permit: Permit | None = None
    max_stay: LocalText | None = None
    stays: tuple[Stay, ...] = Field(default=STAYS, min_length=1)
    conditions: tuple[LocalText, ...] = ()
    source: Citation | None = None
    assumption: LocalText | None = None


class Policy(Params):
    """A municipality's decision as data. ``id`` is the name of the file without its ending."""

    id: str
    title: LocalText
    in_force: date
    extends: str | None = None
    summary: LocalText | None = None
    location_types: tuple[LocationType, ...] = ()
    rules: tuple[Rule, ...]
    repeals: tuple[str, ...] = Field(default=(), description="rules of the extended policy that no longer hold")
    sites: SiteRule | None = None
    portfolio: tuple[PortfolioRule, ...] = ()
    need: tuple[Need, ...] = ()

    @property
    def types(self) -> tuple[LocationType, ...]:
        """The location types; one that stands for every place when the policy names none."""
        return self.location_types or (ANY_PLACE,)

    @property
    def deciding_rules(self) -> tuple[Rule, ...]:
        """The rules that can take a parcel off the longlist, in the order of the policy."""
        return tuple(rule for rule in self.rules if rule.effect == "exclude")

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each rule in the ranking, by id: as given, and 1 for a wish without a weight."""
        given = {rule.id: 1.0 if rule.weight is None else rule.weight for rule in self.rules if rule.effect == "score"}
        return given | {rule.id: rule.weight for rule in self.rules if rule.weight is not None}

    def checks(self) -> Iterator[Check]:
        """Yield every check that measures something, in order."""
        for rule in self.rules:
            yield from rule.leaves()

    @property
    def sha256(self) -> str:
        """Hash of everything the policy says."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


ANY_PLACE: Final = LocationType(id="any_place", label=LocalText(nl="elke plek", en="any place"))
