"""A collection at an OGC API Features service, asked by box and read page by page along its next links.

How the national platform behaves: without ``crs`` it answers in CRS84, without ``bbox-crs`` it reads the box so; at
most 1,000 features a page; ``numberMatched`` is often absent and ``numberReturned`` never a total; a parameter that it
does not know is HTTP 400.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urljoin

from layers.services._features import TooManyError, ask, load_json, read_page, require_fields
from layers.services.client import RefusedError
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layers.services._features import Page
    from layers.services._tiles import Bounds
    from layers.services.client import Client

RD: Final = "http://www.opengis.net/def/crs/EPSG/0/28992"
_SAMPLE: Final = 10
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True)
class OgcFeatures:
    """``collection`` at the first of ``addresses`` that has it; a service may have moved.

    ``needed``: groups of names of fields, of each of which the service must have at least one; the ``wanted`` are kept.
    ``max_pages`` bounds one box.
    """

    client: Client
    addresses: tuple[str, ...]
    collection: str
    needed: tuple[frozenset[str], ...] = ()
    wanted: frozenset[str] = frozenset()
    page_size: int = 1000
    max_pages: int = 50
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Address and collection, for mistakes."""
        return self._url(self.addresses[0])

    @property
    def query(self) -> Mapping[str, object]:
        """All that decides what comes back, but for the box."""
        return {
            "addresses": self.addresses,
            "collection": self.collection,
            "fields": sorted(self.wanted),
            "params": dict(self.params),
        }

    def check(self) -> None:
        """Ask whether the collection and its fields are there; raises ``SourceError``."""
        answer = ask(self.client, f"{self._found}/items", self._params(None, _SAMPLE))
        require_fields(load_json(answer, self.where), self.needed, self.where)

    def pages(self, bounds: Bounds | None) -> Iterator[Page]:
        """Yield all features that meet a box; raises ``TooManyError`` or ``SourceError``."""
        url: str = f"{self._found}/items"
        params: dict[str, str] | None = self._params(bounds, self.page_size)
        asked, known, total = set[str](), set[str](), None
        for _ in range(self.max_pages):
            answer = ask(self.client, url, params)
            page = read_page(answer, self.where, self.wanted, bounds)
            if page.ids and page.next and known.issuperset(page.ids):
                raise SourceError(Problem(self.where, "service_repeats"))
            known.update(page.ids)
            total = page.total if page.total is not None else total
            yield page
            if page.next is None:
                self._complete(len(known), total)
                return
            asked.add(answer.url)
            url, params = self._onward(answer.url, page.next), None
            if url in asked:
                raise SourceError(Problem(self.where, "service_repeats"))
        raise TooManyError(f"> {self.max_pages} x {self.page_size}")

    def count(self, bounds: Bounds) -> int | None:
        """Return how many features meet a box, or null where the service does not say."""
        try:
            held = load_json(ask(self.client, f"{self._found}/items", self._params(bounds, 1)), self.where)
        except TooManyError:
            return None
        matched = held.get("numberMatched")
        return matched if isinstance(matched, int) and matched >= 0 else None

    @cached_property
    def _found(self) -> str:
        """The address of the collection, asked once."""
        for address in self.addresses:
            try:
                held = load_json(ask(self.client, self._url(address), {"f": "json"}), self._url(address))
            except RefusedError as error:
                if error.status not in _GONE:
                    raise
                continue
            if held.get("id") != self.collection:
                fields = {"found": held.get("id") or "-", "expected": self.collection}
                raise SourceError(Problem(self._url(address), "service_collection", fields))
            return self._url(address)
        raise SourceError(Problem(self.where, "service_collection", {"found": "-", "expected": self.collection}))

    def _url(self, address: str) -> str:
        return f"{address.rstrip('/')}/collections/{quote(self.collection, safe='')}"

    def _params(self, bounds: Bounds | None, limit: int) -> dict[str, str]:
        box = {} if bounds is None else {"bbox": ",".join(f"{edge:.10g}" for edge in bounds), "bbox-crs": RD}
        return {"f": "json", "crs": RD, "limit": str(limit), **box, **self.params}

    def _onward(self, here: str, there: str) -> str:
        """Return a next link as an address of its own; one that a proxy has robbed of its TLS gets it back."""
        url = urljoin(here, there)
        return f"https://{url[7:]}" if here.startswith("https://") and url.startswith("http://") else url

    def _complete(self, found: int, total: int | None) -> None:
        if total is not None and found < total:
            raise SourceError(Problem(self.where, "service_incomplete", {"found": found, "expected": total}))
