"""Lookup of addresses, buildings and parcels for an intake of submissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.addresses.address_file import finder_at_hand
from layers.addresses.geocode import LocalAddresses, Match
from suitability.core.layer_specs import LAYERS
from suitability.selection.shortlist.from_scan import sites_there
from suitability.spatial.parcels import inner_points
from suitability.submissions.intake import Batch, make_receipts
from suitability.submissions.lookup_context import Hit, Missed, Surroundings
from suitability.submissions.register import read_register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import shapely

    from layers.addresses.geocode import Geocoder
    from suitability.core.layer import Area, Source
    from suitability.scan.run import Scan
    from suitability.submissions.receipt import Receipts
    from suitability.submissions.settings import Settings


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
class LookupSources:
    """Inputs of the lookup: source, its name on the command line, a file of addresses, folders of earlier batches."""

    source: Source
    named: str
    addresses: Path | None = None
    earlier: tuple[Path, ...] = ()
    offline: bool = False


def take_in(
    batch: Batch,
    scan: Scan,
    ways: LookupSources,
    settings: Settings,
    mapping: Mapping[str, str],
    out: Path | None = None,
) -> Receipts:
    """Return the receipts of a batch; places that ``out`` or the earlier folders remember are noted as submitted before."""
    known = [one for folder in ways.earlier for one in read_register(folder, must_exist=True)]
    if out is not None:
        known += [one for one in read_register(out) if one.batch != batch.sha256]
    return make_receipts(batch, surroundings_of(scan, ways), settings, mapping, known)


def surroundings_of(scan: Scan, ways: LookupSources) -> Surroundings:
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
