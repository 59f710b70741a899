"""Write the golden files again. Read the difference before it is kept: it is what changes for people."""

from __future__ import annotations

import sys

from tests.conftest import demo_scan
from tests.golden.report import POLICIES, golden_file, golden_text


def main() -> None:
    """Write the text of every shipped policy."""
    for policy in POLICIES:
        path = golden_file(policy)
        text = golden_text(demo_scan(policy))
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{path.name}: {'unchanged' if text == before else 'rewritten'}\n")


if __name__ == "__main__":
    main()
