"""XML without trust: no entities, no document type, nothing from outside, and never more of it in memory than needed."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias, cast

from lxml import etree

from suitability.core.errors import Place, Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: An element of a document.
Element: TypeAlias = etree._Element  # noqa: SLF001 (lxml has no public name for it)

_MIB: Final = 1 << 20
_CHUNK: Final = 1 << 16
#: The largest document that is read whole, and the most of a streamed one that may pass without a feature: a tree of
#: many small elements takes thirty times as much memory as its text.
LARGEST_TREE: Final = 10 * _MIB
LARGEST_FEATURE: Final = 10 * _MIB
_SAFE: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_ENCODING: Final = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.I18N_CONV_FAILED,
    }
)


def parse(stream: IO[bytes], where: str, largest: int = LARGEST_TREE) -> Element:
    """Return the root of a small document; ``where`` names it in mistakes.

    Raises ``SourceError`` for what is empty, cut off, not XML, larger than ``largest`` bytes, or has a document type.
    """
    parser = etree.XMLParser(**_SAFE)
    read = 0
    for chunk in _chunks(stream, where):
        read += len(chunk)
        if read > largest:
            raise SourceError(Problem(where, "xml_large", {"expected": largest // _MIB}))
        _feed(parser, chunk, where)
    root = _close(parser, where)
    _refuse_doctype(root, where)
    return root


def iterparse(
    stream: IO[bytes], where: str, names: tuple[str, ...], largest: int = LARGEST_FEATURE
) -> Iterator[Element]:
    """Yield each element with one of the local ``names``, whole; it is emptied when the next is asked for.

    Names must not lie within each other. Raises ``SourceError`` as ``parse`` does; ``largest`` is that between two.
    """
    parser = etree.XMLPullParser(events=("end",), tag=[f"{{*}}{name}" for name in names], **_SAFE)
    since, checked = 0, False
    for chunk in _chunks(stream, where):
        since += len(chunk)
        if since > largest:
            raise SourceError(Problem(where, "xml_large", {"expected": largest // _MIB}))
        _feed(parser, chunk, where)
        for element in _elements(parser):
            if not checked:
                _refuse_doctype(element, where)
                checked = True
            yield element
            _forget(element)
            since = 0
    _refuse_doctype(_close(parser, where), where)


def root_of(head: bytes) -> Element | None:
    """Return the root element of a document of which only the beginning is given; null when that is no XML."""
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    try:
        parser.feed(head)
    except etree.XMLSyntaxError:
        return None
    return next(_elements(parser), None)


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def _chunks(stream: IO[bytes], where: str) -> Iterator[bytes]:
    """Yield the content; a document type is refused before any of it reaches the parser."""
    head = stream.read(_CHUNK)
    if not head.strip():
        raise SourceError(Problem(where, "xml_empty", {}))
    # Two bytes per character hide it from a plain look; a later look at the parsed document finds what is left.
    if b"<!DOCTYPE" in head.replace(b"\0", b"") or b"<!ENTITY" in head.replace(b"\0", b""):
        raise SourceError(Problem(where, "xml_doctype", {}))
    yield head
    while chunk := stream.read(_CHUNK):
        yield chunk


def _elements(parser: etree.XMLPullParser) -> Iterator[Element]:
    """Yield what the parser met; with these events those are elements only."""
    return (cast("Element", item) for _, item in parser.read_events())


def _feed(parser: etree.XMLParser | etree.XMLPullParser, chunk: bytes, where: str) -> None:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        code: int = error.code  # type: ignore[attr-defined]  # the stubs lack it
        if code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise SourceError(Problem(where, "xml_large", {"expected": LARGEST_FEATURE // _MIB})) from error
        key = "xml_encoding" if code in _ENCODING else "xml_malformed"
        raise SourceError(Problem(Place(where, line=error.lineno or 0), key, {"found": error.msg})) from error


def _close(parser: etree.XMLParser | etree.XMLPullParser, where: str) -> Element:
    try:
        root: Element = parser.close()
    except etree.XMLSyntaxError as error:
        raise SourceError(Problem(Place(where, line=error.lineno or 0), "xml_cut_off", {})) from error
    return root


def _refuse_doctype(element: Element, where: str) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise SourceError(Problem(where, "xml_doctype", {}))


def _forget(element: Element) -> None:
    """Free what was read: the element's content and all that came before it."""
    element.clear()
    held: Element | None = element
    while held is not None:
        parent = held.getparent()
        while parent is not None and held.getprevious() is not None:
            del parent[0]
        held = parent


def texts_at(element: Element, path: str) -> list[str]:
    """Return the trimmed texts at ``path`` below an element, for example ``{*}naam``; empty ones are left out."""
    return [text for found in element.iterfind(path) if (text := (found.text or "").strip())]


def text_at(element: Element, path: str) -> str | None:
    """Return the trimmed text at ``path`` below an element; null when it is absent or empty."""
    return (element.findtext(path) or "").strip() or None
