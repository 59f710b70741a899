"""Everything that may be made public, written as one: all files or none, and never over an earlier result."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from suitability.core.errors import Problem, PublicationError
from suitability.report.folder import WRITERS_ERRORS, WRITING, as_known, check_folder, put_in_place, sweep
from suitability.report.public.gate import released
from suitability.report.public.layers import write_public_geojson, write_public_geopackage, write_public_parquet
from suitability.report.public.map import write_public_map
from suitability.report.public.poster import write_poster
from suitability.report.public.qgis import write_project
from suitability.report.public.sheet import write_public_csv, write_public_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from suitability.core.messages import Lang
    from suitability.report.public.gate import PublicTable
    from suitability.report.public.poster import Paper
    from suitability.scan.run import Progress

#: What can be asked for; a GeoPackage comes with a QGIS project, a poster as PDF and PNG.
FORMATS: Final = ("html", "a3", "a0", "gpkg", "parquet", "geojson", "xlsx", "csv")

RECORD: Final = "publication.json"

_NAMES: Final[dict[Lang, tuple[str, str]]] = {"nl": ("kaart", "percelen"), "en": ("map", "parcels")}


def publish(table: PublicTable, folder: Path, formats: Sequence[str], lang: Lang, progress: Progress) -> list[Path]:
    """Write a public table to ``folder`` and return the paths; an earlier result moves to ``earlier/``.

    Raises ``PublicationError`` for a format that does not exist, ``SourceError`` when the disk is full or not writable.
    """
    table = released(table)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        fields = {"found": ", ".join(unknown), "expected": ", ".join(FORMATS)}
        raise PublicationError(Problem("--formats", "unknown_format", fields))
    check_folder(folder)
    sweep(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=WRITING, dir=folder) as name:
            here = Path(name)
            chosen = [each for each in FORMATS if each in formats]
            for done, each in enumerate(chosen):
                progress("progress.writing", done, len(chosen))
                _WRITERS[each](table, here, lang)
            written = sorted(here.iterdir())
            record = here / RECORD
            record.write_text(
                json.dumps(_record(table, written, lang), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
            )
            put_in_place([*written, record], folder, also=_ever_written())
    except WRITERS_ERRORS as error:
        raise as_known(error, folder) from error
    return [folder / path.name for path in [*written, record]]


def _ever_written() -> list[str]:
    """Return every name that a publication can have: none of an earlier one, by another profile, stays beside a new one."""
    names = [f"{stem}.{ending}" for stem, _ in _NAMES.values() for ending in ("html", "gpkg", "qgz")]
    names += [f"{stem}.{ending}" for _, stem in _NAMES.values() for ending in ("parquet", "geojson", "xlsx", "csv")]
    return names + [f"poster-{paper}.{ending}" for paper in ("a3", "a0") for ending in ("pdf", "png")]


def _geopackage(table: PublicTable, folder: Path, lang: Lang) -> None:
    name = f"{_NAMES[lang][0]}.gpkg"
    write_public_geopackage(table, folder / name, lang)
    write_project(table, name, folder / f"{_NAMES[lang][0]}.qgz", lang)


def _on_paper(paper: Paper) -> Callable[[PublicTable, Path, Lang], None]:
    def write(table: PublicTable, folder: Path, lang: Lang) -> None:
        write_poster(table, folder / f"poster-{paper}.pdf", folder / f"poster-{paper}.png", paper, lang)

    return write


def _one_file(
    write: Callable[[PublicTable, Path, Lang], None], place: int, ending: str
) -> Callable[[PublicTable, Path, Lang], None]:
    return lambda table, folder, lang: write(table, folder / f"{_NAMES[lang][place]}.{ending}", lang)


_WRITERS: Final[dict[str, Callable[[PublicTable, Path, Lang], None]]] = {
    "html": _one_file(write_public_map, 0, "html"),
    "a3": _on_paper("a3"),
    "a0": _on_paper("a0"),
    "gpkg": _geopackage,
    "parquet": _one_file(write_public_parquet, 1, "parquet"),
    "geojson": _one_file(write_public_geojson, 1, "geojson"),
    "xlsx": _one_file(write_public_xlsx, 1, "xlsx"),
    "csv": _one_file(write_public_csv, 1, "csv"),
}


def _record(table: PublicTable, files: list[Path], lang: Lang) -> dict[str, Any]:
    """Return what was published, by which rules and profile, for whoever must be able to repeat it."""
    about = table.about
    return {
        "started": about.made.isoformat(timespec="seconds"),
        "lang": lang,
        "profile": table.profile.model_dump(mode="json"),
        "policy": about.policy_id,
        "area": about.area,
        "code_version": about.code,
        "counts": dict(about.counts),
        "sites": len(table.sites),
        "data": [
            {"layer": d.label.en, "as_of": d.dated.en, "licence": d.licence, "by": d.attribution} for d in about.data
        ],
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
    }
