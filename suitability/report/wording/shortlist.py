"""A choice of sites in sentences: how good it is, what was asked, what conflicts and what would do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from suitability.core.local_text import LocalText
from suitability.core.measurement import Outcome
from suitability.core.messages import enumeration, message, number, quantity
from suitability.selection.shortlist.best_set import NotFound
from suitability.selection.shortlist.choice import Demand
from suitability.selection.shortlist.from_scan import SIZE_ASKED
from suitability.selection.shortlist.propose import NoProposal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suitability.core.messages import Lang
    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.portfolio import Breach
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.best_set import ChosenSite, Shortlist
    from suitability.selection.shortlist.choice import Preferences
    from suitability.selection.shortlist.conflicts import Conflict, Loosening
    from suitability.selection.shortlist.propose import Refusal
    from suitability.selection.shortlist.rows import Group

_NAMES_SHOWN: Final = 5
_ROUNDING: Final = 1e-6


class ChoiceWords:
    """Words for one policy's rules in one language. ``names``: what a site is called, by its id."""

    def __init__(self, rules: Sequence[PortfolioRule], names: Mapping[str, str], lang: Lang) -> None:
        self.labels = {rule.id: rule.label.in_(lang) for rule in rules}
        self.names, self.lang = names, lang

    @classmethod
    def of(cls, ranking: Ranking, lang: Lang, rules: Sequence[PortfolioRule] | None = None) -> ChoiceWords:
        """Return the words for the sites of a ranking; ``rules``: default those of its policy."""
        labels = ranking.sites.frame["label"].fillna("").astype("str")
        own = ranking.sites.scan.policy.portfolio if rules is None else rules
        return cls(own, dict(zip(ranking.site_ids, labels, strict=True)), lang)

    def site(self, site_id: str) -> str:
        """Return how a site is called, with its id."""
        name = self.names.get(site_id, "")
        return f"{name} ({site_id})" if name else site_id

    def shortlist(self, found: Shortlist, preferences: Preferences) -> list[str]:
        """Return what there is to say of a set."""
        lang = self.lang
        counts = {"n": number(len(found.chosen), lang), "beds": number(found.beds, lang)}
        lines = [message("shortlist.set", lang, **counts, mean=_share(found.mean_suitability, lang))]
        if not found.chosen:
            lines = [message("shortlist.empty", lang)]
        lines += [self._demand(met.demand, met.found) for met in found.demands]
        lines.append(self._quality(found))
        weights = {"site": preferences.site_counts_as_beds, "wish": preferences.wish_counts_as_beds}
        fields = {name: number(value, lang, _decimals(value)) for name, value in weights.items()}
        lines.append(message(f"shortlist.objective.{preferences.objective}", lang, **fields))
        lines += [line for wish in found.wishes for line in self._wish(wish.rule_id, wish.outcome, wish.breaches)]
        lines += [message("shortlist.rule_unknown", lang, rule=self._breach(each)) for each in found.unknown]
        if not found.there_known:
            lines.append(message("shortlist.there_unknown", lang))
        if found.beds_unknown:
            lines.append(message("shortlist.beds_unknown", lang, n=number(len(found.beds_unknown), lang)))
        return lines

    def _quality(self, found: Shortlist) -> str:
        seconds, gap = number(found.seconds, self.lang, 1), number(found.gap * 100, self.lang, 1)
        return message(f"shortlist.{found.status}", self.lang, gap=gap, seconds=seconds)

    def _demand(self, demand: Demand, found: int) -> str:
        fields = {"wanted": self._demand_text(demand.level, demand.area, demand.stay or "", demand.beds)}
        return message("shortlist.demand", self.lang, **fields, found=number(found, self.lang))

    def _demand_text(self, level: str, area: str, stay: str, beds: float) -> str:
        beds_text = quantity(float(beds), "beds", self.lang)
        where = (
            message("shortlist.in_all", self.lang) if level == "all" else message("shortlist.in", self.lang, area=area)
        )
        what = f"{beds_text} {message(f'stay.{stay}', self.lang)}" if stay else beds_text
        return f"{what} {where}"

    def _wish(self, rule_id: str, outcome: Outcome, breaches: Sequence[Breach]) -> list[str]:
        if outcome == Outcome.PASS:
            return [message("shortlist.wish_met", self.lang, rule=self.labels[rule_id])]
        keys = {Outcome.FAIL: "shortlist.wish_not_met", Outcome.UNKNOWN: "shortlist.wish_unknown"}
        return [message(keys[each.outcome], self.lang, rule=self._breach(each)) for each in breaches]

    def _breach(self, breach: Breach) -> str:
        """Return a rule with its area, what was found and what is allowed."""
        label = self.labels[breach.rule_id]
        where = message("shortlist.rule_in", self.lang, rule=label, area=breach.area) if breach.area else label
        found, limit = (
            message("value.unknown", self.lang) if math.isnan(value) else number(value, self.lang, _decimals(value))
            for value in (breach.found, breach.limit)
        )
        text = message("shortlist.found_limit", self.lang, rule=where, found=found, limit=limit)
        if not breach.unsure:
            return text
        named = enumeration([self.site(name) for name in breach.unsure[:_NAMES_SHOWN]], self.lang)
        more = ", …" if len(breach.unsure) > _NAMES_SHOWN else ""
        n = number(len(breach.unsure), self.lang)
        return message("shortlist.unsure", self.lang, rule=text, n=n, sites=named + more)

    def refusal(self, refused: Refusal) -> list[str]:
        """Return why there is no set."""
        if isinstance(refused, NoProposal):
            fields = {name: self._field(value) for name, value in refused.fields.items()}
            return [message(f"shortlist.no.{refused.key}", self.lang, **fields)]
        if isinstance(refused, NotFound):
            return [message("shortlist.not_in_time", self.lang)]
        return self.conflict(refused)

    def _field(self, value: object) -> str:
        """Return a field of a message as it is said in this language."""
        if isinstance(value, Demand):
            return self._demand_text(value.level, value.area, value.stay or "", value.beds)
        if isinstance(value, LocalText):
            return value.in_(self.lang)
        if isinstance(value, tuple):
            return enumeration([self._field(each) for each in value], self.lang)
        return number(value, self.lang) if isinstance(value, int) else str(value)

    def conflict(self, conflict: Conflict) -> list[str]:
        """Return what cannot hold together, and what would do."""
        lang = self.lang
        lines = [message("conflict.none" if conflict.minimal else "conflict.not_minimal", lang)]
        lines += [f"  - {self.condition(group)}" for group in conflict.groups]
        if conflict.alone:
            lines.append(message("conflict.alone", lang))
            lines += [f"  - {self.loosening(each)}" for each in conflict.alone]
        elif not conflict.untold:
            lines.append(message("conflict.no_single", lang))
        if conflict.untold:
            told = enumeration([self.condition(group) for group in conflict.untold], lang)
            lines.append(message("conflict.untold", lang, what=told))
        if conflict.together:
            told = enumeration([self.loosening(each) for each in conflict.together], lang)
            lines.append(message("conflict.together", lang, all=told))
        return lines

    def condition(self, group: Group) -> str:
        """Return a condition as a planner calls it."""
        lang = self.lang
        if group.kind in {"need", "max_beds"}:
            text = self._demand_text(group.name, group.area, group.stay, group.limit)
            return message(f"condition.choice.{group.kind}", lang, text=text)
        if group.kind in {"lock_in", "lock_out"}:
            return message(f"condition.choice.{group.kind}", lang, site=self.site(group.name))
        if group.kind in {"min_sites", "max_sites"}:
            return message(f"condition.choice.{group.kind}", lang, n=number(group.limit, lang))
        label = self.labels[group.name]
        if group.kind == "size":
            bound = "most" if group.grows else "least"
            return message(f"condition.choice.size_{bound}", lang, rule=label, n=number(group.limit, lang))
        return message("shortlist.rule_in", lang, rule=label, area=group.area) if group.area else label

    def loosening(self, each: Loosening) -> str:
        """Return by how much a condition would have to give, in its own unit."""
        group, lang = each.group, self.lang
        if group.kind in {"lock_in", "lock_out"}:
            return message(f"loosen.{group.kind}", lang, site=self.site(group.name))
        by, to, limit = (number(value, lang, _decimals(value)) for value in (each.by, each.to, group.limit))
        fields = {"what": self.condition(group), "by": by, "to": to, "limit": limit}
        if group.kind in {"concentration", "spread"}:
            return message("loosen.share", lang, **fields)
        if group.unit == "m":
            return message("loosen.m", lang, **fields)
        direction = "more" if group.grows else "fewer"
        return message(f"loosen.{group.unit}_{direction}", lang, **fields)


def limit_text(site: ChosenSite, lang: Lang) -> str:
    """Return that the policy, or whoever asked, lets fewer beds be proposed than fit on a site; empty where not."""
    if site.at_most is None:
        return ""
    by = "asked" if site.limited_by == SIZE_ASKED else "policy"
    return message(f"shortlist.limited.{by}", lang, n=number(site.capacity, lang), most=number(site.at_most, lang))


def _decimals(value: float) -> int:
    return 0 if abs(value - round(value)) < _ROUNDING else 1


def _share(value: float, lang: Lang) -> str:
    return message("value.unknown", lang) if math.isnan(value) else number(value * 100, lang, 0)
