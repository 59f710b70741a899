"""From an address or a cadastral designation to a point, offline, and what any such finder answers.

A find is exact but for how people write: a house number beside the one that was asked for is no match, and of two
places that fit equally well neither is. What is not found is said, with why.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np
import pandas as pd
import shapely

from layers.addresses._dutch_address import Address, Designation, key_of, read_designation, readings_of, suffix_of
from suitability.core.errors import LayerError, Problem
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import geopandas as gpd

    from suitability.core.types import GeometryArray

Kind = Literal["address", "parcel"]
#: none: nothing is like it; ambiguous: several places fit, or its parts contradict each other; other_number: the street is there, this number is not.
Reason = Literal["none", "ambiguous", "other_number"]

_NEEDED: Final = ("street", "number", "postcode")
#: Two points of one address nearer together than this are one place, in metres.
ONE_PLACE_M: Final = 25.0
_BAG_DIGITS: Final = 16
_NO_ROWS: Final = np.empty(0, dtype=np.int64)
#: How alike a misspelt street must be, from 0 to 1: one letter in ten. Only a single street so alike is taken.
_ALIKE: Final = 0.9
#: With the right postcode and number, a street that is this much alike is meant.
_ALIKE_BY_POSTCODE: Final = 0.75


@dataclass(frozen=True)
class Match:
    """Geocoding match: ``point`` in EPSG:28992, ``label`` as the register writes it, ``score`` from 0 to 1 (exact)."""

    point: shapely.Point
    label: str
    score: float
    kind: Kind


@dataclass(frozen=True)
class Miss:
    """Geocoding miss; ``label``: the nearest candidate, for a person to look at. Empty = none."""

    reason: Reason
    label: str = ""


class Geocoder(Protocol):
    """Anything that finds addresses and parcels."""

    def find(self, text: str) -> Match | Miss:
        """Return the place of one address or designation."""
        ...

    def find_all(self, texts: Sequence[str]) -> list[Match | Miss]:
        """Return the places of many, in their order; equal texts are looked up once."""
        ...


class LocalAddresses:
    """Finds in tables at hand, without a network.

    ``addresses``: points with ``street``, ``number`` (integer), ``postcode``, and where there are ``letter``,
    ``addition`` and ``settlement``. ``parcels``: areas with ``parcel_id``. ``municipality_codes``: the codes (HDB02) of
    cadastral municipalities by name, for designations that give the name. ``by_bag_id``: the points in EPSG:28992 by the
    16 digits of ``address_id`` and ``object_id``, where the addresses have them. Any CRS. Raises ``LayerError`` on columns.
    """

    def __init__(
        self,
        addresses: gpd.GeoDataFrame,
        parcels: gpd.GeoDataFrame | None = None,
        municipality_codes: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        missing = [name for name in _NEEDED if name not in addresses]
        if missing:
            fields = {"found": ", ".join(map(str, addresses.columns)), "expected": ", ".join(missing)}
            raise LayerError(Problem("addresses", "addresses_columns", fields))
        codes = {key_of(name): tuple(given) for name, given in (municipality_codes or {}).items()}
        self._book, self._parcels = AddressBook(addresses), _ParcelMap(parcels, codes)
        self.by_bag_id = _by_bag_id(addresses, self._book.points)

    def find(self, text: str) -> Match | Miss:
        """Return the place of one address or designation."""
        return look_up(text, self._parcels.find, self._book.find)

    def find_all(self, texts: Sequence[str]) -> list[Match | Miss]:
        """Return the places of many, in their order; equal texts are looked up once."""
        answers = {text: self.find(text) for text in dict.fromkeys(texts)}
        return [answers[text] for text in texts]


def _by_bag_id(addresses: gpd.GeoDataFrame, points: GeometryArray) -> dict[str, shapely.Point]:
    found: dict[str, shapely.Point] = {}
    for column in ("object_id", "address_id"):
        if column in addresses:
            ids = addresses[column].astype("string").str.replace(r"\D", "", regex=True).str.zfill(_BAG_DIGITS)
            known = (ids.str.len() == _BAG_DIGITS).fillna(value=False).to_numpy(dtype=bool) & ~shapely.is_missing(
                points
            )
            found |= dict(zip(ids[known].astype(str), points[known], strict=True))
    return found


def look_up(
    text: str, find_parcel: Callable[[Designation], Match | Miss], find_address: Callable[[Address], Match | Miss]
) -> Match | Miss:
    """Return what a text means: as a designation if it is one and is found, else in the ways to read it as an address."""
    designation = read_designation(text)
    found: list[Match | Miss] = []
    if designation is not None:
        found.append(find_parcel(designation))
        if designation.code or isinstance(found[0], Match):
            return found[0]
    found += [find_address(address) for address in readings_of(text)]
    return best_of(found)


def best_of(answers: list[Match | Miss]) -> Match | Miss:
    """Return the only match of several readings of a text; two different places are ambiguous."""
    matches = [answer for answer in answers if isinstance(answer, Match)]
    if matches:
        top = max(match.score for match in matches)
        best = [match for match in matches if match.score == top]
        is_one = all(match.point.distance(best[0].point) <= ONE_PLACE_M for match in best)
        return best[0] if is_one else Miss("ambiguous", "; ".join(sorted({match.label for match in best})[:2]))
    misses = [answer for answer in answers if isinstance(answer, Miss)]
    order: dict[Reason, int] = {"ambiguous": 0, "other_number": 1, "none": 2}
    return min(misses, key=lambda miss: order[miss.reason], default=Miss("none"))


class AddressBook:
    """Addresses by street and number, and by postcode and number."""

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        found = frame.reset_index(drop=True)
        points = found.geometry if found.crs is None else found.geometry.to_crs(CRS)
        self.points: GeometryArray = shapely.centroid(points.to_numpy())
        street, town = (_texts(found, name) for name in ("street", "settlement"))
        self.street_key, self.town_key = _keys(street), _keys(town)
        self.postcode = np.array([text.replace(" ", "").upper() for text in _texts(found, "postcode")], dtype=object)
        letter, addition = _texts(found, "letter"), _texts(found, "addition")
        self.suffix = np.array([suffix_of(*pair) for pair in zip(letter, addition, strict=True)], dtype=object)
        self.number = pd.to_numeric(found["number"], errors="coerce").fillna(0).to_numpy(dtype=np.int64)
        self.name = (street, letter, addition, town)
        by_street = pd.DataFrame({"street": self.street_key, "number": self.number}).groupby(["street", "number"])
        by_postcode = pd.DataFrame({"postcode": self.postcode, "number": self.number}).groupby(["postcode", "number"])
        self.by_street = {key: np.asarray(rows) for key, rows in by_street.indices.items()}
        self.by_postcode = {key: np.asarray(rows) for key, rows in by_postcode.indices.items()}
        self.streets = sorted(set(self.street_key.tolist()) - {""})
        self.alike = lru_cache(maxsize=4096)(self._alike)

    def find(self, wanted: Address) -> Match | Miss:
        """Return the one address that fits all that is said."""
        if wanted.postcode:
            return self._by_postcode(wanted)
        street, score = self.alike(wanted.street)
        if not street:
            return Miss("none")
        rows = self.by_street.get((street, wanted.number), _NO_ROWS)
        if wanted.town:
            rows = rows[np.isin(self.town_key[rows], ("", wanted.town))]
        if len(rows):
            return self._pick(wanted, rows, score)
        label = self._street_label(street, wanted.town)
        return Miss("other_number", label) if label else Miss("none")

    def _by_postcode(self, wanted: Address) -> Match | Miss:
        """Return the address by postcode and number; a street that is said must not contradict them."""
        rows = self.by_postcode.get((wanted.postcode, wanted.number), _NO_ROWS)
        if not wanted.street:
            return self._pick(wanted, rows, 1.0) if len(rows) else Miss("none")
        here = {street: _likeness(wanted.street, street) for street in set(self.street_key[rows].tolist())}
        street = max(sorted(here), key=lambda name: here[name], default="")
        if street and here[street] >= _ALIKE_BY_POSTCODE:
            return self._pick(wanted, rows[self.street_key[rows] == street], here[street])
        elsewhere = self.by_street.get((wanted.street, wanted.number), _NO_ROWS)
        if len(rows) or len(elsewhere):
            return Miss("ambiguous", "; ".join(self._label(int(found[0])) for found in (elsewhere, rows) if len(found)))
        return Miss("other_number", wanted.postcode) if (self.postcode == wanted.postcode).any() else Miss("none")

    def _pick(self, wanted: Address, rows: np.ndarray, score: float) -> Match | Miss:
        """Return the one of these rows, of one street or postcode and one number, with the suffix that is said."""
        exact = rows[self.suffix[rows] == wanted.suffix]
        if len(exact) == 0:
            return Miss("other_number", self._label(int(rows[0])))
        placed = exact[~shapely.is_missing(self.points[exact]) & ~shapely.is_empty(self.points[exact])]
        if len(placed) == 0:
            return Miss("none", self._label(int(exact[0])))
        first = self.points[placed[0]]
        if (shapely.distance(self.points[placed], first) > ONE_PLACE_M).any():
            return Miss("ambiguous", "; ".join(sorted({self._label(int(row)) for row in placed})[:2]))
        return Match(first, self._label(int(placed[0])), score, "address")

    def _alike(self, street: str) -> tuple[str, float]:
        """Return the street of this name and 1, else the only one very much like it and how alike; else nothing."""
        if (i := np.searchsorted(self.streets, street)) < len(self.streets) and self.streets[i] == street:
            return street, 1.0
        close = difflib.get_close_matches(street, self.streets, n=2, cutoff=_ALIKE)
        if len(close) != 1:
            return "", 0.0
        return close[0], _likeness(street, close[0])

    def _street_label(self, street: str, town: str) -> str:
        """Return the name of a street, if it is in the town that is said."""
        rows = np.flatnonzero(
            (self.street_key == street) & np.isin(self.town_key, ("", town) if town else self.town_key)
        )
        return self.name[0][rows[0]] if len(rows) else ""

    def _label(self, row: int) -> str:
        street, letter, addition, town = (column[row] for column in self.name)
        number = f"{self.number[row]}{letter}" + (f"-{addition}" if addition else "")
        place = " ".join(part for part in (self.postcode[row], town) if part)
        return f"{street} {number}" + (f", {place}" if place else "")


class _ParcelMap:
    """Parcels by their designation."""

    def __init__(self, frame: gpd.GeoDataFrame | None, codes: Mapping[str, tuple[str, ...]]) -> None:
        self.codes = codes
        self.row: dict[str, int] = {}
        self.twice: set[str] = set()
        if frame is None:
            return
        shapes = frame.geometry if frame.crs is None else frame.geometry.to_crs(CRS)
        self.points: GeometryArray = shapely.point_on_surface(shapes.to_numpy())
        for row, text in enumerate(_texts(frame, "parcel_id")):
            one = read_designation(text)
            if one is None or not one.code or not one.is_ground:
                continue
            if one.parcel_id in self.row:
                self.twice.add(one.parcel_id)
            self.row.setdefault(one.parcel_id, row)

    def find(self, wanted: Designation) -> Match | Miss:
        """Return an inner point of the parcel."""
        if not wanted.is_ground:
            return Miss("none")
        codes = (wanted.code,) if wanted.code else self.codes.get(wanted.name, ())
        names = [f"{code} {wanted.section} {wanted.number}" for code in codes]
        found = [name for name in names if name in self.row]
        if len(found) > 1 or (found and found[0] in self.twice):
            return Miss("ambiguous", "; ".join(found[:2]))
        if not found:
            return Miss("none")
        return Match(self.points[self.row[found[0]]], found[0], 1.0, "parcel")


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    """Return a column as texts, empty where null; a column that is not there is empty."""
    if name not in frame:
        return [""] * len(frame)
    column = frame[name]
    texts: list[str] = column.astype("string").str.strip().fillna("").tolist()
    return texts


def _likeness(one: str, other: str) -> float:
    """Return how alike two keys are, from 0 to 1."""
    return 1.0 if one == other else difflib.SequenceMatcher(None, one, other).ratio()


def _keys(texts: list[str]) -> np.ndarray:
    """Return the keys of names; each name is worked out once."""
    return np.array([key_of(text) for text in texts], dtype=object)
