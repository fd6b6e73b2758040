"""Goodness of fit by the criteria of the field, with the prior and without it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.errors import FitError
from lutetia.fitting.directions import Direction, sloppy_directions
from lutetia.fitting.report import LARGEST_CV, is_nuisance, likelihood_covariance
from lutetia.fitting.residuals import residual_hints, residual_table
from lutetia.result import RESEARCH_ONLY

if TYPE_CHECKING:
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

LARGEST_CORRELATION = 0.8
LONGEST_CV = 10.0  # that is written out
FLAT_PRIOR_GAIN = 0.9  # of every parameter, above which a fit is one without informative priors


@dataclass(frozen=True)
class GofReport:
    """What speaks for a fit and what against it.

    Attributes
    ----------
    table : pandas.DataFrame
        Index parameter (no nuisances); ``cv`` and ``largest_correlation`` with ``correlated_with`` after
        the fit, ``likelihood_cv``, ``likelihood_correlation`` and ``likelihood_correlated_with`` from the
        measurements alone (infinite and NaN where they do not determine it), ``gain`` and ``verdict``.
    residuals : pandas.DataFrame
        Index group of measurements; see `residual_table`.
    directions : tuple of Direction
        What the measurements leave to the prior.
    flags : tuple of str
        Everything that speaks against the fit, in words; empty when nothing does.
    aicc : float or None
        Akaike's corrected criterion, None with fewer than K + 2 measurements.
    log_marginal_likelihood : float
        Of the measurements, by Laplace's approximation.
    compare_by : str
        ``"aicc"``, or ``"log_marginal_likelihood"`` when priors are informative.
    """

    table: pd.DataFrame
    residuals: pd.DataFrame
    directions: tuple[Direction, ...]
    flags: tuple[str, ...]
    aicc: float | None
    log_marginal_likelihood: float
    compare_by: str

    @property
    def criteria(self) -> pd.DataFrame:
        """Which criteria hold: index ``cv < 50 %`` and ``|correlation| < 0.8``, columns posterior, likelihood."""
        t = self.table

        def held(values: pd.Series, limit: float) -> bool:
            # What the data do not determine has neither variance nor correlation: not held.
            return bool((values.abs() < limit).all())

        alone = t["likelihood_correlation"].where(np.isfinite(t["likelihood_cv"]), np.inf)
        return pd.DataFrame(
            {
                "posterior": [
                    held(t["cv"], LARGEST_CV),
                    held(t["largest_correlation"], LARGEST_CORRELATION),
                ],
                "likelihood": [
                    held(t["likelihood_cv"], LARGEST_CV),
                    held(alone, LARGEST_CORRELATION),
                ],
            },
            index=["cv < 50 %", "|correlation| < 0.8"],
        )

    def summary(self) -> str:
        """Tables and flags as text."""
        number = "none" if self.aicc is None else f"{self.aicc:.4g}"
        lines = [
            self.table.to_string(float_format="%.3g"),
            "",
            self.criteria.replace({True: "held", False: "not held"}).to_string(),
            "",
            self.residuals.to_string(float_format="%.3g"),
            "",
            f"AICc {number}, log marginal likelihood {self.log_marginal_likelihood:.5g}; compare models by "
            f"{self.compare_by}",
            *(f"- {flag}" for flag in self.flags),
            RESEARCH_ONLY,
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<GofReport: {len(self.table)} parameters, {int(self.residuals['n'].sum())} measurements, "
            f"{len(self.flags)} flag{'' if len(self.flags) == 1 else 's'}>"
        )

    def _repr_html_(self) -> str:
        flags = "".join(f"<li>{html.escape(flag)}</li>" for flag in self.flags)
        parts = [
            t.to_html(float_format="{:.3g}".format)
            for t in (self.table, self.criteria, self.residuals)
        ]
        return (
            f"<b>{html.escape(repr(self))}</b>{''.join(parts)}<ul>{flags}</ul>"
            f"<small>{html.escape(RESEARCH_ONLY)}</small>"
        )


def aicc(fit: Fit) -> float:
    """Compute Akaike's criterion with the correction for few measurements.

    −2 ln L + 2 K + 2 K (K + 1)/(N − K − 1), with the K parameters and scales of errors. Calibration and
    variation between cycles are not counted: their priors are part of how measurements scatter. Not for
    fits with informative priors, where K does not say how free a fit is: compare those by
    `log_marginal_likelihood`.

    Raises
    ------
    FitError
        With fewer than K + 2 measurements.
    """
    scale = np.array([name.startswith("error scale, ") for name in fit.prior.names])
    k, n = int(np.sum(~is_nuisance(fit) | scale)), len(fit.rows)
    if n < k + 2:
        raise FitError(
            f"AICc of {k} parameters needs at least {k + 2} measurements, found {n}; compare by "
            "log_marginal_likelihood"
        )
    return -2.0 * fit.log_likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)


def log_marginal_likelihood(fit: Fit) -> float:
    """Compute ln ∫ p(y | φ) p(φ) dφ by Laplace's approximation; exact for linear models with normal errors.

    The ratio of two is the Bayes factor of two models of the same measurements. It depends on the
    priors: that of a coordinate that only one of the models has must be meant.
    """
    factor = np.asarray(fit._objective.prior.factor)
    inner = np.eye(len(factor)) + factor.T @ fit.information @ factor
    return float(
        fit.log_likelihood - 0.5 * float(fit.z @ fit.z) - 0.5 * np.linalg.slogdet(inner)[1]
    )


def gof(fit: Fit) -> GofReport:
    """Put the report together.

    Criteria after Hardiansyah et al. 2021, doi:10.1186/s40658-021-00427-x: CV below 50 % and correlations within
    ±0.8. Informative priors pass them trivially, so both are also computed on the measurements alone.
    """
    table = _table(fit)
    residuals, directions = residual_table(fit.rows), sloppy_directions(fit)
    try:
        criterion: float | None = aicc(fit)
    except FitError:
        criterion = None
    flat = criterion is not None and bool((table["gain"] >= FLAT_PRIOR_GAIN).all())
    combinations = [d.text for d in directions if len(d.names) > 1]
    flags = combinations + residual_hints(residuals) + _flags(table)
    if not fit.unique:
        flags.append("few of the searches end at this optimum: it may not be unique")
    return GofReport(
        table,
        residuals,
        tuple(directions),
        tuple(flags),
        criterion,
        log_marginal_likelihood(fit),
        "aicc" if flat else "log_marginal_likelihood",
    )


def _table(fit: Fit) -> pd.DataFrame:
    kept = np.flatnonzero(~is_nuisance(fit))
    known = fit.parameters.iloc[kept]
    out = known[["cv"]].copy()
    out["largest_correlation"], out["correlated_with"] = _largest(fit.covariance, kept, known.index)
    out["likelihood_cv"] = known["likelihood_cv"]
    out["likelihood_correlation"], out["likelihood_correlated_with"] = _largest(
        likelihood_covariance(fit), kept, known.index
    )
    return out.join(known[["gain", "verdict"]])


def _largest(
    covariance: Array, kept: npt.NDArray[np.intp], names: pd.Index
) -> tuple[Array, list[str]]:
    """Largest correlation of each with another one, by magnitude, and with which."""
    c = covariance[np.ix_(kept, kept)]
    sd = np.sqrt(np.diag(c))
    with np.errstate(invalid="ignore"):
        rho = c / np.outer(sd, sd)
    np.fill_diagonal(rho, 0.0)
    size = np.where(np.isfinite(rho), np.abs(rho), -1.0)
    at = size.argmax(axis=1)
    rows = np.arange(len(kept))
    determined = np.isfinite(sd) & (size[rows, at] > 0.0)
    return (
        np.where(np.isfinite(sd), rho[rows, at], np.nan),
        [str(names[k]) if ok else "" for k, ok in zip(at, determined, strict=True)],
    )


def _percent(cv: float) -> str:
    return f"{cv:.0%}" if cv < LONGEST_CV else f"above {LONGEST_CV:.0%}"


def _flags(table: pd.DataFrame) -> list[str]:
    """Criteria that do not hold, and what owes its value to the prior."""
    out = []
    for name, row in table.iterrows():
        if not row["cv"] < LARGEST_CV:
            out.append(f"{name}: CV {_percent(row['cv'])} after the fit")
        if np.isinf(row["likelihood_cv"]):
            out.append(f"{name}: not determined by the measurements alone")
        elif not row["likelihood_cv"] < LARGEST_CV:
            out.append(f"{name}: CV {_percent(row['likelihood_cv'])} from the measurements alone")
        if row["verdict"] == "prior-driven":
            out.append(f"{name}: prior-driven, information gain {row['gain']:.0%}")
    for which, value, other in (
        ("after the fit", "largest_correlation", "correlated_with"),
        ("from the measurements alone", "likelihood_correlation", "likelihood_correlated_with"),
    ):
        pairs: dict[frozenset[str], float] = {}
        for name, row in table.iterrows():
            if abs(row[value]) >= LARGEST_CORRELATION:
                pairs[frozenset((str(name), str(row[other])))] = float(row[value])
        out += [
            f"{' and '.join(sorted(pair))}: correlation {rho:+.2f} {which}, beyond ±0.8"
            for pair, rho in pairs.items()
        ]
    return out
