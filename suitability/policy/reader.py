"""Reading a policy: find the file, lay it over what it extends, fill in tables, check everything at once.

A mistake becomes one sentence with file, line, rule, what was found and what was expected; all of them together.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from suitability.core.config import config_folder
from suitability.core.errors import Place, PolicyError, Problem, suggestion
from suitability.core.located_yaml import LocatedDict, LocatedList
from suitability.core.types import Params
from suitability.core.validation import place_of, validated, without_echo
from suitability.core.yaml_files import read_yaml
from suitability.criteria import REGISTRY
from suitability.policy.model import CONVERSIONS, Check, Policy
from suitability.policy.validation import meaning_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.criteria.base import Criterion


_SCALE_PREFIX: Final = "scale:"


def read_policy(name: str, criteria: Mapping[str, Criterion] = REGISTRY, config: Path | None = None) -> Policy:
    """Return a checked policy, every param typed and every limit in its criterion's unit.

    ``name``: of a policy in the config folder, such as ``hardenberg-2025``, or the path of a ``.yaml`` file.
    ``criteria``: what rules may measure by, by id. ``config``: the config folder, default as in ``config_folder``.
    Raises ``PolicyError`` with every mistake of the file, or ``SourceError`` when a file cannot be read.

    Example: ``policy = read_policy("hardenberg-2025")``
    """
    folder = config_folder(config)
    path = policy_path(name, folder)
    problems: list[Problem] = []
    located = _with_base(path, folder, problems)
    _fill_scales(located, folder, problems)
    policy = validated({"id": path.stem, **located}, Policy, problems, partial(place_of, located, path))
    problems += meaning_problems(located, criteria, folder, path)  # also of a malformed policy: every mistake at once
    if policy is None or problems:
        raise PolicyError(*without_echo(problems))
    return _bind(policy, criteria)


def _with_base(path: Path, folder: Path, problems: list[Problem], seen: tuple[Path, ...] = ()) -> LocatedDict:
    """Return the file laid over what it extends: rules by id, other keys replaced.

    What it extends lies beside it, or in the config folder.
    """
    if path in seen:
        raise PolicyError(Problem(str(path), "extends_loop", {"found": " → ".join(p.stem for p in (*seen, path))}))
    overlay = read_yaml(path, problems)
    base_name = overlay.get("extends")
    if not isinstance(base_name, str):
        return overlay
    beside = path.with_name(f"{base_name}.yaml")
    base_path = beside if beside.is_file() and beside != path else folder / f"{base_name}.yaml"
    if not base_path.is_file():
        fields = {"found": base_name, "expected": ", ".join(policy_names(folder))}
        raise PolicyError(Problem(Place(*overlay.lines["extends"]), "extends_missing", fields))
    return _laid_over(_with_base(base_path, folder, problems, (*seen, path)), overlay, problems)


def _laid_over(base: LocatedDict, overlay: LocatedDict, problems: list[Problem]) -> LocatedDict:
    _repeal(base, overlay, problems)
    for key, value in overlay.items():
        if key == "rules" and isinstance(value, LocatedList) and isinstance(base.get(key), LocatedList):
            _lay_rules(base[key], value)
        else:
            base.put(key, value, overlay.lines[key])
    return base


def _repeal(base: LocatedDict, overlay: LocatedDict, problems: list[Problem]) -> None:
    """Take the rules out of the base that the overlay repeals."""
    repeals, rules = overlay.get("repeals"), base.get("rules")
    if not isinstance(repeals, LocatedList) or not isinstance(rules, LocatedList):
        return
    known = [str(rule["id"]) for rule in rules if isinstance(rule, LocatedDict) and "id" in rule]
    for name, line in zip(repeals, repeals.lines, strict=True):
        if name not in known:
            fields = {"found": name, "expected": ", ".join(known), "suggestion": suggestion(str(name), known)}
            problems.append(Problem(Place(*line, field="repeals"), "unknown_rule", fields))
    kept = [
        (rule, line) for rule, line in zip(rules, rules.lines, strict=True)
        if not (isinstance(rule, LocatedDict) and rule.get("id") in repeals)
    ]  # fmt: skip
    base["rules"] = LocatedList()
    for rule, line in kept:
        base["rules"].put(rule, line)


def _lay_rules(base: LocatedList, overlay: LocatedList) -> None:
    by_id = {rule.get("id"): rule for rule in base if isinstance(rule, LocatedDict)}
    for rule, line in zip(overlay, overlay.lines, strict=True):
        known = by_id.get(rule.get("id")) if isinstance(rule, LocatedDict) else None
        if known is None:
            base.put(rule, line)
            continue
        for key, value in rule.items():
            if key == "params" and isinstance(known.get(key), LocatedDict) and isinstance(value, LocatedDict):
                for name, number in value.items():
                    known[key].put(name, number, value.lines[name])
            else:
                known.put(key, value, rule.lines[key])


def _fill_scales(value: object, folder: Path, problems: list[Problem]) -> None:
    """Replace each ``scale:NAME/COLUMN``, or ``scale:NAME/COLUMN/KEY``, by what ``config/scales/NAME.yaml`` holds there."""
    if isinstance(value, LocatedDict):
        for key, child in list(value.items()):
            if isinstance(child, str) and child.startswith(_SCALE_PREFIX):
                value[key] = _scale(child, folder, Place(*value.lines[key]), problems)
            else:
                _fill_scales(child, folder, problems)
    elif isinstance(value, LocatedList):
        for child in value:
            _fill_scales(child, folder, problems)


def _scale(reference: str, folder: Path, place: Place, problems: list[Problem]) -> dict[str, Any] | float:
    name, column, key = [*reference.removeprefix(_SCALE_PREFIX).split("/", 2), "", ""][:3]
    path = folder / "scales" / f"{name}.yaml"
    known = sorted(p.stem for p in (folder / "scales").glob("*.yaml"))
    if name not in known:
        problems.append(Problem(place, "unknown_scale", {"found": name, "expected": ", ".join(known)}))
        return {}
    table = read_yaml(path).get("columns")
    columns = {k: v for k, v in table.items() if isinstance(v, dict)} if isinstance(table, dict) else {}
    if column not in columns:
        problems.append(Problem(place, "unknown_scale", {"found": reference, "expected": ", ".join(columns) or "-"}))
        return {}
    if not key:
        return dict(columns[column])
    if key not in columns[column]:
        fields = {"found": reference.removeprefix(_SCALE_PREFIX), "expected": ", ".join(map(str, columns[column]))}
        problems.append(Problem(place, "unknown_scale", fields))
        return {}
    number: float = columns[column][key]
    return number


def _bind(policy: Policy, criteria: Mapping[str, Criterion]) -> Policy:
    """Return the policy with every check bound to its criterion: typed params, limit in the measured unit."""

    def bound(check: Check) -> Check:
        if check.children:
            return check.with_children(tuple(bound(child) for child in check.children))
        criterion = criteria[str(check.criterion)]
        raw = check.params.model_dump() if isinstance(check.params, Params) else check.params
        update: dict[str, object] = {"params": criterion.params.model_validate(dict(raw))}
        if check.limit is not None:
            factor = 1.0 if check.limit.unit == criterion.unit else CONVERSIONS[check.limit.unit][1]
            update["limit"] = check.limit.in_unit(criterion.unit)
            update["near_miss"] = None if check.near_miss is None else check.near_miss * factor
        if check.scale is not None and check.scale.unit != criterion.unit:
            update["scale"] = check.scale.times(CONVERSIONS[check.scale.unit][1], criterion.unit)
        return check.model_copy(update=update)

    return policy.model_copy(update={"rules": tuple(bound(rule) for rule in policy.rules)})


def policy_path(name: str, config: Path) -> Path:
    """Return the file of a policy given by path or by name; raises ``PolicyError`` with the names that exist."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        return path
    path = config / f"{name}.yaml"
    if not path.is_file():
        known = policy_names(config)
        fields = {"found": name, "expected": ", ".join(known), "suggestion": suggestion(name, known)}
        raise PolicyError(Problem("--policy", "unknown_policy", fields))
    return path


def policy_names(config: Path) -> list[str]:
    """Return the names of the policies in a config folder."""
    files = (path for path in config.glob("*.yaml") if path.is_file())
    return sorted(path.stem for path in files if "rules:" in path.read_text(encoding="utf-8", errors="replace"))
