"""Settings that are not policy, from one YAML file each in the config folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import ValidationError

from suitability.errors import Problem, SourceError
from suitability.types import Params
from suitability.yaml_nodes import load

if TYPE_CHECKING:
    from pathlib import Path

_Settings = TypeVar("_Settings", bound=Params)


def read_settings_file(path: Path, kind: type[_Settings], mistake: str) -> _Settings:
    """Return the settings in a file; ``mistake``: the sentence for a value that is missing or wrong.

    Raises ``SourceError``.
    """
    try:
        return kind.model_validate(load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    except yaml.YAMLError as error:
        raise SourceError(Problem(str(path), "yaml_syntax", {"found": str(error).splitlines()[0]})) from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SourceError(Problem(str(path), mistake, {"found": where})) from error
