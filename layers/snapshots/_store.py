"""Copies on disk, each known by its content: a description per copy, and files that bear their own hash.

A description is written last and whole, under the hash of what it says; so a process that is stopped leaves no half
copy, two that write at once do not meet, and a changed byte is seen when a copy is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import shapely

from layers.snapshots._files import pack, shape_text, text_shape, unpack
from suitability.core.errors import Problem, SourceError
from suitability.core.layer import Area, Layer, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from suitability.core.layer import LayerSpec

_VERSION: Final = 1
_PART: Final = ".part-"
_HAIR_M: Final = 0.001  # a union does not always cover its own parts to the last digit
#: Files without a description, or without an end, may belong to a process that is still writing.
_WRITING_S: Final = 24 * 3600
_BROKEN: Final = (
    ValueError,
    KeyError,
    TypeError,
    OSError,
    IndexError,
    AttributeError,
    pa.ArrowException,
    shapely.errors.ShapelyError,
)


@dataclass(frozen=True)
class Copy:
    """Metadata of a copy. ``taken``: the day on which the source was asked."""

    source: str
    layer: str
    area: Area
    taken: date
    moment: int
    provenance: Provenance
    files: dict[str, dict[str, Any]]
    said: dict[str, Any]
    path: Path

    @property
    def n_bytes(self) -> int:
        """Size of its data on disk, in bytes."""
        return sum(int(file["bytes"]) for file in self.files.values())

    def covers(self, area: Area) -> bool:
        """Return whether all that counts for ``area``, its reach included, counted when the copy was taken."""
        if self.area.polygon is None:
            return True
        spare = self.area.reach_m - area.reach_m
        if area.polygon is None or spare < 0:
            return False
        if _same(self.area, area):
            return True
        # Polygons around a shape lie within the true one: a copy is rather refused than stretched.
        ground = shapely.buffer(self.area.polygon, spare + _HAIR_M)
        return bool(shapely.covers(ground, area.polygon))

    def is_of(self, area: Area) -> bool:
        """Return whether it was taken of exactly this area and reach."""
        return self.area.reach_m == area.reach_m and _same(self.area, area)


class _OtherVersionError(Exception):
    """The description was written by another version of this program."""


class BrokenCopyError(SourceError):
    """A copy is not what was written, or not all of it."""


@dataclass(frozen=True)
class Copies:
    """The copies in a folder: ``index`` holds their descriptions, ``data`` their files."""

    folder: Path

    def all(self) -> tuple[list[Copy], dict[Path, Problem]]:
        """Return the copies, newest first, and a mistake for each description that cannot be used."""
        found: list[Copy] = []
        problems: dict[Path, Problem] = {}
        index = self.folder / "index"
        for path in sorted(index.glob("[!.]*.json")) if index.is_dir() else []:
            try:
                found.append(_read_description(path))
            except FileNotFoundError:
                continue  # cleared away by another process after it was listed
            except _OtherVersionError as error:
                problems[path] = Problem(str(path), "copy_version", {"found": str(error), "expected": _VERSION})
            except OSError as error:
                problems[path] = Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})
            except _BROKEN as error:
                problems[path] = _broken(path, error)
        return sorted(found, key=lambda copy: (copy.taken, copy.moment, copy.path.name), reverse=True), problems

    def write(self, source: str, layer: Layer, area: Area, taken: date) -> None:
        """Keep a layer; raises ``SourceError`` when the disk does not take it, and then leaves nothing behind."""
        files, types = pack(layer)
        described = {
            role: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for role, content in files.items()
        }
        said = {
            "version": _VERSION, "source": source, "layer": layer.spec.name, "taken": taken.isoformat(), "moment": time.time_ns(),
            "area": {"name": area.name, "polygon": None if area.polygon is None else shape_text(area.polygon), "reach_m": area.reach_m},
            "provenance": {**asdict(layer.provenance), "reference_date": layer.provenance.reference_date.isoformat(),
                           "retrieved": layer.provenance.retrieved.isoformat(), "note": dict(layer.provenance.note),
                           "kinds": dict(layer.provenance.kinds)},
            "coverage": shape_text(layer.coverage),
            "kind_coverage": {kind: shape_text(known) for kind, known in layer.kind_coverage.items()},
            "assumed_kinds": sorted(layer.assumed_kinds), "types": types, "files": described,
        }  # fmt: skip
        content = json.dumps(said, ensure_ascii=False, indent=1).encode()
        name = f"{_slug(source)}-{layer.spec.name}-{hashlib.sha256(content).hexdigest()}.json"
        try:
            for role, file in files.items():
                _put(self.folder / "data" / f"{described[role]['sha256']}.{role}", file)
            _put(self.folder / "index" / name, content)
        except OSError as error:
            raise SourceError(
                Problem(
                    str(self.folder), "copy_not_kept", {"layer": layer.spec.name, "found": error.strerror or str(error)}
                )
            ) from error

    def read(self, copy: Copy, spec: LayerSpec) -> Layer:
        """Return the layer as it was; raises ``BrokenCopyError`` when a byte of it differs."""
        try:
            files = {role: self._file(role, said["sha256"]) for role, said in copy.files.items()}
            coverage = text_shape(copy.said["coverage"])
            kinds = {kind: text_shape(text) for kind, text in copy.said["kind_coverage"].items()}
            assumed = frozenset(copy.said.get("assumed_kinds", ()))  # no copy of before this was kept had any
            data = unpack(files, copy.said["types"])
        except _BROKEN as error:
            raise BrokenCopyError(_broken(copy.path, error)) from error
        return Layer(spec, data, coverage, copy.provenance, kinds, assumed)

    def _file(self, role: str, digest: str) -> bytes:
        path = self.folder / "data" / f"{digest}.{role}"
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"sha256 {path.name[:12]}")
        return content

    def remove(self, copies: Iterable[Copy]) -> None:
        """Take copies away, descriptions that are damaged, and files that nothing names and nobody can be writing."""
        for copy in copies:
            copy.path.unlink(missing_ok=True)
        left, problems = self.all()
        for path, problem in problems.items():
            if problem.key == "copy_broken":
                path.unlink(missing_ok=True)
        if any(problem.key != "copy_broken" for problem in problems.values()):
            return  # a description that cannot be read here may still name files
        named = {f"{said['sha256']}.{role}" for copy in left for role, said in copy.files.items()}
        for folder in (self.folder / "data", self.folder / "index"):
            for path in folder.iterdir() if folder.is_dir() else ():
                loose = path.name.startswith(_PART) or (folder.name == "data" and path.name not in named)
                if loose and time.time() - path.stat().st_mtime > _WRITING_S:
                    path.unlink(missing_ok=True)


def _read_description(path: Path) -> Copy:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if not path.stem.endswith(digest):
        raise ValueError(f"sha256 {digest[:12]}")
    said = json.loads(content)
    if said["version"] != _VERSION:
        raise _OtherVersionError(said["version"])
    provenance, area = dict(said["provenance"]), said["area"]
    for key in ("reference_date", "retrieved"):
        provenance[key] = date.fromisoformat(provenance[key])
    return Copy(
        source=said["source"],
        layer=said["layer"],
        area=Area(area["name"], None if area["polygon"] is None else text_shape(area["polygon"]), area["reach_m"]),
        taken=date.fromisoformat(said["taken"]),
        moment=said["moment"],
        provenance=Provenance(**provenance),
        files=said["files"],
        said=said,
        path=path,
    )


def _same(one: Area, other: Area) -> bool:
    if one.polygon is None or other.polygon is None:
        return one.polygon is other.polygon
    return bool(shapely.equals_exact(one.polygon, other.polygon))


def _put(path: Path, content: bytes) -> None:
    """Write a file under a temporary name on the same disk, make sure it is there, and only then give it its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        os.utime(path)  # in use again: not to be cleared away
        return
    temporary = path.parent / f"{_PART}{uuid.uuid4().hex}"  # readable for all who may, unlike what tempfile makes
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[-40:] or "source"


def _broken(path: Path, error: BaseException) -> Problem:
    words = " ".join(str(error).split())[:100] or type(error).__name__
    return Problem(str(path), "copy_broken", {"found": words})
