"""Provenance of a layer read from files: origin, age, and what was inferred, repaired or left out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.folder._entry_reader import kinds_of, modified
from suitability.core.errors import Problem
from suitability.core.layer import OTHER_KINDS, Provenance, Raster
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from layers.folder._entry_reader import Part
    from layers.folder._manifest import Entry
    from suitability.core.layer import Layer, Standing
    from suitability.core.messages import Lang

_STANDINGS: Final[tuple[Standing, ...]] = ("observed", "derived", "assumed")
_NOT_STATED: Final = "niet vermeld / not stated"
_DIGITS: Final = 12


def provenance_of(pairs: Sequence[tuple[Entry, Part]], data: object) -> Provenance:
    """Return the provenance of a layer: of several files all origins, the oldest date, the least certain standing.

    The hash is of the files, of what ``sources.yaml`` makes of them, and of what was read: a reader that has been
    mended gives other measurements too.
    """
    digest = hashlib.sha256()
    for entry, part in pairs:
        digest.update(part.digest.encode() + entry.meaning.encode())
    hash_data(digest, data)
    sources = [entry.source or (part.origin.source if part.origin else entry.name) for entry, part in pairs]
    makers = [entry.attribution or (part.origin.attribution if part.origin else "") for entry, part in pairs]
    return Provenance(
        source=_all(sources),
        url=_all(entry.url or (part.origin.url if part.origin else f"file:{entry.name}") for entry, part in pairs),
        licence=_all(entry.licence or (part.origin.licence if part.origin else _NOT_STATED) for entry, part in pairs),
        attribution=_all(maker or source for maker, source in zip(makers, sources, strict=True)),
        reference_date=min(part.reference_date for _, part in pairs),
        retrieved=max(modified(entry.path) for entry, _ in pairs),
        rows=sum(part.rows for _, part in pairs),
        sha256=digest.hexdigest(),
        standing=max((_standing(entry, part) for entry, part in pairs), key=_STANDINGS.index),
        note=_note(pairs),
    )


def hash_layer(digest: hashlib._Hash, layer: Layer) -> None:
    """Take what a layer holds into a hash: the same however its shapes are kept."""
    if layer.areas is not None:
        digest.update(b"".join(shapes_of(layer).as_binary()))
    hash_data(digest, layer.data)


def hash_data(digest: hashlib._Hash, data: object) -> None:
    """Take rows, a raster or streets into a hash."""
    if isinstance(data, Raster):
        levels = np.ascontiguousarray(data.values)
        digest.update(levels.tobytes() + repr((levels.shape, data.left, data.top, data.cell_m)).encode())
    elif isinstance(data, pd.DataFrame):
        table = pd.DataFrame(data)
        if isinstance(data, gpd.GeoDataFrame):
            digest.update(b"".join(shapely.to_wkb(data.geometry.to_numpy())))
            table = table.drop(columns=data.active_geometry_name)
        digest.update(repr(list(table.columns)).encode())
        digest.update(pd.util.hash_pandas_object(table).to_numpy().tobytes())
    elif isinstance(data, dict):
        for mode, graph in sorted(data.items()):
            digest.update(mode.encode() + "\n".join(graph.names).encode())
            for array in (
                graph.node_xy,
                graph.tail,
                graph.head,
                graph.length_m,
                graph.forward,
                graph.backward,
                graph.name,
            ):
                digest.update(array.tobytes())


def _standing(entry: Entry, part: Part) -> Standing:
    if entry.standing != "observed" or part.origin is None:
        return entry.standing
    return part.origin.standing


def _all(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _note(pairs: Sequence[tuple[Entry, Part]]) -> dict[Lang, str]:
    langs: tuple[Lang, Lang] = ("nl", "en")
    return {
        lang: " ".join(dict.fromkeys(text for entry, part in pairs for text in _texts(entry, part, lang)))
        for lang in langs
    }


def _texts(entry: Entry, part: Part, lang: Lang) -> list[str]:
    """Return what a person wrote about a file, what it says of itself, and what was found while reading."""
    texts = [entry.note[lang].rstrip(". ") + "."] if lang in entry.note else []
    if part.origin is not None and lang in part.origin.note:
        texts.append(part.origin.note[lang])
    found = " ".join(_sentence(remark, lang) for remark in _remarks(entry, part))
    return [*texts, f"{entry.name}: {found}"]


def _sentence(remark: Problem, lang: Lang) -> str:
    said = remark.text(lang).split(": ", 1)[1]
    return said[:1].upper() + said[1:]


def _remarks(entry: Entry, part: Part) -> list[Problem]:
    remarks = [Problem("-", "note_file", {"found": part.digest[:_DIGITS]})]
    remarks += [Problem("-", remark.key, remark.fields) for remark in part.remarks]
    if part.dated_by == "file":
        remarks.append(Problem("-", "note_date_of_file", {"found": part.reference_date.isoformat()}))
    if entry.spec.kind in {"vector", "graph"} and (entry.coverage is not None or part.known is None):
        kind = entry.known.kind
        key = f"note_coverage_{kind}" if kind in {"features", "bounds", "none", "file"} else "note_coverage_layer"
        remarks.append(Problem("-", key, {"found": entry.known.name or kind}))
    if entry.spec.kind_column is not None and isinstance(part.data, pd.DataFrame):
        remarks += _of_kinds(entry, kinds_of(entry, part))
    return remarks


def _of_kinds(entry: Entry, kinds: frozenset[str]) -> list[Problem]:
    """Return what must be said of the kinds that a file knows: which, and whether that was inferred."""
    if OTHER_KINDS in kinds:
        return []
    key = "note_kinds_of_rows" if entry.kinds is None else "note_kinds_stated"
    return [Problem("-", key, {"found": ", ".join(sorted(kinds)) or "-"})]
