"""Folders of files to read, drawn by hand: three parcels near Kampen, and whatever a test puts beside them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from layers.folder.local import LocalSource
from suitability.core.errors import SuitabilityError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import LANGS
from suitability.core.types import CRS
from tests.paths import ROOT
from tests.policy.edits import check_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.layer import Layer
    from suitability.core.messages import Lang

DEMO = ROOT / "layers" / "demo_data"
X, Y = 190_000.0, 507_000.0


def square(i: int, size: float = 10.0) -> shapely.Polygon:
    """Return the i-th of a row of squares, 20 m apart."""
    return shapely.box(X + 20 * i, Y, X + 20 * i + size, Y + size)


def parcels(*ids: str, first: int = 0, crs: str | None = CRS, **columns: list[Any]) -> gpd.GeoDataFrame:
    """Return a parcel per id, the first of them at place ``first`` of the row."""
    names = ids or ("a", "b", "c")
    table = {"parcel_id": list(names), **columns}
    return gpd.GeoDataFrame(table, geometry=[square(first + i) for i in range(len(names))], crs=crs)


def local(folder: Path, manifest: str) -> LocalSource:
    """Return the folder as a source, with this under ``layers:`` in its ``sources.yaml``."""
    text = "layers:\n" + textwrap.indent(textwrap.dedent(manifest).strip("\n"), "  ") + "\n"
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    return LocalSource(folder)


def load(source: LocalSource, layer: str, area: Area | None = None) -> Layer:
    """Return a layer of the folder, by default all of it."""
    return source.load(LAYERS[layer], area or Area.everywhere())


def sentences(act: Callable[[], object], folder: Path, lang: Lang = "en") -> list[str]:
    """Return what is said when something goes wrong, without the folder; the sentences are sound in both languages."""
    with pytest.raises(SuitabilityError) as caught:
        act()
    for each in LANGS:
        for sentence in caught.value.sentences(each):
            check_sentence(sentence.replace(str(folder), "folder"))
    return [sentence.replace(f"{folder}/", "") for sentence in caught.value.sentences(lang)]
