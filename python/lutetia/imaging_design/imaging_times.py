"""When to image: every feasible schedule of scans, ranked by what it would leave unknown of the dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.imaging_design.scan_calendar import feasible_schedules
from lutetia.units import Quantity, to_internal_array

Array = npt.NDArray[np.float64]

CHUNK = 1 << 22  # numbers of the information matrices held at a time
CRITERIA = ("dose_variance", "determinant")


def optimal_single_time(effective_half_life: Quantity, half_life_cv: float = 0.0) -> float:
    """Time of one scan at which a wrong half-life matters least to the time-integrated activity.

    With A(t)·exp(λt)/λ and the λ of the population, the relative deviation is stationary in the patient's half-life at
    t = 1/λ = 1.443·T. With spread, the time at which the relative deviation has the least standard deviation, the half-life
    log-normal with median T; its root mean square is least some 1 h earlier.

    Parameters
    ----------
    effective_half_life
        T; a number in h or a quantity.
    half_life_cv
        Coefficient of variation between patients.

    Returns
    -------
    float
        [h].

    Raises
    ------
    ValueError
        If the half-life is not positive or the coefficient of variation negative or above 2.

    Examples
    --------
    >>> round(optimal_single_time("51 h"), 1), round(optimal_single_time("51 h", 0.25), 1)
    (73.6, 69.7)
    """
    half_life = float(to_internal_array(effective_half_life, "h", "effective_half_life"))
    if not 0 < half_life < np.inf or not 0 <= half_life_cv <= 2:
        raise ValueError(
            f"effective_half_life must be positive and half_life_cv from 0 to 2, found "
            f"{effective_half_life} and {half_life_cv}"
        )
    if half_life_cv == 0:
        return float(half_life / np.log(2))
    from scipy.optimize import minimize_scalar

    z, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()
    ratio = np.exp(
        -np.sqrt(np.log1p(half_life_cv**2)) * z
    )  # patient's λ over that of the population

    def variance(x: float) -> float:
        estimate = ratio * np.exp(x * (1 - ratio))  # over the true time-integrated activity
        return float(weight @ (estimate - weight @ estimate) ** 2)

    found = minimize_scalar(variance, bounds=(0.05, 3.0), method="bounded", options={"xatol": 1e-8})
    return float(found.x * half_life / np.log(2))


def imaging_schedules(
    candidates: Any,
    sensitivity: npt.ArrayLike,
    dose_sensitivity: npt.ArrayLike,
    *,
    prior_covariance: npt.ArrayLike,
    error_cv: npt.ArrayLike,
    systematic_cv: npt.ArrayLike = 0.0,
    scans: int | Sequence[int] = 3,
    spacing: Quantity = 0.0,
    allowed: Any = None,
    targets: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    criterion: str = "dose_variance",
) -> pd.DataFrame:
    """Rank all feasible schedules of scans by the variance they would leave in ln(absorbed dose).

    For every schedule and every draw from the population the posterior information is that of the prior plus
    that of each scan, Ω⁻¹ + Σ G_rᵀG_r/s_r² over scans and regions; the criterion is the mean over draws of the
    weighted variance of ln(dose) (c-optimality of expected design, ED).

    Parameters
    ----------
    candidates
        Times a scan could be made at, shape (m,), ascending, numbers in h or quantities.
    sensitivity
        ∂ ln(activity)/∂φ at those times, shape (draws, m, regions, q); all regions are seen in every scan.
    dose_sensitivity
        ∂ ln(dose)/∂φ, or of the time-integrated activity, shape (draws, targets, q).
    prior_covariance
        Ω of φ, shape (q, q).
    error_cv
        Coefficient of variation of one measured activity by region, one or shape (regions,); log-normal.
    systematic_cv
        The same, of an error that all scans of a region share, one or shape (regions,). Without it repeated
        scans look more independent than they are.
    scans
        How many, or several such numbers.
    spacing
        Least time between two scans.
    allowed
        Times that are feasible, see `feasible_times`; all candidates when absent.
    targets
        Names of the targets.
    weights
        Of the targets by name, equal when absent; they are divided by their sum.
    criterion
        ``"dose_variance"`` or ``"determinant"`` (D-optimality: mean of ln det of the posterior information of φ).

    Returns
    -------
    pandas.DataFrame
        Best first, index rank from 1: ``times_h`` (tuple), ``scans``, ``criterion`` (mean weighted variance),
        ``ln_determinant``, and ``cv_<target>``, the root mean square deviation of ln(dose) as a coefficient of variation.

    Raises
    ------
    DataError
        If no schedule is feasible or there are more than 200 000.
    ValueError
        If shapes do not fit, a number is out of range or a name unknown.

    References
    ----------
    Expected c-optimality: Atkinson, Donev, Tobias 2007, Optimum Experimental Designs, with SAS, chapters 10 and 18.

    Examples
    --------
    A mono-exponential curve with φ = (ln A₀, ln T): ∂ ln A/∂φ = (1, λt), ∂ ln Ã/∂φ = (1, 1).

    >>> import numpy as np
    >>> t, rate = np.array([4.0, 24, 48, 72, 96, 168]), np.log(2) / 51
    >>> curve = np.stack([np.ones(6), rate * t], axis=1)[None, :, None, :]
    >>> prior = np.diag([100.0, 0.0606])  # nothing known of A₀, a spread of 25 % of T
    >>> table = imaging_schedules(t, curve, [[[1.0, 1.0]]], prior_covariance=prior, error_cv=0.1, scans=[1, 2])
    >>> table.query("scans == 1")["times_h"].iloc[0], table["times_h"].iloc[0]
    ((72.0,), (48.0, 96.0))
    """
    times = np.atleast_1d(to_internal_array(candidates, "h", "candidates"))
    g, s = np.asarray(sensitivity, dtype=float), np.asarray(dose_sensitivity, dtype=float)
    factor = _prior_factor(prior_covariance)
    _check_shapes(times, g, s, len(factor))
    draws, _, regions, _ = g.shape
    names = list(targets) if targets is not None else [f"target_{k + 1}" for k in range(s.shape[1])]
    share = _shares(names, s.shape[1], weights)
    if criterion not in CRITERIA:
        raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}, found {criterion!r}")
    schedules = feasible_schedules(times, scans, spacing, allowed)
    whitened, whitened_dose = _with_calibration(
        g @ factor, s @ factor, _deviations(systematic_cv, regions, "systematic_cv")
    )
    noise = _deviations(error_cv, regions, "error_cv")
    if not (noise > 0).all():
        raise ValueError(f"error_cv must be positive, found {error_cv!r}")
    scaled = whitened / noise[:, None]
    per_scan = np.einsum("dmri,dmrj->mdij", scaled, scaled)
    variance = np.empty((len(schedules), len(names)))
    ln_determinant = np.empty(len(schedules))
    gradient = whitened_dose.swapaxes(-1, -2)
    block = max(1, CHUNK // (draws * per_scan.shape[-1] ** 2))
    for first in range(0, len(schedules), block):
        part = schedules[first : first + block]
        total = np.tile(np.eye(per_scan.shape[-1]), (len(part), draws, 1, 1))
        for k, schedule in enumerate(part):
            total[k] += per_scan[list(schedule)].sum(axis=0)
        root = np.linalg.cholesky(total)
        solved = np.linalg.solve(root, np.broadcast_to(gradient, (len(part), *gradient.shape)))
        rows = slice(first, first + len(part))
        variance[rows] = (solved**2).sum(axis=-2).mean(axis=1)
        # Calibration factors, last and without correlation among themselves, are integrated over.
        joint = 2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(-1)
        nuisance = np.log(np.diagonal(total, axis1=-2, axis2=-1)[..., len(factor) :]).sum(-1)
        ln_determinant[rows] = (joint - nuisance).mean(axis=-1)
    ln_determinant -= 2 * np.log(np.diag(factor)).sum()  # from whitened coordinates to φ
    weighted = variance @ share
    table = pd.DataFrame(
        {
            "times_h": [tuple(times[list(schedule)].tolist()) for schedule in schedules],
            "scans": [len(schedule) for schedule in schedules],
            "criterion": weighted,
            "ln_determinant": ln_determinant,
        }
        | {f"cv_{name}": np.sqrt(np.expm1(v)) for name, v in zip(names, variance.T, strict=True)}
    )
    key = "criterion" if criterion == "dose_variance" else "ln_determinant"
    table = table.sort_values(key, ascending=key == "criterion", kind="stable")
    return table.set_index(pd.RangeIndex(1, len(table) + 1, name="rank"))


def _with_calibration(g: Array, s: Array, systematic: Array) -> tuple[Array, Array]:
    """Add a whitened calibration factor for each region that has one: seen in every scan, not in the dose."""
    shared = np.flatnonzero(systematic)
    if not shared.size:
        return g, s
    columns = np.zeros((*g.shape[:-1], shared.size))
    columns[:, :, shared, np.arange(shared.size)] = systematic[shared]
    return (
        np.concatenate([g, columns], axis=-1),
        np.concatenate([s, np.zeros((*s.shape[:-1], shared.size))], axis=-1),
    )


def _deviations(cv: npt.ArrayLike, regions: int, name: str) -> Array:
    """Return standard deviations of ln by region."""
    values = np.asarray(cv, dtype=float)
    if values.shape not in ((), (regions,)) or not ((values >= 0) & np.isfinite(values)).all():
        raise ValueError(f"{name} must be one number or {regions}, none negative, found {cv!r}")
    return np.broadcast_to(np.sqrt(np.log1p(values**2)), (regions,))


def _prior_factor(covariance: npt.ArrayLike) -> Array:
    matrix = np.asarray(covariance, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"prior_covariance must be square, found shape {matrix.shape}")
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        raise ValueError("prior_covariance must be positive definite") from None


def _check_shapes(times: Array, g: Array, s: Array, q: int) -> None:
    if times.ndim != 1 or not times.size or (np.diff(times) <= 0).any():
        raise ValueError(f"candidates must ascend, found {times.tolist()}")
    if g.ndim != 4 or g.shape[1] != times.size or g.shape[3] != q:
        raise ValueError(
            f"sensitivity must have shape (draws, {times.size}, regions, {q}), found {g.shape}"
        )
    if s.ndim != 3 or s.shape[0] != g.shape[0] or s.shape[2] != q:
        raise ValueError(
            f"dose_sensitivity must have shape ({g.shape[0]}, targets, {q}), found {s.shape}"
        )
    if not (np.isfinite(g).all() and np.isfinite(s).all()):
        raise ValueError("sensitivities must be finite; leave regions without activity out")


def _shares(names: Sequence[str], count: int, weights: Mapping[str, float] | None) -> Array:
    if len(names) != count:
        raise ValueError(f"targets must be {count} names, found {list(names)}")
    unknown = [name for name in weights or () if name not in names]
    if unknown:
        raise ValueError(f"weights must be of the targets {list(names)}, found {unknown}")
    share = np.array([1.0 if weights is None else weights.get(name, 0.0) for name in names])
    if not (share >= 0).all() or not share.sum() > 0:
        raise ValueError(f"weights must not be negative nor all zero, found {weights}")
    return np.asarray(share / share.sum())
