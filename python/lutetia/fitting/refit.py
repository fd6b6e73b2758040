"""The objective of a fit again, with another prior or other measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.fitting.prior import Prior
from lutetia.fitting.report import is_nuisance

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

WIDER = 100.0  # standard deviations of a prior that stands for none; its weight is 1e-4


def objective_with(
    fit: Fit, *, prior: Prior | None = None, rows: pd.DataFrame | None = None
) -> _core.Objective:
    """Objective of the same patient with what is given replaced."""
    return fit._setup.objective(
        fit._course, fit.rows if rows is None else rows, fit.groups, prior or fit.prior
    )


def without_prior(fit: Fit) -> _core.Objective:
    """Objective by the measurements alone: a prior a hundred times as wide about the fit.

    Nuisances keep theirs, which say how measurements scatter: calibration factors with a flat prior would
    take all information from a series of scans. A finite width, not none, keeps every search regular: where
    the data say nothing the minimum stays near the fit. At six standard deviations of the prior it adds
    0.0036 to the objective.
    """
    nuisance = is_nuisance(fit)
    width = np.where(nuisance, 1.0, WIDER)
    mean = np.where(nuisance, fit.prior.mean, fit.phi)
    return objective_with(
        fit,
        prior=Prior(fit.prior.coordinates, mean, fit.prior.covariance * np.outer(width, width)),
    )


def minimum_from(
    objective: _core.Objective, phi: Array, tolerance: float | None = None
) -> _core.Minimum:
    """Minimum of one search from φ; `tolerance` of the objective, relative, when not that of fits."""
    options = _core.MinimizeOptions()
    if tolerance is not None:
        options.function_tolerance = tolerance
    return _core.Search(objective, [objective.prior.whitened(phi)], 1, options).result()[0]


def coordinate(fit: Fit, name: str) -> int:
    """Position of a coordinate by name."""
    if name not in fit.prior.names:
        from difflib import get_close_matches

        near = get_close_matches(name, fit.prior.names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; it has {fit.prior.names}"
        raise ValueError(f"the fit has no coordinate {name!r}{hint}")
    return fit.prior.names.index(name)


def whitened_factor(fit: Fit) -> Array:
    """Factor A of the covariance A Aᵀ of z by Laplace's approximation, shape (coordinates, coordinates)."""
    factor = np.asarray(fit._objective.prior.factor)
    inner = np.eye(len(factor)) + factor.T @ fit.information @ factor
    return np.asarray(np.linalg.cholesky(np.linalg.inv(inner)))


def in_units(fit: Fit, z: Array) -> pd.DataFrame:
    """Values of parameters at rows of z, columns by name."""
    factor = np.asarray(fit._objective.prior.factor)
    phi = fit.prior.mean + z @ factor.T
    return pd.DataFrame(
        {c.name: [c.value(v) for v in phi[:, k]] for k, c in enumerate(fit.prior.coordinates)}
    )
