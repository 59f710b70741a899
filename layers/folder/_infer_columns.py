"""Inference of the layer of a table or map, from the names and types of its columns and its shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely
from pandas.api import types as dtypes

from layers.folder._columns import NUMBERS, texts_of
from suitability.core.config import read_table
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from suitability.core.layer import LayerSpec

_SHAPEFILE_NAME: Final = 10
_HINT, _KEY, _FOUND = 4, 3, 1
_SINGLE: Final = {"MultiPoint": "Point"}


@dataclass(frozen=True)
class Guess:
    """A layer that a table may be. ``columns``: how to write each in ``sources.yaml``; ``missing``: what it lacks.

    ``inner_points``: its areas must stand for points. ``unsure``: columns whose numbers can be read in two ways.
    """

    layer: str
    score: int
    columns: Mapping[str, Any]
    missing: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    inner_points: bool = False


def guesses(frame: pd.DataFrame | gpd.GeoDataFrame, *names: str) -> list[Guess]:
    """Return the layers that this may be, the likeliest first. ``names``: of the file and of the layer in it."""
    table: Mapping[str, Mapping[str, Any]] = read_table("sources/columns.yaml")["layers"]
    found = [_guess(frame, LAYERS[name], said, " ".join(names).lower()) for name, said in table.items()]
    return sorted((guess for guess in found if guess is not None), key=lambda guess: (-guess.score, guess.layer))


def _guess(
    frame: pd.DataFrame | gpd.GeoDataFrame, spec: LayerSpec, said: Mapping[str, Any], names: str
) -> Guess | None:
    fits, inner_points = _shapes_fit(frame, spec)
    if not fits:
        return None
    present = {str(name).lower(): str(name) for name in frame.columns}
    columns, unsure = dict[str, Any](), list[str]()
    for name, kind in {**spec.columns, **spec.optional}.items():
        column = next((present[word] for word in _known(said["columns"][name], present)), None)
        if column is not None and _looks(frame[column], said.get("looks", {}).get(name)):
            columns[name], is_sure = _written(frame[column], column, kind)
            unsure += [] if is_sure else [name]
    hint = any(word in names for word in said["words"])
    key = [name for name in said.get("key", []) if name in columns]
    # Areas for points, or a single telling column among many, are taken for this layer only when its name says so too.
    if not (hint or (key and not inner_points)):
        return None
    missing = tuple(name for name in spec.columns if name not in columns)
    score = _HINT * hint + _KEY * len(key) + _FOUND * len(columns) - len(missing)
    return Guess(spec.name, score, columns, missing, tuple(unsure), inner_points)


def _known(words: list[str], present: Mapping[str, str]) -> list[str]:
    """Return the names of the file that stand for a column, in the order of preference."""
    return [word for full in words for word in dict.fromkeys((full, full[:_SHAPEFILE_NAME])) if word in present]


def _looks(column: pd.Series, pattern: str | None) -> bool:
    """Return whether the values look as those of this column must; a province too has a name and a code."""
    texts = texts_of(column).dropna()
    return pattern is None or bool(texts.str.fullmatch(pattern).all())


def _shapes_fit(frame: pd.DataFrame | gpd.GeoDataFrame, spec: LayerSpec) -> tuple[bool, bool]:
    """Return whether the shapes can be those of the layer, and whether areas must then stand for points."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return spec.kind == "table", False
    if spec.kind != "vector":
        return False, False
    kinds = set(frame.geom_type.dropna())
    if "Point" in spec.geometry and kinds == {"MultiPoint"}:
        kinds = {"Point"} if (shapely.get_num_geometries(frame.geometry.dropna().to_numpy()) == 1).all() else kinds
    if kinds <= set(spec.geometry):
        return bool(kinds), False
    return spec.geometry == ("Point",) and kinds <= {"Point", "Polygon", "MultiPolygon"}, True


def _written(column: pd.Series, name: str, kind: str) -> tuple[Any, bool]:
    """Return how to write a column in ``sources.yaml``, and whether its numbers can be read in one way only."""
    known = column.dropna()
    if kind == "text" and len(known) and dtypes.is_numeric_dtype(known):
        return {"column": name, "text": True}, True
    if kind not in {"int", "float"} or not len(known) or not dtypes.is_string_dtype(known):
        return name, True
    texts = texts_of(known)
    if texts.str.fullmatch(r"[+-]?\d+").all():
        return name, True
    ways = [way for way, numbers in NUMBERS.items() if texts.str.fullmatch(numbers.looks.pattern).all()]
    if kind == "int":  # a thousand jobs and two hundred is a number of jobs, one and a fifth is not
        ways = [way for way in ways if not texts.str.contains(NUMBERS[way].decimals, regex=False).any()]
    return {"column": name, "number": ways[0] if ways else "nl"}, len(ways) == 1
