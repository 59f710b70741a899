"""Style of the classes for residents: colour, with a hatching that repeats it."""

from __future__ import annotations

from typing import Final, Literal

from suitability.report.style import COLOURS
from suitability.report.table import CLASSES

Hatch = Literal["", "dots", "up", "cross"]

#: Class -> hatching over the colour; without one the lightness of the colour tells: dark is suitable, pale is not.
HATCHES: Final[dict[str, Hatch]] = {
    "pass": "", "pass_restricted": "dots", "unknown": "up", "near_miss": "cross", "fail": "",
}  # fmt: skip

#: Class -> how much of the ground it covers; what fails stays in the background.
OPACITY: Final = {"pass": 0.9, "pass_restricted": 0.85, "unknown": 0.8, "near_miss": 0.75, "fail": 0.55}

_INK: Final = "rgba(25,25,25,.8)"
_GRADIENTS: Final[dict[Hatch, str]] = {
    "dots": f"radial-gradient(circle, {_INK} 1.3px, transparent 1.7px) 0 0/8px 8px",
    "up": f"repeating-linear-gradient(135deg, {_INK} 0 1px, transparent 1px 5.66px)",
    "cross": (
        f"repeating-linear-gradient(135deg, {_INK} 0 1px, transparent 1px 5.66px), "
        f"repeating-linear-gradient(45deg, {_INK} 0 1px, transparent 1px 5.66px)"
    ),
}


def swatch_rules() -> str:
    """Return the style sheet of the swatches in the legend."""
    rules = []
    for name in CLASSES:
        hatch = HATCHES[name]
        ground = f"{_GRADIENTS[hatch]}, " if hatch else ""
        colour = f"rgba({','.join(str(part) for part in rgb(COLOURS[name]))},{OPACITY[name]})"
        rules.append(
            f'.swatch[data-class="{name}"] {{ background: {ground}linear-gradient({colour}, {colour}) #fff; }}'
        )
    return "\n".join(rules)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
