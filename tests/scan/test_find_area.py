"""Choice of the municipality to scan: the one named, the one a source is about, or the only one; never a guess."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from layers import open_source
from suitability.core.errors import SubmissionError
from suitability.core.messages import LANGS
from suitability.scan.run import find_area
from tests.tiny import MemorySource, at, named, square, vector


def towns(*names: str) -> MemorySource:
    """Return a source with one square municipality per name, side by side."""
    shapes = [box(*at(100 * i, 0), *at(100 * i + 100, 100)) for i in range(len(names))]
    return MemorySource(
        named(vector("municipality", shapes, name=list(names), code=[f"GM{i}" for i in range(len(names))]))
    )


def sentence(source: MemorySource, name: str | None) -> str:
    """Return the message when no area is found; in Dutch it is another sentence."""
    with pytest.raises(SubmissionError) as caught:
        find_area(source, name)
    dutch, english = (caught.value.sentences(lang)[0] for lang in LANGS)
    assert dutch != english
    return english


def test_by_name() -> None:
    """Capitals do not matter; parts of one municipality are joined."""
    source = towns("Kampen", "Ommen", "Kampen")
    area = find_area(source, "kampen")
    assert (area.name, area.polygon.area) == ("Kampen", 20_000)
    assert find_area(source, "OMMEN").polygon.equals(box(*at(100, 0), *at(200, 100)))


def test_without_a_name() -> None:
    """The only one, or the one that the source is about; the demo is about Kampen."""
    assert find_area(towns("Ommen")).name == "Ommen"
    about = towns("Ommen", "Kampen")
    about.home = "Kampen"
    assert find_area(about).name == "Kampen"
    assert find_area(open_source("demo")).name == "Kampen"


def test_a_source_with_many_asks() -> None:
    """Of many none is taken silently; a misspelt name gets the likely one."""
    many = towns("Ommen", "Kampen")
    assert (
        sentence(many, None)
        == "--area: memory has more than one municipality. Choose one with --area, for example: Kampen, Ommen."
    )
    assert sentence(many, "Kamp").endswith(
        "the municipality 'Kamp' was not found. There are for example: Kampen, Ommen. Did you mean 'Kampen'?"
    )


def test_a_source_without_boundaries() -> None:
    """Everything is scanned, unless one municipality is asked for."""
    source = MemorySource(named(vector("parcels", [square(0, 0)], parcel_id=["p0"])))
    assert find_area(source).polygon is None
    assert "has no municipal boundaries, so 'Kampen' cannot be found" in sentence(source, "Kampen")
