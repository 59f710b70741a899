"""Opens what the intake of submissions needs: a file of any of its kinds, and the addresses and buildings around.

It stands beside the skins, where the engine and the sources may meet: the intake itself opens nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layers.addresses.at_hand import finder_at_hand
from layers.addresses.geocode import LocalAddresses, Match
from layers.files import _archive
from layers.files._vector_files import layers_in, read_vector
from suitability.errors import LayerError, Problem, SourceError, SubmissionError
from suitability.export.card_batch import write_cards
from suitability.export.submission_files import write_receipt, write_scores
from suitability.export.submission_folder import prepare_folder
from suitability.parcels import inner_points
from suitability.shortlist.from_scan import sites_there
from suitability.specs import LAYERS
from suitability.submissions.entry import Entries
from suitability.submissions.frames import entries_of_frames
from suitability.submissions.geojson import entries_of_geojson
from suitability.submissions.intake import Batch, make_receipts
from suitability.submissions.kml import entries_of_kml
from suitability.submissions.register import read_register, write_register
from suitability.submissions.score import score
from suitability.submissions.surroundings import Hit, Missed, Surroundings
from suitability.submissions.text_table import entries_of_text
from suitability.submissions.workbook import entries_of_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    import shapely

    from layers.addresses.geocode import Geocoder
    from suitability.export.card_batch import Made
    from suitability.messages import Lang
    from suitability.scan import Progress, Scan
    from suitability.submissions.receipt import Receipts
    from suitability.submissions.score import Scored
    from suitability.submissions.settings import Settings
    from suitability.types import Area, Source

_MOST_BYTES: Final = 100_000_000
#: What may come out of an uploaded zip.
_UNPACKED: Final = _archive.Limits(members=2_000, unpacked=1 << 30)
_BY_CONTENT: Final = {
    ".csv": entries_of_text, ".tsv": entries_of_text, ".txt": entries_of_text, ".wkt": entries_of_text,
    ".xlsx": entries_of_workbook, ".xlsm": entries_of_workbook,
    ".geojson": entries_of_geojson, ".json": entries_of_geojson, ".kml": entries_of_kml,
}  # fmt: skip
_BY_READER: Final = (".gpkg", ".shp")
_ZIPPED: Final = (".zip", ".kmz")
KINDS: Final = (*_BY_CONTENT, *_BY_READER[:1], *_ZIPPED)
_PAPERS: Final = (".txt", ".json")  # what comes along in a zip and is no list of places


def read_batch(path: Path, settings: Settings, mapping: Mapping[str, str] | None = None) -> Batch:
    """Return what stands in a file; raises ``SubmissionError`` or ``SourceError`` when nothing of it can be read."""
    try:
        if path.is_dir():
            raise SourceError(Problem(str(path), "local_is_folder"))
        size = path.stat().st_size
        if size > _MOST_BYTES:
            fields = {"found": f"{size / 1e6:.0f} MB", "expected": f"{_MOST_BYTES / 1e6:.0f} MB"}
            raise SubmissionError(Problem(str(path), "submission_too_large", fields))
        content = path.read_bytes()
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    entries = _entries(path, content, settings, mapping or {})
    return Batch(path.name, hashlib.sha256(content).hexdigest(), entries)


def _entries(path: Path, content: bytes, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    suffix = path.suffix.lower()
    if suffix in _BY_CONTENT:
        if suffix in {".xlsx", ".xlsm"}:
            _judge_zip(path)
        return _BY_CONTENT[suffix](content, path.name, settings, mapping)
    if suffix in _ZIPPED:
        return _of_zip(path, settings, mapping)
    if suffix in _BY_READER:
        return entries_of_frames(_frames(path), path.name, settings)
    fields = {"found": path.suffix or path.name, "expected": ", ".join(KINDS)}
    raise SubmissionError(Problem(path.name, "submission_kind", fields))


def _judge_zip(path: Path) -> None:
    """Read a workbook's zip once without keeping anything: too large, damaged or a document type is refused."""
    for name, stream in _archive.open_members(path, (), _UNPACKED):
        head = stream.read(1 << 16)
        if name.lower().endswith((".xml", ".rels")) and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
            raise SubmissionError(Problem(path.name, "submission_xml", {"found": "DOCTYPE"}))
        while stream.read(1 << 20):
            pass


