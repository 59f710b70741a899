"""The words of zoning plans: mapped designations, and those that stay unknown."""

from __future__ import annotations

import pandas as pd
import pytest

from layers.designations import (
    DESIGNATIONS,
    designation_of,
    environmental_categories,
    is_double,
    park_kinds,
    states_category,
)
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy


def one(name: str | None, group: str | None = None) -> str | None:
    found = designation_of(pd.Series([group], index=[7]), pd.Series([name], index=[7]))
    assert found.index.tolist() == [7]
    value: str | None = found.iloc[0]
    return value


@pytest.mark.parametrize("group", DESIGNATIONS)
def test_every_main_group_is_its_own_designation(group: str) -> None:
    """The vocabulary of the policies is that of IMRO; capitals and spaces do not matter."""
    assert one("anything", f" {group.capitalize()}  ") == group


@pytest.mark.parametrize(
    ("name", "designation"),
    [
        ("Wonen", "wonen"), ("Wonen 2", "wonen"), ("Gemengd - 1", "gemengd"), ("Woongebied", "woongebied"),
        ("Agrarisch met waarden - Natuur", "agrarisch met waarden"), ("Bedrijf - Openbaar nut", "bedrijf"),
        ("Bedrijventerrein", "bedrijventerrein"), ("Recreatie - Volkstuinen", "recreatie"),
        ("Diensverlening", None), ("Woonwagens", None), ("Waarde - Es", None), ("Wonen met zorg", None),
        ("", None), (None, None),
    ],
)  # fmt: skip
def test_without_a_group_the_name_decides_when_it_begins_with_one(name: str | None, designation: str | None) -> None:
    """Nothing is guessed: a misspelt name of the sample of Vries stays unknown."""
    assert one(name) == designation


def test_a_group_that_is_not_known_is_not_replaced_by_the_name() -> None:
    """The plan says something else than we understand: unknown."""
    assert one("Wonen", "waarde") is None


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("bedrijf tot en met categorie 2", "2"), ("bedrijf tot en met categorie 3.1", "3.1"),
        ("bedrijf van categorie 4.2", "4.2"), ("milieucategorie 4.2", "4.2"), ("Bedrijf cat. 3.2", "3.2"),
        ("bedrijf t/m cat 3,1", "3.1"), ("Bedrijven, milieucategorieën 1 t/m 3.1", "3.1"),
        ("bedrijf van categorie III", "3.2"), ("bedrijf categorie IV", "4.2"), ("bedrijf categorie 3", "3.2"),
        ("bedrijf van categorie 3.1 tot en met categorie 4.2", "4.2"), ("bedrijf categorie 1 en 2", "2"),
        ("bedrijf categorie 5", "5.3"), ("Bedrijventerrein - categorie 6", "6"), ("bedrijf categorie 3.1-3.2", "3.2"),
        ("horeca tot en met categorie 2", None), ("horeca van categorie 1", None), ("horecabedrijf categorie 2", None),
        ("bedrijf tot en met categorie 3.1 uitgesloten", None), ("bedrijf tot en met categorie 7", None),
        ("bedrijf tot en met categorie 12", None), ("specifieke vorm van bedrijf - garagebedrijf", None),
        ("geluidwal", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_highest_category_that_a_name_allows(name: str | None, category: str | None) -> None:
    """Written in many ways; 3 stands for 3.1 and 3.2. Places to eat have categories of their own."""
    assert environmental_categories(pd.Series([name])).tolist() == [category]


def test_a_category_that_cannot_be_read_is_stated_all_the_same() -> None:
    """Such a business plot stays in the layer with an unknown category, and counts as the worst."""
    names = pd.Series(["bedrijf tot en met categorie 7", "bedrijf", "horeca tot en met categorie 2", None])
    assert states_category(names).tolist() == [True, False, False, False]


def test_categories_are_those_of_the_guideline_distances() -> None:
    """Every category read here has a distance in the policies that ask for one."""
    names = pd.Series(
        [f"bedrijf van categorie {n}" for n in ("1", "2", "3", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "5.3", "6")]
    )
    tables = [
        check.params.guideline_m
        for policy in ("hardenberg-2025", "base")
        for check in read_policy(policy, REGISTRY).checks()
        if hasattr(check.params, "guideline_m")
    ]
    assert tables
    assert all(set(environmental_categories(names)) <= set(table) for table in tables)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Recreatie - Verblijfsrecreatie", "verblijfsrecreatie"), ("Verblijfsrecreatieve doeleinden", "verblijfsrecreatie"),
        ("Recreatie - Verblijfs-recreatie", "verblijfsrecreatie"), ("kampeerterrein", "camping"),
        ("Recreatie - Camping", "camping"), ("specifieke vorm van recreatie - stacaravans", "stacaravans"),
        ("Recreatie - Bungalowpark", "bungalowpark"), ("recreatiewoning", "bungalowpark"),
        ("Recreatie - Recreatiepark", "vakantiepark"), ("Recreatie - Volkstuinen", None), ("Recreatieve Doeleinden", None),
        ("kampeerterrein uitgesloten", None), (None, None),
    ],
)  # fmt: skip
def test_designations_for_overnight_stays(name: str | None, kind: str | None) -> None:
    """Allotments and sports are recreation too, but no park; an excluded use is not there."""
    assert park_kinds(pd.Series([name])).tolist() == [kind]


def test_designations_that_overlie_others() -> None:
    """In an ordinance these stand among the zones without saying what they are."""
    names = [
        "Waarde - Archeologie 2",
        "Leiding - Gas",
        "Waterstaat - Waterkering",
        "veiligheidszone - bedrijf",
        "Wonen",
        None,
    ]
    assert is_double(pd.Series(names)).tolist() == [True, True, True, True, False, False]
