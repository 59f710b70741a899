"""Sources of layers: services, files, folders, OpenStreetMap and the demo."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from suitability.core.config import config_file
from suitability.core.errors import Problem, SourceError
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.services.pdok import Estimate
    from layers.snapshots.cached import CopyInfo
    from suitability.core.layer import Area, Source
    from suitability.core.messages import Lang


def default_copies() -> Path:
    """Return where fetched copies are kept: SUITABILITY_DATA, or the user's own data folder."""
    if "SUITABILITY_DATA" in os.environ:
        return Path(os.environ["SUITABILITY_DATA"])
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path("suitability") / "copies"


@dataclass(frozen=True)
class Settings:
    """Settings of sources. ``copies``: folder of fetched layers; ``offline``: only those are used; ``again``: none.

    ``progress`` receives a message key, the steps done and the steps in all.
    """

    copies: Path = field(default_factory=default_copies)
    offline: bool = False
    again: bool = False
    progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None

    @property
    def unfinished(self) -> Path:
        """Folder for fetches that are not whole yet."""
        return self.copies / "unfinished"

    def fetching(self, _layer: str, done: int, total: int) -> None:
        """Report how far the fetch of a layer is."""
        self.progress("progress.fetching", done, total)


def open_source(text: str, settings: Settings | None = None) -> Source:
    """Return the source of layers that ``text`` names.

    ``text``: ``demo`` (the embedded municipality), ``dir:PATH`` (a folder of files), ``osm:FILE``, or a service: ``pdok``,
    ``plans``, ``noise``, ``overpass``; several with commas between them are asked in that order. Layers come in EPSG:28992.
    ``settings``: where copies of fetched layers are kept, and whether only those are used; default ``Settings()``.
    Nothing is read or fetched yet. Raises ``SourceError`` for a text that names no source.

    Example: ``open_source("dir:our-files,pdok")``
    """
    chosen = settings or Settings()
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 1:
        return _open(parts[0], chosen)
    if not parts:
        raise _unknown(text)
    from layers.first_of import FirstOf  # noqa: PLC0415

    return FirstOf(tuple(_open(part, chosen) for part in parts))


def _unknown(text: str) -> SourceError:
    return SourceError(Problem("--source", "unknown_source", {"found": text, "expected": ", ".join(SOURCE_NAMES)}))


def _open(text: str, settings: Settings) -> Source:
    kind, _, place = text.partition(":")
    if text in SERVICES:
        return _with_copies(SERVICES[text](settings), settings)
    if kind not in PLACES or bool(place) != (PLACES[kind].place != ""):
        raise _unknown(text)
    return PLACES[kind].opened(place)


def open_demo(_place: str) -> Source:
    """Return the embedded municipality."""
    from layers.demo import DemoSource  # noqa: PLC0415 (reading libraries load only for the source that is used)

    return DemoSource()


def open_folder(place: str) -> Source:
    """Return a folder of files."""
    from layers.folder.local import LocalSource  # noqa: PLC0415

    return LocalSource(Path(place))


def open_extract(place: str) -> Source:
    """Return an OpenStreetMap extract."""
    from layers.osm.source import OsmSource  # noqa: PLC0415

    return OsmSource(Path(place), config_file("facilities.yaml"))


def open_pdok(settings: Settings) -> Source:
    """Return the national services; they are not asked anything yet."""
    from layers.services.pdok import PdokSource  # noqa: PLC0415

    return PdokSource(config_file("sources/pdok.yaml"), settings.unfinished, progress=settings.fetching)


def open_plans(settings: Settings) -> Source:
    """Return the service of zoning plans; it is not asked anything yet."""
    from layers.services.ruimtelijke_plannen import RuimtelijkePlannenSource  # noqa: PLC0415

    table, work = config_file("sources/ruimtelijke-plannen.yaml"), settings.unfinished
    return RuimtelijkePlannenSource(table, work, name="plans", progress=settings.fetching)


def open_noise(_settings: Settings) -> Source:
    """Return the noise maps; they are not asked for anything yet."""
    from layers.services.client import Client  # noqa: PLC0415
    from layers.services.noise import NoiseSource  # noqa: PLC0415
    from layers.services.noise_table import read_noise_table  # noqa: PLC0415

    noise = read_noise_table(config_file("sources/noise.yaml"))
    return NoiseSource(noise, Client(noise.hosts))


