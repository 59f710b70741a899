"""Report of the demo municipality under a policy, as a text that a planner can read in a diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import message, number
from suitability.report.explain import card_text, explain
from suitability.report.wording.rules import OUTCOME_KEYS, limit_text, reason_texts
from suitability.scan.longlist import make_longlist

if TYPE_CHECKING:
    from collections.abc import Iterable

    from suitability.scan.run import Scan

POLICIES = (
    "kadaster-scan", "hardenberg-2025", "demo-nearby", "base", "arnhem-nijmegen-2022", "bollenstreek-2022", "overijssel-2024",
    "showcase",
)  # fmt: skip
FOLDER = Path(__file__).parent
UPDATE = "python -m tests.golden.update"
N_PARCELS = 25
_FUNNEL = ("in_turn", "remaining", "alone", "only_this", "to_look_at")


def golden_file(policy: str) -> Path:
    """Return the file that holds the text of a policy."""
    return FOLDER / f"{policy}.md"


def golden_text(scan: Scan) -> str:
    """Return the whole text, in Dutch: counts, rules, funnel, some parcels, three cards."""
    parts = [f"# {scan.policy.title.nl}", _counts(scan), _rules(scan), _funnel(scan), _parcels(scan), *_cards(scan)]
    return "\n\n".join(parts) + "\n"


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def _table(heads: list[str], rows: Iterable[Iterable[object]]) -> str:
    return "\n".join([_row(heads), _row("---" for _ in heads), *(_row(cells) for cells in rows)])


def _whole(value: int) -> str:
    return number(value, "nl")


def _counts(scan: Scan) -> str:
    longlist, n = make_longlist(scan), len(scan.parcels)
    rows = [
        ("percelen", n),
        ("geschikt", longlist.n_pass),
        ("waarvan met beperking", longlist.n_restricted),
        ("nog te beoordelen", longlist.n_unknown),
        ("ongeschikt", n - longlist.n_pass - longlist.n_unknown),
        ("waarvan net ongeschikt", longlist.n_near_miss),
    ]
    return _table(["", "aantal"], ((name, _whole(count)) for name, count in rows))


def _rules(scan: Scan) -> str:
    """Return the result of every check, parts of rules included: how many parcels pass, are unknown, fail."""
    rows = []
    for rule in scan.policy.rules:
        for check in [rule, *(leaf for leaf in rule.leaves() if leaf is not rule)]:
            outcome = scan.findings[check.id].outcome
            counts = [_whole(int((outcome == o).sum())) for o in (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL)]
            name = check.label.nl if check is rule else f"… {check.label.nl}"
            rows.append([name, limit_text(check.limit, "nl") if check.limit else "", *counts])
    return "## Regels\n\n" + _table(["regel", "grens", "voldoet", "onbekend", "voldoet niet"], rows)


def _funnel(scan: Scan) -> str:
    labels = {rule.id: rule.label.nl for rule in scan.policy.rules}
    heads = [message(f"funnel.{name}", "nl") for name in ("rule", *_FUNNEL)]
    rows = [
        [labels[step.rule_id], *(_whole(getattr(step, name)) for name in _FUNNEL)]
        for step in make_longlist(scan).funnel
    ]
    return f"## {message('funnel.title', 'nl')}\n\n" + _table(heads, rows)


def chosen_parcels(scan: Scan) -> list[int]:
    """Return some parcels, as many of each verdict and deciding rule as fit, spread over the municipality."""
    verdicts = scan.verdicts
    kind = np.column_stack([verdicts.best, verdicts.deciding, verdicts.near_miss])
    groups = [np.flatnonzero((kind == row).all(axis=1)) for row in np.unique(kind, axis=0)]
    # First one of each verdict, since a policy with many rules has more groups than there is room for.
    seen = [np.flatnonzero((kind[:, [0, 2]] == row).all(axis=1)) for row in np.unique(kind[:, [0, 2]], axis=0)]
    chosen = [int(group[len(group) // 2]) for group in seen]
    for turn in range(1, N_PARCELS + 1):  # the groups in turn: the half of each, the third, the quarter …
        fresh = [int(group[len(group) // (turn + 1)]) for group in groups]
        chosen += [index for index in fresh if index not in chosen]
    return sorted(chosen[:N_PARCELS])


def _parcels(scan: Scan) -> str:
    verdicts, rows = scan.verdicts, []
    for index in chosen_parcels(scan):
        rule = scan.policy.rules[int(verdicts.deciding[index])]
        outcome = "outcome.near_miss" if verdicts.near_miss[index] else OUTCOME_KEYS[Outcome(int(verdicts.best[index]))]
        sentence = reason_texts(scan, rule, np.array([index]), "nl")[0]
        rows.append([scan.parcels.ids[index], message(outcome, "nl"), rule.label.nl, sentence])
    return "## Enkele percelen\n\n" + _table(["perceel", "oordeel", "beslissende regel", "reden"], rows)


def _cards(scan: Scan) -> list[str]:
    """Return the card of one parcel of each verdict: the one in the middle of the list."""
    cited, cards = documents(config_folder()), []
    for outcome in (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL):
        found = np.flatnonzero(scan.verdicts.best == outcome)
        if len(found):
            facts = explain(scan, str(scan.parcels.ids[found[len(found) // 2]]), "nl")
            title = message(OUTCOME_KEYS[outcome], "nl")
            cards.append(f"## Kaart: {title}\n\n```text\n{card_text(scan, facts, cited, 'nl')}\n```")
    return cards
