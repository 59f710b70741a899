"""From the services to the verdict: fetch Kampen through real HTTP, switch the services off, and scan the copies."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from layers import Settings, kept_copies, open_source
from suitability.cli.main import app
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.run import find_area, run_scan
from tests.paths import ROOT
from tests.services import kampen
from tests.services.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from suitability.scan.run import Scan

SOURCE = "pdok,demo"  # layers that the services lack (streets, shops, employers) come from the sample municipality


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Fetch Kampen from services on loopback and stop them; return the folder of copies and the messages."""
    folder = tmp_path_factory.mktemp("fetched")
    config, kept = folder / "config", folder / "copies"
    shutil.copytree(ROOT / "config", config)
    with pytest.MonkeyPatch.context() as patch, Server(kampen.services()) as server:
        table = kampen.write_table(server, config / "sources")
        layers = yaml.safe_load(table.read_text(encoding="utf-8"))
        del layers["layers"]["businesses"]  # plans say more than the embedded layer: not the same layer
        table.write_text(yaml.safe_dump(layers, allow_unicode=True), encoding="utf-8")
        patch.setenv("SUITABILITY_CONFIG", str(config))
        patch.setenv("COLUMNS", "160")
        patch.setenv("SUITABILITY_DATA", str(kept))
        done = CliRunner().invoke(
            app, ["fetch", "--area", "kampen", "--policy", "kadaster-scan", "--source", SOURCE, "--lang", "en"]
        )
        assert done.exit_code == 0, done.output
        n_asked = len(server.requests)
        again = CliRunner().invoke(app, ["fetch", "--area", "Kampen", "--source", SOURCE])
        assert again.exit_code == 0, again.output
        asked_again = sorted({request.path for request in server.requests[n_asked:]})
        assert asked_again == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITABILITY_CONFIG", str(config))
        patch.setenv("COLUMNS", "160")
        patch.setenv("SUITABILITY_DATA", str(kept))
        yield kept, done.output


def offline_scan(kept: Path, policy: str) -> Scan:
    """Scan the copies; no service is there any more."""
    source = open_source(SOURCE, Settings(copies=kept, offline=True))
    return run_scan(read_policy(policy, REGISTRY), source, find_area(source, "Kampen"))


def test_the_fetch_says_what_it_does(fetched: tuple[Path, str]) -> None:
    """The estimate before, the layers after, and the command to continue without internet."""
    _, said = fetched
    assert "Parcels: an estimated" in said
    assert "Kadastrale kaart (BRK)" in said
    assert "suitability scan --source pdok,demo --area" in said
    assert "--offline" in said


def test_same_verdicts_as_the_embedded_municipality(fetched: tuple[Path, str], scan_of: Callable[[str], Scan]) -> None:
    """Parcel by parcel and rule by rule, where the layers are the same."""
    mine, theirs = offline_scan(fetched[0], "kadaster-scan"), scan_of("kadaster-scan")
    names = dict(zip(theirs.parcels.ids, kampen_names(theirs), strict=True))
    place = {name: i for i, name in enumerate(mine.parcels.ids)}
    rows = [(place[names[parcel]], i) for i, parcel in enumerate(theirs.parcels.ids) if names[parcel] in place]
    a, b = np.array(rows).T
    assert len(a) == len(mine.parcels)
    for rule in theirs.policy.rules:
        read = {need.layer for leaf in rule.leaves() for need in REGISTRY[str(leaf.criterion)].needs_of(leaf.params)}
        if read & {"buildings", "public_roads"}:
            continue  # the services have floor areas of units and surfaces of roads, the embedded municipality derives them
        differs = np.flatnonzero(mine.findings[rule.id].outcome[a] != theirs.findings[rule.id].outcome[b])
        assert len(differs) == 0, f"{rule.id}: {len(differs)}"
    assert np.array_equal(mine.verdicts.best[a], theirs.verdicts.best[b])


def kampen_names(scan: Scan) -> list[str]:
    """Return the designations of parcels of the sample municipality as cadastral parcels."""
    return [f"KPN00 A {int(name.rsplit('-', 1)[1])}" for name in scan.parcels.ids]


def test_copies_are_listed_with_their_age(fetched: tuple[Path, str]) -> None:
    """A row per layer, of today."""
    found = kept_copies(Settings(copies=fetched[0]))
    assert {"parcels", "zoning", "recreation_parks", "municipality"} <= {copy.layer for copy in found}
    assert {copy.age_days for copy in found} <= {0, 1}
    listed = CliRunner().invoke(app, ["sources", "--lang", "en"])
    assert listed.exit_code == 0
    assert "Kampen" in listed.output


@pytest.mark.usefixtures("fetched")
def test_without_a_copy_the_remedy_is_reported(tmp_path: Path) -> None:
    """Another municipality was never fetched: one sentence with the command that would."""
    result = CliRunner().invoke(
        app, ["scan", "--area", "Dronten", "--source", SOURCE, "--offline", "--out", str(tmp_path)]
    )
    assert result.exit_code != 0
    assert "suitability fetch --source pdok" in str(result.exception)
