"""Streets as two tables, nodes and pieces, as the embedded municipality ships them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from layers._street_table import StreetTable
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.layer import StreetNetwork

_EDGES, _NODES = "edges", "nodes"
_COLUMNS: Final = {_NODES: {"x", "y"}, _EDGES: {"tail", "head", "flags", "name"}}


def network_of(nodes: pa.Table, edges: pa.Table) -> StreetNetwork:
    """Return the graphs of all modes; nodes have ``x`` and ``y`` in EPSG:28992 metres, pieces are as in ``StreetTable``.

    Pieces without a column of names have none.
    """
    named = "name" in edges.column_names
    name = edges.column("name").combine_chunks() if named else pa.nulls(len(edges), pa.string())
    name = name.dictionary_encode() if not isinstance(name, pa.DictionaryArray) else name
    table = StreetTable(
        node_xy=np.column_stack([nodes.column("x").to_numpy(), nodes.column("y").to_numpy()]),
        tail=edges.column("tail").to_numpy(),
        head=edges.column("head").to_numpy(),
        flags=edges.column("flags").to_numpy(),
        name=name.indices.fill_null(-1).to_numpy(zero_copy_only=False),
        names=tuple(name.dictionary.to_pylist()),
    )
    return table.network()


def nodes_beside(path: Path) -> Path:
    """Return the table of nodes that goes with a table of pieces: the same name, ``nodes`` for ``edges``."""
    return path.with_name(path.name.replace(_EDGES, _NODES))


def is_street_pair(path: Path) -> bool:
    """Return whether this is a table of pieces of street with its table of nodes beside it."""
    return _EDGES in path.name and path.suffix == ".parquet" and nodes_beside(path).is_file()


def read_pair(path: Path) -> StreetNetwork:
    """Return the streets of two Parquet files, given that of the pieces; raises ``SourceError``."""
    tables = {}
    for part, file in {_NODES: nodes_beside(path), _EDGES: path}.items():
        try:
            tables[part] = pq.read_table(file, use_threads=False)
        except FileNotFoundError:
            raise SourceError(Problem(str(file), "file_missing")) from None
        except (OSError, pa.ArrowException) as error:
            raise SourceError(
                Problem(str(file), "local_unreadable", {"found": " ".join(str(error).split())[:200]})
            ) from error
        absent = _COLUMNS[part] - set(tables[part].column_names)
        if absent:
            raise SourceError(Problem(str(file), "local_no_streets", {"found": ", ".join(sorted(absent))}))
    nodes, edges = tables[_NODES], tables[_EDGES]
    ends = np.concatenate([edges.column(end).to_numpy() for end in ("tail", "head")])
    if len(ends) and not 0 <= ends.min() <= ends.max() < len(nodes):
        raise SourceError(Problem(str(path), "local_street_ends", {"found": int(ends.max()), "expected": len(nodes)}))
    return network_of(nodes, edges)
