"""The table of services: sound as shipped, and every mistake in it a sentence with file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from layers.services._recipes import RECIPES
from layers.services.pdok import PdokSource, roles
from layers.services.service_table import read_service_table
from suitability.core.config import config_file
from suitability.core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


TABLE = config_file("sources/pdok.yaml")


def test_the_shipped_table_is_sound() -> None:
    """It can be read, names the platform only, and every layer of it meets the limits of the platform."""
    table = read_service_table(TABLE, roles())
    assert set(table.layers) == {*RECIPES, "building_units"}
    assert table.hosts == {"api.pdok.nl", "service.pdok.nl"}
    for layer in table.layers.values():
        assert all(address.startswith("https://") for address in layer.service.addresses)
        assert layer.page_size <= 1000


def test_every_address_and_name_says_how_it_is_known() -> None:
    """Seen in working code or documentation, or from memory."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    claims = [
        line for line in lines if re.search(r"https://|collections:|licence:", line) or re.match(r" {6}\w+: \S", line)
    ]
    unsaid = [line for line in claims if not re.search(r"# (seen|memory)", line) and "addresses" not in line]
    assert len(claims) > 35
    assert unsaid == []


def mistakes(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> list[str]:
    """Return what is said of the table after a change; the lines are those of the changed file."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    change(table)
    path = tmp_path / "pdok.yaml"
    path.write_text(yaml.safe_dump(table, sort_keys=False), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        PdokSource(path, tmp_path / "work").offers()
    assert len(caught.value.sentences("nl")) == len(caught.value.sentences("en"))
    assert all("pdok.yaml" in sentence for sentence in caught.value.sentences("nl"))
    return caught.value.sentences("en")


def test_mistakes_in_the_table_are_told_together(tmp_path: Path) -> None:
    """Each with its line, what was found, and a suggestion where there is one."""

    def spoil(table: dict[str, Any]) -> None:
        table["services"]["brk"]["adresses"] = table["services"]["brk"].pop("addresses")
        table["layers"]["parcel"] = table["layers"].pop("parcels")
        table["layers"]["water"]["tile_m"] = "wide"
        table["layers"]["zoning"]["page_size"] = 5000
        table["layers"]["buildings"]["service"] = "bagg"
        del table["layers"]["municipality"]["fields"]["code"]
        table["services"]["bgt"]["addresses"] = ["https://example.org/bgt"]

    sentences = mistakes(tmp_path, spoil)
    assert len(sentences) == 7
    told = "\n".join(sentences)
    for part in (
        "the key 'adresses' does not exist",
        "Did you mean 'addresses'?",
        "the key 'parcel' does not exist",
        "Did you mean 'parcels'?",
        "'wide' is not a number",
        "5000 is not possible here. Choose a number ≤ 1000",
        "'bagg' is not possible here. Choose from: ",
        "the key 'code' is missing",
        "the address 'https://example.org/bgt' belongs to none of the hosts",
    ):
        assert part in told
    assert all(re.search(r"line \d+", sentence) for sentence in sentences)


def test_a_layer_may_be_taken_from_the_table(tmp_path: Path) -> None:
    """It is not offered, and neither is what is made with it."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    del table["layers"]["zoning"]
    path = tmp_path / "pdok.yaml"
    path.write_text(yaml.safe_dump(table), encoding="utf-8")
    assert PdokSource(path, tmp_path).offers() == set(RECIPES) - {"zoning", "building_plots", "businesses"}


def test_buildings_can_do_without_their_units(tmp_path: Path) -> None:
    """A table without the units of buildings still has the buildings; the units are never a layer of their own."""
    assert PdokSource(TABLE, tmp_path).offers() == set(RECIPES)
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    del table["layers"]["building_units"]
    path = tmp_path / "pdok.yaml"
    path.write_text(yaml.safe_dump(table), encoding="utf-8")
    assert PdokSource(path, tmp_path).offers() == set(RECIPES)


@pytest.mark.parametrize("key", ["hosts", "services", "layers"])
def test_a_table_without_a_part(tmp_path: Path, key: str) -> None:
    """The key is named."""
    assert any(
        f"the key '{key}' is missing" in sentence for sentence in mistakes(tmp_path, lambda table: table.pop(key))
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        ("", "holds no keys"),
        ("- 1\n", "holds no keys"),
        ("#" * 600_000, "0.6 MB"),
        ("a: [", "YAML"),
    ],
    ids=["missing", "empty", "a list", "huge", "broken"],
)
def test_a_table_that_cannot_be_read(tmp_path: Path, content: str | None, said: str) -> None:
    """Said with its path, and of a table of services."""
    path = tmp_path / "none.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=re.escape(str(path))) as caught:
        PdokSource(path, tmp_path).offers()
    assert said in str(caught.value)
    assert "init" not in str(caught.value)
