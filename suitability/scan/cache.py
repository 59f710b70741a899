"""Cache of measurements on disk, keyed by criterion, params, parcels, layers and code.

The key is a hash of content, so nothing is ever out of date and two processes may share a folder. A file that cannot
be read counts as absent and is measured again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import platformdirs

from suitability.core.measurement import Measurement

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.types import Params
    from suitability.criteria.base import Criterion
    from suitability.spatial.parcels import Parcels

_PACKAGE: Final = Path(__file__).parents[1]
#: All code that can change a measurement.
_MEASURING: Final = ("core", "criteria", "spatial")
_DETAIL: Final = "detail_"
_MOST_BYTES: Final = 1_000_000_000


def default_folder() -> Path:
    """Return the user's cache folder; the environment variable SUITABILITY_CACHE overrides it."""
    named = os.environ.get("SUITABILITY_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("suitability"))


@cache
def code_hash(package: Path = _PACKAGE) -> str:
    """Return the hash of all code that can change a measurement: every file of ``core``, ``criteria`` and ``spatial``."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in _MEASURING for path in (package / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def measurement_key(
    criterion: Criterion, params: Params, parcels: Parcels, layers: Layers, package: Path = _PACKAGE
) -> str:
    """Return the hash of all that a measurement depends on; ``package``: where the code is."""
    digest = hashlib.sha256(code_hash(package).encode())
    digest.update(json.dumps([criterion.id, params.model_dump(mode="json")], sort_keys=True).encode())
    digest.update(parcels.fingerprint.encode())
    for need in criterion.needs_of(params):
        digest.update(f"{need.layer} {layers[need.layer].fingerprint}".encode())
    return digest.hexdigest()


class MeasurementCache:
    """A folder of measurements. ``get`` and ``put`` by key; beyond ``most_bytes`` the least recently used go, if any do."""

    def __init__(self, folder: Path, most_bytes: int | None = _MOST_BYTES) -> None:
        self.folder = folder
        self.most_bytes = most_bytes

    def get(self, key: str) -> Measurement | None:
        """Return a stored measurement, or None when there is none that can be read."""
        path = self.folder / f"{key}.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            with contextlib.suppress(OSError):  # a read-only folder is still read
                path.touch()
            details = {name.removeprefix(_DETAIL): a for name, a in arrays.items() if name.startswith(_DETAIL)}
            core = {name: arrays[name] for name in ("value", "evidence", "lower", "upper")}
            return Measurement(**core, details=details)
        except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
            return None

    def put(self, key: str, measurement: Measurement) -> bool:
        """Store a measurement under a temporary name, then rename; return whether the disk took it."""
        arrays = {name: getattr(measurement, name) for name in ("value", "evidence", "lower", "upper")}
        arrays |= {f"{_DETAIL}{name}": array for name, array in measurement.details.items()}
        temporary = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
                temporary = Path(file.name)
                np.savez(file, **arrays)
            temporary.replace(self.folder / f"{key}.npz")
            self._prune()
        except OSError:
            # A full or read-only disk costs the next scan its head start, never this scan its result.
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            return False
        return True

    def _prune(self) -> None:
        if self.most_bytes is None:
            return
        found = [(path.stat().st_mtime, path.stat().st_size, path) for path in self.folder.glob("*.npz")]
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self.most_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size
