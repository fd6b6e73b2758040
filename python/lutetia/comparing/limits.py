"""Limits of regions, and how much of them a regimen uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.planning.limits import Limit, dose_limits
from lutetia.planning.policies import Policy
from lutetia.planning.risk import wilson_interval
from lutetia.provenance import table_of
from lutetia.units import Quantity

Array = npt.NDArray[np.float64]
QUANTITIES = ("absorbed_dose", "BED")
# Relative error of runs of members (rtol 1e-4): a plan that uses all of a limit does not exceed it.
RESOLVED = 1e-4


def limits_of(given: str | Sequence[Limit] | Mapping[str, Quantity] | None) -> list[Limit]:
    """Limits as a list; a text names a file of limits, a mapping holds absorbed doses by region, and BED by region and "BED".

    Raises
    ------
    ValueError
        If a limit is not positive or of a quantity that is not compared.
    UnitError
        If a text is no absorbed dose.

    Examples
    --------
    >>> [limit.label for limit in limits_of({"kidney": "23 Gy", "kidney BED": "40 Gy"})]
    ['kidney absorbed dose', 'kidney BED']
    """
    if isinstance(given, str):
        given = dose_limits(given)
    if isinstance(given, Mapping):
        given = [_named(name, value) for name, value in given.items()]
    limits = list(given or ())
    for limit in limits:
        if limit.quantity not in QUANTITIES:
            raise ValueError(
                f"a limit of {limit.region} must be of one of {', '.join(QUANTITIES)}, "
                f"found {limit.quantity!r}"
            )
    return limits


def violation(doses: Array, most: float) -> tuple[float, float, float]:
    """Share of draws above a limit by more than runs resolve, and its 95 % interval (Wilson).

    Parameters
    ----------
    doses
        Of the draws [Gy], shape (n,); NaN is left out.
    most
        The limit [Gy].

    Examples
    --------
    >>> import numpy as np
    >>> tuple(round(p, 3) for p in violation(np.array([20.0, 22.0, 24.0, 21.0]), 23.0))
    (0.25, 0.046, 0.699)
    """
    known = doses[np.isfinite(doses)]
    if not known.size:
        return np.nan, np.nan, np.nan
    above = int((known > most * (1.0 + RESOLVED)).sum())
    return above / known.size, *wilson_interval(above, known.size)


def numbers_of_limits(limits: Sequence[Limit]) -> pd.DataFrame:
    """Limits as numbers with their ``tag`` and ``source`` (keys separated by commas), as far as they have any."""
    rows = []
    for limit in limits:
        keys = limit.source.split(", ")
        rows.append(
            {
                "name": f"limit {limit.label}",
                "value": limit.gray,
                "unit": "Gy",
                "tag": limit.tag,
                "source": [key for key in keys if key],
                "note": "",
            }
        )
    return table_of(rows)


def numbers_of_policy(policy: Policy, library: _core.Library) -> pd.DataFrame:
    """Numbers of a policy and of the limits it holds; those a user changed in Python have no tag."""
    limits = (policy.settings or {}).get("limits", ())
    held = dose_limits(limits, library=library) if isinstance(limits, str) else list(limits)
    found = [numbers_of_limits(held)]
    if policy.name in library.names("policy"):
        own = table_of(_core.numbers(library, "policy", policy.name))
        found.append(own[own["name"].str.startswith("plan.")])  # runs list what is given
    whole = pd.concat(found, ignore_index=True)
    return whole.assign(name=[f"policy {policy.name}: {name}" for name in whole["name"]])


def _named(name: str, value: Quantity) -> Limit:
    region, _, quantity = name.partition(" ")
    return Limit(region, value, quantity.replace(" ", "_") or QUANTITIES[0])
