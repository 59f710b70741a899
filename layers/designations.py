"""The words of Dutch zoning plans, brought to the vocabulary of the policies.

Designations are IMRO main groups (``bestemmingshoofdgroep``) in lower case. What cannot be mapped is null: the plan's
own words stay beside it, in ``designation_code``.
"""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

#: The main groups of IMRO 2006, 2008 and 2012.
DESIGNATIONS: Final = (
    *("agrarisch", "agrarisch met waarden", "bedrijf", "bedrijventerrein", "bos", "centrum", "cultuur en ontspanning"),
    *(
        "detailhandel",
        "dienstverlening",
        "gemengd",
        "groen",
        "horeca",
        "kantoor",
        "maatschappelijk",
        "natuur",
        "overig",
    ),
    *("recreatie", "sport", "tuin", "verkeer", "water", "wonen", "woongebied"),
)
#: A group at the start of a name stands alone or before a dash, a number or a bracket: "Gemengd - 1", "Wonen 2".
_LEADING: Final = rf"^({'|'.join(sorted(DESIGNATIONS, key=len, reverse=True))})(?=$|\s*[-–(/,]|\s+\d)"

#: Kind of park by what its name says, the first that fits; the last stands for staying overnight without saying how.
_PARK_KINDS: Final = (
    ("stacaravans", r"stacaravan|chalet|caravanpark"),
    ("camping", r"kampeer|camping|caravan"),
    ("bungalowpark", r"bungalow|recreatiewoning|vakantiewoning|recreatieverblij|zomerhuis|zomerwoning"),
    ("vakantiepark", r"vakantiepark|recreatiepark|vakantieverblijf"),
    ("verblijfsrecreatie", r"verblijfs-?\s*recreati"),
)
_DENIED: Final = r"uitgesloten|niet toegestaan|zonder|verboden|geen "

#: Category as written (1, 3.1, 3,1 or III) and the highest category that it allows: 3 stands for 3.1 and 3.2.
_CATEGORY: Final = r"\b(?:milieu|bedrijfs)?cat(?:egorie(?:ën|en)?|\.)?\s*((?:[1-6](?:[.,][123])?|vi|iv|v|i{1,3})\b)"
_UP_TO: Final = r"(?:tot en met|t/m|tot|en|-|–)\s*(?:(?:milieu|bedrijfs)?cat(?:egorie(?:ën|en)?|\.)?\s*)?((?:[1-6](?:[.,][123])?|vi|iv|v|i{1,3})\b)"
_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_HIGHEST: Final = {"3": "3.2", "4": "4.2", "5": "5.3"}
_CATEGORIES: Final = ("1", "2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "5.3", "6")
#: Other things are counted in categories too: places to eat, shops, roads.
_ABOUT_BUSINESS: Final = r"\bbedrij|milieucat"


def designation_of(groups: pd.Series, names: pd.Series) -> pd.Series:
    """Return the designation of each zone from its main group, else from its name; null when neither is known.

    ``groups`` and ``names`` are texts with one index, null where the plan does not say.
    """
    group = _lower(groups)
    leading = _lower(names).str.extract(_LEADING, expand=False)
    known = group.where(group.isin(DESIGNATIONS))
    return _plain(known.where(group.notna(), leading)).rename("designation")


def park_kinds(names: pd.Series) -> pd.Series:
    """Return the kind of recreation park that each name speaks of; null when it speaks of none, or excludes it."""
    words = _lower(names)
    found = pd.Series(pd.NA, index=names.index, dtype="string", name="park_kind")
    for kind, pattern in reversed(_PARK_KINDS):
        found = found.mask(words.str.contains(pattern, regex=True, na=False), kind)
    return _plain(found.mask(_denied(words)))


def environmental_categories(names: pd.Series) -> pd.Series:
    """Return the highest environmental category that each name allows, as text: "bedrijf t/m cat. 3,1" gives 3.1.

    Null when a name states none, denies it, or counts something other than business in categories.
    """
    words = _lower(names)
    words = words.where(words.str.contains(_ABOUT_BUSINESS, regex=True, na=False) & ~_denied(words))
    first = words.str.extract(_CATEGORY, expand=False)
    last = words.str.extract(f"{_CATEGORY}\\s*{_UP_TO}", expand=True)[1]
    highest = last.where(last.notna(), first).str.replace(",", ".", regex=False)
    highest = highest.replace(_ROMAN).replace(_HIGHEST)
    return _plain(highest.where(highest.isin(_CATEGORIES))).rename("environmental_category")


def states_category(names: pd.Series) -> pd.Series:
    """Return which names speak of a category of business, one that cannot be read included."""
    words = _lower(names)
    about = words.str.contains(_ABOUT_BUSINESS, regex=True, na=False) & ~_denied(words)
    return about & words.str.contains(r"\b(?:milieu|bedrijfs)?cat(?:egorie|\.|\b)", regex=True, na=False)


def is_double(names: pd.Series) -> pd.Series:
    """Return which names are of designations that lie over others, or of zones around something, not of land use."""
    pattern = re.compile(r"^(?:waarde|waterstaat|leiding)\b|(?:^|\s)\S*zone\s*[-–]")
    return _lower(names).str.contains(pattern, regex=True, na=False)


def _lower(texts: pd.Series) -> pd.Series:
    words: pd.Series = texts.astype("string").str.strip().str.lower().str.replace(r"\s+", " ", regex=True)
    return words.mask(words == "")


def _plain(words: pd.Series) -> pd.Series:
    """Return texts and None, which every reader of a layer understands."""
    return words.astype("object").where(words.notna(), None)


def _denied(words: pd.Series) -> pd.Series:
    return words.str.contains(_DENIED, regex=True, na=False)
