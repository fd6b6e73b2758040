"""Importance resampling: a check and correction of Laplace's approximation."""

from __future__ import annotations

import html
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logsumexp
from scipy.stats import multivariate_t
from tqdm import tqdm

from lutetia.errors import FitError
from lutetia.fitting.refit import in_units, whitened_factor
from lutetia.result import RESEARCH_ONLY
from lutetia.sweeping import PATIENCE

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

DEGREES = 5.0  # of freedom of the proposal: heavier tails than the posterior is likely to have
FEWEST = 100.0  # effective draws below which weights are not to be trusted


@dataclass(frozen=True)
class ImportanceSample:
    """Weighted draws about a fit.

    Attributes
    ----------
    draws : pandas.DataFrame
        Resampled values of the parameters in their units, one row per draw.
    z : numpy.ndarray
        The proposed whitened coordinates, shape (n, coordinates).
    weights : numpy.ndarray
        Of the proposals, summing up to one, shape (n,); 0 where the model has no prediction.
    effective : float
        Effective number of draws, 1/Σ w².
    failures : int
        Proposals without a prediction.
    log_marginal_likelihood : float
        Of the measurements, from the mean weight.
    table : pandas.DataFrame
        Index parameter: weighted median ``value``, 90 % interval ``low`` to ``high``, and those of Laplace's
        approximation, ``laplace_value``, ``laplace_low``, ``laplace_high``.
    """

    draws: pd.DataFrame
    z: Array
    weights: Array
    effective: float
    failures: int
    log_marginal_likelihood: float
    table: pd.DataFrame

    @property
    def efficiency(self) -> float:
        """Effective draws per draw."""
        return self.effective / len(self.weights)

    def __repr__(self) -> str:
        return (
            f"<ImportanceSample: {len(self.weights)} draws worth {self.effective:.0f}, "
            f"{self.failures} failed>"
        )

    def _repr_html_(self) -> str:
        table = self.table.to_html(float_format="{:.3g}".format)
        return f"<b>{html.escape(repr(self))}</b>{table}<small>{html.escape(RESEARCH_ONLY)}</small>"


def importance(
    fit: Fit,
    n: int = 2000,
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = False,
) -> ImportanceSample:
    """Draw from a multivariate t distribution about the fit, weight by the posterior and resample.

    Parameters
    ----------
    fit
        A fitted patient.
    n
        How many draws.
    seed
        Of the draws.
    threads
        All cores when absent. Results do not depend on it.
    progress
        Show a bar when it takes more than two seconds.

    Returns
    -------
    ImportanceSample

    Warns
    -----
    RuntimeWarning
        If the draws are worth fewer than 100: Laplace's approximation is then far from the posterior, or
        coordinates are many; use `sample`.

    Raises
    ------
    FitError
        If no proposal has a prediction.
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, found {n}")
    rng = np.random.default_rng(seed)
    factor = whitened_factor(fit)
    q = len(factor)
    proposal = multivariate_t(np.zeros(q), np.eye(q), df=DEGREES)
    u = np.atleast_1d(proposal.rvs(n, random_state=rng)).reshape(n, q)
    z = fit.z + u @ factor.T

    def log_posterior(point: Array) -> float:
        at = fit._objective.evaluate(point, False)
        return -0.5 * (at["likelihood"] + at["prior"]) if "likelihood" in at else -np.inf

    with (
        ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool,
        tqdm(total=n, desc="draws", delay=PATIENCE, disable=not progress, leave=False) as bar,
    ):
        target = np.empty(n)
        for i, value in enumerate(pool.map(log_posterior, z)):
            target[i] = value
            bar.update()
    failures = int(np.isneginf(target).sum())
    if failures == n:
        raise FitError(f"the model has no prediction at any of {n} draws about the fit")
    jacobian = np.log(np.diag(factor)).sum()
    log_weights = target - (np.atleast_1d(proposal.logpdf(u)) - jacobian)
    total = float(logsumexp(log_weights))
    weights = np.exp(log_weights - total)
    effective = float(1.0 / np.sum(weights**2))
    if effective < FEWEST:
        warnings.warn(
            f"{n} draws about the fit are worth {effective:.0f}; intervals of Laplace's approximation and of this "
            "sample are not to be trusted, use Fit.sample",
            RuntimeWarning,
            stacklevel=3,
        )
    # −2 ln of the posterior lacks n ln 2π of the likelihood and q ln 2π of the prior.
    constant = -0.5 * (len(fit.rows) + q) * np.log(2.0 * np.pi)
    values = in_units(fit, z)
    chosen = _systematic(weights, rng)
    return ImportanceSample(
        values.iloc[chosen].reset_index(drop=True),
        z,
        weights,
        effective,
        failures,
        total - np.log(n) + constant,
        _table(fit, values, weights),
    )


def _systematic(weights: Array, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """As many draws as there are, each as often as its weight says, rounded up or down."""
    n = len(weights)
    at = (rng.random() + np.arange(n)) / n
    return np.minimum(np.searchsorted(np.cumsum(weights), at), n - 1)


def _table(fit: Fit, values: pd.DataFrame, weights: Array) -> pd.DataFrame:
    rows = []
    for name in values.columns:
        order = np.argsort(values[name].to_numpy())
        sorted_values = values[name].to_numpy()[order]
        below = np.cumsum(weights[order]) - 0.5 * weights[order]
        low, median, high = np.interp([0.05, 0.5, 0.95], below, sorted_values)
        rows.append({"value": median, "low": low, "high": high})
    out = pd.DataFrame(rows, pd.Index(values.columns, name="name"))
    laplace = fit.parameters[["value", "low", "high"]].add_prefix("laplace_")
    return out.join(laplace)
