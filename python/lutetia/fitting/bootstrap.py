"""Parametric bootstrap: fits of measurements drawn from the fitted patient."""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from lutetia.errors import FitError
from lutetia.fitting.error_models import ErrorModel
from lutetia.fitting.prior import Prior
from lutetia.fitting.refit import minimum_from, objective_with
from lutetia.result import RESEARCH_ONLY
from lutetia.sweeping import PATIENCE

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

MOST_TRIES = 1000  # to draw a measurement that is positive


@dataclass(frozen=True)
class Bootstrap:
    """Fits of drawn measurements.

    Attributes
    ----------
    phi : pandas.DataFrame
        φ of the fits that ended at a minimum, index number of the replicate, columns coordinates.
    values : pandas.DataFrame
        The same in the units of the parameters.
    failures : pandas.DataFrame
        Replicates without a minimum: ``status`` and ``message``, index number of the replicate.
    prior_redrawn : bool
    """

    phi: pd.DataFrame
    values: pd.DataFrame
    failures: pd.DataFrame
    prior_redrawn: bool

    @property
    def table(self) -> pd.DataFrame:
        """Index parameter; median, CV of the logarithms' spread, and the 90 % interval ``low`` to ``high``."""
        sd = self.phi.std(ddof=1)
        return pd.DataFrame(
            {
                "value": self.values.median(),
                "cv": np.sqrt(np.expm1(sd**2)),
                "low": self.values.quantile(0.05),
                "high": self.values.quantile(0.95),
            }
        )

    def __repr__(self) -> str:
        n = len(self.phi) + len(self.failures)
        return f"<Bootstrap: {len(self.phi)} of {n} fits, {len(self.failures)} failed>"

    def _repr_html_(self) -> str:
        table = self.table.to_html(float_format="{:.3g}".format)
        return f"<b>{html.escape(repr(self))}</b>{table}<small>{html.escape(RESEARCH_ONLY)}</small>"


def bootstrap(
    fit: Fit,
    n: int = 200,
    *,
    seed: int = 0,
    redraw_prior: bool = True,
    threads: int | None = None,
    progress: bool = False,
) -> Bootstrap:
    """Fit measurements drawn from their error models about the predictions of the fit.

    Parameters
    ----------
    fit
        A fitted patient.
    n
        How many replicates.
    seed
        Replicate i depends on the seed and i alone.
    redraw_prior
        The prior is knowledge that scatters as measurements do: each replicate has its mean drawn from
        N(φ, Ω) about the fit, and the spread is that of the posterior (exactly, for linear models with
        normal errors). False: every replicate has the prior as it is, and the spread is that of the
        estimate over repeated scans of this patient, narrower because the prior pulls every fit to its
        mean; the bias of that pull then shows.
    threads
        All cores when absent. Results do not depend on it.
    progress
        Show a bar when it takes more than two seconds. Ctrl-C ends with the replicates so far.

    Returns
    -------
    Bootstrap

    Raises
    ------
    FitError
        If no replicate ends at a minimum.
    """
    if n < 2:
        raise ValueError(f"n must be at least 2, found {n}")
    seeds = np.random.SeedSequence(seed).spawn(n)
    done: dict[int, Any] = {}
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
    bar = tqdm(total=n, desc="bootstrap", delay=PATIENCE, disable=not progress, leave=False)
    try:
        found = pool.map(lambda s: _replicate(fit, s, redraw_prior), seeds)
        for i, m in enumerate(found):
            done[i] = m
            bar.update()
    except KeyboardInterrupt:
        warnings.warn(
            f"bootstrap cancelled; the {len(done)} replicates so far are kept",
            RuntimeWarning,
            stacklevel=3,
        )
    finally:
        bar.close()
        pool.shutdown(cancel_futures=True)
    return _collected(fit, done, redraw_prior)


def _collected(fit: Fit, done: dict[int, Any], redraw_prior: bool) -> Bootstrap:
    good = {i: phi for i, (status, _, phi) in done.items() if status == "converged"}
    bad = {i: (status, message) for i, (status, message, _) in done.items() if i not in good}
    if not good:
        reasons = list(dict.fromkeys(f"{s}: {m}" for s, m in bad.values()))
        raise FitError(
            f"none of {len(done)} replicates ended at a minimum; {'; '.join(reasons[:3])}"
        )
    phi = pd.DataFrame.from_dict(good, orient="index", columns=fit.prior.names)
    values = pd.DataFrame(
        {c.name: [c.value(v) for v in phi[c.name]] for c in fit.prior.coordinates}, phi.index
    )
    failures = pd.DataFrame.from_dict(bad, orient="index", columns=["status", "message"])
    return Bootstrap(phi, values, failures, redraw_prior)


def _replicate(fit: Fit, seed: np.random.SeedSequence, redraw: bool) -> tuple[str, str, Array]:
    """Status, message and φ of one fit of drawn measurements."""
    rng = np.random.default_rng(seed)
    prior = fit.prior
    if redraw:
        factor = np.linalg.cholesky(prior.covariance)
        mean = fit.phi + factor @ rng.standard_normal(len(factor))
        prior = Prior(prior.coordinates, mean, prior.covariance)
    try:
        rows = draw_measurements(fit, rng)
    except FitError as error:
        return "not_drawn", str(error), fit.phi
    if (rows["censoring"] == "left").all():
        return "no_data", "every drawn measurement is below its limit of detection", fit.phi
    objective = objective_with(fit, prior=prior, rows=rows)
    m = minimum_from(objective, fit.phi)
    return m.status.name, m.message, np.asarray(objective.prior.coordinates(m.z))


def draw_measurements(fit: Fit, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of a fit with activities drawn about the predictions.

    A value below the limit of detection of its row becomes one that is not seen, and the other way around. Rows
    without a limit stay positive, drawn again if need be.
    """
    rows = fit.rows.copy()
    scales = fit.error_scales
    values, censored = [], []
    for row in rows.to_dict("records"):
        group, limit = row["error_group"], row["detection_limit_MBq"]
        y = _draw(fit.groups[group], row, scales.get(group, 1.0), rng)
        below = pd.notna(limit) and y < limit
        values.append(np.nan if below else y)
        censored.append("left" if below else "none")
    rows["activity_MBq"], rows["censoring"] = values, censored
    return rows


def _draw(
    error: ErrorModel, row: dict[Hashable, Any], scale: float, rng: np.random.Generator
) -> float:
    """One measurement about its prediction."""
    f = float(row["predicted_MBq"])
    if error.kind == "log_normal":
        return float(f * np.exp(scale * error.cv * rng.standard_normal()))
    if error.kind == "student_t":
        return float(f * np.exp(scale * error.cv * rng.standard_t(error.degrees)))
    sd = scale * error.standard_deviation(f, row["sd_MBq"])
    for _ in range(MOST_TRIES):
        y = float(f + sd * rng.standard_normal())
        if y > 0.0 or error.kind == "fixed" or pd.notna(row["detection_limit_MBq"]):
            return y
    raise FitError(f"no positive measurement in {MOST_TRIES} draws about {f:.3g} ± {sd:.3g} MBq")
