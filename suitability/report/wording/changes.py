"""Sentences on what differs between two policies and two scans, through the message catalogue."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from suitability.core.local_text import LocalText
from suitability.core.messages import enumeration, has_message, long_date, message, number
from suitability.core.types import Citation, Params
from suitability.policy.model import Check, Limit
from suitability.report.wording.rules import citation_text, limit_text, whole_quantity

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.compare import Change
    from suitability.scan.compare import RuleCount, ScanDifference

Documents = dict[str, dict[str, object]]

#: Fields that a summary of something added or removed leaves out: said by its label, or too long.
_NOT_IN_SUMMARY: Final = {"id", "label", "source", "assumption", "caution", "conditions", "max_stay"}


def change_text(change: Change, documents: Documents, lang: Lang) -> str:
    """Return the sentence on one change."""
    say = _Values(documents, lang)
    label = change.label.in_(lang) if change.label else ""
    if change.kind == "form":
        was, now = (say.form(value) for value in (change.was, change.now))
    elif change.kind == "applies_to":
        was, now = (say.of(value) or message("change.every_type", lang) for value in (change.was, change.now))
    else:
        was, now = say.both(change.was, change.now, change.unit)
    field = change.field if change.kind == "param" else say.field(change.field)
    return message(
        f"change.{change.kind}{'' if label else _OF_POLICY.get(change.kind, '')}", lang,
        label=label, field=field, was=was or message("change.nothing", lang), now=now or message("change.nothing", lang),
    )  # fmt: skip


#: Kinds of change that have a sentence of their own when they are of the policy as a whole.
_OF_POLICY: Final = {"field": "_of_policy", "field_added": "_of_policy", "field_removed": "_of_policy"}


class _Values:
    """Wording of the values of a policy."""

    def __init__(self, documents: Documents, lang: Lang) -> None:
        self.documents, self.lang = documents, lang

    def of(self, value: Any, unit: str = "") -> str:  # noqa: ANN401, PLR0911 (whatever a field holds, one line per kind)
        """Return a value in words; empty for nothing."""
        if isinstance(value, Limit):
            return limit_text(value, self.lang)
        if isinstance(value, LocalText):
            return value.in_(self.lang)
        if isinstance(value, Citation):
            known = value.document in self.documents
            return citation_text(value, self.documents, self.lang) if known else value.document
        if isinstance(value, Check):
            return self.check(value)
        if isinstance(value, Params):
            return self.summary(value)
        if isinstance(value, dict):
            return "; ".join(f"{key}: {self.of(item)}" for key, item in value.items())
        if isinstance(value, tuple | list):
            return enumeration([self.of(item) for item in value], self.lang)
        return self.plain(value, unit)

    def plain(self, value: Any, unit: str) -> str:  # noqa: ANN401
        """Return a number, word, date or yes or no in words; empty for nothing."""
        lang = self.lang
        if isinstance(value, bool):
            return message("value.yes" if value else "value.no", lang)
        if isinstance(value, int | float):
            return whole_quantity(value, unit, lang) if unit else _number(value, lang)
        if isinstance(value, date):
            return long_date(value, lang)
        if isinstance(value, str):
            return message(f"choice.{value}", lang) if has_message(f"choice.{value}") else value
        return ""

    def both(self, was: Any, now: Any, unit: str) -> tuple[str, str]:  # noqa: ANN401
        """Return two different values in words that differ: of texts that differ in one language only, both."""
        said = self.of(was, unit), self.of(now, unit)
        if said[0] == said[1] and isinstance(was, LocalText) and isinstance(now, LocalText):
            return f"{was.nl} / {was.en}", f"{now.nl} / {now.en}"
        return said

    def field(self, name: str) -> str:
        """Return the word for a field; for one without a word, and for a key of a table, as it is written."""
        return " ".join(
            message(f"field.{part}", self.lang) if has_message(f"field.{part}") else part for part in name.split(" ")
        )

    def check(self, check: Check) -> str:
        """Return what a check asks and does, in short."""
        limit = limit_text(check.limit, self.lang) if check.limit else self.form((check.form, check.needed))
        effect = self.of(getattr(check, "effect", None))
        asked = check.limit is not None and check.limit.unit == "answer"  # a person says yes: no number to tell
        return effect if asked and effect else f"{limit}; {effect}" if effect else limit

    def form(self, form: Any) -> str:  # noqa: ANN401
        """Return how the checks inside a rule are combined."""
        name, needed = form
        return message(f"change.form.{name}", self.lang, n=needed)

    def summary(self, item: Params) -> str:
        """Return the fields that are given, in short."""
        fields = type(item).model_fields
        given = [name for name in fields if name not in _NOT_IN_SUMMARY and getattr(item, name) != fields[name].default]
        return "; ".join(f"{self.field(name)}: {self.of(getattr(item, name))}" for name in given)


def _number(value: float, lang: Lang) -> str:
    """Return a number whole: never rounded off; a year without a thousands separator."""
    decimals = next((n for n in range(7) if round(value, n) == value), 7)
    grouped = decimals or abs(value) >= 10_000  # noqa: PLR2004 (from five digits a number is hard to read)
    return number(value, lang, decimals) if grouped else str(int(value))


def difference_lines(difference: ScanDifference, lang: Lang) -> list[str]:
    """Return what moved between two scans, and by which rule, as lines for a screen."""
    d = difference
    lines = [
        message("difference.same" if not (d.was != d.now).any() else "difference.matched", lang, n=_n(len(d.ids), lang))
    ]
    lines += _group("gained", int(d.gained.sum()), d.gained_by, lang)
    lines += _group("lost", int(d.lost.sum()), d.lost_by, lang)
    lines.append(message("difference.moved", lang, n=_n(int(d.moved.sum()), lang)))
    lines += _group("doubted", int(d.doubted.sum()), d.doubted_by, lang) if d.doubted_by else []
    lines += _group("cleared", int(d.cleared.sum()), d.cleared_by, lang) if d.cleared_by else []
    gained, lost = _n(int(d.restricted_gained.sum()), lang), _n(int(d.restricted_lost.sum()), lang)
    lines.append(message("difference.restricted", lang, gained=gained, lost=lost))
    if d.only_in_a or d.only_in_b:
        lines.append(message("difference.unmatched", lang, a=_n(d.only_in_a, lang), b=_n(d.only_in_b, lang)))
    return lines


def _group(kind: str, n: int, counts: tuple[RuleCount, ...], lang: Lang) -> list[str]:
    lines = [message(f"difference.{kind}", lang, n=_n(n, lang))]
    for count in counts:
        label = count.rule.label if count.rule else count.label
        rule = label.in_(lang) if label else message("difference.location_type", lang)
        lines.append("  " + message(f"difference.{kind}_by", lang, n=_n(count.n, lang), rule=rule))
    return lines


def _n(count: int, lang: Lang) -> str:
    return number(count, lang)