def open_overpass(settings: Settings) -> Source:
    """Return OpenStreetMap through the internet; it is not asked anything yet."""
    from layers.osm.overpass import OverpassSource, read_overpass_table  # noqa: PLC0415
    from layers.services.client import Client  # noqa: PLC0415

    table = read_overpass_table(config_file("sources/overpass.yaml"))
    client = Client(table.hosts, pause_s=table.pause_s, timeout_s=table.timeout_s + 30)
    return OverpassSource(table, config_file("facilities.yaml"), settings.unfinished, client)


@dataclass(frozen=True)
class Opener:
    """Opener of a source on this computer. ``place``: what follows its name and a colon; empty = nothing does."""

    place: str
    opened: Callable[[str], Source]


#: Sources on this computer, and services, which come with dated copies: a line each.
PLACES: Final[dict[str, Opener]] = {
    "demo": Opener("", open_demo),
    "dir": Opener("PATH", open_folder),
    "osm": Opener("FILE", open_extract),
}
SERVICES: Final[dict[str, Callable[[Settings], Source]]] = {
    "pdok": open_pdok,
    "plans": open_plans,
    "noise": open_noise,
    "overpass": open_overpass,
}
#: What ``--source`` understands; several with commas between them are asked in that order.
SOURCE_NAMES: Final = (
    *(f"{name}:{opener.place}" if opener.place else name for name, opener in PLACES.items()),
    *SERVICES,
)


def _with_copies(source: Source, settings: Settings) -> Source:
    from layers.snapshots.cached import CachedSource, read_freshness  # noqa: PLC0415

    ages = {"default": -1} if settings.again else read_freshness()
    return CachedSource(source, settings.copies, offline=settings.offline, max_age_days=ages)


def read_freshness() -> Mapping[str, int]:
    """Return how many days data of each layer may be old, from ``config/sources/freshness.yaml``."""
    from layers.snapshots.cached import read_freshness as read  # noqa: PLC0415

    return read()


def estimates(source: Source, area: Area, reach: Mapping[str, float]) -> dict[str, Estimate]:
    """Return the amount to fetch per layer, for layers without a fresh copy of which the source knows it."""
    from layers.first_of import FirstOf  # noqa: PLC0415
    from layers.services.pdok import PdokSource  # noqa: PLC0415
    from layers.snapshots.cached import CachedSource  # noqa: PLC0415

    parts = source.sources if isinstance(source, FirstOf) else (source,)
    found: dict[str, Estimate] = {}
    taken: set[str] = set()
    for part in parts:
        inner = part.source if isinstance(part, CachedSource) else part
        wanted = [name for name in reach if name in part.offers() and name not in taken]
        taken |= {name for name in wanted if LAYERS[name].kind_column is None}
        if not isinstance(inner, PdokSource):
            continue
        for name in wanted:
            spec, around = LAYERS[name], replace(area, reach_m=reach[name])
            if not (isinstance(part, CachedSource) and part.has_fresh(spec, around)):
                found[name] = inner.estimate(spec, around)
    return found


def notices(source: Source) -> list[Problem]:
    """Return what must be said of a source and did not stop the run: broken copies, layers that hide those of another."""
    from layers.first_of import FirstOf  # noqa: PLC0415
    from layers.snapshots.cached import CachedSource  # noqa: PLC0415

    parts = source.sources if isinstance(source, FirstOf) else (source,)
    own = list(source.notices) if isinstance(source, FirstOf) else []
    return own + [problem for part in parts if isinstance(part, CachedSource) for problem in part.notices]


def kept_copies(settings: Settings) -> tuple[CopyInfo, ...]:
    """Return the copies of all services, by service and newest first."""
    found = [_with_copies(opened(settings), settings) for opened in SERVICES.values()]
    return tuple(copy for source in found for copy in source.copies())  # type: ignore[attr-defined]


def prune_copies(settings: Settings, keep: int) -> int:
    """Take away the copies that ``keep`` newer ones make superfluous; return how many."""
    found = [_with_copies(opened(settings), settings) for opened in SERVICES.values()]
    return sum(source.prune(keep) for source in found)  # type: ignore[attr-defined]


def infer_manifest(folder: Path, lang: Lang) -> str:
    """Return a first ``sources.yaml`` for a folder; see ``layers.folder._infer``."""
    from layers.folder._infer import infer_manifest as infer  # noqa: PLC0415

    return infer(folder, lang)


def write_manifest(folder: Path, text: str) -> Path:
    """Write ``sources.yaml`` in a folder that has none; see ``layers.folder._infer``."""
    from layers.folder._infer import write_manifest as write  # noqa: PLC0415

    return write(folder, text)
