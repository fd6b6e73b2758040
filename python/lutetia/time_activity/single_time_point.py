"""Time-integrated activity from one or two scans: the classical formulas, and a population prior.

The formulas are cross-checks; `population_fit` says how far they can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.time_activity.measured_curve import checked_curve, log_deviation
from lutetia.units import Quantity, to_internal_array

Array = npt.NDArray[np.float64]


def population_half_lives(name: str, *, library: _core.Library | None = None) -> pd.DataFrame:
    """Effective half-lives of a radioligand in a population, from the library.

    Parameters
    ----------
    name
        Of a table in ``population_half_lives/``, or the path of one.
    library
        Data to use; the shipped ones when absent.

    Returns
    -------
    pandas.DataFrame
        Index region; columns ``half_life_h`` (median), ``cv`` (between patients, log-normal),
        ``nuclide``, ``source``, ``tag`` and ``note``. Read the tags: not all of these numbers were verified.

    Raises
    ------
    DataError
        If there is no such table.
    ModelError
        With every problem of the file.

    Examples
    --------
    >>> print(population_half_lives("lu177_dotatate")[["half_life_h", "cv", "tag"]])
            half_life_h    cv tag
    region
    kidney         51.0  0.25   M
    liver          67.0  0.25   S
    spleen         56.0  0.25   S
    lesion         77.0  0.35   M
    """
    rows = _core.population_half_lives(library or shipped(), name)
    columns = {"name": "region", "value": "half_life_h"}
    table = pd.DataFrame(rows).rename(columns=columns).set_index("region")
    table["source"] = [", ".join(keys) for keys in table["source"]]
    return table[["half_life_h", "cv", "nuclide", "source", "tag", "note"]]


def haenscheid(time: Quantity, activity: Quantity) -> Any:
    """Time-integrated activity from one scan without any half-life (Hänscheid), 2·t·A(t)/ln 2.

    Of a mono-exponential curve within −10 and +6 % for effective half-lives from 0.41 to 1.31 times the
    time of the scan, too low for all others.

    Parameters
    ----------
    time
        Of the scan after administration, one or shape (n,), numbers in h or quantities.
    activity
        At that time, of the same shape, numbers in MBq or quantities.

    Returns
    -------
    float or numpy.ndarray
        [MBq·h], of the shape of the arguments.

    Raises
    ------
    DataError
        If a time is not positive or an activity negative or not finite.

    References
    ----------
    Hänscheid et al. 2018, J Nucl Med 59:75, doi:10.2967/jnumed.117.193706.

    Examples
    --------
    >>> round(haenscheid("96 h", "60 MBq"), 1)
    16619.8
    """
    t, a = _scan(time, activity)
    return _plain(2.0 * t * a / np.log(2))


def madsen(time: Quantity, activity: Quantity, effective_half_life: Quantity) -> Any:
    """Time-integrated activity from one scan and the half-life of a population, A(t)·exp(λt)/λ.

    Parameters
    ----------
    time, activity
        As in `haenscheid`.
    effective_half_life
        T of the population, λ = ln 2/T; a number in h or a quantity.

    Returns
    -------
    float or numpy.ndarray
        [MBq·h].

    Raises
    ------
    DataError
        As `haenscheid`, or if the half-life is not positive.

    References
    ----------
    Madsen et al. 2018, Med Phys 45:2318, doi:10.1002/mp.12886.

    Examples
    --------
    >>> round(madsen("72 h", "85.03 MBq", "52 h"), 0)
    16656.0
    """
    t, a = _scan(time, activity)
    half_life = to_internal_array(effective_half_life, "h", "effective_half_life")
    if not (np.isfinite(half_life).all() and (half_life > 0).all()):
        raise DataError(f"effective_half_life must be positive, found {effective_half_life} h")
    rate = np.log(2) / half_life
    return _plain(a * np.exp(rate * t) / rate)


@dataclass(frozen=True)
class TwoTimePoints:
    """The exponential through two scans."""

    time_integrated_activity: float  # [MBq·h]
    effective_half_life: float  # [h]
    relative_standard_error: float  # of the time-integrated activity; NaN without an error_cv


def two_time_points(
    times: Any, activities: Any, *, error_cv: float | None = None, nuclide: str | None = None
) -> TwoTimePoints:
    """Time-integrated activity of the exponential through two scans, from time 0 to infinity.

    Parameters
    ----------
    times
        Shape (2,), ascending, numbers in h or quantities.
    activities
        Shape (2,), positive and falling, numbers in MBq or quantities.
    error_cv
        Coefficient of variation of one measured activity, for the standard error.
    nuclide
        Checks that the curve falls at least with physical decay.

    Returns
    -------
    TwoTimePoints

    Raises
    ------
    DataError
        If there are not two points, they do not fall, or fall more slowly than the nuclide decays.

    Notes
    -----
    With λ = ln(A₁/A₂)/(t₂ − t₁) and e = (t₁ − 1/λ)/(t₂ − t₁) the time-integrated activity is A₁ exp(λt₁)/λ and
    its relative variance [(1 + e)² + e²]·s² (delta method, s the deviation of ln A).

    Examples
    --------
    >>> fit = two_time_points(["24 h", "120 h"], [80.0, 20.0], error_cv=0.1)
    >>> round(fit.effective_half_life), round(fit.time_integrated_activity)
    (48, 7835)
    >>> round(fit.relative_standard_error, 3)
    0.071
    """
    t, a = checked_curve(times, activities)
    if t.size != 2:
        raise DataError(f"two_time_points needs two scans, found {t.size}")
    if not (a > 0).all() or a[1] >= a[0]:
        raise DataError(
            f"the activity must be positive and fall, found {a[0]:g} MBq at {t[0]:g} h and {a[1]:g} MBq at "
            f"{t[1]:g} h: no washout is seen, so there is no integral to infinity; measure later"
        )
    rate = float(np.log(a[0] / a[1]) / (t[1] - t[0]))
    if nuclide is not None:
        physical = _core.half_life(shipped(), nuclide)
        if np.log(2) / rate > physical:
            raise DataError(
                f"the activity falls with a half-life of {np.log(2) / rate:.4g} h, more slowly than "
                f"{nuclide} decays ({physical:.4g} h); was it corrected for decay?"
            )
    leverage = (t[0] - 1.0 / rate) / (t[1] - t[0])
    spread = log_deviation(error_cv, "error_cv") if error_cv is not None else np.nan
    error = spread * np.hypot(1.0 + leverage, leverage)
    tia = a[0] * np.exp(rate * t[0]) / rate
    return TwoTimePoints(float(tia), float(np.log(2) / rate), float(error))


def _scan(time: Quantity, activity: Quantity) -> tuple[Array, Array]:
    t = to_internal_array(time, "h", "time")
    a = to_internal_array(activity, "MBq", "activity")
    if not (np.isfinite(t).all() and (t > 0).all()):
        raise DataError(f"the time of a scan must be positive, found {time} h")
    if not (np.isfinite(a).all() and (a >= 0).all()):
        raise DataError(f"an activity must not be negative, found {activity} MBq")
    return t, a


def _plain(values: Array) -> Any:
    return float(values) if values.ndim == 0 else values
