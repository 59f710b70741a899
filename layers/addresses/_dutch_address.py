"""Normalisation of Dutch addresses and cadastral designations as people write them.

Letter and addition of a house number are kept together as its suffix, in capitals without signs: people write "12-A",
"12 a" and "12A" for one and the same, and which part is letter and which addition is known to the register alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: Short forms at the end of a word, and whole words, of street names.
_ENDINGS: Final = {"strt": "straat", "str": "straat", "ln": "laan", "pln": "plein", "sngl": "singel", "wg": "weg", "dk": "dijk"}  # fmt: skip
_WORDS: Final = {
    "st": "sint", "burg": "burgemeester", "burgem": "burgemeester", "dr": "doctor", "prof": "professor", "ds": "dominee",
    "mr": "meester", "ir": "ingenieur", "ing": "ingenieur", "jhr": "jonkheer", "gen": "generaal", "past": "pastoor",
    "wethr": "wethouder", "1e": "eerste", "2e": "tweede", "3e": "derde", "4e": "vierde", "5e": "vijfde",
    "1ste": "eerste", "2de": "tweede", "3de": "derde", "4de": "vierde", "5de": "vijfde",
}  # fmt: skip
_PARTICLES: Final = re.compile(r"\bv(?:an)?[ /.]*(?:de[nr]?|d|het|t)\b\.?|\bv/d\b")
#: Two names of one town.
_TOWNS: Final = {"denhaag": "sgravenhage", "denbosch": "shertogenbosch"}
_POSTCODE: Final = re.compile(r"\b([1-9]\d{3})\s?([a-zA-Z]{2})\b(?!\.)")
_NO_POSTCODE: Final = frozenset({"SA", "SD", "SS"})
#: Words that follow a house number and belong to it; other words of two letters and more are the town.
_SUFFIXES: Final = frozenset(
    "bis hs huis rd rood zw zwart zwrt ra to bij by bg bgg bov boven ben beneden sous i ii iii iv v vi vii viii ix x".split()  # noqa: SIM905 (a list of words reads best as one)
)
_OPPOSITE: Final = re.compile(r"\b(?:t[./]?\s?o\.?|tegenover)\s+(\d{1,5})\b", re.IGNORECASE)
_HOUSE_NUMBER: Final = re.compile(r"\d{1,5}")
#: A number behind a street: after a space, a point ("Dorpsstr.5") or at least four letters ("Dorpsstraat5").
_INNER_NUMBER: Final = re.compile(r"(?:(?<=[^\s][\s.])|(?<=[a-zA-Z]{4}))\d{1,5}")
_NEXT_WORD: Final = re.compile(r"[\s/-]+([A-Za-z]+\d*|\d+[A-Za-z]*)(?=$|[\s,/-])")
_DESIGNATION: Final = re.compile(
    r"(?P<code>[A-Z]{3}\d{2})[ ,.-]*(?P<section>[A-Z]{1,2})[ ,.-]*(?P<number>\d{1,5})[ ,.-]*(?P<index>G0{1,4}|A\d{1,4})?",
    re.IGNORECASE,
)
_BY_NAME: Final = re.compile(
    r"(?P<name>[^\d,]{2,}?)[ ,]+(?:(?i:sectie)\s+)?(?P<section>[A-Z]{1,2})[ ,]+(?:(?i:nummer|nr|no|perceel)\.?\s*)?(?P<number>\d{1,5})",
)


#: A point behind more letters than this ends a word; behind fewer it belongs to a name ("H.P. Prangsmalaan").
_LONGEST_INITIAL: Final = 2
#: Longer texts are no address.
_LONGEST: Final = 200


@dataclass(frozen=True)
class Address:
    """One way to understand a text. Texts are keys (see ``key_of``); empty = not said. ``number`` 0 = not said."""

    street: str
    number: int
    suffix: str = ""
    postcode: str = ""
    town: str = ""


@dataclass(frozen=True)
class Designation:
    """A parcel by section and number in a cadastral municipality: by its ``code`` (HDB02), or else its ``name`` as a key.

    ``spelling``: the name as it was written. ``is_ground``: false for the right to an apartment, which is no ground.
    """

    section: str
    number: int
    code: str = ""
    name: str = ""
    spelling: str = ""
    is_ground: bool = True

    @property
    def parcel_id(self) -> str:
        """The designation in full, ``HDB02 K 1234``."""
        return f"{self.code} {self.section} {self.number}"


@lru_cache(maxsize=1 << 16)
def key_of(text: str) -> str:
    """Return a name without capitals, accents, signs and spaces, and with short forms written out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = _PARTICLES.sub(" vd ", plain)
    words = [_WORDS.get(word, word) for word in re.findall(r"[a-z0-9]+", plain)]
    words = [_written_out(word) for word in words]
    joined = "".join(words)
    return _TOWNS.get(joined, joined)


