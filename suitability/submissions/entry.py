"""One line of a file of submissions as it stands there, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Note:
    """Something to say about a line: a message key behind ``submission.note.``, and its fields."""

    key: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line. ``line`` counts from 1 in its ``part`` (a sheet or layer; empty where there is one).

    ``cells``: what stands under each column. ``geometry`` with ``crs``: of formats that hold shapes; the CRS is empty
    where the file does not say. ``is_none``: why the line is no submission at all, such as a blank one.
    ``trouble``: why it cannot be read. ``notes``: what was mended while reading. ``n_lines``: how many
    lines of the file it takes.
    """

    line: int
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)
    part: str = ""
    geometry: BaseGeometry | None = None
    crs: str = ""
    has_shape: bool = False
    is_none: Note | None = None
    trouble: Note | None = None
    notes: tuple[Note, ...] = ()
    n_lines: int = 1


@dataclass(frozen=True)
class Entries:
    """All lines of a file in their order, and the columns found, by part, in their order."""

    lines: tuple[Entry, ...]
    columns: tuple[str, ...]
    #: What a header says of the columns cannot be known here: roles by column, filled in by ``columns.recognise``.
    headerless: bool = False
