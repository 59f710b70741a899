"""State of a running service: one scan, its published layer and the readable policies. Frozen and shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suitability.api.problems import without_folders
from suitability.api.published_layer import Published, publish
from suitability.core.config import config_folder, documents
from suitability.core.errors import SuitabilityError
from suitability.criteria import REGISTRY
from suitability.policy.reader import policy_names, read_policy
from suitability.submissions.lookup import LookupSources, surroundings_of
from suitability.submissions.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from suitability.policy.model import Policy
    from suitability.scan.run import Scan
    from suitability.submissions.lookup_context import Surroundings
    from suitability.submissions.settings import Settings


@dataclass(frozen=True)
class Service:
    """``policies``: by id, the one of ``scan`` among them. ``surroundings``: what submitted places are looked up in."""

    scan: Scan
    published: Published
    policies: Mapping[str, Policy]
    documents: dict[str, dict[str, object]]
    surroundings: Surroundings
    intake: Settings

    def run(self) -> dict[str, Any]:
        """Return the run record, without folders of this machine."""
        record: dict[str, Any] = _without_folders(self.scan.run.as_dict())
        return record


def make_service(
    scan: Scan, ways: LookupSources, report: Callable[[SuitabilityError], None], config: Path | None = None
) -> Service:
    """Return the service of a scan; ``report`` receives each policy that cannot be read and is left out."""
    folder = config_folder(config)
    listed = documents(folder)
    scan.parcels.areas  # noqa: B018 (worked out once, before threads share it)
    return Service(
        scan=scan,
        published=publish(scan, listed),
        policies=_policies(folder, report) | {scan.policy.id: scan.policy},
        documents=listed,
        surroundings=surroundings_of(scan, ways),
        intake=read_settings(folder),
    )


def _policies(folder: Path, report: Callable[[SuitabilityError], None]) -> dict[str, Policy]:
    found = {}
    for name in policy_names(folder):
        try:
            found[name] = read_policy(name, REGISTRY, folder)
        except SuitabilityError as error:
            report(error)
    return found


def _without_folders(value: object) -> Any:  # noqa: ANN401 (as it came)
    if isinstance(value, dict):
        return {name: _without_folders(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_folders(each) for each in value]
    return without_folders(value) if isinstance(value, str) else value
