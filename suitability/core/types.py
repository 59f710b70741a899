"""The values that travel through a scan: frozen, strict, and without behaviour beyond checking themselves.

All coordinates are EPSG:28992 (metres). Arrays that speak of parcels are in parcel order and of length n.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

CRS: Final = "EPSG:28992"


FloatArray = NDArray[np.float64]


IntArray = NDArray[np.int64]


CodeArray = NDArray[np.int8]


BoolArray = NDArray[np.bool_]


GeometryArray = NDArray[np.object_]


#: Housing form: temporary units on free land, an existing building converted, a dwelling let by the room.
Form = Literal["units", "building", "rooms"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)


class Params(BaseModel):
    """Base of everything read from a policy: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(Params):
    """Source of a number or a method; ``document`` is a key of ``config/documents.yaml``."""

    document: str
    article: str | None = None
