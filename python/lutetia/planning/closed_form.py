"""Closed forms of planning: what a limit allows when dose is linear and protraction quadratic in activity."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def largest_scale(budget: Any, linear: Any, quadratic: Any) -> Array:
    """Solve ``linear·s + quadratic·s² = budget`` for the scale s ≥ 0.

    Parameters
    ----------
    budget
        What is left of a limit; 0 is returned where it is not positive.
    linear, quadratic
        Coefficients, not negative; any shapes that broadcast. Infinity is returned where both are 0.

    Returns
    -------
    numpy.ndarray
        The solution in the form without cancellation, 2b/(a + √(a² + 4qb)).

    Examples
    --------
    >>> float(largest_scale(23.0, 2.3, 0.0))
    10.0
    """
    b, a, q = np.broadcast_arrays(
        np.asarray(budget, dtype=float),
        np.asarray(linear, dtype=float),
        np.asarray(quadratic, dtype=float),
    )
    left = np.maximum(b, 0.0)
    bottom = a + np.sqrt(a * a + 4.0 * q * left)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2.0 * left / bottom
    return np.asarray(np.where(left == 0.0, 0.0, np.where(bottom == 0.0, inf, found)))


def largest_equal_activity(
    limit: float,
    dose_per_activity: float,
    *,
    protraction_per_activity_squared: float = 0.0,
    alpha_beta: float = inf,
    cycles: int = 1,
) -> float:
    """Largest activity of each of `cycles` equal cycles that keeps a region within a limit.

    With the amount of peptide fixed, absorbed dose is linear in activity, D = a·A, and protraction
    quadratic, Q = g·A². Well-separated cycles add up, so each may use limit/cycles:

    ``A = {−a + √[a² + 4·g·(B/n)/(α/β)]}·(α/β)/(2·g)``, and ``D_lim/(n·a)`` for an absorbed dose.

    Parameters
    ----------
    limit
        Of the BED of all cycles [Gy]; of the absorbed dose where `alpha_beta` is infinite.
    dose_per_activity
        a, per cycle [Gy per unit of activity].
    protraction_per_activity_squared
        g, per cycle [Gy² per unit of activity squared].
    alpha_beta
        α/β of the region [Gy].
    cycles
        n.

    Returns
    -------
    float
        In the unit of activity of `dose_per_activity`.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> a = 0.6247677  # Gy/GBq
    >>> round(largest_equal_activity(40.0, a, protraction_per_activity_squared=0.0510949 * a**2,
    ...                              alpha_beta=2.5, cycles=4), 4)  # GBq
    13.6328
    """
    _check(limit=limit, dose_per_activity=dose_per_activity, alpha_beta=alpha_beta, cycles=cycles)
    if not protraction_per_activity_squared >= 0.0:
        raise ValueError(
            "protraction_per_activity_squared must not be negative, "
            f"found {protraction_per_activity_squared}"
        )
    quadratic = protraction_per_activity_squared / alpha_beta
    return float(largest_scale(limit / cycles, dose_per_activity, quadratic))


def allowed_equal_cycles(
    limit: float, dose_per_cycle: float, *, protraction: float = 0.0, alpha_beta: float = inf
) -> float:
    """How many equal, well-separated cycles a limit allows; whole cycles are its floor.

    Parameters
    ----------
    limit
        Of the BED of all cycles [Gy]; of the absorbed dose where `alpha_beta` is infinite.
    dose_per_cycle
        Absorbed dose [Gy].
    protraction
        Q of one cycle [Gy²].
    alpha_beta
        α/β of the region [Gy].

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> round(allowed_equal_cycles(23.0, 4.6232813), 2)
    4.97
    """
    _check(limit=limit, dose_per_cycle=dose_per_cycle, alpha_beta=alpha_beta)
    return limit / (dose_per_cycle + protraction / alpha_beta)


def lognormal_activity(limit: float, median: float, gsd: float, risk: float = 0.05) -> float:
    """Largest activity whose dose exceeds a limit with probability `risk`, dose per activity log-normal.

    ``A = D_lim/(median·GSD^z)`` with z the quantile of the normal distribution at 1 − risk.

    Parameters
    ----------
    limit
        Of the absorbed dose [Gy].
    median, gsd
        Of the dose per activity [Gy per unit of activity]; geometric standard deviation.
    risk
        Probability of exceeding the limit, between 0 and 1.

    Returns
    -------
    float
        In the unit of activity of `median`.

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> round(lognormal_activity(23.0, median=0.45, gsd=1.35), 4)  # GBq
    31.1986
    """
    from scipy.stats import norm

    _check(limit=limit, median=median)
    if not gsd >= 1.0:
        raise ValueError(f"gsd must be at least 1, found {gsd}")
    if not 0.0 < risk < 1.0:
        raise ValueError(f"risk must be between 0 and 1, found {risk}")
    return float(limit / (median * gsd ** norm.ppf(1.0 - risk)))


def _check(**numbers: float) -> None:
    for name, value in numbers.items():
        if not value > 0.0:
            raise ValueError(f"{name} must be positive, found {value}")
