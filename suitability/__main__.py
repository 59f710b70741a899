"""The command line as a process of its own: ``suitability …`` and ``python -m suitability …``.

What it does, ``suitability.cli`` does. Here stands only what makes a process begin and end sooner.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP: Final = "--help"


def main() -> None:
    """Run the command line, and end as it asks."""
    from suitability.commands.stopping import STOPPED, end  # noqa: PLC0415

    code = 0
    try:
        if wants_processes(sys.argv[1:]):
            from suitability.pieces.processes import begin  # noqa: PLC0415 (slow to load, and mostly not needed)

            begin()
        from suitability.cli import main as run  # noqa: PLC0415 (after the first process, which loads at the same time)

        run()
    except SystemExit as leaving:
        code = int(leaving.code or 0)  # the command line ends with numbers only
    except KeyboardInterrupt:  # nothing had begun
        code = STOPPED
    end(code)


def wants_processes(arguments: Sequence[str]) -> bool:
    """Return whether this is a scan in pieces in more than one process here: those load while the command itself does.

    A guess, at what typer will find after it has loaded: wrong, it costs a process that ends with this one.
    """
    if arguments[:1] != ["scan"] or _HELP in arguments or any(each.startswith("--scheduler") for each in arguments):
        return False
    asked = dict(map(_option, arguments, [*arguments[1:], ""]))
    return asked["--workers"] != "1" if "--workers" in asked else "--memory" in asked


def _option(argument: str, following: str) -> tuple[str, str]:
    """Return an option and its value, written with a blank or with a sign of equality between them."""
    name, equals, value = argument.partition("=")
    return name, value if equals else following


if __name__ == "__main__":
    main()
