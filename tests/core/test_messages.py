"""The catalogue: both languages say the same things, and the code asks for nothing that is not there."""

from __future__ import annotations

import ast
import math
import re
import string
from datetime import date

import pytest

from suitability.core.layer_specs import LAYERS
from suitability.core.messages import (
    LANGS,
    PARTS,
    WITH_SINGULAR,
    age,
    catalogue,
    enumeration,
    has_message,
    long_date,
    message,
    number,
    quantity,
)
from suitability.core.validation import EXPECTED
from suitability.criteria import REGISTRY
from suitability.policy.model import CONVERSIONS
from tests.paths import ROOT

FILES = sorted(
    p for folder in ("suitability", "layers") for p in (ROOT / folder).rglob("*.py") if "demo_data" not in p.parts
)
#: Criteria that can find nothing at all: their value may be infinite.
MAY_FIND_NONE = {"distance_to", "facility_minutes", "employer_distance", "nuisance_clearance", "road_access"}


def fields(text: str) -> set[str]:
    """Return the names between braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    """No sentence exists in one language only."""
    assert set(catalogue("nl")) == set(catalogue("en"))


@pytest.mark.parametrize("key", sorted(catalogue("nl")))
def test_both_languages_have_the_same_fields(key: str) -> None:
    """A sentence says the same facts in both languages, and is text."""
    texts = [catalogue(lang)[key] for lang in LANGS]
    assert all(isinstance(text, str) and text for text in texts)
    assert fields(texts[0]) == fields(texts[1])


@pytest.mark.parametrize("lang", LANGS)
def test_no_key_is_written_twice(lang: str) -> None:
    """A second text under the same key would silently replace the first."""
    files = [ROOT / f"suitability/catalogue/{part}{lang}.yaml" for part in PARTS]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    keys = [line.split(":")[0] for line in lines if re.match(r"^[a-z0-9_.A-Z]+:", line)]
    assert len(keys) == len(set(keys)) == len(catalogue(lang))


def asked() -> list[tuple[str, str]]:
    """Return every (file, key) that the source asks for, an f-string as a pattern with .* for its parts."""
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            position, prefix = {"message": (0, ""), "Problem": (1, "error."), "has_message": (0, "")}.get(
                name, (-1, "")
            )
            if position < 0 or len(node.args) <= position:
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            found.extend((place, re.escape(prefix) + key) for key in keys_of(node.args[position]))
    return found


def keys_of(node: ast.expr) -> list[str]:
    """Return the patterns of an expression that yields a key; none for a variable."""
    if isinstance(node, ast.Constant):
        return [re.escape(str(node.value))]
    if isinstance(node, ast.IfExp):
        return keys_of(node.body) + keys_of(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in node.values)]
    return []


def test_every_key_asked_for_exists() -> None:
    """Literal keys in the source, errors included, are in the catalogue; a made-up key has at least one match."""
    keys = asked()
    assert len(keys) > 60
    missing = [(place, key) for place, key in keys if not any(re.fullmatch(key, k) for k in catalogue("nl"))]
    assert missing == []


def test_progress_steps_and_value_errors_exist() -> None:
    """Keys that travel as values: steps of progress, and mistakes raised inside the models."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    raised = set(re.findall(r'raise ValueError\("([a-z_]+)"\)', texts))
    steps = set(re.findall(r'"(progress\.[a-z_]+)"', texts))
    assert {f"error.{name}" for name in raised} | steps <= set(catalogue("nl"))
    assert raised
    assert steps


def test_families_are_complete() -> None:
    """Every outcome, effect, standing, layer, unit and kind of expected value has its words."""
    units = {criterion.unit for criterion in REGISTRY.values()} - {"answer"}
    needed = (
        {f"outcome.{o}" for o in ("pass", "fail", "unknown", "near_miss")} | {f"rule.{o}" for o in ("pass", "fail", "unknown")}
        | {f"explain.section.{e}" for e in ("exclude", "restrict", "score", "note")}
        | {f"standing.{s}" for s in ("observed", "derived", "assumed")} | {f"layer.{name}" for name in LAYERS}
        | {f"unit.{unit}" for unit in (units | {"km", "ha"})} | {f"error.expected_{kind}" for kind in EXPECTED.values()}
    )  # fmt: skip
    assert needed <= set(catalogue("nl"))
    assert {target for target, _ in CONVERSIONS.values()} <= units


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_reason_exists(name: str) -> None:
    """Within, beyond and unknown of each criterion; and where nothing may be found, both sentences for that."""
    criterion = REGISTRY[name]
    assert all(has_message(key) for key in criterion.reasons)
    for reason in criterion.reasons[:2]:
        assert has_message(f"{reason}_none") == (name in MAY_FIND_NONE)
    for column in () if criterion.evidence is None or callable(criterion.evidence) else criterion.evidence[1][1:]:
        assert has_message(f"evidence.{column}")


