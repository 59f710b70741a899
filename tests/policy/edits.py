"""A folder of policies to break, one edit at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from suitability.core.errors import SuitabilityError
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang

DOCUMENTS = """\
plan-2025:
  title: {nl: Plan, en: Plan}
"""

SCALE = """\
columns:
  quiet: {"1": 10, "2": 30}
  busy: {"1": 0, "2": 10}
"""

GOOD = """\
title: {nl: Goed, en: Good}
in_force: 2025-07-08
location_types:
  - id: park
    label: {nl: park, en: park}
rules:
  - id: near_work
    label: {nl: Werk, en: Work}
    criterion: employer_distance
    params: {min_jobs: 10}
    limit: {at_most: 15, unit: km}
    near_miss: 0.5
    effect: exclude
    applies_to: [park]
    source: {document: plan-2025}
  - id: clear
    label: {nl: Vrij, en: Clear}
    criterion: nuisance_clearance
    params:
      guideline_m: scale:distances/quiet
      highest_category: "2"
    limit: {at_least: 0, unit: m}
    effect: exclude
    assumption: {nl: zo, en: so}
  - id: shop
    label: {nl: Winkel, en: Shop}
    effect: score
    any_of:
      - id: shop_zone
        label: {nl: Zone, en: Zone}
        criterion: zoning_share
        params: {allowed: [wonen]}
        limit: {at_least: 50, unit: "%"}
        near_miss: 10
        source: {document: plan-2025}
      - id: shop_area
        label: {nl: Vlak, en: Area}
        criterion: parcel_area
        params: {setback_m: 0}
        limit: {between: [100, 200], unit: m2}
        source: {document: plan-2025}
"""


def make_config(folder: Path, **files: str) -> Path:
    """Return a config folder with the good policy, or with other files by name."""
    config = folder / "config"
    (config / "scales").mkdir(parents=True, exist_ok=True)
    (config / "documents.yaml").write_text(DOCUMENTS, encoding="utf-8")
    (config / "scales" / "distances.yaml").write_text(SCALE, encoding="utf-8")
    for name, text in {"good": GOOD, **files}.items():
        (config / f"{name}.yaml").write_text(text, encoding="utf-8")
    return config


def edited(old: str, new: str) -> str:
    """Return the good policy with one thing replaced, which must be there."""
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def mistakes(config: Path, name: str = "bad", lang: Lang = "en") -> list[str]:
    """Return the sentences on a policy, without the folder; empty when it is in order."""
    try:
        read_policy(name, REGISTRY, config)
    except SuitabilityError as error:
        sentences = error.sentences(lang)
        for sentence in sentences:
            check_sentence(sentence)
        return [sentence.replace(f"{config}/", "") for sentence in sentences]
    return []


def check_sentence(sentence: str) -> None:
    """A sentence for a person: one line, a place in front, a full stop, and no words of the machine."""
    assert "\n" not in sentence
    assert re.match(r"^\S+.*?: .+[.?]$", sentence), sentence
    assert not re.search(r"\{[a-z_]+\}", sentence), sentence
    for word in (
        "Traceback",
        "pydantic",
        "Input should",
        "validation error",
        "None",
        "dict[",
        "LocatedDict",
        "object at",
    ):
        assert word not in sentence, sentence


def line_of(text: str, part: str) -> int:
    """Return the line, from 1, on which ``part`` first stands."""
    return text[: text.index(part)].count("\n") + 1
