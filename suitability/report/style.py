"""Style of verdicts: one palette for every output, and the QML style of the GeoPackage.

Colours from Okabe and Ito, "Color Universal Design" (2008), which differ in lightness too, so that people with a
colour vision deficiency can distinguish them, also on a grey print; classes in doubt are hatched besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from suitability.core.messages import message
from suitability.report.table import CLASSES
from suitability.scan.compare import MOVES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.colors import ListedColormap

    from suitability.core.messages import Lang

#: Class -> fill colour.
COLOURS: Final = {
    "pass": "#009e73",
    "pass_restricted": "#56b4e9",
    "unknown": "#f0e442",
    "near_miss": "#d55e00",
    "fail": "#c4c4c4",
}

#: Change of a parcel from one scan to another -> fill colour.
CHANGE_COLOURS: Final = {
    "gained": COLOURS["pass"],
    "lost": COLOURS["near_miss"],
    "moved": COLOURS["unknown"],
    "same": COLOURS["fail"],
}

#: Class -> brush of QGIS over the fill; the others are plain.
_HATCHED: Final = {"unknown": "b_diagonal", "near_miss": "f_diagonal", "pass_restricted": "dense6"}

_OUTLINE: Final = "#4d4d4d"
_OUTLINE_MM: Final = 0.1


def cmap(column: Literal["verdict", "change"] = "verdict") -> ListedColormap:
    """Return the colours of a column as a matplotlib colormap, in the order of its categories.

    ``column``: ``verdict`` of ``table`` and ``site_table``, or ``change`` of ``compare(…).table``.
    Raises ``ModuleNotFoundError`` without matplotlib, which the extra ``notebook`` brings.

    Example: ``table(scan).plot("verdict", cmap=cmap("verdict"), legend=True)``
    """
    from matplotlib.colors import ListedColormap  # noqa: PLC0415 (an optional extra)

    colours = {
        "verdict": [COLOURS[name] for name in reversed(CLASSES)],
        "change": [CHANGE_COLOURS[name] for name in MOVES],
    }
    return ListedColormap(colours[column], name=column)


def qml(classes: Iterable[str], lang: Lang, named_by: str = "parcel_id") -> str:
    """Return a QGIS layer style (QML) that colours by ``verdict_class``, with labels in ``lang``."""
    shown = [name for name in CLASSES if name in set(classes)]
    root = Element("qgis", version="3.22", styleCategories="Symbology|MapTips")
    renderer = SubElement(root, "renderer-v2", type="categorizedSymbol", attr="verdict_class", symbollevels="0")
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    for i, name in enumerate(shown):
        label = message(f"outcome.{name}", lang)
        SubElement(categories, "category", symbol=str(i), value=name, label=label, render="true")
        symbol = SubElement(symbols, "symbol", type="fill", name=str(i), alpha="0.85", clip_to_extent="1")
        _fill(symbol, _rgb(COLOURS[name]), "solid")
        if name in _HATCHED:
            _fill(symbol, _rgb(_OUTLINE), _HATCHED[name])
    tip = SubElement(root, "mapTip")
    tip.text = f'<b>[% "{named_by}" %]</b><br/>[% "reason_{lang}" %]'
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def _fill(symbol: Element, colour: str, brush: str) -> None:
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "pass": "0", "locked": "0"})
    options = SubElement(layer, "Option", type="Map")
    for name, value in {
        "color": f"{colour},255",
        "style": brush,
        "outline_color": f"{_rgb(_OUTLINE)},255",
        "outline_style": "solid",
        "outline_width": str(_OUTLINE_MM),
        "outline_width_unit": "MM",
    }.items():
        SubElement(options, "Option", type="QString", name=name, value=value)


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
