"""XML in streams: whole elements, one at a time, whatever the size of the file."""

from __future__ import annotations

import io
from itertools import chain, islice, repeat
from typing import IO, TYPE_CHECKING, cast

import pytest

from layers.files._xml import iterparse, local_name, parse, root_of, text_at, texts_at
from suitability.core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

MEMBER = b"<m><p><naam>Bedrijf</naam><naam> 2 </naam></p></m>"


class Endless:
    """A stream of pieces that is never whole in memory."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.rest = iter(pieces), b""

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        while len(self.rest) < size and (piece := next(self.pieces, b"")):
            self.rest += piece
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


def stream(*pieces: Iterable[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", Endless(chain(*pieces)))


def test_elements_come_whole_and_in_order() -> None:
    """Also when they cross the chunks in which the file is read."""
    content = stream([b"<a>"], (b"<m><n>%d</n></m>" % number for number in range(20_000)), [b"</a>"])
    assert [text_at(member, "n") for member in iterparse(content, "f", ("m",))] == [str(n) for n in range(20_000)]


def test_what_was_read_is_let_go() -> None:
    """However long the file, the tree holds no more than the chunk at hand; members at any depth included."""
    content = stream([b"<a><b>"], repeat(MEMBER, 50_000), [b"</b></a>"])
    counts = [len(list(found.getroottree().iter())) for found in islice(iterparse(content, "f", ("p",)), 0, None, 5000)]
    assert len(counts) == 10
    assert max(counts) < 4 * (1 << 16) / len(MEMBER) + 10


def test_much_without_one_feature_is_refused() -> None:
    """A file of something else would otherwise pile up until the end."""
    with pytest.raises(SourceError, match="without one complete object"):
        list(iterparse(stream([b"<a>"], repeat(b"<other/>" * 100, 10_000)), "f", ("m",), largest=1 << 20))


def test_a_document_that_is_read_whole_has_a_size() -> None:
    """Answers and manifests are small."""
    with pytest.raises(SourceError, match="more than 1 MB"):
        parse(stream([b"<a>"], repeat(b"<b/>" * 100, 10_000)), "f", largest=1 << 20)


def test_namespaces_do_not_matter() -> None:
    """IMRO changes its namespace with each version, its names stay."""
    content = io.BytesIO(b'<x:a xmlns:x="urn:1"><x:m>1</x:m><m>2</m><y:m xmlns:y="urn:2">3</y:m></x:a>')
    assert [member.text for member in iterparse(content, "f", ("m",))] == ["1", "2", "3"]


def test_texts_are_trimmed_and_empty_ones_are_none() -> None:
    """An empty element says nothing."""
    element = parse(io.BytesIO(b"<a><b> x\n</b><b> </b><c/></a>"), "f")
    assert (text_at(element, "b"), text_at(element, "c"), texts_at(element, "{*}b")) == ("x", None, ["x"])


def test_the_root_is_known_from_the_beginning_of_a_file() -> None:
    """Sixty-four kilobytes of a file of gigabytes."""
    element = root_of(b'<?xml version="1.0"?><!-- x --><x:DKK xmlns:x="urn:1" a="b"><x:perceel')
    assert element is not None
    assert local_name(element) == "DKK"
    assert root_of(b"naam;bestemming") is None
    assert root_of(b"") is None


def test_the_line_of_an_error_is_reported() -> None:
    """The line is needed to repair a file by hand."""
    with pytest.raises(SourceError) as caught:
        parse(io.BytesIO(b"<a>\n<b>\n</a>"), "plan.gml")
    assert caught.value.sentences("nl")[0].startswith("plan.gml, regel 3: dit is geen geldige XML")
