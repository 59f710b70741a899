"""Mistakes in settings and forms: one sentence each, with line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, model_validator

from suitability.api.settings import read_limits
from suitability.core.errors import Place, PolicyError, SourceError
from suitability.core.types import Params
from suitability.core.validation import MistakeError, form_problems, read_model
from suitability.selection.shortlist.choice import read_preferences
from suitability.submissions.settings import read_settings

CONFIG = Path(__file__).parents[2] / "config"


def said(tmp_path: Path, name: str, read: Any, *changes: tuple[str, str]) -> list[str]:
    """Return what is said of a shipped file of settings after some changes."""
    text = (CONFIG / name).read_text(encoding="utf-8")
    for was, becomes in changes:
        assert was in text
        text = text.replace(was, becomes, 1)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read(tmp_path)
    assert len(caught.value.sentences("nl")) == len(caught.value.sentences("en"))
    return [sentence.replace(f"{tmp_path}/", "") for sentence in caught.value.sentences("en")]


def line_of(name: str, text: str) -> int:
    """Return the line of a shipped file on which a text stands."""
    lines = (CONFIG / name).read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, start=1) if text in line)


def test_all_mistakes_of_the_limits_of_the_service(tmp_path: Path) -> None:
    """A value, a misspelt key and a repeated one: three sentences, in the order in which they are found."""
    found = said(
        tmp_path, "api.yaml", read_limits, ("body_bytes:", "body_bytes: none #"), ("corners:", "cornres:"),
        ("waiting:", "waiting: 1\nwaiting:"),
    )  # fmt: skip
    assert len(found) == 3
    assert "the key 'waiting' is here twice" in found[0]
    at = line_of("api.yaml", "body_bytes")
    assert any(s.startswith(f"api.yaml, line {at}, body_bytes: 'none' is not a whole number") for s in found)
    at = line_of("api.yaml", "corners:")
    assert any(s.startswith(f"api.yaml, line {at}, cornres: the key 'cornres' does not exist") for s in found)
    assert any("Did you mean 'corners'?" in s for s in found)


def test_mistakes_deep_in_the_settings_of_submissions(tmp_path: Path) -> None:
    """The keys that lead to the value are named."""
    found = said(
        tmp_path, "submissions.yaml", read_settings, ("most_lines:", "most_lines: -1 #"), ("personal:", "personel:")
    )
    assert any("limits.most_lines: -1 is not possible here. Choose a number > 0" in sentence for sentence in found)
    assert any(
        "personel: the key 'personel' does not exist. Choose from: limits, columns, personal." in s for s in found
    )
    assert len(found) == 2


def test_mistakes_in_the_preferences(tmp_path: Path) -> None:
    """They are sentences too."""
    found = said(tmp_path, "choice.yaml", read_preferences, ("gap:", "gap: 2 #"), ("objective:", "objective: best #"))
    assert {sentence.split(": ")[1] for sentence in found} == {
        "2 is not possible here. Choose a number < 1.0.",
        "'best' is not possible here. Choose from",
    }
    assert len(found) == 2


class _Circle(Params):
    kind: Literal["circle"]
    radius: float = Field(gt=0)


class _Square(Params):
    kind: Literal["square"]
    side: float = Field(gt=0)


class _Group(Params):
    name: str
    parts: tuple[Annotated[_Circle | _Square, Field(discriminator="kind")], ...] = ()
    by_name: dict[str, _Square] = Field(default_factory=dict)
    size: _Circle | float | None = None

    @model_validator(mode="after")
    def _fits(self) -> _Group:
        if self.name == "bad":
            raise MistakeError("out_of_range", ("name",), found="bad", expected="good")
        return self


FORMS: dict[str, tuple[str, list[str]]] = {
    "key of a member of a union": ("name: a\nparts:\n  - {kind: circle, radios: 1}\n", ["line 3, parts.1.radios: the key 'radios' does not exist. Choose from: kind, radius. Did you mean 'radius'?"]),
    "the other member": ("name: a\nparts:\n  - {kind: square, side: 0}\n", ["line 3, parts.1.side: 0 is not possible here. Choose a number > 0"]),
    "no member": ("name: a\nparts:\n  - {kind: line}\n", ["line 3, parts.1: 'line' is not possible here. Choose from: 'circle', 'square'"]),
    "no tag": ("name: a\nparts:\n  - {side: 1}\n", ["line 3, parts.1: the key 'kind' is missing"]),
    "under a name": ("name: a\nby_name:\n  one: {kind: square}\n", ["line 3, by_name.one.side: the key 'side' is missing"]),
    "a union without a tag": ("name: a\nsize: {kind: circle, radius: 1, x: 2}\n", ["line 2, size.x: the key 'x' does not exist. Choose from: kind, radius.", "line 2, size: '{\"kind\": \"circle\", \"radius\": 1, \"x\": 2}' is not a number"]),
    "a sentence of its own": ("name: bad\n", ["line 1, name: bad is not possible here. Choose a number good"]),
    "unread": ("name: !!int x\n", ["line 1: not valid YAML: !!int x"]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMS))
def test_where_it_stands_and_what_is_allowed(name: str, tmp_path: Path) -> None:
    """The keys allowed are those of the model that the value belongs to; what pydantic adds for unions is not shown."""
    text, expected = FORMS[name]
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_model(path, _Group, PolicyError)
    found = [sentence.replace(f"{path}, ", "") for sentence in caught.value.sentences("en")]
    assert len(found) == len(expected), found
    assert all(any(part in sentence for sentence in found) for part in expected), found


def test_a_form_without_lines() -> None:
    """The place is that of the form."""
    with pytest.raises(ValidationError) as caught:
        _Square.model_validate({"kind": "square", "side": "wide"})
    (problem,) = form_problems(caught.value, lambda loc: Place("form", field=str(loc[-1])))
    assert problem.text("en").startswith("form, side: 'wide' is not a number")
