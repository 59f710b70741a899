"""Looks at one file of a folder and says which layers it may give, as entries for ``sources.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import yaml

from layers import files, formats, osm
from layers._config import read_table, table_path
from layers.files._crs import guess, to_rd
from layers.files._street_files import is_street_pair, nodes_beside
from layers.files._vector_files import is_vector_file, layers_in, read_vector
from layers.folder import _folder
from layers.folder._entry_reader import modified
from layers.folder._infer_columns import guesses
from suitability.core.errors import Problem, SuitabilityError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from layers.folder._infer_columns import Guess

_OSM: Final = (".osm.pbf", ".pbf", ".osm")
_RASTER: Final = (".tif", ".tiff")
_LARGEST_RASTER: Final = 300_000_000
#: What lies beside a file and belongs to it.
_BESIDE: Final = frozenset(
    {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".gfs", ".xsd", ".aux", ".ovr", ".tfw", ".poly"}
    | {".qml", ".sld", ".md"}
)
_PLAIN: Final = re.compile(r"[A-Za-zÀ-ÿ0-9_][A-Za-zÀ-ÿ0-9_ ./()-]*")


@dataclass
class Proposal:
    """A file as part of a layer. ``keys``: its lines in ``sources.yaml``; ``doubts``: why it is not taken as it is.

    ``shapes``: of its rows in EPSG:28992, to see what lies double; None for what is no map of rows. ``label``: the
    column that names its rows, and those names.
    """

    layer: str
    file: str
    path: Path
    format: str
    keys: dict[str, Any]
    rows: int = 0
    shapes: np.ndarray | None = None
    label: tuple[str, np.ndarray] | None = None
    day: date | None = None
    doubts: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


def look(path: Path, folder: Path) -> list[Proposal] | Problem:
    """Return the layers that a file may give, none for a file that belongs to another, or why it gives none."""
    name = _folder.relative(path, folder)
    try:
        return _looked(path, name)
    except SuitabilityError as error:
        return Problem(name, error.problems[0].key, error.problems[0].fields)


def _looked(path: Path, name: str) -> list[Proposal] | Problem:
    suffix = path.suffix.lower()
    if name.lower().endswith(_OSM):
        return _from_osm(path, name)
    if suffix in _RASTER:
        return _from_raster(path, name)
    if suffix in _BESIDE or _is_nodes(path) or is_street_pair(path):
        return [Proposal("streets", name, path, "streets", {})] if is_street_pair(path) else []
    format_ = formats.recognise(path)
    if format_ is not None:
        found = [_national(layer, raw, path, name, format_.id) for layer, raw in format_.read(path).items()]
        return found or Problem(name, "infer_nothing_in_it", {"found": format_.id})
    if is_vector_file(path):
        return _from_vector(path, name)
    return Problem(name, "infer_unknown_kind", {"found": suffix or path.name})


def scalar(value: object) -> str:
    """Return a value as YAML on one line; text only between quotes where it would be read as something else."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value == value.strip() and yaml.safe_load(value) == value:
        return value
    return (
        yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
        .removesuffix("\n...\n")
        .strip()
    )


def _is_nodes(path: Path) -> bool:
    """Return whether this is the table of nodes beside a table of pieces of street."""
    return any(is_street_pair(other) and nodes_beside(other) == path for other in path.parent.glob("*edges*.parquet"))


def _from_osm(path: Path, name: str) -> list[Proposal]:
    offered = osm.source.OsmSource(path, table_path("facilities.yaml")).offers()
    return [Proposal(layer, name, path, "osm", {}) for layer in sorted(offered)]


def _from_raster(path: Path, name: str) -> list[Proposal] | Problem:
    if not any(word in name.lower() for word in read_table("sources/columns.yaml")["noise"]):
        return Problem(name, "infer_raster")
    if path.stat().st_size < _LARGEST_RASTER:
        files.noise_levels.read_noise(path)
    return [Proposal("noise", name, path, "raster", {})]


