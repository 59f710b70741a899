"""Entry point of the command line: ``suitability`` and ``python -m suitability``.

The commands are in ``suitability.cli.main``; this module only ends the process.
"""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the command line, and end as it asks."""
    # Nothing here does linear algebra: threads for it would only wait, which takes a processor a tenth of a second.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Arrays live shortly here, and huge pages are cleared whole: a tenth of a large scan on a rented machine.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    from suitability.cli.interrupt import STOPPED, end  # noqa: PLC0415

    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        # Nothing has begun, and an exception in the middle of an import comes out as any other error.
        signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(STOPPED))
    from suitability.cli.main import main as run  # noqa: PLC0415 (slow to load)

    signal.signal(signal.SIGINT, heard)
    code = 0
    try:
        run()
    except SystemExit as leaving:
        code = int(leaving.code or 0)  # the command line ends with numbers only
    except KeyboardInterrupt:  # before the command listens
        code = STOPPED
    end(code)


if __name__ == "__main__":
    main()
