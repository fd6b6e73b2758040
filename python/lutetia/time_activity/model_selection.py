"""How well functions are supported by the same data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lutetia.time_activity.exponential_fit import LEAST_SCALE, ExponentialFit

Array = npt.NDArray[np.float64]


def minus_two_log_likelihood(
    squares: float, deviation: float, fits: Sequence[ExponentialFit]
) -> float:
    """−2 ln L of normal residuals of one scale, as a density of the activities."""
    n = sum(fit.data.times.size for fit in fits)
    deviation = max(deviation, LEAST_SCALE)
    weights = sum(float(np.sum(np.log(fit.data.weights))) for fit in fits)
    return float(n * np.log(2 * np.pi * deviation**2) + squares / deviation**2 + 2 * weights)


def corrected_aic(minus_two_ll: float, n: int, k: int) -> float:
    """AICc; NaN when n < k + 2."""
    if n < k + 2:
        return float("nan")
    return minus_two_ll + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def akaike_weights(aicc: npt.ArrayLike, accepted: npt.ArrayLike) -> Array:
    """Weights ∝ exp(−Δ/2) over what is accepted; a single one has weight 1 even without AICc."""
    values, allowed = np.asarray(aicc, dtype=float), np.asarray(accepted, dtype=bool)
    if len(values) == 1:
        return allowed.astype(float)
    allowed = allowed & np.isfinite(values)
    if not allowed.any():
        return np.zeros(len(values))
    relative = np.exp(-0.5 * np.where(allowed, values - values[allowed].min(), np.inf))
    return np.asarray(relative / relative.sum())
