"""The national address service: the same finder as offline, over what the service says is like the text.

The service answers with what comes near, however far; which of it is the place that was asked for is decided by
``layers.addresses.geocode``, from the fields of each answer and not from its rank.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely
from pydantic import Field

from layers._forms import HostUrl, Number, Text, Words, read_form
from layers.addresses._dutch_address import Address, Designation, key_of, read_designation, spelled_out
from layers.addresses.geocode import AddressBook, Match, Miss, look_up
from suitability.core.errors import SourceError
from suitability.core.types import CRS, Params

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.services.client import Client

_JSON: Final = ("application/json", "application/*+json", "text/json")
_MOST_ROWS: Final = 100
#: What may stand in a question: signs with a meaning of their own in the service's language are left out.
_NOT_ASKED: Final = re.compile(r"[^\w\s'.,-]")
_POINT: Final = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)")
#: (least x, least y, most x, most y) of the Netherlands in EPSG:28992.
_NETHERLANDS: Final = shapely.box(-10_000.0, 300_000.0, 290_000.0, 630_000.0)


class _AddressFields(Params):
    street: Text
    number: Text
    letter: Text
    addition: Text
    postcode: Text
    settlement: Text


class _Addresses(Params):
    type: Text
    fields: _AddressFields


class _ParcelFields(Params):
    code: Text
    name: Text
    section: Text
    number: Text


class _Parcels(Params):
    type: Text
    fields: _ParcelFields


class _CommonFields(Params):
    label: Text
    point: Text
    score: Text


class AddressTable(Params):
    """``config/sources/addresses.yaml``: where the service is, how it is asked, and how its fields are called."""

    hosts: Words
    url: HostUrl
    pause_s: Number = Field(ge=0.1, le=60)
    rows: int = Field(ge=1, le=_MOST_ROWS)
    min_score: Number = Field(ge=0)
    address: _Addresses
    parcel: _Parcels
    common: _CommonFields


def read_address_table(path: Path) -> AddressTable:
    """Read the table; raises ``SourceError`` with a ``Problem`` per mistake."""
    return read_form(path, AddressTable)


class AddressService:
    """Finds addresses and parcels with the national service. ``client`` should pause ``table.pause_s`` (see there).

    All finds raise ``SourceError`` when the service does not answer: that it is away is no miss.
    """

    def __init__(self, client: Client, table: AddressTable) -> None:
        self._client, self._table = client, table
        self._fields = {
            "address": dict(table.address.fields), "parcel": dict(table.parcel.fields), "common": dict(table.common),
        }  # fmt: skip
        self._answers: dict[str, Match | Miss] = {}

    def find(self, text: str) -> Match | Miss:
        """Return the place of one address or designation."""
        known = " ".join(text.split())
        if known not in self._answers:
            self._answers[known] = look_up(known, self._find_parcel, lambda wanted: self._find_address(known, wanted))
        return self._answers[known]

    def find_all(self, texts: Sequence[str]) -> list[Match | Miss]:
        """Return the places of many, in their order; equal texts are looked up once."""
        return [self.find(text) for text in texts]

    def _find_address(self, text: str, wanted: Address) -> Match | Miss:
        """Return the address among what the service finds with this house number."""
        fields = self._fields["address"]
        only = {fields["number"]: str(wanted.number)}
        if wanted.postcode:
            only[fields["postcode"]] = wanted.postcode
            found = self._ask("address", f"{wanted.postcode} {wanted.number}", only, 0.0)
        else:
            found = self._ask("address", text, only, self._table.min_score)
        answer = AddressBook(self._frame(found)).find(wanted)
        if isinstance(answer, Miss) and answer.reason == "none" and not found:
            # The street may be there with other numbers only; that is worth another question.
            others = self._ask("address", text, {}, self._table.min_score)
            return AddressBook(self._frame(others)).find(replace(wanted, postcode=""))
        return answer

    def _find_parcel(self, wanted: Designation) -> Match | Miss:
        """Return the parcel among what the service finds."""
        if not wanted.is_ground:
            return Miss("none")
        asked = wanted.parcel_id if wanted.code else f"{wanted.spelling} {wanted.section} {wanted.number}"
        found = [doc for doc in self._ask("parcel", asked, {}, 0.0) if self._is_parcel(doc, wanted)]
        places = {(point.x, point.y): self._label(doc) for doc in found if (point := self._point(doc)) is not None}
        if len(places) != 1:
            labels = "; ".join(sorted({self._label(doc) for doc in found})[:2])
            return Miss("ambiguous" if places else "none", labels)
        (place, label), *_ = places.items()
        return Match(shapely.Point(place), label, 1.0, "parcel")

    def _is_parcel(self, doc: dict[str, Any], wanted: Designation) -> bool:
        """Return whether an answer is the parcel that is wanted: by its fields, or else by its name."""
        code, name, section, number = (str(doc.get(field, "")).strip() for field in self._fields["parcel"].values())
        if section and number.isdecimal():
            is_same = section.upper() == wanted.section and int(number) == wanted.number
            return is_same and (code.upper() == wanted.code if wanted.code else key_of(name) == wanted.name)
        one = read_designation(self._label(doc))
        return one is not None and (one.section, one.number, one.code, one.name) == (
            wanted.section, wanted.number, wanted.code, wanted.name,
        )  # fmt: skip

    def _ask(self, kind: str, text: str, only: Mapping[str, str], min_score: float) -> list[dict[str, Any]]:
        """Return the answers of one kind to a text that score enough; raises ``SourceError``."""
        common, names = self._fields["common"], self._fields[kind]
        type_ = self._table.address.type if kind == "address" else self._table.parcel.type
        params = [
            ("q", " ".join(_NOT_ASKED.sub(" ", spelled_out(text)).split())),
            ("fq", f"type:{type_}"),
            *(("fq", f"{name}:{value}") for name, value in only.items()),
            ("rows", str(self._table.rows)),
            ("fl", ",".join([*common.values(), *names.values()])),
        ]
        answer = self._client.get(self._table.url, params, accept=_JSON)
        try:
            docs = json.loads(answer.content)["response"]["docs"]
            return [doc for doc in docs if float(doc.get(common["score"], 0.0)) >= min_score]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            found = " ".join(answer.content[:120].decode("utf-8", "replace").split())
            raise SourceError(self._client.problem(self._table.url, "address_answer", found=found or "-")) from error

    def _frame(self, docs: list[dict[str, Any]]) -> gpd.GeoDataFrame:
        """Return answers as the table of addresses that the offline finder reads."""
        columns = {ours: [doc.get(theirs) for doc in docs] for ours, theirs in self._fields["address"].items()}
        return gpd.GeoDataFrame(columns, geometry=[self._point(doc) for doc in docs], crs=CRS)

    def _point(self, doc: dict[str, Any]) -> shapely.Point | None:
        """Return the place of an answer; None when it has none, or one outside the Netherlands."""
        match = _POINT.fullmatch(str(doc.get(self._fields["common"]["point"], "")).strip())
        if match is None:
            return None
        point = shapely.Point(float(match[1]), float(match[2]))
        return point if _NETHERLANDS.contains(point) else None

    def _label(self, doc: dict[str, Any]) -> str:
        return str(doc.get(self._fields["common"]["label"], ""))
