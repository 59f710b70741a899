"""A scan in pieces that is not possible gives one clear sentence, and leaves nothing half-done behind."""

from __future__ import annotations

import shutil
import socket
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest

from suitability.core.errors import SuitabilityError
from suitability.criteria import REGISTRY
from suitability.partitions import schedulers
from suitability.partitions.resources import Resources
from suitability.partitions.run import PartitionedScan, scan_in_partitions
from suitability.policy.reader import read_policy
from tests.partitions.town import write

if TYPE_CHECKING:
    from pathlib import Path


def scan(source: str, out: Path, means: Resources | None = None, area: str | None = None) -> PartitionedScan:
    """Return the result of a scan in pieces."""
    policy = read_policy("kadaster-scan", REGISTRY)
    return scan_in_partitions(policy, source, out, "en", means or Resources(), area=area, progress=lambda *_: None)


def refused(said: str, source: str, out: Path, means: Resources | None = None, area: str | None = None) -> None:
    """Check that a scan is refused with these words, and that no result was written."""
    with pytest.raises(SuitabilityError) as caught:
        scan(source, out, means, area)
    assert said in " ".join(caught.value.sentences("en"))
    assert not (out / "parcels").exists()
    assert not (out / "run.json").exists()


def test_the_source_must_be_a_folder(tmp_path: Path) -> None:
    """The sample municipality is scanned in one go."""
    refused("Only a folder of files can, such as", "demo", tmp_path)


def test_the_parcels_must_be_geoparquet(town: Path, tmp_path: Path) -> None:
    """For other formats, the sentence names the file and the remedy."""
    folder = shutil.copytree(town, tmp_path / "town")
    gpd.read_parquet(folder / "parcels.parquet").iloc[:50].to_file(folder / "parcels.gpkg", layer="parcels")
    text = (folder / "sources.yaml").read_text(encoding="utf-8").replace("parcels.parquet", "parcels.gpkg")
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    refused("the parcels are in parcels.gpkg", f"dir:{folder}", tmp_path / "out")


def test_a_parcel_that_stands_twice_far_apart(town: Path, tmp_path: Path) -> None:
    """No piece sees both; all of them together do."""
    folder = shutil.copytree(town, tmp_path / "town")
    parcels = gpd.read_parquet(folder / "parcels.parquet")
    parcels.loc[2900, "parcel_id"] = parcels.loc[3, "parcel_id"]
    write(parcels.drop(columns="bbox", errors="ignore"), folder / "parcels.parquet")
    refused("1 parcel designations occur more than once", f"dir:{folder}", tmp_path / "out")


def test_a_broken_row_in_one_piece_is_named(town: Path, tmp_path: Path) -> None:
    """A column of another type stops the scan, as it does in one go."""
    folder = shutil.copytree(town, tmp_path / "town")
    parcels = gpd.read_parquet(folder / "parcels.parquet").drop(columns="bbox", errors="ignore")
    parcels.loc[[1500, 1501], "parcel_id"] = "twice"
    write(parcels, folder / "parcels.parquet")
    refused("twice", f"dir:{folder}", tmp_path / "out", Resources(workers=2, memory_gb=5))


@pytest.mark.parametrize(
    ("means", "said"),
    [
        (Resources(memory_gb=0.5), "0.5 GB may be used"),
        (Resources(scheduler="local:none"), "Give local: with a number"),
        (Resources(scheduler="local:0"), "Give local: with a number"),
        (Resources(scheduler="nonsense"), "does not answer"),
    ],
)
def test_means_that_do_not_exist(means: Resources, said: str, town: Path, tmp_path: Path) -> None:
    """Too little memory, no number of workers, no address."""
    refused(said, f"dir:{town}", tmp_path, means)


def test_a_cluster_that_is_not_there(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten seconds, here one, it says so."""
    monkeypatch.setattr(schedulers, "_PATIENCE_S", 1.0)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    refused("does not answer", f"dir:{town}", tmp_path, Resources(scheduler=f"tcp://localhost:{port}"))


def test_an_unknown_municipality(town: Path, tmp_path: Path) -> None:
    """As in one go."""
    refused("Zwolle", f"dir:{town}", tmp_path, area="Zwolle")
