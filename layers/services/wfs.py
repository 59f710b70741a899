"""A feature type at a WFS 2.0 service, asked by box and read page by page with ``count`` and ``startIndex``.

Such a service may say that something is wrong in XML with status 200, may give fewer features a page than were asked,
and may change their order between two pages; so a layer of more than one page is held against the number of hits.
"""

from __future__ import annotations

import difflib
import io
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from layers.files._xml import local_name, parse
from layers.services._features import GEOJSON, TOO_MANY, TooManyError, ask, load_json, read_page, require_fields
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from layers.services._features import Page
    from layers.services._tiles import Bounds
    from layers.services.client import Answer, Client

RD: Final = "urn:ogc:def:crs:EPSG::28992"
_XML: Final = ("application/xml", "text/xml", "application/gml+xml", "application/vnd.ogc.se_xml")
_SAMPLE: Final = 10
_LONGEST_SAID: Final = 200


@dataclass(frozen=True)
class Wfs:
    """``type_name`` at ``address``, of whose fields the ``wanted`` are kept. ``max_pages`` bounds one box.

    ``needed``: groups of names, of each of which the service must have at least one.

    ``output_format`` is the service's own name of GeoJSON; ``sort_by`` a field that keeps the order of pages.
    """

    client: Client
    address: str
    type_name: str
    needed: tuple[frozenset[str], ...] = ()
    wanted: frozenset[str] = frozenset()
    page_size: int = 1000
    max_pages: int = 50
    output_format: str = "application/json"
    sort_by: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Address and feature type, for mistakes."""
        return f"{self.address} ({self.type_name})"

    @property
    def query(self) -> Mapping[str, object]:
        """All that decides what comes back, but for the box."""
        return {
            "address": self.address,
            "type_name": self.type_name,
            "fields": sorted(self.wanted),
            "format": self.output_format,
            "params": dict(self.params),
        }

    def check(self) -> None:
        """Ask whether the feature type and its fields are there; raises ``SourceError``."""
        names = [str(name.text).strip() for name in _all(self._capabilities, "Name", "FeatureType") if name.text]
        bare = {name.rpartition(":")[2]: name for name in names}
        if self.type_name not in names and self.type_name not in bare:
            near = difflib.get_close_matches(self.type_name.rpartition(":")[2], bare, n=3, cutoff=0.4)
            found = ", ".join(bare[name] for name in near) or ", ".join(names[:8]) or "-"
            raise SourceError(Problem(self.address, "service_collection", {"found": found, "expected": self.type_name}))
        answer = self._features(None, _SAMPLE, 0)
        require_fields(load_json(answer, self.where), self.needed, self.where)

    def pages(self, bounds: Bounds | None) -> Iterator[Page]:
        """Yield all features that meet a box; raises ``TooManyError`` or ``SourceError``."""
        known, total, start = set[str](), None, 0
        for number in range(self.max_pages):
            answer = self._features(bounds, self._page_size, start)
            page = read_page(answer, self.where, self.wanted, bounds)
            if page.ids and known.issuperset(page.ids):
                raise SourceError(Problem(self.where, "service_repeats"))
            known.update(page.ids)
            start += len(page.ids)
            total = page.total if page.total is not None else total
            if page.ids:
                yield page
            if self._is_last(len(page.ids), len(known), total):
                if total is None and number > 0:
                    total = self._hits(bounds)
                self._complete(len(known), total)
                return
        raise TooManyError(f"> {self.max_pages} x {self._page_size}")

    def count(self, bounds: Bounds) -> int | None:
        """Return how many features meet a box, or null where the service does not say."""
        try:
            return self._hits(bounds)
        except TooManyError:
            return None

    def _is_last(self, given: int, known: int, total: int | None) -> bool:
        """Return whether there is nothing after this page; a short page is the last only of a known length."""
        if given == 0:
            return True
        if total is not None and known >= total:
            return True
        return total is None and self._limit is not None and given < self._page_size

    def _features(self, bounds: Bounds | None, count: int, start: int) -> Answer:
        sort = {"sortBy": self.sort_by} if self.sort_by else {}
        form = {"outputFormat": self.output_format, "count": str(count), "startIndex": str(start)}
        answer = ask(self.client, self.address, self._params(bounds) | form | sort, (*GEOJSON, *_XML))
        if answer.media_type not in GEOJSON:
            self._refuse(answer)
        return answer

    def _hits(self, bounds: Bounds | None) -> int | None:
        answer = ask(self.client, self.address, self._params(bounds) | {"resultType": "hits"}, _XML)
        root = self._root(answer)
        matched = root.get("numberMatched", "")
        return int(matched) if matched.isdecimal() else None

    def _params(self, bounds: Bounds | None) -> dict[str, str]:
        box = {} if bounds is None else {"bbox": ",".join(f"{edge:.10g}" for edge in bounds) + f",{RD}"}
        own = {"service": "WFS", "version": "2.0.0", "request": "GetFeature"}
        return own | {"typeNames": self.type_name, "srsName": RD} | box | dict(self.params)

    @cached_property
    def _capabilities(self) -> etree._Element:
        params = {"service": "WFS", "version": "2.0.0", "request": "GetCapabilities"}
        return self._root(ask(self.client, self.address, params, _XML))

    @cached_property
    def _limit(self) -> int | None:
        """The most features a page, where the capabilities say so."""
        for constraint in _all(self._capabilities, "Constraint"):
            value = next((child.text or "" for child in constraint.iter() if local_name(child) == "DefaultValue"), "")
            if constraint.get("name") == "CountDefault" and value.strip().isdecimal():
                return int(value)
        return None

    @property
    def _page_size(self) -> int:
        return min(self.page_size, self._limit or self.page_size)

    def _root(self, answer: Answer) -> etree._Element:
        root = parse(io.BytesIO(answer.content), self.where)
        if local_name(root) in ("ExceptionReport", "ServiceExceptionReport"):
            self._refuse(answer)
        return root

    def _refuse(self, answer: Answer) -> None:
        """Raise what an answer in XML says; one that is no report of a mistake is a mistake of its own."""
        root = parse(io.BytesIO(answer.content), self.where)
        texts = [" ".join(str(text).split()) for text in root.itertext()]
        said = " ".join(text for text in texts if text)[:_LONGEST_SAID] or local_name(root)
        if TOO_MANY.search(said):
            raise TooManyError(said)
        raise SourceError(Problem(self.where, "service_report", {"found": said}))

    def _complete(self, found: int, total: int | None) -> None:
        if total is not None and found < total:
            raise SourceError(Problem(self.where, "service_incomplete", {"found": found, "expected": total}))


def _all(root: etree._Element, name: str, within: str = "") -> list[etree._Element]:
    """Return the elements of a local name, directly within one of another where that is given."""
    found = list(root.iter(f"{{*}}{name}"))
    above = [element.getparent() for element in found]
    is_within = [not within or (parent is not None and local_name(parent) == within) for parent in above]
    return [element for element, counts in zip(found, is_within, strict=True) if counts]
