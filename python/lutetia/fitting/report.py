"""What a fit knows: verdicts per coordinate, and the criteria of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

LARGEST_CV = 0.5  # of an identified parameter
SMALLEST_GAIN = 0.2  # of the variance of the prior
INTERVAL = 1.6448536269514722  # of 90 %
NULL = 1e-6  # information relative to that of the prior that counts as none
IN_NULL = 1e-3  # share of a coordinate in directions without information that counts as in them


def laplace_covariance(factor: Array, information: Array) -> Array:
    """Covariance of φ after the fit, L (1 + Lᵀ I L)⁻¹ Lᵀ, which needs no inverse of the prior.

    Parameters
    ----------
    factor
        L of the prior, shape (coordinates, coordinates).
    information
        Of the measurements about φ, same shape.
    """
    inner = np.eye(len(factor)) + factor.T @ information @ factor
    return np.asarray(factor @ np.linalg.solve(inner, factor.T))


def is_nuisance(fit: Fit) -> npt.NDArray[np.bool_]:
    """Coordinates nobody asks about: calibration, scales of errors, variation between cycles."""
    return np.array(
        [
            i >= fit.model_coordinates or ", variation of cycle" in name
            for i, name in enumerate(fit.prior.names)
        ]
    )


def likelihood_covariance(fit: Fit) -> Array:
    """Covariance of φ from the measurements alone, shape (coordinates, coordinates).

    Nuisances keep their priors: without that of its calibration no scan would say anything. Directions
    of the whitened prior in which the information of the data is less than a millionth of that of the
    prior count as unknown; a coordinate with a share in one has an infinite variance, and no covariance
    (NaN) with others.
    """
    precision = np.linalg.inv(fit.prior.covariance)
    nuisance = is_nuisance(fit)
    information = fit.information + np.where(np.outer(nuisance, nuisance), precision, 0.0)
    factor = np.linalg.cholesky(fit.prior.covariance)
    values, vectors = np.linalg.eigh(factor.T @ information @ factor)
    known = values > NULL
    loads = factor @ vectors  # of each φ on each direction
    out = (loads[:, known] / values[known]) @ loads[:, known].T
    unknown = (loads[:, ~known] ** 2).sum(axis=1) / np.diag(fit.prior.covariance) > IN_NULL
    out[unknown, :] = out[:, unknown] = np.nan
    out[unknown, unknown] = np.inf
    return np.asarray(out)


def likelihood_variances(fit: Fit) -> Array:
    """Variance of every φ from the measurements alone, infinite where they say nothing."""
    return np.diag(likelihood_covariance(fit)).copy()


def knowledge(fit: Fit) -> pd.DataFrame:
    """Every coordinate with its value, uncertainty, prior, information gain and verdict.

    Returns
    -------
    pandas.DataFrame
        Index name; ``value`` and ``unit``, ``cv``, ``low`` and ``high`` (90 %) after the fit,
        ``prior_value``, ``prior_cv``, ``likelihood_cv`` (from the measurements alone, infinite when they
        do not determine it), ``gain`` (1 - Var/Var_prior) and ``verdict``: identified; prior-driven
        (gain below 0.2); nuisance (calibration and the like); practically not identifiable (CV above 50 % from the data alone); structurally
        not identifiable (the data say nothing about a combination it belongs to).
    """
    sd = np.sqrt(np.diag(fit.covariance))
    prior_sd = np.sqrt(np.diag(fit.prior.covariance))
    alone, nuisance = likelihood_variances(fit), is_nuisance(fit)
    rows = []
    for i, c in enumerate(fit.prior.coordinates):
        phi = float(fit.phi[i])
        gain = 1.0 - (sd[i] / prior_sd[i]) ** 2
        rows.append(
            {
                "value": c.value(phi),
                "unit": c.unit,
                "cv": _cv(sd[i] ** 2),
                "low": c.value(phi - INTERVAL * sd[i]),
                "high": c.value(phi + INTERVAL * sd[i]),
                "prior_value": c.value(float(fit.prior.mean[i])),
                "prior_cv": _cv(prior_sd[i] ** 2),
                "likelihood_cv": _cv(alone[i]),
                "gain": gain,
                "verdict": "nuisance" if nuisance[i] else verdict(float(alone[i]), gain),
            }
        )
    return pd.DataFrame(rows, pd.Index(fit.prior.names, name="name"))


def _cv(variance: float) -> float:
    """Coefficient of variation of a parameter by the variance of its logarithm."""
    with np.errstate(over="ignore"):
        return float(np.sqrt(np.expm1(variance)))


def verdict(variance: float, gain: float) -> str:
    """Say in a word or two how well a coordinate is known.

    Parameters
    ----------
    variance
        Of φ, from the measurements alone.
    gain
        1 − Var/Var_prior.
    """
    if gain < SMALLEST_GAIN:
        return "prior-driven"
    if np.isinf(variance):
        return "structurally not identifiable"
    identified = variance < np.log1p(LARGEST_CV**2)
    return "identified" if identified else "practically not identifiable"
