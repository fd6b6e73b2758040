"""One sum of exponentials fitted to one time–activity curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from lutetia.errors import FitError
from lutetia.imaging_design.information import correlations, posterior_covariance
from lutetia.time_activity.candidates import Candidate, ln_curve, natural
from lutetia.time_activity.measured_curve import MeasuredCurve

Array = npt.NDArray[np.float64]

LARGEST_CV = 0.5  # of every parameter, and
LARGEST_CORRELATION = 0.8  # of every pair: the field's criteria, Hardiansyah 2021
STARTS = 4  # optimized, the best of all combinations tried
FREE_RANGE = 1e3  # a rate may lie this far outside 1/last time … 1/first time
LARGEST_LOGIT = 15.0
EVALUATIONS = 80
TOLERANCES = {"xtol": 1e-10, "ftol": 1e-12, "gtol": 1e-10}
LEAST_SCALE = 1e-12  # of a perfect fit, whose likelihood has no bound


@dataclass(frozen=True)
class ExponentialFit:
    """A fitted function.

    Attributes
    ----------
    candidate : Candidate
        Name, formula and parameters of the function.
    data : MeasuredCurve
        What was fitted.
    values : numpy.ndarray
        Parameters: time-integrated activity [MBq·h], biological rates [1/h], fraction; shape (p,).
    covariance : numpy.ndarray or None
        Of the values, shape (p, p); None when the data do not identify them.
    residual_squares : float
        Sum of squared residuals in units of the scale.
    scale : float
        Standard deviation of a residual, given or estimated.
    problem : str
        Why the fit does not pass the criteria; empty when it does.
    """

    candidate: Candidate
    data: MeasuredCurve
    phi: Array
    values: Array
    covariance: Array | None
    residual_squares: float
    scale: float
    problem: str

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.candidate.name

    @property
    def parameters(self) -> dict[str, float]:
        """Value of each parameter: MBq·h, 1/h, 1."""
        names = self.candidate.parameters
        return {name: float(v) for name, v in zip(names, self.values, strict=True)}

    @property
    def time_integrated_activity(self) -> float:
        """From time 0 to infinity [MBq·h]."""
        return float(self.values[0])

    @property
    def standard_error(self) -> float:
        """Of the time-integrated activity [MBq·h]; NaN when it is not identified."""
        return float("nan") if self.covariance is None else float(self.covariance[0, 0] ** 0.5)

    @property
    def r2(self) -> float:
        """Coefficient of determination of the activities; NaN when they are all the same."""
        y = self.data.activities
        total = float(np.sum((y - y.mean()) ** 2))
        unexplained = float(np.sum((y - self.activity(self.data.times)) ** 2))
        return 1 - unexplained / total if total > 0 else float("nan")

    @property
    def coefficients_of_variation(self) -> dict[str, float]:
        """Standard error over value of each parameter."""
        errors = np.full(len(self.values), np.nan)
        if self.covariance is not None:
            errors = np.sqrt(np.diag(self.covariance)) / np.abs(self.values)
        return dict(zip(self.candidate.parameters, errors.tolist(), strict=True))

    @property
    def largest_correlation(self) -> float:
        """Largest absolute correlation between two parameters; 0 for a single one."""
        if self.covariance is None:
            return float("nan")
        matrix = np.abs(correlations(self.covariance))
        return float(np.max(matrix - np.eye(len(matrix))))

    def activity(self, times: npt.ArrayLike) -> Array:
        """Activity of the fitted curve at times [h], shape (n,) [MBq]."""
        at = np.atleast_1d(np.asarray(times, dtype=float))
        return np.exp(ln_curve(self.candidate, self.phi, at, self.data.decay)[0])


def residuals(candidate: Candidate, data: MeasuredCurve, phi: Array) -> tuple[Array, Array]:
    """Residuals in units of the scale, shape (n,), and their derivative by φ, shape (n, p)."""
    ln_value, slope = ln_curve(candidate, phi, data.times, data.decay)
    if data.logarithmic:
        return np.log(data.activities) - ln_value, -slope
    value = np.exp(ln_value)
    return (data.activities - value) / data.weights, -slope * (value / data.weights)[:, None]


def fit_candidate(candidate: Candidate, data: MeasuredCurve, scale: float | None) -> ExponentialFit:
    """Fit one function by least squares from several starts.

    Parameters
    ----------
    candidate, data
        Function and curve; at least as many points as parameters, and one more for an unknown scale.
    scale
        Standard deviation of a residual when it is known; estimated from the residuals when None.

    Returns
    -------
    ExponentialFit

    Raises
    ------
    FitError
        If the curve must be zero where an activity was measured.
    """
    if candidate.rises and data.logarithmic and data.times[0] == 0:
        raise FitError("the function is zero at 0 h, where an activity was measured")
    phi, cost = _optimum(candidate, data)
    _, slope = residuals(candidate, data, phi)
    n, p = slope.shape
    deviation = scale if scale is not None else max(float(np.sqrt(cost / (n - p))), LEAST_SCALE)
    fit = ExponentialFit(
        candidate=candidate,
        data=data,
        phi=phi,
        values=natural(candidate, phi)[0],
        covariance=None,
        residual_squares=cost,
        scale=deviation,
        problem="",
    )
    return with_scale(fit, deviation)


def with_scale(fit: ExponentialFit, scale: float) -> ExponentialFit:
    """Return the same fit with standard errors, and the criteria judged, for another scale."""
    _, slope = residuals(fit.candidate, fit.data, fit.phi)
    try:
        of_phi = posterior_covariance(slope.T @ slope) * scale**2
    except FitError:
        return replace(fit, scale=scale, covariance=None, problem="not identified by the data")
    jacobian = natural(fit.candidate, fit.phi)[1]
    out = replace(fit, scale=scale, covariance=jacobian @ of_phi @ jacobian.T)
    return replace(out, problem=_problem(out))


def _problem(fit: ExponentialFit) -> str:
    """Judge the criteria of the field: coefficients of variation and correlations."""
    worst, cv = max(fit.coefficients_of_variation.items(), key=lambda item: item[1])
    if not cv < LARGEST_CV:
        return f"coefficient of variation of {worst} {100 * cv:.0f} %, not below {100 * LARGEST_CV:.0f} %"
    if not fit.largest_correlation < LARGEST_CORRELATION:
        return f"correlation of {fit.largest_correlation:.2f} between parameters, not below {LARGEST_CORRELATION}"
    return ""


def _optimum(candidate: Candidate, data: MeasuredCurve) -> tuple[Array, float]:
    """Find φ of the least sum of squares, and the sum.

    A parameter without influence lets the optimization wander until its evaluations are used up; where it
    stops is as good as any other place, and the criteria refuse the fit.
    """
    from scipy.optimize import least_squares

    bounds = _bounds(candidate, data)
    residual, jacobian = _functions(candidate, data)
    starts = sorted(_starts(candidate, data), key=lambda phi: float(residual(phi) @ residual(phi)))
    best: tuple[Array, float] | None = None
    for start in starts[:STARTS]:
        inside = np.clip(start, bounds[0] + 1e-6, bounds[1] - 1e-6)
        found = least_squares(
            residual, inside, jac=jacobian, bounds=bounds, max_nfev=EVALUATIONS, **TOLERANCES
        )
        cost = 2.0 * float(found.cost)
        if np.isfinite(cost) and (best is None or cost < best[1]):
            best = (np.asarray(found.x), cost)
    if best is None:
        raise FitError("the sum of squares is not finite at any start")
    return best


def _functions(
    candidate: Candidate, data: MeasuredCurve
) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    return (
        lambda phi: residuals(candidate, data, phi)[0],
        lambda phi: residuals(candidate, data, phi)[1],
    )


def _bounds(candidate: Candidate, data: MeasuredCurve) -> tuple[Array, Array]:
    times = data.times[data.times > 0]
    slow, fast = np.log(1 / (FREE_RANGE * times[-1])), np.log(FREE_RANGE / times[0])
    k = len(candidate.rates)
    low, high = [-np.inf] + [slow] * k, [np.inf] + [fast] * k
    if candidate.fraction:
        low, high = [*low, -LARGEST_LOGIT], [*high, LARGEST_LOGIT]
    return np.array(low), np.array(high)


def _starts(candidate: Candidate, data: MeasuredCurve) -> list[Array]:
    """Rates across the time scale of the data, fractions, and the best amplitude for each."""
    times = data.times[data.times > 0]
    rates = np.log(np.geomspace(0.1 / times[-1], 3 / times[0], 6))
    fractions = [(-1.5,), (0.0,), (1.5,)] if candidate.fraction else [()]
    out = []
    for shape in product(product(rates, repeat=len(candidate.rates)), fractions):
        phi = np.array([0.0, *shape[0], *shape[1]])
        ln_value = ln_curve(candidate, phi, data.times, data.decay)[0]
        y, w = data.activities, data.weights
        if data.logarithmic:
            phi[0] = np.mean(np.log(y) - ln_value)
        else:
            value = np.exp(ln_value)
            phi[0] = np.log(np.sum(y * value / w**2) / np.sum((value / w) ** 2))
        out.append(phi)
    return out
