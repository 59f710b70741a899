"""A first ``sources.yaml`` for a folder of files: what can be seen in them is filled in, the rest is asked in comments.

What is written can be read at once: every entry has been tried, and one that cannot be used as it is stands as a
comment with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from layers.folder import _folder
from layers.folder._entry_reader import Opened, kinds_of, read_part
from layers.folder._infer_files import Proposal, file_date, look, scalar
from layers.folder._manifest import NAME, TILING, read_manifest
from suitability.core.errors import Problem, SourceError, SuitabilityError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang

#: A file of which so much lies where another already is, says the same twice.
_TWICE: Final = 0.5
#: A municipality that holds this share of the rows is one that the folder is about.
_ABOUT: Final = 0.1
_INDENT: Final = "    "


def infer_manifest(folder: Path, lang: Lang = "nl") -> str:
    """Return a first ``sources.yaml`` for the files in a folder; raises ``SourceError`` when it cannot be looked into."""
    if not folder.is_dir():
        raise SourceError(Problem(str(folder), "local_folder_is_file" if folder.exists() else "local_folder_missing"))
    try:
        files = [path for path in _folder.files_in(folder) if path.name != NAME]
    except OverflowError as error:
        raise SourceError(Problem(str(folder), "local_too_many_files", {"expected": error.args[0]})) from error
    proposals, unused = list[Proposal](), list[Problem]()
    for path in files:
        found = look(path, folder)
        if isinstance(found, Problem):
            unused.append(found)
        proposals += found if isinstance(found, list) else []
    chosen = {layer: _chosen([one for one in proposals if one.layer == layer]) for layer in LAYERS}
    _choose_municipality(chosen)
    _say_where_complete(chosen)
    opened: Opened = {}
    for proposal in (one for entries in chosen.values() for one in entries if not one.doubts):
        _try(proposal, folder, opened)
    return _text(chosen, unused, lang)


def write_manifest(folder: Path, text: str) -> Path:
    """Write ``sources.yaml`` into the folder, whole or not at all; raises ``SourceError`` when there is one already."""
    path = folder / NAME
    if path.exists():
        raise SourceError(Problem(str(path), "sources_exists"))
    temporary = folder / f".{NAME}.part"
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SourceError(Problem(str(folder), "out_not_writable", {"found": error.strerror or str(error)})) from error
    return path


def _chosen(proposals: list[Proposal]) -> list[Proposal]:
    """Return the proposals for a layer, the largest first; what lies where another already is gets a doubt."""
    taken: list[Proposal] = []
    for one in sorted(proposals, key=lambda one: (one.format == "osm", bool(one.doubts), -one.rows, one.file)):
        sure = [other for other in taken if not other.doubts]
        if sure and (one.format == "osm" or LAYERS[one.layer].kind in {"raster", "graph"}):
            one.doubts.append(Problem(one.file, "infer_other_file", {"found": sure[0].file}))
        elif not one.doubts:
            twice = next((other for other in sure if _overlap(one, other) > _TWICE), None)
            if twice is not None:
                one.doubts.append(Problem(one.file, "infer_twice", {"found": twice.file}))
        taken.append(one)
    return taken


def _overlap(one: Proposal, other: Proposal) -> float:
    """Return the share of rows of which a point within lies in, or on, a shape of the other file."""
    if one.shapes is None or other.shapes is None or not len(one.shapes):
        return 0.0
    inner = shapely.point_on_surface(one.shapes)
    hit, _ = shapely.STRtree(other.shapes).query(inner, predicate="dwithin", distance=0.01)
    return len(np.unique(hit)) / len(inner)


def _choose_municipality(chosen: dict[str, list[Proposal]]) -> None:
    """Of a file with many municipalities keep those that the other files are about."""
    others = [
        one.shapes
        for layer in ("parcels", "zoning", *LAYERS)
        for one in chosen[layer]
        if layer != "municipality" and one.shapes is not None and not one.doubts
    ]
    for one in chosen["municipality"]:
        if one.doubts or one.rows <= 1:
            continue
        about = _about(one, others[0]) if others else []
        if one.label is not None and about:
            one.keys["where"] = {one.label[0]: about}
            one.remarks.append(Problem(one.file, "infer_municipality", {"count": one.rows}))
        else:
            one.doubts.append(Problem(one.file, "infer_which_municipality", {"count": one.rows}))


def _about(one: Proposal, shapes: np.ndarray) -> list[str]:
    """Return the names of the municipalities in which the shapes lie, most of them first."""
    if one.shapes is None or one.label is None:
        return []
    inner = shapely.point_on_surface(shapes)
    area, _ = shapely.STRtree(inner).query(one.shapes, predicate="contains")
    shares = np.bincount(area, minlength=len(one.shapes)) / len(inner)
    return [str(one.label[1][row]) for row in np.argsort(-shares, kind="stable") if shares[row] > _ABOUT]


def _say_where_complete(chosen: dict[str, list[Proposal]]) -> None:
    """Mark layers of a zoning plan as complete on all the ground for which the plan has zones."""
    plans = {one.file for one in chosen["zoning"] if not one.doubts}
    all_draw_plots = all(one.format == "imro" for one in chosen["zoning"] if not one.doubts)
    for one in chosen["building_plots"]:
        if one.file in plans and all_draw_plots:
            one.keys["coverage"] = "zoning"


def _try(proposal: Proposal, folder: Path, opened: Opened) -> None:
    """Read the entry as it will be read; what is wrong with it becomes a doubt."""
    if proposal.format == "osm" and proposal.layer != "streets":
        return  # one look into an extract is enough
    keys = {"file": proposal.file, **{key: value for key, value in proposal.keys.items() if key != "coverage"}}
    try:
        manifest = read_manifest(folder, f"layers: {{{proposal.layer}: {scalar(keys)}}}")
        entry = manifest.layers[proposal.layer][0]
        part = read_part(entry, Area.everywhere(), opened)
    except SuitabilityError as error:
        proposal.doubts += [Problem(proposal.file, problem.key, problem.fields) for problem in error.problems[:3]]
        return
    kinds = kinds_of(entry, part) if entry.spec.kind_column is not None else frozenset()
    if len(kinds) == 1:
        (kind,) = kinds
        proposal.keys["kinds"] = [kind]
        proposal.remarks.append(Problem(proposal.file, "infer_one_kind", {"found": kind}))


def _text(chosen: dict[str, list[Proposal]], unused: list[Problem], lang: Lang) -> str:
    """Return the file: head, layers with their files, and what is not used."""
    lines = [f"# {line}" for line in _said("infer_head", lang).split("\n")]
    layers = {layer: entries for layer, entries in chosen.items() if entries}
    lines.append("layers:" if any(not one.doubts for entries in layers.values() for one in entries) else "layers: {}")
    for layer, entries in layers.items():
        sure = any(not one.doubts for one in entries)
        lines.append(f"  {layer}:" if sure else f"  # {layer}:")
        for one in entries:
            lines += [
                f"{_INDENT}{line}" if not one.doubts else f"{_INDENT}# {line}" for line in _entry_lines(one, lang)
            ]
    if unused:
        lines += ["", f"# {_said('infer_unused', lang)}", *(f"# - {problem.text(lang)}" for problem in unused)]
    return "\n".join(lines) + "\n"


def _entry_lines(one: Proposal, lang: Lang) -> list[str]:
    """Return the lines of one file under a layer, the reasons against it first."""
    lines = [f"({_sentence(problem, lang)})" for problem in one.doubts]
    first = f"- file: {scalar(one.file)}"
    lines.append(first if not one.rows else f"{first}  # {_said('infer_rows', lang, count=one.rows)}")
    lines += [f"  {key}: {scalar(value)}" for key, value in one.keys.items()]
    if one.doubts:
        return lines
    lines += [f"  # {_sentence(remark, lang)}" for remark in one.remarks]
    if one.format == "osm":
        return lines
    dated = _said("infer_date", lang, found=one.day.isoformat()) if one.day else f"reference_date: {file_date(one)}"
    lines.append(f"  # {dated}")
    if "licence" not in one.keys:
        lines.append("  # licence: CC BY 4.0")
    if "coverage" not in one.keys and LAYERS[one.layer].kind in {"vector", "graph"} and one.layer not in TILING:
        lines.append("  # coverage: bounds")
    return lines


def _said(key: str, lang: Lang, **fields: object) -> str:
    return Problem("-", key, fields).text(lang).split(": ", 1)[1]


def _sentence(problem: Problem, lang: Lang) -> str:
    return _said(problem.key, lang, **problem.fields)
