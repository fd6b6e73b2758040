"""A measured time–activity curve, checked, with the model of its error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.units import to_internal_array

Array = npt.NDArray[np.float64]

ERRORS = ("log-normal", "proportional", "fixed")


@dataclass(frozen=True)
class MeasuredCurve:
    """A curve with its error model, as the fit sees it.

    Attributes
    ----------
    times, activities : numpy.ndarray
        Shape (n,) [h, MBq].
    logarithmic : bool
        Residuals are ln y − ln f instead of (y − f)/weights.
    weights : numpy.ndarray
        Standard deviation of an observation per unit of scale, shape (n,) [MBq].
    decay : float
        Physical decay constant [1/h].
    """

    times: Array
    activities: Array
    logarithmic: bool
    weights: Array
    decay: float


def checked_curve(times: Any, activities: Any) -> tuple[Array, Array]:
    """Check times and activities of one region: the same length, ascending, finite."""
    t = np.atleast_1d(to_internal_array(times, "h", "times"))
    a = np.atleast_1d(to_internal_array(activities, "MBq", "activities"))
    if t.ndim != 1 or t.shape != a.shape:
        raise DataError(
            f"times and activities must be lists of one length, found shapes {t.shape} and {a.shape}"
        )
    if not (np.isfinite(t).all() and np.isfinite(a).all()):
        raise DataError("times and activities must be finite numbers; leave a missing scan out")
    if (t < 0).any() or (np.diff(t) <= 0).any():
        raise DataError(f"times must ascend from 0 h on, found {t.tolist()} h")
    if (a < 0).any():
        raise DataError(f"an activity must not be negative, found {a.min():g} MBq")
    if a.size and not a.any():
        raise DataError("all activities are zero; there is no curve to fit")
    return t, a


def log_deviation(cv: float, name: str) -> float:
    """Return the standard deviation of the logarithm of a log-normal variable."""
    if not 0 < cv < np.inf:
        raise DataError(
            f"{name} must be a positive coefficient of variation (0.1 is 10 %), found {cv}"
        )
    return float(np.sqrt(np.log1p(cv**2)))


def curve_with_errors(
    times: Any,
    activities: Any,
    nuclide: str,
    error: str,
    error_cv: float | None,
    standard_deviation: Any,
    library: _core.Library | None,
) -> tuple[MeasuredCurve, float | None]:
    """MeasuredCurve with its error model, and the scale when it is known."""
    if error not in ERRORS:
        raise ValueError(f"error must be one of {', '.join(ERRORS)}, found {error!r}")
    if error == "fixed" and error_cv is not None:
        raise ValueError("a fixed error has a standard_deviation, not an error_cv")
    if error != "fixed" and standard_deviation is not None:
        raise ValueError(f"a {error} error has an error_cv, not a standard_deviation")
    t, a = checked_curve(times, activities)
    if t.size < 2:
        raise DataError(f"a curve needs at least 2 points, found {t.size}; use population_fit")
    if a.argmax() == a.size - 1:
        raise DataError(
            f"the activity is highest at the last time, {t[-1]:g} h: no washout is seen, so the integral to "
            "infinity would rest on no data; measure later"
        )
    if error != "fixed" and not (a > 0).all():
        raise DataError(
            f"the activity at {t[a == 0][0]:g} h is zero, which a {error} error excludes; leave it out or "
            "use error='fixed'"
        )
    scale: float | None = None
    weights = a
    if error == "fixed":
        weights = np.ones_like(a)
        if standard_deviation is not None:
            given = to_internal_array(standard_deviation, "MBq", "standard_deviation")
            if given.shape not in ((), a.shape) or not (given > 0).all():
                raise DataError(
                    f"standard_deviation must be positive, one or {a.size}, found {standard_deviation}"
                )
            weights, scale = weights * given, 1.0
    elif error_cv is not None:
        deviation = log_deviation(error_cv, "error_cv")
        scale = deviation if error == "log-normal" else error_cv
    decay = float(np.log(2)) / _core.half_life(library or shipped(), nuclide)
    return MeasuredCurve(t, a, error == "log-normal", weights, decay), scale
