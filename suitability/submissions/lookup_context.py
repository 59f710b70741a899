"""Context for locating submissions: parcels, boundary, addresses and buildings of the area."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import shapely
    from shapely.geometry.base import BaseGeometry

    from suitability.spatial.parcels import Parcels


#: Where a BAG id says what it is of, after the municipality: 10 a building, 01 a dwelling or unit, 20 an address.
BAG_KIND: Final = slice(4, 6)


@dataclass(frozen=True)
class Hit:
    """Geocoding match: ``point`` in EPSG:28992, ``label`` as the register writes it, ``score`` 1 = exact."""

    point: shapely.Point
    label: str
    score: float
    kind: Literal["address", "parcel"]


@dataclass(frozen=True)
class Missed:
    """Geocoding miss: ``none``, ``ambiguous`` or ``other_number``; ``label``: the nearest candidate."""

    reason: Literal["none", "ambiguous", "other_number"]
    label: str = ""


class Finder(Protocol):
    """Anything that finds addresses and cadastral designations by what people write."""

    def find_all(self, texts: Sequence[str]) -> list[Hit | Missed]:
        """Return the places of texts, in their order."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """``area``: the municipality, None = no boundary known; ``finder``: None = no addresses at hand.

    ``by_bag_id``: a point in each building, and of each address of which the id is at hand, by its 16 digits; empty = none. ``there``: existing and permitted sites; None = not in the
    data.
    """

    parcels: Parcels
    area: BaseGeometry | None = None
    area_name: str = ""
    finder: Finder | None = None
    by_bag_id: Mapping[str, shapely.Point] = field(default_factory=dict, repr=False)
    there: gpd.GeoDataFrame | None = field(default=None, repr=False)

    @cached_property
    def bag_kinds(self) -> frozenset[str]:
        """Object types with a BAG id, as two digits."""
        return frozenset(one[BAG_KIND] for one in self.by_bag_id)

    @cached_property
    def row_by_designation(self) -> dict[str, int]:
        """The row of each parcel by its designation without spaces and signs."""
        return {designation_key(str(name)): row for row, name in enumerate(self.parcels.ids)}


def designation_key(text: str) -> str:
    """Return a designation as capitals and digits, so that HDB02 K 1234 and hdb02-k-01234 are one."""
    plain = re.sub(r"[^A-Z0-9]", " ", text.upper()).split()
    joined = "".join(plain)
    cadastral = re.fullmatch(r"([A-Z]{3}\d{2})([A-Z]{1,2})0*(\d+)(?:G0+)?", joined)
    return "".join(cadastral.groups()) if cadastral else joined
