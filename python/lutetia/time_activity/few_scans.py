"""One or a few scans of a region, read with what is known of half-lives in a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lutetia import _core
from lutetia.data import shipped
from lutetia.errors import DataError
from lutetia.time_activity.measured_curve import checked_curve, log_deviation
from lutetia.units import Quantity, to_internal_array

Array = npt.NDArray[np.float64]

WIDTH = 8.0  # of the grid, in standard deviations of the prior
POINTS = {1: 2001, 2: 301}  # per dimension
NEGLIGIBLE = 40.0  # in ln weight: what is below the largest by more is outside the refined grid


@dataclass(frozen=True)
class PopulationFit:
    """Posterior of a time-integrated activity; a mixture of log-normals over the half-lives.

    Attributes
    ----------
    times, activities : numpy.ndarray
        What was measured, shape (n,) [h, MBq].
    time_integrated_activity : float
        Median [MBq·h].
    effective_half_life : float
        Median [h].
    log_deviation : float
        Standard deviation of ln(time-integrated activity).
    half_life_share : float
        Share of its variance that stems from not knowing the half-lives; the rest is noise.
    """

    times: Array
    activities: Array
    weights: Array  # of the grid of half-lives, sum 1
    half_lives: Array  # effective half-life of washout at the grid [h]
    log_means: Array  # of ln(time-integrated activity) at the grid
    noise_deviation: float  # of ln(time-integrated activity) for known half-lives

    @property
    def time_integrated_activity(self) -> float:
        """Median [MBq·h]."""
        return self.quantile(0.5)

    @property
    def effective_half_life(self) -> float:
        """Median [h]."""
        return self.half_life_interval(0.0)[0]

    @property
    def log_mean(self) -> float:
        """Mean of ln(time-integrated activity in MBq·h)."""
        return float(self.weights @ self.log_means)

    @property
    def log_deviation(self) -> float:
        """Standard deviation of ln(time-integrated activity)."""
        between = self.weights @ (self.log_means - self.log_mean) ** 2
        return float(np.sqrt(between + self.noise_deviation**2))

    @property
    def half_life_share(self) -> float:
        """Share of the variance of ln(time-integrated activity) due to unknown half-lives."""
        return 1.0 - (self.noise_deviation / self.log_deviation) ** 2

    def quantile(self, probability: float) -> float:
        """Quantile of the time-integrated activity [MBq·h].

        Parameters
        ----------
        probability
            Between 0 and 1.

        Returns
        -------
        float
        """
        from scipy.optimize import brentq
        from scipy.special import ndtr

        if not 0 < probability < 1:
            raise ValueError(f"probability must lie between 0 and 1, found {probability}")

        def excess(x: float) -> float:
            return float(self.weights @ ndtr((x - self.log_means) / self.noise_deviation))

        reach = 40 * self.noise_deviation
        low, high = self.log_means.min() - reach, self.log_means.max() + reach
        return float(np.exp(brentq(lambda x: excess(x) - probability, low, high, xtol=1e-12)))

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Predictive interval of the time-integrated activity, of equal tails [MBq·h]."""
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, found {level}")
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def half_life_interval(self, level: float = 0.9) -> tuple[float, float]:
        """Interval of the effective half-life, of equal tails [h]."""
        order = np.argsort(self.half_lives)
        cumulative = np.cumsum(self.weights[order]) - 0.5 * self.weights[order]
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        low, high = np.interp(tails, cumulative, self.half_lives[order])
        return float(low), float(high)

    def summary(self) -> str:
        """Describe the estimate and what limits it in two lines."""
        low, high = self.interval()
        shortest, longest = self.half_life_interval()
        return (
            f"time-integrated activity {self.time_integrated_activity:.4g} MBq·h (90 %: {low:.4g} to {high:.4g}), "
            f"{100 * self.half_life_share:.0f} % of the variance from the half-life\n"
            f"effective half-life {self.effective_half_life:.3g} h (90 %: {shortest:.3g} to {longest:.3g})"
        )

    def __repr__(self) -> str:
        low, high = self.interval()
        return (
            f"<PopulationFit of {self.times.size} scans: {self.time_integrated_activity:.4g} MBq·h, "
            f"90 % from {low:.4g} to {high:.4g}>"
        )


