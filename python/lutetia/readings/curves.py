"""Areas and slopes of curves given as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lutetia.errors import DataError

FEWEST_POINTS = 3
SAME_FIT = 1e-4  # adjusted R² closer than this are equal: the longer phase is taken
LEAST_FALL = 0.01  # of ln(value) over a phase: less is a plateau and its slope noise
LEAST_FIT = 0.8  # adjusted R² of an exponential phase


@dataclass(frozen=True)
class LogLinear:
    """Regression of ln(value) on time: `rate` [1/time] is positive for a falling curve."""

    rate: float
    adjusted_r2: float
    points: int
    first: float
    last: float

    @property
    def half_life(self) -> float:
        """Time to half of the value; infinite for a curve that does not fall."""
        return float(np.log(2) / self.rate) if self.rate > 0 else np.inf


def area_under_curve(
    times: npt.ArrayLike, values: npt.ArrayLike, *, rising: str = "linear"
) -> float:
    """Integrate by the linear-up log-down rule, or by exponentials alone.

    Straight lines where the curve rises or touches zero, exponentials where it falls.

    Parameters
    ----------
    times, values
        Shape (n,), ascending times, no negative values.
    rising
        ``"exponential"``: exponentials also where the curve rises, (a − b)·Δt/ln(a/b). Then it is the same
        whether samples of an activity are decay-corrected between them or not.

    Returns
    -------
    float
        In units of value times time.

    References
    ----------
    Gabrielsson, Weiner 2016, Pharmacokinetic and Pharmacodynamic Data Analysis, 5th ed.,
    ISBN 9198299107.

    Examples
    --------
    >>> round(area_under_curve([0, 1, 2], [0, 4, 2]), 4)  # 2 + 2/ln 2
    4.8854
    """
    if rising not in ("linear", "exponential"):
        raise ValueError(f"rising must be linear or exponential, found {rising!r}")
    t, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    low, high = np.minimum(y[:-1], y[1:]), np.maximum(y[:-1], y[1:])
    curved = (high > low) & (low > 0)
    if rising == "linear":
        curved &= y[:-1] > y[1:]
    # Exact where flat
    drop = np.log1p(np.where(curved, high - low, 1.0) / np.where(curved, low, 1.0))
    log_rule = (high - low) / drop
    return float(np.sum(np.diff(t) * np.where(curved, log_rule, (low + high) / 2)))


def log_linear(times: npt.ArrayLike, values: npt.ArrayLike) -> LogLinear:
    """Fit ln(value) by a straight line, each point with the same weight.

    Raises
    ------
    DataError
        With fewer than 3 positive values.

    Examples
    --------
    >>> round(log_linear([0, 1, 2], [8, 4, 2]).half_life, 6)
    1.0
    """
    t, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    t, y = t[y > 0], y[y > 0]
    if t.size < FEWEST_POINTS:
        raise DataError(
            f"a half-life needs at least {FEWEST_POINTS} times with a positive value, found {t.size}"
        )
    ln = np.log(y)
    slope, intercept = np.polyfit(t - t[-1], ln, 1)
    residual = float(np.sum((ln - intercept - slope * (t - t[-1])) ** 2))
    total = float(np.sum((ln - ln.mean()) ** 2))
    adjusted = 1 - residual / total * (t.size - 1) / (t.size - 2) if total > 0 else 0.0
    return LogLinear(-float(slope), adjusted, t.size, float(t[0]), float(t[-1]))


def terminal_phase(times: npt.ArrayLike, values: npt.ArrayLike) -> LogLinear | None:
    """Find the terminal phase: the last points after the peak that fit a falling exponential best.

    Of the last 3, 4, … points after the peak the choice with the greatest adjusted R² is taken; of
    choices within 1e-4 of it the longest. This is the rule of the common commercial software.

    Returns
    -------
    LogLinear or None
        None when fewer than 3 points follow the peak, when no choice of them falls, or when the best
        one falls by less than 1 % or is no exponential (adjusted R² below 0.8): a plateau, whose
        half-life would be noise.

    Examples
    --------
    >>> terminal_phase([0, 1, 2, 3], [1, 8, 4, 2]) is None
    True
    >>> round(terminal_phase([0, 1, 2, 3, 4], [1, 8, 4, 2, 1]).half_life, 6)
    1.0
    """
    t, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    after = np.flatnonzero((np.arange(t.size) > np.argmax(y)) & (y > 0))
    choices = [after[-n:] for n in range(FEWEST_POINTS, after.size + 1)]
    fits = [fit for fit in (log_linear(t[c], y[c]) for c in choices) if fit.rate > 0]
    if not fits:
        return None
    best = max(fit.adjusted_r2 for fit in fits)
    phase = [fit for fit in fits if fit.adjusted_r2 >= best - SAME_FIT][-1]
    falls = phase.rate * (phase.last - phase.first) >= LEAST_FALL
    return phase if falls and phase.adjusted_r2 >= LEAST_FIT else None
