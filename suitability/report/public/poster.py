"""A poster of the public map, A3 or A0, as PDF with real text and tags, and as PNG. Typeset by Typst with its own fonts."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final, Literal

import typst

from suitability.core.messages import long_date, message, number
from suitability.report.public.gate import released
from suitability.report.public.poster_map import Drawing, draw, swatch
from suitability.report.table import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.report.public.gate import PublicTable

Paper = Literal["a3", "a0"]

#: Paper -> how many times an A3 it is, in length; what is legible from a desk at A3 is so from two metres at A0.
SIZES: Final[dict[Paper, float]] = {"a3": 1.0, "a0": 8.0**0.5}

#: Pixels per inch of the PNG: both about 3,300 to 7,100 pixels wide.
_PPI: Final[dict[Paper, float]] = {"a3": 200.0, "a0": 150.0}

_MAP_MM: Final = (288.0, 222.0)  # on an A3
_SWATCH_MM: Final = (17.0, 11.0)
_MANY_RULES: Final = 8
_TEXT_PT, _SMALL_PT = 11.5, 8.8


def write_poster(table: PublicTable, pdf: Path, png: Path, paper: Paper, lang: Lang) -> Drawing:
    """Write a poster as PDF and PNG; return its map, of which the scale is known."""
    table = released(table)
    size = SIZES[paper]
    drawing = draw(table, _MAP_MM[0] * size, _MAP_MM[1] * size, size)
    inputs = {"data": json.dumps(_texts(table, drawing, size, lang), ensure_ascii=False), "map": drawing.svg}
    static = files("suitability.report.public").joinpath("static", "poster.typ")
    with as_file(static) as template, as_file(files("suitability.report").joinpath("static", "fonts")) as folder:
        source, fonts = str(template), [str(folder)]
        pdf.write_bytes(
            typst.compile(
                source,
                font_paths=fonts,
                ignore_system_fonts=True,
                sys_inputs=inputs,
                format="pdf",
                pdf_standards="ua-1",
            )
        )
        png.write_bytes(
            typst.compile(
                source, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs, format="png", ppi=_PPI[paper]
            )
        )
    return drawing


def _texts(table: PublicTable, drawing: Drawing, size: float, lang: Lang) -> dict[str, Any]:
    about = table.about
    excluding = [rule for rule in about.rules if rule.step is not None]
    steps = [rule for rule in excluding if rule.step and rule.step.in_turn]
    idle = [rule.label.in_(lang) for rule in excluding if rule.step and not rule.step.in_turn]
    remaining = about.total - sum(rule.step.in_turn for rule in steps if rule.step)
    return {
        "size": size, "lang": lang,
        "title": message("public.ui.title", lang, area=about.area),
        "lead": message("public.poster.lead", lang, policy=about.policy.in_(lang), date=about.newest.in_(lang)),
        "no_decision": message("public.ui.no_decision", lang),
        "map": _map_texts(drawing, about.area, size, lang),
        "legend": {"title": message("public.ui.legend.colours", lang), "items": _legend(table, size, lang)},
        "funnel": {
            "title": message("public.ui.funnel.title", lang),
            "lead": message("public.poster.funnel", lang, n=number(about.total, lang)),
            "end": message("public.poster.remaining", lang, n=number(remaining, lang)),
            "idle": message("public.poster.idle", lang, rules=", ".join(idle)) if idle else "",
            "size": _TEXT_PT if len(steps) <= _MANY_RULES else _SMALL_PT,
            "steps": [
                {"label": rule.label.in_(lang), "removed": message("public.poster.removed", lang, n=number(rule.step.in_turn, lang)),
                 "share": rule.step.remaining / max(about.total, 1)}
                for rule in steps if rule.step
            ],
        },
        "notes": _notes(table, drawing, lang),
    }  # fmt: skip


def _map_texts(drawing: Drawing, area: str, size: float, lang: Lang) -> dict[str, Any]:
    """Return what is written on the map, in mm from its upper left corner."""
    x, y, length = drawing.bar
    km = drawing.bar_m / 1000
    ticks = [(0.0, "0"), (0.5, number(km / 2, lang, _decimals(km / 2))), (1.0, f"{number(km, lang, _decimals(km))} km")]
    return {
        "width": drawing.width_mm, "height": drawing.height_mm, "north": "N",
        "alt": message("public.poster.alt", lang, area=area),
        "names": [{"text": text, "x": at_x, "y": at_y} for text, at_x, at_y in drawing.names],
        "ticks": [{"text": text, "x": x + share * length, "y": y - 0.4 * size} for share, text in ticks],
    }  # fmt: skip


def _decimals(km: float) -> int:
    """Return how many decimals a number of kilometres needs: 0.25 has two, 5 none."""
    return next((n for n in range(3) if abs(round(km, n) - km) < 1e-9), 3)  # noqa: PLR2004


def _legend(table: PublicTable, size: float, lang: Lang) -> list[dict[str, str]]:
    width, height = (side * size for side in _SWATCH_MM)
    items = []
    for name in CLASSES:
        if table.about.counts.get(name):
            label = message(f"outcome.{name}", lang)
            n = message("public.ui.n_parcels", lang, n=number(table.about.counts[name], lang))
            items.append(
                {"svg": swatch(name, width, height, size), "label": label[:1].upper() + label[1:], "alt": label,
                 "means": f"{message(f'public.ui.means.{name}', lang)} {n}"}
            )  # fmt: skip
    return items


def _notes(table: PublicTable, drawing: Drawing, lang: Lang) -> list[str]:
    """Return the small print: scale, signs, what is assumed, what is missing, sources with their dates."""
    about = table.about
    keys = {"municipality": "public.poster.sign.municipality", "facilities": "public.poster.sign.facilities"}
    signs = [message(key, lang) for name, key in keys.items() if name in table.background]
    assumed = [data.label.in_(lang) for data in about.data if data.presumes]
    assumptions = [
        f"{rule.label.in_(lang)}: {rule.assumption.in_(lang)}" for rule in about.rules if rule.assumption.in_(lang)
    ]
    by_day: dict[str, list[str]] = {}
    for data in about.data:
        by_day.setdefault(data.dated.in_(lang), []).append(data.label.in_(lang))
    dated = [f"{', '.join(names)} ({day})" for day, names in by_day.items()]
    said = [
        message("public.poster.scale", lang, scale=number(drawing.scale, lang), signs=" ".join(signs)),
        message("public.poster.sources", lang, data="; ".join(dated), credits=about.credits),
        message("public.poster.made", lang, date=long_date(about.made.date(), lang)),
        message("public.ui.about.assumed", lang, layers=", ".join(assumed)) if assumed else "",
        message("public.ui.about.missing", lang, layers=about.missing.in_(lang)) if about.missing.in_(lang) else "",
        about.stale.in_(lang),
        message("public.poster.assumptions", lang, texts=" ".join(assumptions)) if assumptions else "",
    ]
    return [text for text in said if text]
