"""Limits of regions, and how much of them a regimen uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lutetia.planning.counts import CountLimit
from lutetia.planning.limits import Limit, limits_of
from lutetia.planning.risk import wilson_interval
from lutetia.units import Quantity

Array = npt.NDArray[np.float64]
QUANTITIES = ("absorbed_dose", "BED")
# Relative error of runs of members (rtol 1e-4): a plan that uses all of a limit does not exceed it.
RESOLVED = 1e-4


def compared_limits(
    given: str | Sequence[Limit] | Mapping[str, Quantity] | None,
) -> list[Limit]:
    """Limits as a list, as `plan` takes them, checked to be of doses.

    Raises
    ------
    ValueError
        If a limit is not positive or of a quantity that is not compared.
    UnitError
        If a text is no absorbed dose.

    Examples
    --------
    >>> [limit.label for limit in compared_limits({"kidney": "23 Gy", "kidney BED": "40 Gy"})]
    ['kidney absorbed dose', 'kidney BED']
    """
    limits = limits_of(given or ())
    for limit in limits:
        if isinstance(limit, CountLimit):
            raise ValueError(
                f"a limit of doses was expected, found that of the {limit.label}; lt.blood_counts tells the "
                "counts of a run"
            )
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
