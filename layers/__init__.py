"""Sources of layers. They know ``suitability.core.types``, ``.specs`` and ``.errors`` and nothing else of the engine."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platformdirs import user_data_path

from layers import osm
from layers._config import table_path
from layers.first_of import FirstOf
from layers.snapshots.cached import CachedSource, read_freshness
from suitability.core.errors import Problem, SourceError
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.services.pdok import Estimate
    from layers.snapshots.cached import CopyInfo
    from suitability.core.layer import Area, Source
    from suitability.core.messages import Lang

#: What ``--source`` understands; several with commas between them are asked in that order.
SOURCE_NAMES: Final = ("demo", "dir:PATH", "osm:FILE", "pdok", "plans", "noise", "overpass")
_SERVICES: Final = ("pdok", "plans", "noise", "overpass")


def default_copies() -> Path:
    """Return where fetched copies are kept: SUITABILITY_DATA, or the user's own data folder."""
    if "SUITABILITY_DATA" in os.environ:
        return Path(os.environ["SUITABILITY_DATA"])
    return user_data_path("suitability") / "copies"


@dataclass(frozen=True)
class Settings:
    """How sources are used. ``copies``: where fetched layers are kept; ``offline``: only those are used; ``again``: none.

    ``progress`` is told the key of a message, how far a fetch is, and how far it goes.
    """

    copies: Path = field(default_factory=default_copies)
    offline: bool = False
    again: bool = False
    progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None


def open_source(text: str, settings: Settings | None = None) -> Source:
    """Return the source that ``text`` names, see ``SOURCE_NAMES``; raises ``SourceError``.

    Services come with their copies in ``settings.copies``.
    """
    chosen = settings or Settings()
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 1:
        return _open(parts[0], chosen)
    if not parts:
        raise _unknown(text)
    return FirstOf(tuple(_open(part, chosen) for part in parts))


def _unknown(text: str) -> SourceError:
    return SourceError(Problem("--source", "unknown_source", {"found": text, "expected": ", ".join(SOURCE_NAMES)}))


def _open(text: str, settings: Settings) -> Source:
    kind, _, place = text.partition(":")
    if text == "demo":
        from layers.demo import DemoSource  # noqa: PLC0415 (reading libraries load only for the source that is used)

        return DemoSource()
    if kind == "dir" and place:
        from layers.folder.local import LocalSource  # noqa: PLC0415

        return LocalSource(Path(place))
    if kind == "osm" and place:
        return osm.source.OsmSource(Path(place), table_path("facilities.yaml"))
    if text in _SERVICES:
        return _with_copies(_service(text, settings), settings)
    raise _unknown(text)


def _service(name: str, settings: Settings) -> Source:
    """Return a service itself; it is not asked anything yet."""
    work, progress = settings.copies / "unfinished", settings.progress

    def told(_layer: str, done: int, total: int) -> None:
        progress("progress.fetching", done, total)

    if name == "pdok":
        from layers.services.pdok import PdokSource  # noqa: PLC0415

        return PdokSource(table_path("sources/pdok.yaml"), work, progress=told)
    if name == "plans":
        from layers.services.ruimtelijke_plannen import RuimtelijkePlannenSource  # noqa: PLC0415

        return RuimtelijkePlannenSource(table_path("sources/ruimtelijke-plannen.yaml"), work, name=name, progress=told)
    from layers.services._http import Client  # noqa: PLC0415

    if name == "noise":
        from layers.services.noise import NoiseSource  # noqa: PLC0415
        from layers.services.noise_table import read_noise_table  # noqa: PLC0415

        noise = read_noise_table(table_path("sources/noise.yaml"))
        return NoiseSource(noise, Client(noise.hosts))
    from layers.osm.overpass import OverpassSource, read_overpass_table  # noqa: PLC0415

    table = read_overpass_table(table_path("sources/overpass.yaml"))
    client = Client(table.hosts, pause_s=table.pause_s, timeout_s=table.timeout_s + 30)
    return OverpassSource(table, table_path("facilities.yaml"), work, client)


def _with_copies(source: Source, settings: Settings) -> Source:
    ages = {"default": -1} if settings.again else read_freshness()
    return CachedSource(source, settings.copies, offline=settings.offline, max_age_days=ages)


def estimates(source: Source, area: Area, reach: Mapping[str, float]) -> dict[str, Estimate]:
    """Return how much there is to fetch per layer, for the layers of which there is no fresh copy and the source can tell."""
    from layers.services.pdok import PdokSource  # noqa: PLC0415

    parts = source.sources if isinstance(source, FirstOf) else (source,)
    found: dict[str, Estimate] = {}
    taken: set[str] = set()
    for part in parts:
        inner = part.source if isinstance(part, CachedSource) else part
        wanted = [name for name in reach if name in part.offers() and name not in taken]
        taken |= set(wanted)
        if not isinstance(inner, PdokSource):
            continue
        for name in wanted:
            spec, around = LAYERS[name], replace(area, reach_m=reach[name])
            if not (isinstance(part, CachedSource) and part.has_fresh(spec, around)):
                found[name] = inner.estimate(spec, around)
    return found


def notices(source: Source) -> list[Problem]:
    """Return what went wrong with the copies of a source and did not stop the run."""
    parts = source.sources if isinstance(source, FirstOf) else (source,)
    return [problem for part in parts if isinstance(part, CachedSource) for problem in part.notices]


def kept_copies(settings: Settings) -> tuple[CopyInfo, ...]:
    """Return the copies of all services, by service and newest first."""
    found = [_with_copies(_service(name, settings), settings) for name in _SERVICES]
    return tuple(copy for source in found for copy in source.copies())  # type: ignore[attr-defined]


def prune_copies(settings: Settings, keep: int) -> int:
    """Take away the copies that ``keep`` newer ones make superfluous; return how many."""
    found = [_with_copies(_service(name, settings), settings) for name in _SERVICES]
    return sum(source.prune(keep) for source in found)  # type: ignore[attr-defined]


def infer_manifest(folder: Path, lang: Lang) -> str:
    """Return a first ``sources.yaml`` for a folder; see ``layers.folder._infer``."""
    from layers.folder._infer import infer_manifest as infer  # noqa: PLC0415

    return infer(folder, lang)


def write_manifest(folder: Path, text: str) -> Path:
    """Write ``sources.yaml`` in a folder that has none; see ``layers.folder._infer``."""
    from layers.folder._infer import write_manifest as write  # noqa: PLC0415

    return write(folder, text)
