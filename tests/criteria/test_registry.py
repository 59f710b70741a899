"""Every criterion has all that belongs to one: sentences, source, test, documentation and a policy that uses it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from suitability.core.config import config_folder, documents
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import catalogue, has_message
from suitability.criteria import REGISTRY
from suitability.criteria.base import Criterion
from suitability.policy.reader import policy_names, read_policy
from tests.paths import ROOT
from tests.properties.towns import small_town_policy

if TYPE_CHECKING:
    from suitability.policy.model import Check

FOLDER = ROOT / "suitability" / "criteria"
#: Modules shared by the criteria, and no criterion themselves.
SHARED = ("base", "buildings_on", "column_filter", "land_norms", "whole_beds")
#: Criteria whose value can be less certain than it seems: a number found, and the data ends near it or has a gap.
MAY_END_NEARBY = sorted(set(REGISTRY) - {"parcel_area", "declared", "declared_number"})
CRITERIA = [pytest.param(criterion, id=name) for name, criterion in REGISTRY.items()]


def shipped_checks() -> list[Check]:
    """Return every measuring check of the shipped policies."""
    config = ROOT / "config"
    return [check for name in policy_names(config) for check in read_policy(name, REGISTRY, config).checks()]


def test_every_file_is_registered_under_its_own_name() -> None:
    """The file is named after the criterion, and no file is forgotten."""
    assert set(REGISTRY) == {path.stem for path in FOLDER.glob("*.py")} - {"__init__", *SHARED}
    for name, criterion in REGISTRY.items():
        assert isinstance(criterion, Criterion)
        assert criterion.id == name
        assert criterion.measure.__module__ == f"suitability.criteria.{name}"


@pytest.mark.parametrize("criterion", CRITERIA)
def test_has_its_sentences_in_both_languages(criterion: Criterion) -> None:
    """Within, beyond and unknown, each under the criterion's own name and each another text."""
    assert criterion.reasons == tuple(f"{criterion.id}.{word}" for word in ("within", "beyond", "unknown"))
    for lang in ("nl", "en"):
        texts = [catalogue(lang)[key] for key in criterion.reasons]
        assert all(text.endswith(".") for text in texts)
        assert criterion.id == "declared" or len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", MAY_END_NEARBY)
def test_says_what_it_found_near_the_edge_of_the_data(name: str) -> None:
    """The message for an uncertain value includes the value found: a text of the criterion, or the shared one."""
    key = REGISTRY[name].reasons[2]
    chosen = f"{key}_edge" if has_message(f"{key}_edge") else "reason.edge_of_data"
    for lang in ("nl", "en"):
        assert "{value}" in catalogue(lang)[chosen]
        assert "{limit}" in catalogue(lang)[chosen]


def test_no_sentence_of_a_criterion_is_left_over() -> None:
    """A key that no criterion uses is a text that nobody reads."""
    known = {
        key + tail
        for c in REGISTRY.values()
        for key in c.reasons
        for tail in ("", "_none", "_zero", "_edge", "_edge_none")
    }
    of_criteria = {key for key in catalogue("nl") if key.split(".")[0] in REGISTRY}
    assert of_criteria <= known


@pytest.mark.parametrize("criterion", CRITERIA)
def test_cites_a_document_that_is_listed(criterion: Criterion) -> None:
    """The method has a source, and ``config/documents.yaml`` describes it."""
    listed = documents(config_folder(ROOT / "config"))
    assert criterion.source.document in listed
    assert set(listed[criterion.source.document]["title"]) == {"nl", "en"}


@pytest.mark.parametrize("criterion", CRITERIA)
def test_has_a_test_of_its_own(criterion: Criterion) -> None:
    """Hand-drawn parcels with known answers, in a file named after it."""
    text = (ROOT / "tests" / "criteria" / f"test_{criterion.id}.py").read_text(encoding="utf-8")
    assert criterion.id in text
    assert len(re.findall(r"^def test_", text, flags=re.MULTILINE)) >= 3


@pytest.mark.parametrize("criterion", CRITERIA)
def test_needs_layers_and_columns_that_exist(criterion: Criterion) -> None:
    """The columns that a criterion reads, and those that name its evidence, are in the specification of the layer."""
    asked = [check.params for check in shipped_checks() if check.criterion == criterion.id]
    assert asked
    for params in asked:
        needs, named_by = criterion.needs_of(params), criterion.evidence_of(params)
        for need in needs:
            assert set(need.columns) <= {*LAYERS[need.layer].columns, *LAYERS[need.layer].optional}
        if named_by is not None:
            layer, columns = named_by
            assert layer in {need.layer for need in needs}
            assert set(columns) <= set(LAYERS[layer].columns)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_describes_every_param_and_guesses_none(criterion: Criterion) -> None:
    """Each param has a description; a default stands only where it means that nothing is asked."""
    for name, field in criterion.params.model_fields.items():
        assert field.description, name
        assert field.is_required() or field.default in (None, ()), name


def test_a_shipped_policy_uses_it() -> None:
    """A criterion that no policy uses is never seen."""
    used = {check.criterion for check in shipped_checks()}
    assert used == set(REGISTRY)


def test_towns_drawn_at_random_try_it() -> None:
    """The policy of the small town asks every criterion."""
    assert {check.criterion for check in small_town_policy().checks()} == set(REGISTRY)
