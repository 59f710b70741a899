"""The policy of the whole job: the basic rules with ten kinds of facilities instead of one, and noise.

``python -m benchmarks.ten_kinds FILE.yaml`` writes it. The kinds are those of which the tiling has some; limits, speeds and
customs are those of ``kadaster-scan``, the noise limit is that of ``hardenberg-2025``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.careful_script import KINDS, MODES, MOST_DB, MOST_SNAP_M

_SOURCE: Final = {"document": "hardenberg-2025", "article": "Bijlage 1"}
_ASSUMED: Final = {"nl": "Alleen om te meten hoe snel de scan is.", "en": "Only to measure how fast the scan is."}


def write_policy(path: Path) -> Path:
    """Write the policy and return its path."""
    title = {"nl": "Locatiescan, tien voorzieningen en geluid", "en": "Location scan, ten facilities and noise"}
    rules = [*(_facility(kind) for kind in KINDS[1:]), _noise()]
    policy = {"extends": "kadaster-scan", "title": title, "in_force": "2025-07-08", "rules": rules}
    path.write_text(yaml.safe_dump(policy, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _rule(name: str, **more: object) -> dict[str, Any]:
    label = {"nl": name.replace("_", " "), "en": name.replace("_", " ")}
    return {"id": name, "label": label, "source": _SOURCE, "assumption": _ASSUMED, **more}


def _facility(kind: str) -> dict[str, Any]:
    parts = [
        _rule(
            f"{kind}_{mode}",
            criterion="facility_minutes",
            params={
                "facility_kind": kind, "mode": mode, "speed_kmh": kmh, "access_speed_kmh": 5, "snap_limit_m": MOST_SNAP_M,
                "horizon_min": 120,
            },
            limit={"at_most": most, "unit": "min"},
        )
        for mode, (_, _, kmh, most) in MODES.items()
    ]  # fmt: skip
    return _rule(kind, effect="exclude", any_of=parts)


def _noise() -> dict[str, Any]:
    params = {"statistic": "highest", "quietest_db": 30, "loudest_db": 90}
    return _rule(
        "noise", criterion="noise_level", params=params, limit={"at_most": MOST_DB, "unit": "dB"}, effect="exclude"
    )


if __name__ == "__main__":
    write_policy(Path(sys.argv[1]))