def _of_zip(path: Path, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    """Return the lines of the files in a zip, one after another."""
    with tempfile.TemporaryDirectory(prefix="suitability-") as folder:
        files = _archive.extract(path, Path(folder) / "content", _UNPACKED)
        known = [file for file in sorted(files) if file.suffix.lower() in (*_BY_CONTENT, *_BY_READER)]
        chosen = [file for file in known if file.suffix.lower() not in _PAPERS] or known
        if not chosen:
            found = ", ".join(file.name for file in sorted(files)[:5]) or "-"
            raise SubmissionError(Problem(path.name, "submission_kind", {"found": found, "expected": ", ".join(KINDS)}))
        read = [(file, _entries(file, file.read_bytes(), settings, mapping)) for file in chosen]
    if len(read) == 1:
        return read[0][1]
    lines = tuple(
        replace(line, part=f"{file.name} {line.part}".strip()) for file, entries in read for line in entries.lines
    )
    columns = tuple(dict.fromkeys(name for _, entries in read for name in entries.columns))
    return Entries(lines, columns, all(entries.headerless for _, entries in read))


def _frames(path: Path) -> dict[str, pd.DataFrame]:
    try:
        return {layer: read_vector(path, layer).frame for layer in layers_in(path)}
    except LayerError as error:
        raise SubmissionError(*error.problems) from error


class _Finding:
    """A finder of the sources as the intake knows it."""

    def __init__(self, geocoder: Geocoder) -> None:
        self._geocoder = geocoder

    def find_all(self, texts: Sequence[str]) -> list[Hit | Missed]:
        """Return the places of texts, in their order."""
        return [
            Hit(found.point, found.label, found.score, found.kind)
            if isinstance(found, Match)
            else Missed(found.reason, found.label)
            for found in self._geocoder.find_all(texts)
        ]


@dataclass(frozen=True)
class Ways:
    """What places are found by: the source, how the command line names it, a file of addresses, folders of earlier batches."""

    source: Source
    named: str
    addresses: Path | None = None
    earlier: tuple[Path, ...] = ()
    offline: bool = False


@dataclass(frozen=True)
class Answered:
    """What was written for a batch. ``scored`` is None where no line was accepted, ``cards`` where none were asked for."""

    files: tuple[Path, ...]
    scored: Scored | None = None
    cards: Made | None = None


def take_in(
    batch: Batch, scan: Scan, ways: Ways, settings: Settings, mapping: Mapping[str, str], out: Path | None = None
) -> Receipts:
    """Return the receipts of a batch; places that ``out`` or the earlier folders remember are noted as submitted before."""
    known = [one for folder in ways.earlier for one in read_register(folder, must_exist=True)]
    if out is not None:
        known += [one for one in read_register(out) if one.batch != batch.sha256]
    return make_receipts(batch, surroundings_of(scan, ways), settings, mapping, known)


def answer(  # noqa: PLR0913 (what an answer is made of)
    receipts: Receipts,
    scan: Scan,
    settings: Settings,
    out: Path,
    lang: Lang,
    documents: dict[str, dict[str, object]],
    *,
    cards: bool,
    progress: Progress,
    there: gpd.GeoDataFrame | None = None,
) -> Answered:
    """Write receipt, scores, register and cards of a batch to ``out``; raises ``SourceError`` when that cannot be done.

    ``there``: existing and permitted sites, which count under the caps; None = not in the data.
    The receipt comes first: whatever happens later, every line has its answer. Run again, the cards go on.
    """
    day = datetime.now(UTC).date().isoformat()
    prepare_folder(out, receipts, day)
    files = write_receipt(receipts, out, lang)
    scored, made = None, None
    if receipts.accepted:
        scored = score(receipts, scan, settings.limits.least_overlap_m2, progress, there)
        files += write_scores(scored, documents, out, lang)
    write_register(out, receipts, day)
    if cards:
        made = write_cards(receipts, scored, scan, documents, out, lang, progress)
    return Answered(tuple(files), scored, made)


def surroundings_of(scan: Scan, ways: Ways) -> Surroundings:
    """Return what places are looked up in, for a scan of the source of ``ways``."""
    geocoder = finder_at_hand(ways.named, scan.frame, ways.addresses, offline=ways.offline)
    addresses = geocoder.by_bag_id if isinstance(geocoder, LocalAddresses) else {}
    return Surroundings(
        parcels=scan.parcels,
        area=scan.area.polygon,
        area_name=scan.area.name,
        finder=None if geocoder is None else _Finding(geocoder),
        by_bag_id={**addresses, **_buildings(ways.source, scan.area)},
        there=sites_there(ways.source, scan.area, scan.layers),
    )


def _buildings(source: Source, area: Area) -> dict[str, shapely.Point]:
    """Return an inner point of each building by its BAG id; none where the source has no such ids."""
    if "buildings" not in source.offers():
        return {}
    frame = source.load(LAYERS["buildings"], area).frame
    if "bag_id" not in frame:
        return {}
    known = frame[frame["bag_id"].notna()]
    return dict(zip(known["bag_id"].astype("str"), inner_points(known.geometry.to_numpy()), strict=True))
