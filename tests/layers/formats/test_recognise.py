"""Every file is known by its content, and every file at hand is read or left unread on purpose."""

from __future__ import annotations

import re
import shutil
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

from layers.formats import FORMATS, addresses, bag, imro, recognise, top
from suitability.core.errors import SourceError
from suitability.core.layer_specs import LAYERS
from tests.layers.formats.files import ADDRESSES, BGT, MUNICIPALITIES, PROVINCES, checked, unpacked
from tests.layers.formats.hostile import zipped
from tests.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

README: Final = (DATA / "README.md").read_text(encoding="utf-8")
COPIES, UNREAD = (
    [tuple(re.findall(r"`([^`]+)`", row.split("|")[1])) for row in part.splitlines() if row.startswith("| `")]
    for part in README.split("## Deliberately unread")
)
#: Format and layers of each file that lies as it was; null where it is none.
EXPECTED: Final[dict[str, tuple[str | None, set[str]]]] = {
    "bag/0221PND15092020.zip": ("bag", {"buildings"}),
    "bag/BAGNLDL-15092020-small.zip": ("bag", {"buildings"}),
    "bag/GEM-WPL-RELATIE-08052020.zip": (None, set()),
    "bgt/bgt_gmllight_otterlo.zip": ("bgt", {"buildings", "public_roads", "water"}),
    "brk/amersfoort_A4359_wfs_v4_perceel.json": ("brk-answer", {"parcels"}),
    "brk/dkk_v4_gml.zip": ("brk", {"parcels"}),
    "brk/kadastralekaart_v5_gml.zip": ("brk", {"parcels"}),
    "brk/lelystad_R168_wfs_v5_perceel.json": ("brk-answer", {"parcels"}),
    "brt/TOP100NL_42W_sample.zip": ("top", set()),
    "brt/TOP10NL_1_2_sample.zip": ("top", set()),
    "brt/TOP50NL_42W_sample.zip": ("top", set()),
    "imro/2006.gml.zip": ("imro", {"zoning", "building_plots", "businesses"}),
    "imro/2012.gml.zip": ("imro", set()),
    "imro/2012_10.gml.zip": ("imro", {"zoning", "building_plots", "businesses"}),
    "imro/NL.IMRO.0664.BPBS03-ON99.gml.zip": ("imro", {"zoning", "building_plots"}),
    "imro/NL.IMRO.0798.BPDoornboom-ON01.gml.zip": ("imro", {"zoning"}),
    "imro/NL.IMRO.1680.1800030105-0000.gml.zip": (
        "imro",
        {"zoning", "building_plots", "businesses", "recreation_parks"},
    ),
    "imro/beheersverordening2012_11.gml.zip": ("imro", {"zoning", "building_plots", "businesses", "recreation_parks"}),
    "imro/stationspleinzuidoost.gml.zip": ("imro", {"zoning", "building_plots", "businesses"}),
}
#: Members that hold no objects at all, which is told rather than taken for nothing there.
EMPTY: Final = ("bgt_spoor.gml", "bgt_wijk.gml")
#: Files of which no layer is made but that are read for something else.
OTHERWISE: Final[dict[str, Callable[[Path], object]]] = {
    "brt/TOP100NL_42W_sample.zip": top.read_park_points,
    "brt/TOP10NL_1_2_sample.zip": top.read_park_points,
    "brt/TOP50NL_42W_sample.zip": top.read_park_points,
    "imro/2012.gml.zip": imro.read_plan,
    "imro/geb_fout.gml.zip": imro.read_plan,
    "bag/BAGNLDL-15092020-small.zip": bag.read_addresses,
}


def test_the_list_names_exactly_the_copies() -> None:
    """A file without origin and licence does not belong here, nor a line without a file."""
    there = {str(path.relative_to(DATA)) for path in DATA.rglob("*") if path.is_file()} - {"README.md"}
    assert sorted(name for (name,) in COPIES) == sorted(there)
    assert sum((DATA / name).stat().st_size for name in there) < 8_000_000


def test_every_copy_is_read_or_listed_as_unread() -> None:
    """By the tests of its format: all that is in the table above, and those that must be unpacked first."""
    unpacked_first = {str(path.relative_to(DATA)) for path in (ADDRESSES, MUNICIPALITIES, PROVINCES)}
    read = {name for name, (known, _) in EXPECTED.items() if known} | set(OTHERWISE) | unpacked_first
    assert read | {names[0] for names in UNREAD if len(names) == 1} == {name for (name,) in COPIES}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_is_recognised_and_gives_its_layers(name: str) -> None:
    """Layers that the engine takes, of those that the format says it can hold."""
    known, layers = EXPECTED[name]
    found = recognise(DATA / name)
    assert (found.id if found else None) == known
    if found is None:
        return
    read = found.read(DATA / name)
    assert set(read) == layers <= found.layers
    for layer, raw in read.items():
        assert len(checked(raw, layer)) == len(raw.frame) > 0


@pytest.mark.parametrize("name", OTHERWISE)
def test_some_hold_more_than_layers(name: str) -> None:
    """Plans, points and addresses."""
    assert OTHERWISE[name](DATA / name) is not None


def test_those_that_must_be_unpacked_are_recognised_too(tmp_path: Path) -> None:
    """GeoJSON and GeoPackage lie unpacked on a disk."""
    found = [recognise(unpacked(path, tmp_path)) for path in (ADDRESSES, MUNICIPALITIES, PROVINCES)]
    assert [one.id if one else None for one in found] == ["addresses", "regions", "regions"]
    assert found[0] is not None
    assert found[0].read(tmp_path) == {}
    assert len(addresses.read_addresses(unpacked(ADDRESSES, tmp_path / "again"))) == 2481


@pytest.mark.parametrize(("path", "member"), [names for names in UNREAD if len(names) == 2])
def test_members_that_are_unread_give_no_layer(tmp_path: Path, path: str, member: str) -> None:
    """Read by themselves they hold nothing for the engine: no rows are lost by passing them over."""
    with zipfile.ZipFile(DATA / path) as archive:
        alone = zipped(tmp_path / "alone.zip", {member: archive.read(member)})
    found = recognise(alone)
    assert found is not None
    if member in EMPTY:
        with pytest.raises(SourceError, match="there is no cityObjectMember in this"):
            found.read(alone)
    else:
        assert found.read(alone) == {}


def test_names_decide_nothing(tmp_path: Path) -> None:
    """A renamed download is the same file, and a name makes no format."""
    plan = shutil.copy(DATA / "imro" / "2012_10.gml.zip", tmp_path / "bgt_pand.txt")
    buildings = shutil.copy(BGT, tmp_path / "plan")
    assert [one.id for one in map(recognise, (plan, buildings)) if one] == ["imro", "bgt"]
    for name, content in {"perceel.gml": "<kml/>", "plan.gml": "", "a.json": "[]", "b.gpkg": "SQLite format 3"}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert recognise(tmp_path / name) is None
    assert recognise(tmp_path) is None
    assert recognise(tmp_path / "none") is None


def test_formats_name_layers_that_exist() -> None:
    """And each has a name of its own."""
    assert frozenset().union(*(one.layers for one in FORMATS)) <= set(LAYERS)
    assert len({one.id for one in FORMATS}) == len(FORMATS)