def _national(layer: str, raw: Any, path: Path, name: str, format_id: str) -> Proposal:  # noqa: ANN401 (Raw, of another module)
    known = read_table("sources/columns.yaml")["formats"].get(format_id, {})
    proposal = Proposal(
        layer, name, path, format_id, {"format": format_id, **known}, len(raw.frame), day=raw.reference_date
    )
    proposal.shapes = _shapes(raw.frame, name, proposal)
    proposal.label = _label(raw.frame, "name")
    if raw.left_out:
        proposal.remarks.append(Problem(name, "note_left_out", {"count": raw.left_out}))
    return proposal


def _from_vector(path: Path, name: str) -> list[Proposal] | Problem:
    names = layers_in(path)
    found, tried = list[Proposal](), list[str]()
    for layer in names:
        frame = read_vector(path, layer if len(names) > 1 else None).frame
        likely = guesses(frame, path.stem, layer)
        tried += [str(column) for column in frame.columns if column != "geometry"]
        if likely:
            found.append(_guessed(likely, frame, path, name, layer if len(names) > 1 else None))
    return found or Problem(name, "infer_no_layer", {"found": ", ".join(tried[:12]) or "-"})


def _guessed(
    likely: list[Guess], frame: pd.DataFrame | gpd.GeoDataFrame, path: Path, name: str, layer: str | None
) -> Proposal:
    best = likely[0]
    keys: dict[str, Any] = {"layer": layer} if layer else {}
    proposal = Proposal(best.layer, name, path, "vector", keys, len(frame))
    proposal.shapes = _shapes(frame, name, proposal)
    proposal.label = _label(frame, best.columns.get("name"))
    if best.inner_points:
        keys["geometry"] = "inner_point"
    columns = {column: written for column, written in best.columns.items() if written != column}
    if columns:
        keys["columns"] = columns
    if best.missing:
        fields = {
            "found": ", ".join(best.missing),
            "expected": ", ".join(str(column) for column in frame.columns if column != "geometry"),
        }
        proposal.doubts.append(Problem(name, "infer_missing", fields))
    if best.unsure:
        proposal.doubts.append(Problem(name, "infer_numbers", {"found": ", ".join(best.unsure)}))
    equal = [other.layer for other in likely[1:] if other.score == best.score]
    if equal:
        proposal.doubts.append(Problem(name, "infer_equal", {"found": best.layer, "expected": ", ".join(equal)}))
    return proposal


def _shapes(frame: pd.DataFrame | gpd.GeoDataFrame, name: str, proposal: Proposal) -> np.ndarray | None:
    """Return the shapes in RD; a system that only the numbers tell is written down as such."""
    if not isinstance(frame, gpd.GeoDataFrame) or not len(frame):
        return None
    stated = None
    placed, problems = to_rd(frame, name)
    if problems and problems[0].key in {"local_no_crs", "local_crs_contradicts"}:
        stated = guess(_corners(frame))
        if stated is not None:
            proposal.keys["crs"] = stated
            placed, problems = to_rd(frame, name, stated)
    if problems and problems[0].key == "local_swapped":
        proposal.keys["axes"] = "yx"
        placed, problems = to_rd(frame, name, swapped=True)
    proposal.doubts += problems
    shapes: np.ndarray | None = None if problems else placed.geometry.dropna().to_numpy()
    return shapes


def _label(frame: pd.DataFrame | gpd.GeoDataFrame, column: object) -> tuple[str, np.ndarray] | None:
    """Return the names of the rows that have a shape."""
    if not isinstance(column, str) or column not in frame or not isinstance(frame, gpd.GeoDataFrame):
        return None
    return column, frame.loc[frame.geometry.notna(), column].to_numpy(dtype=object)


def _corners(frame: gpd.GeoDataFrame) -> np.ndarray:
    corners: np.ndarray = frame.geometry.bounds[["minx", "miny"]].to_numpy()
    return corners


def file_date(proposal: Proposal) -> str:
    """Return the day on which the file was last changed."""
    return modified(proposal.path).isoformat()
