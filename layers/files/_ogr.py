"""What GDAL reads, read so that it follows nothing, writes nothing and leaves nothing out in silence."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pyogrio

from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    import geopandas as gpd
    import pandas as pd

#: Of GML that brings no schema, GDAL would read 0193 as the number 193.
_TEXTS_ONLY: Final = "GML_FIELDTYPES"
_CODE_PAGE_BYTE, _ANY_WINDOWS = 29, 0x57


def layer_names(path: Path) -> tuple[str, ...]:
    """Return the names of the layers in a file."""
    with _gdal() as gdal:
        return tuple(str(name) for name in gdal.list_layers(path)[:, 0])


def read_info(path: Path, layer: str | None, drivers: tuple[str, ...], kind: str) -> dict[str, Any]:
    """Return what GDAL knows of a layer; raises ``SourceError`` when another driver than these would read it."""
    with _gdal() as gdal:
        info: dict[str, Any] = gdal.read_info(path, layer=layer, force_feature_count=True)
    if info["driver"] not in drivers:
        raise SourceError(Problem(str(path), "local_not_that_kind", {"expected": kind}))
    return info


def read_ogr(path: Path, layer: str | None, info: dict[str, Any]) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return all rows of a layer; raises ``SourceError`` when there are fewer than the file says."""
    for encoding in _encodings(path):
        try:
            with _gdal() as gdal:
                # Not by Arrow, a fifth faster: a FlatGeobuf with a few bits flipped then takes the process down.
                frame = gdal.read_dataframe(path, layer=layer, encoding=encoding, use_arrow=False)
            break
        except UnicodeDecodeError:
            if encoding != "utf-8":
                raise
    if len(frame) < info["features"]:
        raise SourceError(Problem(str(path), "local_cut_off", {"found": len(frame), "expected": info["features"]}))
    return frame


@contextmanager
def _gdal() -> Iterator[ModuleType]:
    """Give GDAL, its remarks on odd rings and names kept to itself: what matters of them is checked later.

    A file or layer that it cannot open is an ``OSError``.
    """
    pyogrio.set_gdal_config_options({_TEXTS_ONLY: "ALWAYS_STRING"})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield pyogrio
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OSError(str(error)) from error
    finally:
        pyogrio.set_gdal_config_options({_TEXTS_ONLY: None})


def _encodings(path: Path) -> tuple[str | None, ...]:
    """Return the encodings to try: what the file says, or for a Shapefile that says nothing the two that there are."""
    if path.suffix.lower() != ".shp" or any(path.with_suffix(suffix).exists() for suffix in (".cpg", ".CPG")):
        return (None,)
    table = next((path.with_suffix(suffix) for suffix in (".dbf", ".DBF") if path.with_suffix(suffix).exists()), None)
    if table is None:
        return (None,)
    with table.open("rb") as file:
        head = file.read(_CODE_PAGE_BYTE + 1)
    says_it = len(head) > _CODE_PAGE_BYTE and head[_CODE_PAGE_BYTE] not in {0, _ANY_WINDOWS}
    return (None,) if says_it else ("utf-8", "cp1252")
