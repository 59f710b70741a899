"""Units of the register of addresses and buildings (BAG verblijfsobjecten), added up per building."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from layers.building_uses import first_uses, uses_of

#: Of a unit that has a permit, and is not there yet.
_NOT_YET: Final = "verblijfsobject gevormd"
#: Words in the status of a unit that is no longer there, or never was.
_GONE: Final = r"ingetrokken|niet gerealiseerd|ten onrechte opgevoerd"
_LIVED_IN: Final = r"\bwoonfunctie\b"
#: No unit, and so neither dwelling nor office nor shop: a shed, a garage, a barn.
_WITHOUT_UNIT: Final = "other"


def per_building(units: pd.DataFrame, building: np.ndarray, n: int, complete: np.ndarray) -> pd.DataFrame:
    """Return ``use``, ``floor_area_m2`` and ``n_dwellings`` of ``n`` buildings from their units.

    ``units``: ``uses`` (words of the register), ``floor_area`` and ``status`` as text, and one row per unit and
    building; ``building``: the row of the building of each; ``complete``: whether all units of a building are known,
    (n,). The floor area is that of the units that are there, the dwellings are those with a ``woonfunctie`` among them;
    what is not known of one of them, or not known to be all, is null. A unit that is not there yet counts for the use
    only; one that is gone for nothing. A building without any unit has use ``other`` and no dwellings; its floor area
    is not known.
    """
    status = units["status"].astype("string").str.lower().fillna("")
    there = ~status.str.contains(_GONE, regex=True).to_numpy(dtype=bool)
    in_use = there & status.ne(_NOT_YET).to_numpy(dtype=bool)
    use = first_uses(uses_of(units["uses"], "bag")[there], building[there], n)
    any_unit = np.bincount(building[there], minlength=n) > 0
    use[complete & ~any_unit] = _WITHOUT_UNIT
    said = units["uses"].astype("string").str.lower()
    home = in_use & said.str.contains(_LIVED_IN, regex=True).fillna(value=False).to_numpy(dtype=bool)
    uncertain = in_use & said.isna().to_numpy(dtype=bool)
    area = pd.to_numeric(units["floor_area"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    floor = np.bincount(building[in_use], weights=area[in_use], minlength=n).astype(float)
    floor[(np.bincount(building[in_use], minlength=n) == 0) | ~complete] = np.nan
    dwellings = np.bincount(building[home], minlength=n).astype(float)
    dwellings[~complete] = np.nan
    dwellings[np.unique(building[uncertain])] = np.nan
    return pd.DataFrame({"use": use, "floor_area_m2": floor, "n_dwellings": dwellings})
