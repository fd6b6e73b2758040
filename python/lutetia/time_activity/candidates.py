"""Sums of exponentials a time–activity curve may follow, with physical decay built in.

Every candidate is f(t) = Ã·s(t)/S with the shape s(t) = Σ cᵢ exp(−(λᵢ + λ_phys)·t) and its area S = Σ cᵢ/(λᵢ + λ_phys).
The time-integrated activity Ã is itself a parameter: its standard error comes straight from the fit, and it correlates
less with the rates than an amplitude extrapolated to time 0 (parametrization of Hardiansyah et al. 2023,
doi:10.1186/s40658-023-00530-1). Parameters are estimated as φ: logarithms, and the logit of a fraction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Coefficients c (m,), rates λ (m,) and their derivatives by the shape's φ, each (m, k).
Terms = tuple[Array, Array, Array, Array]


@dataclass(frozen=True)
class Candidate:
    """One function: its name, formula, parameters and terms.

    Attributes
    ----------
    name, formula : str
        The formula without physical decay and up to a factor.
    rates : tuple of str
        Rate parameters φ = ln λ [1/h]; of two, the later one is given as the excess over the first.
    fraction : str or None
        A parameter in (0, 1), last in φ, as a logit.
    rises : bool
        Whether the curve starts at zero.
    """

    name: str
    formula: str
    rates: tuple[str, ...]
    fraction: str | None
    rises: bool
    terms: Callable[[Array], Terms]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of all parameters, the time-integrated activity first."""
        return ("time_integrated_activity", *self.rates, *filter(None, (self.fraction,)))


def ln_curve(candidate: Candidate, phi: Array, times: Array, decay: float) -> tuple[Array, Array]:
    """Logarithm of a candidate and its derivative by φ.

    Parameters
    ----------
    candidate
        The function.
    phi
        ln Ã, then the parameters of the shape, shape (p,).
    times
        Shape (n,) [h].
    decay
        Physical decay constant [1/h].

    Returns
    -------
    tuple of numpy.ndarray
        ln(f in MBq), shape (n,), −∞ where f is zero, and ∂ ln f/∂φ, shape (n, p), zero there.

    Examples
    --------
    >>> f, slope = ln_curve(CANDIDATES["mono"], np.log([100.0, 0.01]), np.array([0.0, 100.0]), 0.0)
    >>> np.exp(f).round(4).tolist()  # 100 MBq·h at 0.01/h are 1 MBq at the start
    [1.0, 0.3679]
    >>> slope.round(4).tolist()
    [[1.0, 1.0], [1.0, -0.0]]
    """
    c, rates, c_slope, rate_slope = candidate.terms(phi[1:])
    total = rates + decay
    slowest = total.argmin()  # taken out of the sum, so that no exponential underflows
    falls = np.exp(-np.outer(times, total - total[slowest]))
    shape = falls @ c
    shape_slope = falls @ c_slope - times[:, None] * (falls @ (c[:, None] * rate_slope))
    area = float(np.sum(c / total))
    area_slope = np.sum(c_slope / total[:, None] - (c / total**2)[:, None] * rate_slope, axis=0)
    positive = shape > 0
    safe = np.where(positive, shape, 1.0)
    ln_value = phi[0] + np.log(safe) - total[slowest] * times - np.log(area)
    slope = np.where(positive[:, None], shape_slope / safe[:, None] - area_slope / area, 0.0)
    return (
        np.where(positive, ln_value, -np.inf),
        np.hstack([positive[:, None].astype(float), slope]),
    )


def natural(candidate: Candidate, phi: Array) -> tuple[Array, Array]:
    """Parameters as reported, and their derivative by φ.

    Parameters
    ----------
    candidate, phi
        As in `ln_curve`.

    Returns
    -------
    tuple of numpy.ndarray
        (Ã [MBq·h], biological rates [1/h], fraction), shape (p,), and the Jacobian, shape (p, p).
    """
    k = len(candidate.rates)
    values = np.exp(phi)
    jacobian = np.diag(values)
    if k == 2:  # λ₂ = λ₁ + excess
        values[2] += values[1]
        jacobian[2, 1] = jacobian[1, 1]
    if candidate.fraction:
        share = 1 / (1 + np.exp(-phi[-1]))
        values[-1], jacobian[-1, -1] = share, share * (1 - share)
    return values, jacobian


def _rates(psi: Array, names: int) -> tuple[Array, Array]:
    """λ₁ and λ₁ + excess with their derivatives, shapes (2,) and (2, k)."""
    values = np.exp(psi[:2])
    slope = np.zeros((2, names))
    slope[0, 0] = slope[1, 0] = values[0]
    slope[1, 1] = values[1]
    return np.array([values[0], values[0] + values[1]]), slope


def _decay(psi: Array) -> Terms:
    return np.ones(1), np.zeros(1), np.zeros((1, 0)), np.zeros((1, 0))


def _mono(psi: Array) -> Terms:
    rate = np.exp(psi)
    return np.ones(1), rate, np.zeros((1, 1)), rate[:, None]


def _uptake_decay(psi: Array) -> Terms:
    rate = np.exp(psi[0])
    return (
        np.array([1.0, -1.0]),
        np.array([0.0, rate]),
        np.zeros((2, 1)),
        np.array([[0.0], [rate]]),
    )


def _uptake(psi: Array) -> Terms:
    rates, slope = _rates(psi, 2)
    return np.array([1.0, -1.0]), rates, np.zeros((2, 2)), slope


def _mono_decay(psi: Array) -> Terms:
    rate = np.exp(psi[0])
    share, share_slope = _share(psi[1])
    return (
        np.array([1 - share, share]),
        np.array([0.0, rate]),
        np.array([[0.0, -share_slope], [0.0, share_slope]]),
        np.array([[0.0, 0.0], [rate, 0.0]]),
    )


def _bi(psi: Array) -> Terms:
    rates, slope = _rates(psi, 3)
    share, share_slope = _share(psi[2])
    c_slope = np.array([[0.0, 0.0, -share_slope], [0.0, 0.0, share_slope]])
    return np.array([1 - share, share]), rates, c_slope, slope


def _partial_uptake(psi: Array) -> Terms:
    rates, slope = _rates(psi, 3)
    share, share_slope = _share(psi[2])
    c_slope = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -share_slope]])
    return np.array([1.0, -share]), rates, c_slope, slope


def _share(logit: float) -> tuple[float, float]:
    share = 1 / (1 + np.exp(-logit))
    return share, share * (1 - share)


CANDIDATES = {
    candidate.name: candidate
    for candidate in (
        Candidate("decay", "1", (), None, False, _decay),
        Candidate("mono", "exp(−λ₁t)", ("rate_1",), None, False, _mono),
        Candidate("uptake_decay", "1 − exp(−λ₁t)", ("rate_1",), None, True, _uptake_decay),
        Candidate("uptake", "exp(−λ₁t) − exp(−λ₂t)", ("rate_1", "rate_2"), None, True, _uptake),
        Candidate(
            "mono_decay", "(1 − α) + α·exp(−λ₁t)", ("rate_1",), "fraction", False, _mono_decay
        ),
        Candidate(
            "bi",
            "(1 − α)·exp(−λ₁t) + α·exp(−λ₂t)",
            ("rate_1", "rate_2"),
            "fraction",
            False,
            _bi,
        ),
        Candidate(
            "partial_uptake",
            "exp(−λ₁t) − α·exp(−λ₂t)",
            ("rate_1", "rate_2"),
            "fraction",
            False,
            _partial_uptake,
        ),
    )
}