def population_fit(
    times: Any,
    activities: Any,
    *,
    half_life: Quantity,
    half_life_cv: float,
    error_cv: float,
    systematic_cv: float = 0.0,
    amplitude: Quantity | None = None,
    amplitude_cv: float | None = None,
    uptake_half_life: Quantity | None = None,
    uptake_half_life_cv: float | None = None,
    nuclide: str | None = None,
) -> PopulationFit:
    """Fit a mono- or bi-exponential curve to a few scans with log-normal priors from a population.

    The curve is A₀·exp(−λt), or A₀·[exp(−λt) − exp(−λᵤt)] with an uptake half-life. Given the half-lives, ln A₀ is
    a linear parameter with normal errors and its posterior is a formula; the half-lives are
    integrated over on a grid. So no approximation enters but the curve and the priors, and one scan is enough.

    Parameters
    ----------
    times
        Shape (n,), ascending, numbers in h or quantities; one scan may be written without a list.
    activities
        Shape (n,), positive, numbers in MBq or quantities.
    half_life, half_life_cv
        Median (a number in h or a quantity) and coefficient of variation between patients of the
        effective half-life of the washout, see `population_half_lives`.
    error_cv
        Coefficient of variation of one measured activity (log-normal), independent between scans.
    systematic_cv
        The same, of an error all scans share (calibration, recovery, volume).
    amplitude, amplitude_cv
        Prior of A₀ in MBq; without them any amplitude is as likely as any other on a logarithmic scale.
    uptake_half_life, uptake_half_life_cv
        Prior of the effective half-life of uptake, for the bi-exponential curve.
    nuclide
        Leaves out half-lives longer than the physical one.

    Returns
    -------
    PopulationFit

    Raises
    ------
    DataError
        If times and activities are no curve, an activity is zero, a prior is incomplete or not
        positive, or no half-life of the prior is possible.

    References
    ----------
    Hou et al. 2022, PMC8882881 (effective half-lives are log-normal).

    Examples
    --------
    >>> from lutetia import population_half_lives
    >>> kidney = population_half_lives("lu177_dotatate").loc["kidney"]
    >>> prior = {"half_life": kidney["half_life_h"], "half_life_cv": kidney["cv"], "nuclide": "Lu-177"}
    >>> early = population_fit("24 h", "160 MBq", error_cv=0.1, **prior)
    >>> late = population_fit("72 h", "85 MBq", error_cv=0.1, **prior)
    >>> [round(fit.log_deviation, 2) for fit in (early, late)]  # a scan too early leaves more open
    [0.19, 0.11]
    >>> both = population_fit(["24 h", "72 h"], ["160 MBq", "85 MBq"], error_cv=0.1, **prior)
    >>> both
    <PopulationFit of 2 scans: 1.677e+04 MBq·h, 90 % from 1.454e+04 to 1.984e+04>
    """
    t, a = checked_curve(times, activities)
    if not t.size:
        raise DataError("population_fit needs at least one scan, found none")
    if not (a > 0).all():
        raise DataError(
            f"the activity at {t[a == 0][0]:g} h is zero, which a log-normal error excludes"
        )
    priors = [_prior(half_life, half_life_cv, "h", "half_life")]
    if uptake_half_life is not None:
        priors.append(_prior(uptake_half_life, uptake_half_life_cv, "h", "uptake_half_life"))
        if t[0] == 0:
            raise DataError("a curve with uptake is zero at 0 h; leave that scan out")
    noise = log_deviation(error_cv, "error_cv") ** 2 * np.eye(t.size)
    if systematic_cv:
        noise += log_deviation(systematic_cv, "systematic_cv") ** 2
    given = None if amplitude is None else _prior(amplitude, amplitude_cv, "MBq", "amplitude")
    longest = np.inf if nuclide is None else _core.half_life(shipped(), nuclide)
    precision = np.linalg.inv(noise)

    def at(z: Array) -> tuple[Array, Array, Array, float]:
        """Weights in ln, half-lives and ln TIA at standard normal deviates, shape (m, dimensions)."""
        half_lives = np.exp(
            [mean + deviation * z[:, k] for k, (mean, deviation) in enumerate(priors)]
        )
        possible, shape, area = _shape(t, half_lives, longest)
        distance = np.log(a) - np.log(shape)
        weight = precision.sum()
        linear = distance @ precision.sum(axis=0)
        square = np.einsum("mi,ij,mj->m", distance, precision, distance)
        if given is not None:
            weight += 1 / given[1] ** 2
            linear = linear + given[0] / given[1] ** 2
        ln_weight = -0.5 * (z**2).sum(axis=1) - 0.5 * (square - linear**2 / weight)
        ln_weight = np.where(possible, ln_weight, -np.inf)
        return ln_weight, half_lives[0], linear / weight + np.log(area), float(weight**-0.5)

    bounds = [(-WIDTH, WIDTH)] * len(priors)
    z = _grid(bounds)
    for _ in range(2):  # a narrow posterior gets a grid of its own width
        ln_weight = at(z)[0]
        near = ln_weight > ln_weight.max() - NEGLIGIBLE
        if not near.any():
            raise DataError(
                "no half-life of the prior is possible: washout must be slower than uptake"
                + (f" and at most {longest:.4g} h" if np.isfinite(longest) else "")
            )
        steps = [(high - low) / (POINTS[len(priors)] - 1) for low, high in bounds]
        bounds = [
            (column.min() - step, column.max() + step)
            for column, step in zip(z[near].T, steps, strict=True)
        ]
        z = _grid(bounds)
    ln_weight, washout, log_means, deviation = at(z)
    weights = np.exp(ln_weight - ln_weight.max())
    kept = weights > 0
    weights = weights[kept] / weights.sum()
    return PopulationFit(t, a, weights, washout[kept], log_means[kept], deviation)


def _shape(t: Array, half_lives: Array, longest: float) -> tuple[Array, Array, Array]:
    """Whether half-lives are possible, the curve of unit amplitude (m, n) and its area (m,) [h]."""
    rates = np.log(2) / half_lives
    possible = half_lives[0] <= longest
    curve = np.exp(-rates[0][:, None] * t)
    area = 1 / rates[0]
    if len(rates) == 1:
        return possible, curve, area
    possible = possible & (rates[1] > rates[0])
    faster = np.where(possible, rates[1], 2 * rates[0])  # any value: its weight is zero
    # exp(−λt) − exp(−λᵤt) without cancellation when the rates are close
    rise = -np.expm1(-(faster - rates[0])[:, None] * t)
    return possible, curve * rise, area - 1 / faster


def _grid(bounds: list[tuple[float, float]]) -> Array:
    """Points of a regular grid, shape (m, dimensions)."""
    axes = [np.linspace(low, high, POINTS[len(bounds)]) for low, high in bounds]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def _prior(median: Quantity, cv: float | None, unit: str, name: str) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm."""
    value = float(to_internal_array(median, unit, name))
    if not 0 < value < np.inf:
        raise DataError(f"{name} must be positive, found {median}")
    if cv is None:
        raise DataError(f"{name} needs {name}_cv, its coefficient of variation between patients")
    return float(np.log(value)), log_deviation(cv, f"{name}_cv")
