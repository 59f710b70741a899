"""One suite that every source must pass: derive from ``SourceContract`` and give it a ``source`` fixture.

A source that does not say everywhere where its layers are complete names those layers in ``complete_nowhere``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from suitability.core.errors import LayerError
from suitability.core.layer import Area, LayerSpec, Raster, StreetGraph
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS

if TYPE_CHECKING:
    from suitability.core.layer import Layer, Source

#: Metres in which coordinates of the Netherlands lie in EPSG:28992; degrees or metres of another system do not.
_RD = shapely.box(0.0, 300_000.0, 290_000.0, 630_000.0)
_WINDOW_M = 1_500.0


class SourceContract:
    """Guarantees for the engine that every source must give."""

    #: Layers of this source that are complete nowhere: anything missing from them is unknown.
    complete_nowhere: ClassVar[frozenset[str]] = frozenset()

    def test_it_has_a_name_and_offers_layers_that_exist(self, source: Source) -> None:
        """The name stands in every run record; a layer of another name would never be asked for."""
        assert source.name.strip()
        assert source.offers()
        assert source.offers() <= set(LAYERS)

    def test_every_layer_meets_its_specification(self, source: Source) -> None:
        """Type, columns, CRS, and unique ids of all that is offered."""
        for name in sorted(source.offers()):
            layer = source.load(LAYERS[name], Area.everywhere())
            assert layer.spec is LAYERS[name]
            if layer.spec.kind == "vector":
                _check_vector(layer)
            elif layer.spec.kind == "graph":
                assert {"walk", "bicycle"} <= set(layer.data)
                for graph in layer.data.values():
                    _check_graph(graph)
            elif layer.spec.kind == "raster":
                _check_raster(layer.data)
            else:
                _check_table(layer)

    def test_coverage_is_a_valid_polygon_in_rd(self, source: Source) -> None:
        """The coverage decides between none and unknown, so it must be sound."""
        for name in sorted(source.offers()):
            coverage = source.load(LAYERS[name], Area.everywhere()).coverage
            assert coverage.geom_type in ("Polygon", "MultiPolygon"), name
            assert coverage.is_valid, name
            assert coverage.is_empty == (name in self.complete_nowhere), name
            assert coverage.is_empty or coverage.area > 0, name
            assert coverage.is_empty or _RD.contains(coverage), name

    def test_provenance_is_complete(self, source: Source) -> None:
        """Every layer has its source, licence, date, and a statement of what is not real about it."""
        for name in sorted(source.offers()):
            origin = source.load(LAYERS[name], Area.everywhere()).provenance
            for text in (origin.source, origin.url, origin.licence, origin.attribution):
                assert text.strip(), name
            assert isinstance(origin.reference_date, date)
            assert isinstance(origin.retrieved, date)
            assert len(origin.sha256) == 64, name
            assert origin.rows > 0, name
            if origin.standing != "observed":
                assert origin.note["nl"] and origin.note["en"], name  # noqa: PT018

    def test_cutting_keeps_row_numbers(self, source: Source) -> None:
        """The rows of a window are rows of the whole, with the same number and the same content."""
        area = _window(source)
        for name in sorted(source.offers()):
            if LAYERS[name].kind != "vector":
                continue
            whole, part = source.load(LAYERS[name], Area.everywhere()), source.load(LAYERS[name], area)
            assert part.frame.index.is_unique
            assert part.frame.index.is_monotonic_increasing
            same = whole.frame.loc[part.frame.index]
            assert (same.geometry.to_numpy() == part.frame.geometry.to_numpy()).all(), name

    def test_cutting_loses_nothing_within_reach(self, source: Source) -> None:
        """Whatever touches the area and its reach is delivered; parcels are in when their inner point is."""
        area = _window(source)
        reached = shapely.buffer(area.polygon, area.reach_m)
        for name in sorted(source.offers()):
            if LAYERS[name].kind != "vector":
                continue
            whole, part = source.load(LAYERS[name], Area.everywhere()), source.load(LAYERS[name], area)
            shapes = whole.frame.geometry.to_numpy()
            if name == "parcels":
                inner = shapely.intersects(area.polygon, shapely.point_on_surface(shapes))
                assert np.array_equal(np.flatnonzero(inner), part.frame.index.to_numpy())
            else:
                assert set(whole.frame.index[shapely.intersects(reached, shapes)]) <= set(part.frame.index), name

    def test_coverage_of_a_window_lies_within_that_of_the_whole(self, source: Source) -> None:
        """A part never claims to know more than the whole."""
        area = _window(source)
        for name in sorted(source.offers()):
            whole, part = source.load(LAYERS[name], Area.everywhere()), source.load(LAYERS[name], area)
            assert part.coverage.geom_type in ("Polygon", "MultiPolygon"), name
            assert part.coverage.is_valid
            assert shapely.area(shapely.difference(part.coverage, whole.coverage)) < 1.0, name

    def test_a_layer_with_kinds_says_which_it_knows(self, source: Source) -> None:
        """Else it counts for all kinds, and hides those of the next source; a window knows the same kinds."""
        area = _window(source)
        for name in sorted(source.offers()):
            whole, part = source.load(LAYERS[name], Area.everywhere()), source.load(LAYERS[name], area)
            column = LAYERS[name].kind_column
            assert bool(whole.kind_coverage) == (column is not None), name
            assert set(whole.kind_coverage) == set(part.kind_coverage), name
            assert whole.assumed_kinds == part.assumed_kinds <= set(whole.kind_coverage), name
            if column is not None:
                assert all(whole.knows(kind) for kind in whole.table[column].dropna().unique()), name

    def test_kinds_are_known_at_least_as_far_as_the_layer(self, source: Source) -> None:
        """If the layer is complete for all kinds, each kind is; a window of a kind never claims more than the whole."""
        area = _window(source)
        for name in sorted(source.offers()):
            whole, part = source.load(LAYERS[name], Area.everywhere()), source.load(LAYERS[name], area)
            for kind, known in whole.kind_coverage.items():
                assert known.is_valid, (name, kind)
                assert shapely.area(shapely.difference(whole.coverage, known)) < 1.0, (name, kind)
                assert known.is_empty or _RD.contains(known), (name, kind)
                assert part.kind_coverage[kind].is_valid, (name, kind)
                assert shapely.area(shapely.difference(part.kind_coverage[kind], known)) < 1.0, (name, kind)

    def test_fingerprint_is_stable(self, source: Source) -> None:
        """Two loads of the same are the same."""
        for name in sorted(source.offers()):
            first, second = (source.load(LAYERS[name], Area.everywhere()) for _ in range(2))
            assert first.fingerprint == second.fingerprint, name

    def test_a_window_with_other_rows_has_another_fingerprint(self, source: Source) -> None:
        """A measurement on one window is never reused for the rows of another."""
        area = _window(source)
        wider = Area("wider", area.polygon, reach_m=2 * area.reach_m)
        for name in sorted(source.offers()):
            if LAYERS[name].kind != "vector":
                continue
            loaded = [source.load(LAYERS[name], where) for where in (Area.everywhere(), wider, area)]
            assert len({layer.fingerprint for layer in loaded}) >= len({len(layer.frame) for layer in loaded}), name

    def test_a_change_to_a_layer_stays_with_it(self, source: Source) -> None:
        """A change to delivered rows changes nothing in later deliveries."""
        for name in sorted(source.offers()):
            if LAYERS[name].kind not in {"vector", "table"}:
                continue
            first = source.load(LAYERS[name], Area.everywhere()).data
            kept = first.copy(deep=True)
            for column in LAYERS[name].columns:
                first[column] = None
            again = source.load(LAYERS[name], Area.everywhere()).data
            pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(kept))

    def test_unknown_layer_is_refused_with_a_sentence(self, source: Source) -> None:
        """The sentence names the layer asked for and the layers available."""
        with pytest.raises(LayerError) as caught:
            source.load(LayerSpec("unicorns", "vector", ("Point",)), Area.everywhere())
        for sentence in (*caught.value.sentences("en"), *caught.value.sentences("nl")):
            assert "unicorns" in sentence
            assert min(source.offers()) in sentence


def _window(source: Source) -> Area:
    """Return an area in the middle of the parcels, or else of the first layer that has rows on a map."""
    maps = [name for name in ("parcels", *sorted(source.offers())) if name in source.offers()]
    name = next(name for name in maps if LAYERS[name].kind == "vector")
    middle = shapely.box(*source.load(LAYERS[name], Area.everywhere()).frame.total_bounds).centroid
    return Area("window", shapely.buffer(middle, _WINDOW_M), reach_m=500.0)


def _check_vector(layer: Layer) -> None:
    frame, spec = layer.frame, layer.spec
    assert frame.crs is not None
    assert frame.crs.to_string() == CRS
    assert len(frame) == layer.provenance.rows
    assert set(frame.geom_type) <= set(spec.geometry), spec.name
    assert frame.geometry.notna().all()
    assert frame.is_valid.all(), spec.name
    assert not frame.is_empty.any()
    for column, kind in spec.columns.items():
        expected = {"text": "OSU", "int": "i", "float": "f"}[kind]
        assert frame[column].dropna().to_numpy().dtype.kind in expected, (spec.name, column)
    if spec.unique is not None:
        assert frame[spec.unique].is_unique
        assert frame[spec.unique].notna().all()


def _check_table(layer: Layer) -> None:
    assert not isinstance(layer.table, gpd.GeoDataFrame)
    assert len(layer.table) == layer.provenance.rows
    for column, kind in layer.spec.columns.items():
        expected = {"text": "OSU", "int": "i", "float": "f"}[kind]
        assert layer.table[column].dropna().to_numpy().dtype.kind in expected, (layer.spec.name, column)


def _check_graph(graph: StreetGraph) -> None:
    n = len(graph.node_xy)
    assert len(graph.tail) == len(graph.head) == len(graph.length_m) == len(graph.forward) == len(graph.backward)
    assert graph.tail.min() >= 0
    assert max(graph.tail.max(), graph.head.max()) < n
    assert (graph.forward | graph.backward).all()
    assert np.array_equal(np.unique(np.concatenate([graph.tail, graph.head])), np.arange(n)), "a node without a street"
    assert np.allclose(graph.length_m, shapely.length(graph.segments), atol=0.01)
    assert graph.name.max() < len(graph.names)
    assert graph.name.min() >= -1


def _check_raster(raster: Raster) -> None:
    levels = np.asarray(raster.values)
    assert levels.dtype == np.float32
    assert raster.cell_m > 0
    height, width = levels.shape
    box = shapely.box(raster.left, raster.top - height * raster.cell_m, raster.left + width * raster.cell_m, raster.top)
    assert _RD.contains(box)
