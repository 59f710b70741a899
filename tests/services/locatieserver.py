"""The national address service on loopback, in the shape of its answers: ``response.numFound``, ``response.docs``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.addresses._dutch_address import key_of
from tests.services.server import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from tests.services.server import Request

Doc = dict[str, Any]


@dataclass
class Locatieserver:
    """Answers with the documents that share a word with the question, those with the most words first."""

    docs: Sequence[Doc]
    prefix: str = "/bzk/locatieserver/search/v3_1/free"

    def answer(self, request: Request) -> Response:
        """Return the answer to ``q``, ``fq``, ``rows``, ``start`` and ``fl``."""
        words = {key_of(word) for word in re.split(r"[^\w]+", request.one("q"))} - {""}
        kept = [doc for doc in self.docs if all(_passes(doc, text) for text in request.query.get("fq", []))]
        scored = [(3.0 * len(words & _words(doc)), i) for i, doc in enumerate(kept)]
        ranked = sorted((score, -i) for score, i in scored if score > 0)[::-1]
        start, rows = int(request.one("start", "0")), min(int(request.one("rows", "10")), 100)
        names = request.one("fl", "*").split(",")
        docs = [_shown(kept[-i] | {"score": score}, names) for score, i in ranked[start : start + rows]]
        top = max((score for score, _ in ranked), default=0.0)
        body = {
            "response": {"numFound": len(ranked), "start": start, "maxScore": top, "numFoundExact": True, "docs": docs}
        }
        return Response(200, json.dumps(body).encode(), "application/json;charset=utf-8")


def address_docs(frame: gpd.GeoDataFrame) -> list[Doc]:
    """Return documents for a table of addresses in EPSG:28992."""
    docs = []
    for row in frame.itertuples():
        doc = {
            "type": "adres", "id": f"adr-{row.Index}", "straatnaam": row.street, "huisnummer": int(row.number),
            "huisletter": row.letter, "huisnummertoevoeging": row.addition, "postcode": row.postcode,
            "woonplaatsnaam": row.settlement, "centroide_rd": f"POINT({row.geometry.x:.3f} {row.geometry.y:.3f})",
        }  # fmt: skip
        doc = {name: value for name, value in doc.items() if isinstance(value, str | int)}
        parts = f"{row.number}{doc.get('huisletter', '')}" + (
            f"-{row.addition}" if "huisnummertoevoeging" in doc else ""
        )
        docs.append(doc | {"weergavenaam": f"{row.street} {parts}, {row.postcode} {row.settlement}"})
    return docs


def parcel_doc(name: str, code: str, section: str, number: int, point: tuple[float, float]) -> Doc:
    """Return the document of a parcel."""
    return {
        "type": "perceel", "weergavenaam": f"{name} {section} {number}", "kadastrale_gemeentenaam": name,
        "kadastrale_gemeentecode": code, "kadastrale_sectie": section, "perceelnummer": str(number),
        "centroide_rd": f"POINT({point[0]} {point[1]})",
    }  # fmt: skip


def _passes(doc: Doc, text: str) -> bool:
    """Return whether a document passes a filter such as ``type:adres``; a malformed one passes nothing."""
    match = re.fullmatch(r"(\w+):(\w+)", text)
    return match is not None and str(doc.get(match[1], "")) == match[2]


def _words(doc: Doc) -> set[str]:
    return {key_of(word) for value in doc.values() for word in re.split(r"[^\w]+", str(value))} - {""}


def _shown(doc: Doc, names: list[str]) -> Doc:
    return doc if names == ["*"] else {name: doc[name] for name in names if name in doc}
