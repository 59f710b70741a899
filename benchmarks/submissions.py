"""A thousand submitted locations on the embedded municipality: the whole command without cards, and cards by the piece."""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer

from benchmarks.timing import spread, whole_process
from layers.demo import DemoSource
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.spatial.parcels import inner_points

N = 1000
N_CARDS = 40
RUNS = 3


def write_batch(path: Path, n: int) -> None:
    """Write ``n`` lines, in turn by address, RD, WGS84, parcel, drawn rectangle and building."""
    source = DemoSource()
    frame = source.load(LAYERS["parcels"], Area.everywhere()).frame
    rows = np.linspace(0, len(frame) - 1, n).astype(int)
    shapes, ids = frame.geometry.to_numpy()[rows], frame["parcel_id"].to_numpy()[rows]
    xy = shapely.get_coordinates(inner_points(shapes))
    degrees = np.column_stack(Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True).transform(*xy.T))
    book = source.addresses()
    buildings = source.load(LAYERS["buildings"], Area.everywhere()).frame["bag_id"].dropna()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["nr", "adres", "x", "y", "lat", "lon", "perceel", "wkt", "bag_id"], restval="")
        writer.writeheader()
        for i in range(n):
            at = book.iloc[(i * 7919) % len(book)]
            (x, y), (lon, lat) = xy[i], degrees[i]
            line = [
                {"adres": f"{at['street']} {at['number']}, {at['settlement']}"},
                {"x": f"{x:.2f}", "y": f"{y:.2f}"},
                {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"},
                {"perceel": str(ids[i])},
                {"wkt": shapely.box(x - 30, y - 20, x + 30, y + 20).wkt},
                {"bag_id": str(buildings.iloc[(i * 7919) % len(buildings)])},
            ][i % 6]
            writer.writerow({"nr": i + 1, **line})


def run() -> None:
    """Print wall time and peak memory of ``suitability score`` on a thousand lines, and the seconds per card."""
    print(f"Whole process: suitability score, {N} lines, embedded municipality, no cards")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_batch(folder / "batch.csv", N)
        command = [sys.executable, "-m", "suitability", "score", str(folder / "batch.csv"), "--out"]
        for policy in ("kadaster-scan", "hardenberg-2025"):
            runs = [_timed([*command, str(folder / f"{policy}-{i}"), "--policy", policy, "--no-cards"], folder / f"cache-{policy}-{i}") for i in range(RUNS)]  # fmt: skip
            print(f"  {policy:18s} {spread([wall for wall, _ in runs])}  peak {max(peak for _, peak in runs):.0f} MB")
        write_batch(folder / "few.csv", N_CARDS)
        few = [sys.executable, "-m", "suitability", "score", str(folder / "few.csv"), "--out", str(folder / "few")]
        without, _ = _timed([*few, "--no-cards"], folder / "cache-few")
        with_cards, _ = _timed(few, folder / "cache-few")
    print(f"  per card, HTML and PDF {max(with_cards - without, 0.0) / N_CARDS:8.3f} s")


def _timed(command: list[str], cache: Path) -> tuple[float, float]:
    return whole_process(command, {"SUITABILITY_CACHE": str(cache)})