def test_reasons_ask_only_for_what_a_sentence_gets() -> None:
    """A reason may use value, limit, margin, object, shortfall, label and layer, nothing else."""
    given = {"value", "limit", "margin", "object", "shortfall", "label", "layer"}
    reasons = [r for c in REGISTRY.values() for r in c.reasons]
    for key, text in catalogue("nl").items():
        if key.startswith("reason.edge") or key.removesuffix("_none").removesuffix("_zero") in reasons:
            assert fields(text) <= given, key


@pytest.mark.parametrize(
    ("value", "unit", "nl", "en"),
    [
        (15_000, "m", "15,0 km", "15.0 km"), (999, "m", "999 m", "999 m"), (12.34, "min", "12,3 min", "12.3 min"),
        (0.5, "1", "50%", "50%"), (12_345, "m2", "1,23 ha", "1.23 ha"), (9_999, "m2", "9.999 m²", "9,999 m²"),
        (math.inf, "min", "geen", "none"), (math.nan, "m", "onbekend", "unknown"), (1, "answer", "ja", "yes"),
        (0, "answer", "nee", "no"), (-0.0, "m", "0 m", "0 m"), (-0.01, "min", "0,0 min", "0.0 min"),
        (55.25, "dB", "55,2 dB", "55.2 dB"), (-20, "m", "-20 m", "-20 m"),
    ],
)  # fmt: skip
def test_quantities_as_people_write_them(value: float, unit: str, nl: str, en: str) -> None:
    """Decimal comma in Dutch, kilometres and hectares when large, no minus before zero."""
    assert (quantity(value, unit, "nl"), quantity(value, unit, "en")) == (nl, en)


@pytest.mark.parametrize(("value", "nl", "en"), [
    (1, "1 slaapplaats", "1 bed"), (1.2, "1 slaapplaats", "1 bed"), (0, "0 slaapplaatsen", "0 beds"), (2, "2 slaapplaatsen", "2 beds"),
])  # fmt: skip
def test_one_is_singular(value: float, nl: str, en: str) -> None:
    """By the number that is shown, not the one that was measured."""
    assert (quantity(value, "beds", "nl"), quantity(value, "beds", "en")) == (nl, en)


def test_every_singular_exists() -> None:
    """Each key that has one says so in both languages."""
    assert all(has_message(key) and has_message(f"{key}.one") for key in WITH_SINGULAR)
    assert {key.removesuffix(".one") for key in catalogue("nl") if key.endswith(".one")} == WITH_SINGULAR


@pytest.mark.parametrize(("days", "nl", "en"), [
    (0, "0 dagen", "0 days"), (1, "1 dag", "1 day"), (60, "60 dagen", "60 days"), (61, "2 maanden", "2 months"),
    (729, "24 maanden", "24 months"), (730, "2,0 jaar", "2.0 years"), (1400, "3,8 jaar", "3.8 years"),
])  # fmt: skip
def test_ages_as_people_say_them(days: int, nl: str, en: str) -> None:
    """Days up to 60, then months, then years."""
    assert (age(days, "nl"), age(days, "en")) == (nl, en)


def test_small_words() -> None:
    """Dates, thousands and enumerations in both languages."""
    assert long_date(date(2023, 1, 30), "nl") == "30 januari 2023"
    assert long_date(date(2023, 12, 1), "en") == "1 December 2023"
    assert (number(1234.5, "nl", 1), number(1234.5, "en", 1)) == ("1.234,5", "1,234.5")
    assert enumeration(["a", "b", "c"], "nl") == "a, b en c"
    assert enumeration(["a", "b"], "en", "or") == "a or b"
    assert (enumeration(["a"], "nl"), enumeration([], "nl")) == ("a", "")


def test_a_missing_field_is_a_programming_mistake() -> None:
    """A sentence with a hole in it is never shown."""
    with pytest.raises(KeyError):
        message("unit.m", "nl")
