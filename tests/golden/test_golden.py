"""The demo municipality under every shipped policy says what its golden file says."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.golden.report import N_PARCELS, POLICIES, UPDATE, chosen_parcels, golden_file, golden_text
from tests.paths import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan.run import Scan


def test_every_shipped_policy_has_a_golden_file() -> None:
    """A policy is a file with rules; a new one comes with its golden file."""
    shipped = {path.stem for path in CONFIG.glob("*.yaml") if "\nrules:" in path.read_text(encoding="utf-8")}
    assert shipped == set(POLICIES)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_demo_says_what_it_said(policy: str, scan_of: Callable[[str], Scan]) -> None:
    """Counts, rules, funnel, parcels and cards are those of the file; else the difference is shown."""
    path, found = golden_file(policy), golden_text(scan_of(policy))
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    if found != expected:
        lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), path.name, "now", lineterm="")
        pytest.fail("\n".join([*lines, "", f"If this is what should change: {UPDATE}"]), pytrace=False)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_parcels_shown_are_of_every_kind(policy: str, scan_of: Callable[[str], Scan]) -> None:
    """Every verdict that occurs is among them, and each parcel once."""
    scan = scan_of(policy)
    chosen = chosen_parcels(scan)
    assert len(chosen) == len(set(chosen)) == N_PARCELS
    assert set(scan.verdicts.best[chosen]) == set(scan.verdicts.best)
    assert scan.verdicts.near_miss[chosen].any() == scan.verdicts.near_miss.any()
