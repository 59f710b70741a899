"""The ways in which one line says where it is, and what each of them comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import shapely

from suitability.submissions.coordinates import Spot, pair_of, place_of, read_number
from suitability.submissions.entry import Note
from suitability.submissions.geometry_repair import mended, read_wkt
from suitability.submissions.lookup_context import BAG_KIND, designation_key
from suitability.submissions.personal_data import without_personal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from suitability.submissions.columns import Columns
    from suitability.submissions.coordinates import System
    from suitability.submissions.entry import Entry
    from suitability.submissions.lookup_context import Surroundings
    from suitability.submissions.settings import Limits

_WKT: Final = re.compile(r"\s*(SRID=\d+;\s*)?(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\b", re.IGNORECASE)
_DESIGNATION: Final = re.compile(r"[A-Z]{3}\d{2}[ ,.-]*[A-Z]{1,2}[ ,.-]*\d{1,5}.*|afgeleid-?\s*\d+.*", re.IGNORECASE)
_BETWEEN_PARCELS: Final = re.compile(r"[;,+&\n/]|\ben\b|\band\b", re.IGNORECASE)
_BAG_DIGITS: Final = 16
_BAG_PREFIX: Final = re.compile(r"^NLIMBAG[A-Za-z]+(?=\d)")
_BAG_OF_ADDRESS: Final = frozenset(
    {"01", "02", "03", "20"}
)  # unit, mooring, pitch, number (Catalogus BAG, identificatie)


@dataclass(frozen=True)
class Attempt:
    """One way: ``kind`` is the message key of how it was given, ``given`` what was written.

    ``shape``: point or polygon in EPSG:28992; ``rows``: parcels by row; ``text``: still to be looked up as an address;
    ``failure``: why it comes to nothing.
    """

    kind: str
    given: str
    shape: BaseGeometry | None = None
    rows: tuple[int, ...] = ()
    text: str = ""
    notes: tuple[Note, ...] = ()
    failure: Note | None = None
    label: str = field(default="")


def attempts_of(entry: Entry, columns: Columns, around: Surroundings, limits: Limits) -> list[Attempt]:
    """Return the ways in which a line says where it is, the surest first."""
    cells = {role: entry.cells.get(name, "").strip() for role, name in columns.roles.items()}
    found: list[Attempt] = []
    if entry.geometry is not None or (entry.has_shape and not any(cells.values())):
        found.append(_shape(entry.geometry, entry.crs, _in_words(entry.geometry), limits))
    if cells.get("wkt"):
        found.append(_wkt(cells["wkt"], limits))
    if text := _parcel_text(cells):
        found.append(_parcel(text, around))
    if cells.get("bag_id"):
        found.append(_bag(cells["bag_id"], around))
    found += _coordinates(cells)
    if text := _address_text(cells):
        found.append(_address(text))
    if cells.get("place"):
        found.append(_anything(cells["place"], around, limits))
    return found


def _shape(geometry: BaseGeometry | None, crs: str, given: str, limits: Limits) -> Attempt:
    result = mended(geometry, crs, limits)
    if isinstance(result, Note):
        return Attempt("shape", given, failure=result)
    shape, notes = result
    return Attempt("coordinates" if shape.geom_type == "Point" else "shape", given, shape=shape, notes=notes)


def _in_words(geometry: BaseGeometry | None) -> str:
    """Return what was drawn: a point by its coordinates, anything else by its kind."""
    if geometry is None or geometry.geom_type != "Point" or geometry.is_empty:
        return "-" if geometry is None else str(geometry.geom_type)
    x, y = shapely.get_coordinates(geometry)[0]
    return f"{x:.10g}, {y:.10g}"


def _wkt(text: str, limits: Limits) -> Attempt:
    shown = text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 (enough to recognise it by)
    read = read_wkt(text)
    if isinstance(read, Note):
        return Attempt("shape", shown, failure=read)
    return _shape(*read, shown, limits)


def _parcel_text(cells: Mapping[str, str]) -> str:
    if cells.get("parcel"):
        text = cells["parcel"]
        is_number = text.isdigit() and cells.get("section")
        return (
            " ".join([cells.get("cadastral_municipality", ""), cells["section"], text]).strip() if is_number else text
        )
    parts = [cells.get(role, "") for role in ("cadastral_municipality", "section", "parcel_number")]
    return " ".join(part for part in parts if part) if parts[2] else ""


def _parcel(text: str, around: Surroundings) -> Attempt:
    rows = around.row_by_designation
    whole = rows.get(designation_key(text))
    if whole is not None:
        return Attempt("parcel", text, rows=(whole,))
    parts = [part.strip() for part in _BETWEEN_PARCELS.split(text) if part.strip()]
    known = [rows.get(designation_key(part)) for part in parts]
    if len(parts) > 1 and all(row is not None for row in known):
        several = tuple(sorted({row for row in known if row is not None}))
        return Attempt("parcel", text, rows=several, notes=(Note("several_parcels", {"n": len(several)}),))
    if len(parts) > 1 and any(row is not None for row in known):
        missing = ", ".join(part for part, row in zip(parts, known, strict=True) if row is None)
        return Attempt("parcel", text, failure=Note("parcel_unknown", {"found": missing, "area": around.area_name}))
    if around.finder is None:
        return Attempt("parcel", text, failure=Note("parcel_unknown", {"found": text, "area": around.area_name}))
    return Attempt("parcel", text, text=text)


def _bag(text: str, around: Surroundings) -> Attempt:
    digits = _BAG_PREFIX.sub("", re.sub(r"[\s.]", "", text))
    if not digits.isdigit():
        is_rounded = re.fullmatch(r"\d[.,]?\d*[eE][+]?\d+", text.strip())
        return Attempt("bag_id", text, failure=Note("bag_rounded" if is_rounded else "bag_form", {"found": text}))
    notes = (Note("bag_zero"),) if len(digits) == _BAG_DIGITS - 1 else ()
    whole = digits.zfill(_BAG_DIGITS)
    point = around.by_bag_id.get(whole)
    if point is None:
        kind = whole[BAG_KIND]
        key = "bag_address_layer" if kind in _BAG_OF_ADDRESS and kind not in around.bag_kinds else "bag_unknown"
        key = key if around.by_bag_id else "bag_no_layer"
        return Attempt("bag_id", text, failure=Note(key, {"found": text}))
    return Attempt("bag_id", text, shape=point, notes=notes)


def _coordinates(cells: Mapping[str, str]) -> list[Attempt]:
    found: list[Attempt] = []
    pairs: tuple[tuple[str, str, System], ...] = (("x", "y", "rd"), ("lon", "lat", "wgs84"))
    for x_role, y_role, said in pairs:
        x, y = cells.get(x_role, ""), cells.get(y_role, "")
        if not x and not y:
            continue
        given = f"{y}, {x}" if said == "wgs84" else f"{x}, {y}"
        if not x or not y:
            both = pair_of(x or y)
            failure = Note("half_coordinates", {"found": x or y})
            found.append(_spot(given, *both) if both else Attempt("coordinates", given, failure=failure))
            continue
        numbers = [read_number(text) for text in (x, y)]
        if None in numbers:
            failure = Note("no_number", {"found": x if numbers[0] is None else y})
            found.append(Attempt("coordinates", given, failure=failure))
            continue
        found.append(_spot(given, float(numbers[0] or 0), float(numbers[1] or 0), said))
    if cells.get("coordinates"):
        text = cells["coordinates"]
        both = pair_of(text)
        found.append(_spot(text, *both) if both else Attempt("coordinates", text, failure=Note("no_number", {"found": text})))  # fmt: skip
    return found


def _spot(given: str, x: float, y: float, said: System) -> Attempt:
    place = place_of(x, y, said=said)
    if isinstance(place, Spot):
        return Attempt("coordinates", given, shape=place.point, notes=place.notes)
    return Attempt("coordinates", given, failure=place)


def _address_text(cells: Mapping[str, str]) -> str:
    """Return the address of a line as people write it: street and number, then postcode and town."""
    number = cells.get("number", "") + cells.get("letter", "")
    number += f"-{cells['addition']}" if cells.get("addition") and number else ""
    street = cells.get("address") or cells.get("street", "")
    if number and not any(c.isdigit() for c in street):
        street = f"{street} {number}".strip()
    elif number and not cells.get("address"):
        street = f"{street} {number}"
    rest = " ".join(part for part in (cells.get("postcode", ""), cells.get("town", "")) if part)
    if not street or (street == number and not cells.get("postcode")):
        return ""
    if street == number:  # a postcode and a house number say it all
        return " ".join(part for part in (cells["postcode"], number, cells.get("town", "")) if part)
    return f"{street}, {rest}" if rest and not all(part.casefold() in street.casefold() for part in rest.split()) else street  # fmt: skip


def _address(text: str) -> Attempt:
    clean = without_personal(text)
    notes = (Note("personal_removed"),) if clean != text else ()
    return Attempt("address", clean, text=clean.replace("[…]", "").strip(" ,;"), notes=notes)


def _anything(text: str, around: Surroundings, limits: Limits) -> Attempt:
    """Read a place of which nothing says in what form it was given."""
    if _WKT.match(text):
        return _wkt(text, limits)
    if _DESIGNATION.fullmatch(text) or designation_key(text) in around.row_by_designation:
        return _parcel(text, around)
    if re.fullmatch(rf"\d{{{_BAG_DIGITS - 1},{_BAG_DIGITS}}}", text.replace(" ", "")):
        return _bag(text, around)
    both = pair_of(text)
    return _spot(text, *both) if both else _address(text)


def point_of(attempt: Attempt, around: Surroundings) -> BaseGeometry | None:
    """Return the geometry of an attempt, to compare with another; None where it comes to nothing."""
    if attempt.failure is not None:
        return None
    if attempt.rows:
        return shapely.union_all(around.parcels.geometry[list(attempt.rows)])
    return attempt.shape
