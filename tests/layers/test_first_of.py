"""Several sources as one: order decides, and a source that fails is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from layers.demo import DemoSource
from layers.first_of import FirstOf
from suitability.core.errors import LayerError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from tests.layers.contract import SourceContract
from tests.layers.folders import local, parcels, sentences

if TYPE_CHECKING:
    from pathlib import Path

    from layers.folder.local import LocalSource


class _Small(DemoSource):
    """The embedded municipality with the layers that are quick to compare."""

    def offers(self) -> frozenset[str]:
        """Return all but the large layers."""
        return super().offers() - {"parcels", "buildings", "zoning"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> FirstOf:
    """Return a folder with answers of people, and the embedded municipality behind it."""
    folder = tmp_path_factory.mktemp("antwoorden")
    (folder / "a.csv").write_text("parcel_id;question;answer\nx;landschap;1\n", encoding="utf-8")
    return FirstOf([local(folder, "declarations: {file: a.csv}"), _Small()])


class TestContract(SourceContract):
    """A folder with answers before the embedded municipality is a source like any other."""

    complete_nowhere: ClassVar[frozenset[str]] = frozenset({"declarations"})


@pytest.fixture
def folder(tmp_path: Path) -> LocalSource:
    """Return a folder with three parcels."""
    parcels().to_file(tmp_path / "p.gpkg")
    return local(tmp_path, "parcels: {file: p.gpkg}")


def test_the_first_that_offers_a_layer_delivers_it(folder: LocalSource) -> None:
    """The other way round it is the other's."""
    demo = DemoSource()
    spec, everywhere = LAYERS["parcels"], Area.everywhere()
    assert len(FirstOf([folder, demo]).load(spec, everywhere).frame) == 3
    assert len(FirstOf([demo, folder]).load(spec, everywhere).frame) == 24_032
    assert len(FirstOf([folder, demo]).load(LAYERS["facilities"], everywhere).frame) == 278


def test_it_is_called_by_all_its_sources(folder: LocalSource) -> None:
    """A run record names every source that may have contributed."""
    both = FirstOf([folder, DemoSource()])
    assert both.name == f"{folder.name}+demo"
    assert both.offers() == DemoSource().offers()


def test_a_source_that_fails_is_heard(folder: LocalSource) -> None:
    """The next source never steps in: its parcels are those of another place, and nobody would see it."""
    (folder.folder / "p.gpkg").write_bytes(b"SQLite format 3\0 and no more")
    said = sentences(lambda: FirstOf([folder, DemoSource()]).load(LAYERS["parcels"], Area.everywhere()), folder.folder)
    assert said[0].startswith("p.gpkg")


def test_no_source_at_all() -> None:
    """It offers nothing, and says so."""
    assert FirstOf([]).offers() == frozenset()
    with pytest.raises(LayerError, match="parcels"):
        FirstOf([]).load(LAYERS["parcels"], Area.everywhere())
