"""The careful script with explanations: of every rule the outcome, the measured value and the deciding object.

``python -m benchmarks.explained_script FOLDER OUT.parquet``. The rules and customs are those of ``careful_script``; what is
added is what an analyst adds who must explain a verdict: overlays with all zones, the largest of which is named; searches
that remember from which facility they came; the employer that is nearest; the business that leaves least, looked for up to
its guideline distance and a near miss; the loudest cell.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from exactextract import exact_extract
from scipy.spatial import cKDTree

from benchmarks.careful_script import (
    ACCESS_KMH,
    ALLOWED,
    GUIDELINE_M,
    KINDS,
    LEAST_JOBS,
    LEAST_SHARE,
    MODES,
    MOST_DB,
    MOST_PARK_M2,
    MOST_SNAP_M,
    MOST_WORK_M,
    UNKNOWN_BUSINESS_M,
    graph_of,
    three,
)

NEAR_MISS_M: Final = 10.0


def main(folder: Path, out: Path) -> None:
    """Read, test, write."""
    parcels = gpd.read_parquet(folder / "parcels.parquet").set_index("parcel_id")
    told = pd.concat(
        [
            zoning(parcels, gpd.read_parquet(folder / "zoning.parquet")),
            recreation(parcels, gpd.read_parquet(folder / "recreation_parks.parquet")),
            facilities(parcels, folder),
            near_work(parcels, gpd.read_parquet(folder / "employers.parquet")),
            environment(parcels, gpd.read_parquet(folder / "businesses.parquet")),
            noise(parcels, folder / "noise.tif"),
        ],
        axis=1,
    )
    rules = told[[name for name in told.columns if not name.endswith(("_value", "_object"))]]
    verdict = np.select(
        [(rules == "fail").any(axis=1), (rules == "unknown").any(axis=1)], ["fail", "unknown"], default="pass"
    )
    gpd.GeoDataFrame(told.assign(verdict=verdict), geometry=parcels.geometry).reset_index().to_parquet(
        out, compression="zstd"
    )


def zoning(parcels: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """The share in an allowed designation, and the zone that covers most."""
    pieces = gpd.overlay(parcels.reset_index()[["parcel_id", "geometry"]], zones, how="intersection")
    pieces["area"] = pieces.area
    allowed, unmapped = (
        pieces["area"][rows].groupby(pieces["parcel_id"][rows]).sum().reindex(parcels.index, fill_value=0.0)
        / parcels.area
        for rows in (pieces["designation"].isin(ALLOWED), pieces["designation"].isna())
    )
    most = pieces.sort_values("area").drop_duplicates("parcel_id", keep="last").set_index("parcel_id")
    outcome = three(allowed >= LEAST_SHARE, allowed + unmapped < LEAST_SHARE)
    return as_told("zoning", outcome, allowed, most["designation_code"].reindex(parcels.index))


def recreation(parcels: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> pd.DataFrame:
    """The m2 in a recreation park, and the park that takes most."""
    pieces = gpd.overlay(parcels.reset_index()[["parcel_id", "geometry"]], parks, how="intersection")
    pieces["area"] = pieces.area
    area = pieces["area"].groupby(pieces["parcel_id"]).sum().reindex(parcels.index, fill_value=0.0)
    most = pieces.sort_values("area").drop_duplicates("parcel_id", keep="last").set_index("parcel_id")
    return as_told(
        "recreation_park", three(area <= MOST_PARK_M2, area > MOST_PARK_M2), area, most["name"].reindex(parcels.index)
    )


def facilities(parcels: gpd.GeoDataFrame, folder: Path) -> pd.DataFrame:
    """Minutes to the nearest facility of each kind by bicycle and on foot, and which it is."""
    nodes = pd.read_parquet(folder / "streets_nodes.parquet").to_numpy()
    edges = pd.read_parquet(folder / "streets_edges.parquet", columns=["tail", "head", "flags"])
    places = gpd.read_parquet(folder / "facilities.parquet")
    homes = parcels.centroid.get_coordinates().to_numpy()
    told: dict[str, pd.Series] = {}
    near = {kind: np.zeros(len(parcels), dtype=bool) for kind in KINDS}
    off_street = np.ones(len(parcels), dtype=bool)
    for mode, (forth, back, kmh, limit) in MODES.items():
        graph, used = graph_of(nodes, edges, (forth, back), kmh)
        tree = cKDTree(nodes[used])
        leg_m, nearest = tree.query(homes)
        off_street &= leg_m > MOST_SNAP_M
        for kind in KINDS:
            doors = places[places["facility_kind"] == kind]
            at_door = used[tree.query(doors.get_coordinates().to_numpy())[1]]
            minutes, paths = nx.multi_source_dijkstra(graph, set(at_door.tolist()), cutoff=limit)
            at_node = pd.Series(minutes, dtype=float).reindex(used, fill_value=np.inf).to_numpy()[nearest]
            came_from = pd.Series({node: path[0] for node, path in paths.items()}).reindex(used[nearest])
            named = pd.Series(doors["name"].to_numpy(), at_door).groupby(level=0).first()
            trip = at_node + leg_m / (ACCESS_KMH * 1000 / 60)
            near[kind] |= (trip <= limit) & (leg_m <= MOST_SNAP_M)
            told[f"{kind}_{mode}_value"] = pd.Series(trip, parcels.index)
            told[f"{kind}_{mode}_object"] = pd.Series(came_from.map(named).to_numpy(), parcels.index)
    for kind, reached in near.items():
        told["facilities" if kind == KINDS[0] else kind] = three(
            pd.Series(reached, parcels.index), pd.Series(~reached & ~off_street, parcels.index)
        )
    return pd.DataFrame(told)


def near_work(parcels: gpd.GeoDataFrame, employers: gpd.GeoDataFrame) -> pd.DataFrame:
    """Metres to the nearest employer with enough jobs, and which it is."""
    wanted = employers.loc[employers["jobs"] >= LEAST_JOBS, ["name", "geometry"]]
    nearest = gpd.sjoin_nearest(parcels[["geometry"]], wanted, distance_col="metres")
    first = nearest[~nearest.index.duplicated()].reindex(parcels.index)
    return as_told(
        "near_work",
        three(first["metres"] <= MOST_WORK_M, first["metres"] > MOST_WORK_M),
        first["metres"],
        first["name"],
    )


def environment(parcels: gpd.GeoDataFrame, businesses: gpd.GeoDataFrame) -> pd.DataFrame:
    """Metres to spare to the business that leaves least; one without a category could be of a heavy one."""
    guideline = businesses["environmental_category"].map(GUIDELINE_M)
    spare = []
    for metres, some in businesses.groupby(guideline.fillna(UNKNOWN_BUSINESS_M)):
        found = gpd.sjoin_nearest(
            parcels[["geometry"]], some[["name", "environmental_category", "geometry"]],
            max_distance=metres + NEAR_MISS_M, distance_col="metres",
        )  # fmt: skip
        spare.append(found.assign(spare=found["metres"] - metres)[["spare", "name", "environmental_category"]])
    all_found = pd.concat(spare).sort_values("spare")
    is_known = all_found["environmental_category"].notna()
    known, unknown = first_of(all_found[is_known]), first_of(all_found[~is_known])
    value = known["spare"].reindex(parcels.index, fill_value=np.inf)
    at_worst = unknown["spare"].reindex(parcels.index, fill_value=np.inf)
    return as_told(
        "environment", three((value >= 0) & (at_worst >= 0), value < 0), value, known["name"].reindex(parcels.index)
    )


def first_of(sorted_rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first row of each parcel."""
    return sorted_rows[~sorted_rows.index.duplicated()]


def noise(parcels: gpd.GeoDataFrame, raster: Path) -> pd.DataFrame:
    """The loudest cell."""
    highest = exact_extract(str(raster), parcels.reset_index()[["geometry"]], ["max"], output="pandas")["max"]
    levels = pd.Series(highest.to_numpy(dtype=float), parcels.index)
    return as_told("noise", three(levels <= MOST_DB, levels > MOST_DB), levels, None)


def as_told(rule: str, outcome: pd.Series, value: pd.Series, decides: pd.Series | None) -> pd.DataFrame:
    """Return the columns of one rule."""
    columns = {rule: outcome, f"{rule}_value": value}
    return pd.DataFrame(columns if decides is None else {**columns, f"{rule}_object": decides})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
