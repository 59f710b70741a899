"""The body of ``POST /score``: places by their columns, as in a spreadsheet, or GeoJSON. Read with a limit on everything."""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from suitability.api.problems import Refusal, expected_problem, shown
from suitability.core.errors import Problem
from suitability.submissions.entry import Entries, Entry
from suitability.submissions.intake import Batch
from suitability.submissions.readers.geojson import entries_of_geojson

if TYPE_CHECKING:
    from suitability.api.settings import Limits
    from suitability.core.messages import Lang
    from suitability.submissions.settings import Settings

NAME: Final = "body"
_NAMED: Final = 3  # places, which, its field; what follows are kinds of values
_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TURN: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


def _whole(value: object) -> object:
    """Return 12.0 as 12: in JSON they are one number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Short = Annotated[str, Field(max_length=500)]
_Number = Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=40)]
_Digits = Annotated[int, Field(ge=0, le=10**16), BeforeValidator(_whole)] | Annotated[str, Field(max_length=40)]


class Place(BaseModel):
    """One place, by one or more of these; the surest that can be found is used. The names are those of a spreadsheet."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: _Short | None = Field(None, description="Your own reference; comes back as it was sent.")
    address: _Short | None = Field(None, description="Street and number, and the town or postcode when needed.")
    street: _Short | None = None
    number: _Digits | None = None
    letter: _Short | None = None
    addition: _Short | None = None
    postcode: _Short | None = None
    town: _Short | None = None
    parcel: _Short | None = Field(None, description="Cadastral designation, as in the longlist.")
    bag_id: _Digits | None = Field(None, description="Id of a building in the national register, 16 digits.")
    x: _Number | None = Field(None, description="Metres, EPSG:28992.")
    y: _Number | None = Field(None, description="Metres, EPSG:28992.")
    lon: _Number | None = Field(None, description="Degrees, WGS84.")
    lat: _Number | None = Field(None, description="Degrees, WGS84.")
    wkt: Annotated[str, Field(max_length=200_000)] | None = Field(None, description="A polygon or point as WKT.")
    place: _Short | None = Field(None, description="Any of the above, when you do not know which.")


class Places(BaseModel):
    """A batch of places; one place is a batch of one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    places: list[Place] = Field(min_length=1)


class GeoFeatures(BaseModel):
    """A GeoJSON feature collection (RFC 7946), WGS84; ``properties`` are columns as in a spreadsheet."""

    model_config = ConfigDict(extra="allow", strict=True)

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]] = Field(min_length=1)


class GeoFeature(BaseModel):
    """A GeoJSON feature (RFC 7946), WGS84."""

    model_config = ConfigDict(extra="allow", strict=True)

    type: Literal["Feature"]
    geometry: dict[str, Any] | None


class GeoGeometry(BaseModel):
    """A GeoJSON geometry (RFC 7946), WGS84."""

    model_config = ConfigDict(extra="allow", strict=True)

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


MODELS: Final = (Places, GeoFeatures, GeoFeature, GeoGeometry)


def batch_of(content: bytes, settings: Settings, limits: Limits, lang: Lang) -> Batch:
    """Return the places of a body as the intake reads them.

    Raises ``Refusal``: 400 for what is no JSON, or is nested too deep; 422 for JSON of another form, too many places or
    too many corners.
    """
    told = _parsed(content, limits)
    model = _model_of(told)
    try:
        read = model.model_validate(told)
    except ValidationError as error:
        problems = [
            expected_problem(".".join(map(str, each["loc"][:_NAMED])) or NAME, each, lang)
            for each in error.errors(include_url=False)
        ]
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, *problems[:20]) from None
    if isinstance(read, Places):
        _check_number(len(read.places), limits)
        _check_corners([_corners_of_wkt(place.wkt) for place in read.places], limits)
        entries = _entries(read)
    else:
        features = read.features if isinstance(read, GeoFeatures) else [told]
        _check_number(len(features), limits)
        _check_corners([_corners(feature) for feature in features], limits)
        entries = entries_of_geojson(content, NAME, settings, {})
    return Batch(NAME, hashlib.sha256(content).hexdigest(), entries)


def _parsed(content: bytes, limits: Limits) -> Any:  # noqa: ANN401 (whatever was sent)
    if _depth(content) > limits.depth:
        problem = Problem(NAME, "api_depth", {"found": _depth(content), "expected": limits.depth})
        raise Refusal(HTTPStatus.BAD_REQUEST, problem)
    try:
        told = json.loads(content, parse_constant=_no_constant)
        json.dumps(told, ensure_ascii=False, allow_nan=False).encode()  # halves of signs, and numbers beyond any float
    except (ValueError, RecursionError) as error:
        found = shown(error) or type(error).__name__
        raise Refusal(HTTPStatus.BAD_REQUEST, Problem(NAME, "api_json", {"found": found})) from None
    return told


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _depth(content: bytes) -> int:
    """Return how deep brackets stand in brackets, without parsing: a parser may fall over it."""
    signs = np.frombuffer(_TEXT.sub(b"", content), dtype=np.uint8)
    turns = sum((turn * (signs == ord(sign)).astype(np.int64) for sign, turn in _TURN.items()), start=np.zeros(len(signs), dtype=np.int64))  # fmt: skip
    return int(np.cumsum(turns).max(initial=0))


def _model_of(told: object) -> type[Places | GeoFeatures | GeoFeature | GeoGeometry]:
    """Return the model that a body is meant as, so that its errors are reported against that model."""
    kind = told.get("type") if isinstance(told, dict) and "places" not in told else None
    if kind is None:
        return Places
    if kind == "FeatureCollection":
        return GeoFeatures
    return GeoFeature if kind == "Feature" else GeoGeometry


def _check_number(found: int, limits: Limits) -> None:
    if found > limits.places:
        problem = Problem(NAME, "api_many", {"found": found, "expected": limits.places})
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, problem)


def _check_corners(found: list[int], limits: Limits) -> None:
    for found_here, most in ((max(found), limits.corners), (sum(found), limits.corners_in_all)):
        if found_here > most:
            problem = Problem(NAME, "api_corners", {"found": found_here, "expected": most})
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, problem)


def _corners(part: object) -> int:
    """Return how many positions stand in the coordinates of a feature or geometry; as deep as the body may be."""
    if isinstance(part, dict):
        return sum(_corners(part[name]) for name in ("geometry", "geometries", "coordinates") if name in part)
    if not isinstance(part, list):
        return 0
    if part and not isinstance(part[0], list | dict):
        return 1
    return sum(_corners(each) for each in part)


def _corners_of_wkt(text: str | None) -> int:
    return 0 if text is None else text.count(",") + 1


def _entries(read: Places) -> Entries:
    lines = tuple(Entry(i, _cells(place)) for i, place in enumerate(read.places, start=1))
    return Entries(lines, tuple(dict.fromkeys(name for line in lines for name in line.cells)))


def _cells(place: Place) -> dict[str, str]:
    return {name: _cell(value) for name, value in place.model_dump(exclude_none=True).items()}


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}" if isinstance(value, float) else str(value)
