"""Impact of a site on caps and need, as sentences for its card and as columns beside its scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from suitability.core.measurement import Outcome
from suitability.core.messages import message, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from suitability.core.messages import Lang
    from suitability.submissions.impact import Added, CapCount


def added_texts(added: Added, lang: Lang) -> Iterator[str]:
    """Yield a sentence per cap that holds for a site, and one on the need of its municipality."""
    for count in added.caps:
        yield _cap_text(count, lang)
    if added.need is not None:
        low, high = added.need.short
        area, year = added.need.need.area, added.need.need.year
        if math.isnan(low) or math.isnan(high):
            yield message("added.need.unknown", lang, area=area)
        else:
            yield message("added.need", lang, area=area, year=year, low=_whole(low, lang), high=_whole(high, lang))


def _cap_text(count: CapCount, lang: Lang) -> str:
    fields = {"label": count.rule.label.in_(lang), "area": count.area or "", "counts": message(f"added.counts.{count.rule.counts}", lang)}  # fmt: skip
    if count.outcome is Outcome.UNKNOWN or math.isnan(count.remains):
        sure = ".fail" if count.outcome is Outcome.FAIL else ""
        return message(f"added.cap.unknown{sure}.{_lacking(count)}", lang, **fields)
    kept = count.outcome is Outcome.PASS
    numbers = {"there": count.there, "total": count.there + count.adds, "limit": count.limit, "remains": abs(count.remains)}  # fmt: skip
    told = {name: _whole(value, lang) for name, value in numbers.items()}
    return message("added.cap.kept" if kept else "added.cap.over", lang, **fields, **told)


def _lacking(count: CapCount) -> str:
    """Return what is not known, the first that a person would have to find out."""
    if count.area is None:
        return "area"
    if math.isnan(count.limit):
        return "limit"
    return "adds" if math.isnan(count.adds) else "there"


def added_columns(added: Sequence[Added], lang: Lang) -> Iterator[tuple[str, list[float] | list[str]]]:
    """Yield (header, values) per cap and for the need; NaN = not known, or the cap does not hold for the site."""
    for count in _caps(added):
        rows = [next((one for one in each.caps if one.rule.id == count.rule.id), None) for each in added]
        label = count.rule.label.in_(lang)
        outcomes = ["" if one is None else message(f"rule.{one.outcome.name.lower()}", lang) for one in rows]
        yield f"{label}: {message('column.outcome', lang)}", outcomes
        for name in ("there", "adds", "remains"):
            values = [float("nan") if one is None else float(getattr(one, name)) for one in rows]
            yield f"{label}: {message(f'added.column.{name}', lang)}", values
    if any(each.need is not None for each in added):
        for i, scenario in enumerate(("low", "high")):
            left = [float("nan") if each.need is None else each.need.short[i] for each in added]
            yield message(f"added.column.need.{scenario}", lang), left


def added_fields(added: Sequence[Added]) -> dict[str, list[float] | list[str]]:
    """Return the same as fields of a layer, named by the ids of the rules."""
    fields: dict[str, list[float] | list[str]] = {}
    for count in _caps(added):
        rows = [next((one for one in each.caps if one.rule.id == count.rule.id), None) for each in added]
        fields[f"{count.rule.id}_outcome"] = ["" if one is None else one.outcome.name.lower() for one in rows]
        for name in ("there", "adds", "remains"):
            fields[f"{count.rule.id}_{name}"] = [float("nan") if one is None else float(getattr(one, name)) for one in rows]  # fmt: skip
    if any(each.need is not None for each in added):
        for i, scenario in enumerate(("low", "high")):
            fields[f"need_left_{scenario}"] = [float("nan") if each.need is None else each.need.short[i] for each in added]  # fmt: skip
    return fields


def _caps(added: Sequence[Added]) -> list[CapCount]:
    """Return one count of every cap that holds for any of the sites."""
    return list({count.rule.id: count for each in added for count in each.caps}.values())


def _whole(value: float, lang: Lang) -> str:
    return number(round(value), lang)
