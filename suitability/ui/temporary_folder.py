"""A folder of files that lasts as long as somebody holds it, and is gone after that."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class KeptFolder:
    """A new folder. ``key``: what names its content."""

    def __init__(self, key: str) -> None:
        self.key, self.path = key, Path(tempfile.mkdtemp(prefix="locatiescan-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
