"""Other weights than those of the policy, as people give them: ``rule=number`` with commas, or a YAML file of such lines."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from suitability.core.errors import Place, Problem, SubmissionError, suggestion
from suitability.core.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.policy.model import Policy

_OPTION = "--weights"


def read_weights(text: str) -> dict[str, float]:
    """Return weights by rule id from ``facilities=2,noise=0.5``, or from the YAML file of that name.

    Raises ``SubmissionError`` with every part that is no such pair, ``PolicyError`` or ``SourceError`` for the file.
    """
    if Path(text).suffix in {".yaml", ".yml"}:
        return _from_file(Path(text))
    weights: dict[str, float] = {}
    problems = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        if name in weights:
            problems.append(Problem(_OPTION, "duplicate_key", {"found": name}))
        try:
            weights[name] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name:
            problems.append(Problem(_OPTION, "weight_unreadable", {"found": part}))
    if problems or not weights:
        raise SubmissionError(*problems or [Problem(_OPTION, "weight_unreadable", {"found": text})])
    return weights


def _from_file(path: Path) -> dict[str, float]:
    located = read_yaml(path)
    wrong = [name for name, value in located.items() if isinstance(value, bool) or not isinstance(value, int | float)]
    if wrong:
        problems = [
            Problem(Place(*located.lines[name], field=name), "weight_number", {"found": located[name]})
            for name in wrong
        ]
        raise SubmissionError(*problems)
    return {str(name): float(value) for name, value in located.items()}


def checked_weights(policy: Policy, weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights as given; raises ``SubmissionError`` with every one that cannot be used with this policy."""
    known = [rule.id for rule in policy.rules]
    problems = []
    for name, weight in weights.items():
        if name not in known:
            fields = {"found": name, "expected": ", ".join(known), "suggestion": suggestion(name, known)}
            problems.append(Problem(_OPTION, "unknown_rule", fields))
        elif not (math.isfinite(weight) and weight >= 0):
            problems.append(Problem(Place(_OPTION, rule=name), "weight_number", {"found": f"{weight:g}"}))
    if problems:
        raise SubmissionError(*problems)
    return dict(weights)