def _written_out(word: str) -> str:
    for ending, whole in _ENDINGS.items():
        if word.endswith(ending) and word != ending:
            return word[: -len(ending)] + whole
    return _ENDINGS.get(word, word)


def spelled_out(text: str) -> str:
    """Return a text with the short forms for kinds of street written out and a space after points: "Dorpsstr.5"."""
    return re.sub(r"[^\W\d_]+\.?", lambda match: _street_word(match[0]), text.replace("’", "'")).strip()


def _street_word(word: str) -> str:
    bare = word.rstrip(".")
    whole = _written_out(bare.casefold())
    if whole == bare.casefold():
        return f"{word} " if word.endswith(".") and len(bare) > _LONGEST_INITIAL else word
    return f"{whole} "


def suffix_of(*parts: object) -> str:
    """Return letter and addition of a house number as one: capitals and digits only; parts that are no text count not."""
    return "".join(re.sub(r"[^A-Z0-9]", "", part.upper()) for part in parts if isinstance(part, str))


def postcode_of(text: str) -> str:
    """Return a postcode as 7771AB; empty when there is none in the text."""
    match = _POSTCODE.search(text)
    if match is None or match[2].upper() in _NO_POSTCODE:
        return ""
    return match[1] + match[2].upper()


def read_designation(text: str) -> Designation | None:
    """Return the parcel that a text names; None when it is none."""
    words = " ".join(text.split())
    if len(words) > _LONGEST:
        return None
    match = _DESIGNATION.fullmatch(words)
    if match is not None:
        index = (match["index"] or "").upper()
        return Designation(match["section"].upper(), int(match["number"]), match["code"].upper(), is_ground=not index.startswith("A"))  # fmt: skip
    match = _BY_NAME.fullmatch(words)
    if match is None:
        return None
    return Designation(match["section"], int(match["number"]), name=key_of(match["name"]), spelling=match["name"])


def readings_of(text: str) -> list[Address]:
    """Return the ways to understand a text as an address, the likeliest first; none when it holds no house number.

    A street may end in a number ("Plein 1813 3") and a house number may have one behind it ("Kerkstraat 12 3"), so
    there can be several.
    """
    words = " ".join(text.replace("’", "'").split())
    if len(words) > _LONGEST:
        return []
    found = _POSTCODE.search(words)
    if found is None or not (postcode := postcode_of(found[0])):
        return _readings(*_street_first(words), "")
    before, after = words[: found.start()].strip(" ,"), words[found.end() :].strip(" ,")
    if any(c.isdigit() for c in before):
        return _readings(before, after, postcode)
    number = _HOUSE_NUMBER.match(after)
    if number is None:
        return []
    suffix, rest = _suffix_and_rest(after[number.end() :])
    return [Address(key_of(before), int(number[0]), suffix, postcode, _town(rest))]


def _street_first(words: str) -> tuple[str, str]:
    """Return "street number" and the town, of which people put either first, with a comma between them."""
    first, _, second = (part.strip() for part in words.partition(","))
    is_turned = not any(c.isdigit() for c in first) and any(c.isdigit() for c in second)
    return (second, first) if is_turned else (first, second)


def _readings(text: str, town: str, postcode: str) -> list[Address]:
    """Return the readings of "street number suffix town", from the first number that can be the house number on."""
    opposite = _OPPOSITE.search(text)
    if opposite:
        street = text[: opposite.start()].strip(" ,")
        return [Address(key_of(street), int(opposite[1]), "TO", postcode, _town(town))] if street else []
    found = []
    for match in _INNER_NUMBER.finditer(text):
        suffix, rest = _suffix_and_rest(text[match.end() :])
        street = text[: match.start()].strip(" ,")
        if not any(c.isdigit() for c in rest):
            found.append(Address(key_of(street), int(match[0]), suffix, postcode, _town(rest or town)))
    return found


def _town(text: str) -> str:
    """Return the key of a town; a province or country behind it, after a comma, is left out."""
    return key_of(text.partition(",")[0])


def _suffix_and_rest(text: str) -> tuple[str, str]:
    """Return the suffix that follows a house number, and the words after it, without "te" or "in"."""
    attached = re.match(r"[-/]?[A-Za-z0-9]+", text)
    suffix = attached[0] if attached else ""
    text = text[len(suffix) :]
    while match := _NEXT_WORD.match(text):
        word = match[1]
        if len(word) > 1 and word.casefold() not in _SUFFIXES and not any(c.isdigit() for c in word):
            break
        suffix, text = suffix + word, text[match.end() :]
    return suffix_of(suffix), re.sub(r"^(?:te|in) ", "", text.strip(" ,-"))
