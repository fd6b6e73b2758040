"""Time-integrated activity by sums of exponentials, with model selection and averaging."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia import _core
from lutetia.errors import DataError, FitError
from lutetia.time_activity.candidates import CANDIDATES, Candidate
from lutetia.time_activity.exponential_fit import ExponentialFit, fit_candidate
from lutetia.time_activity.measured_curve import curve_with_errors
from lutetia.time_activity.model_selection import (
    akaike_weights,
    corrected_aic,
    minus_two_log_likelihood,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

NO_SUPPORT = 10.0  # of AICc: beyond it a function has essentially no support (Burnham, Anderson)
SHOWN = "{:.4g}"
LARGEST_DATA_WEIGHTED = 0.15  # cv above which weights from the data bias a fit by more than 4 %


def fit_exponentials(
    times: Any,
    activities: Any,
    *,
    nuclide: str,
    candidates: Sequence[str] | None = None,
    error: str = "log-normal",
    error_cv: float | None = None,
    standard_deviation: Any = None,
    library: _core.Library | None = None,
) -> ExponentialFits:
    """Fit sums of exponentials to a curve, choose by AICc, and average the time-integrated activity.

    Parameters
    ----------
    times
        After administration, shape (n,), ascending, numbers in h or quantities.
    activities
        Not corrected for decay, shape (n,), numbers in MBq or quantities.
    nuclide
        Whose physical decay every function contains.
    candidates
        Names of functions, all when absent: ``decay``, ``mono``, ``uptake_decay``, ``uptake``,
        ``mono_decay``, ``bi``, ``partial_uptake``. A single one is fitted without selection.
    error
        ``"log-normal"``; ``"proportional"`` (standard deviation is a share of the measured value) or
        ``"fixed"`` (the same for all, or `standard_deviation`).
    error_cv
        Coefficient of variation of one activity; estimated from the residuals when absent, which costs
        a parameter. Not with ``"fixed"``.
    standard_deviation
        Of each activity, shape (n,) or one for all, in MBq; for ``"fixed"`` only, estimated when absent.
    library
        Data to use; the shipped ones when absent.

    Returns
    -------
    ExponentialFits

    Raises
    ------
    DataError
        If the data are no curve, show no washout, contain zeros the error model excludes, or are too
        few.
    FitError
        If no function passes the criteria; the message says why for each.

    Warns
    -----
    UserWarning
        If the error is proportional and above 15 %, where weights taken from the data bias the fit low; if a
        function that fails the criteria describes the data far better (ΔAICc above 10) than all that pass.

    Notes
    -----
    A function passes when the coefficient of variation of every parameter is below 50 % and every
    correlation within ±0.8; look at `ExponentialFits.plot` too. Of those that pass
    AICc = −2 ln L + 2K + 2K(K + 1)/(n − K − 1), with K counting an estimated scale and n ≥ K + 2, gives the weights
    w ∝ exp(−ΔAICc/2). Integrals are closed forms from 0 to infinity.

    References
    ----------
    Kletting et al. 2013 (NUKFIT), Med Phys 40:102504 (recalled, not opened). Criteria: Hardiansyah et al. 2021,
    doi:10.1186/s40658-021-00427-x. Averaging: Burnham, Anderson 2002, Model Selection and Multimodel Inference.

    Examples
    --------
    About 100 MBq that fall with an effective half-life of 60 h, 8656 MBq·h:

    >>> fits = fit_exponentials([4, 24, 48, 96, 168], [97, 74, 58, 33.5, 14], nuclide="Lu-177", error_cv=0.05)
    >>> fits
    <ExponentialFits: 8622 ± 201 MBq·h of 2 functions, best mono (100 %)>
    >>> round(fits.best.parameters["rate_1"], 5)  # biological, 1/h
    0.00734
    """
    data, scale = curve_with_errors(
        times, activities, nuclide, error, error_cv, standard_deviation, library
    )
    chosen = chosen_candidates(candidates)
    fits, problems = {}, {}
    for candidate in chosen:
        problem = _too_few(candidate, data.times.size, scale is None, len(chosen) > 1)
        try:
            if problem:
                raise FitError(problem)
            fits[candidate.name] = fit_candidate(candidate, data, scale)
        except FitError as failure:
            problems[candidate.name] = str(failure)
    if not any(len(fit.values) > 1 for fit in fits.values()) and len(chosen) > 1:
        raise DataError(
            f"{data.times.size} points are too few to choose between functions: AICc needs n ≥ K + 2. "
            + ("Give error_cv, name" if scale is None else "Name")
            + " one function with candidates=['mono'], or use population_fit"
        )
    out = ExponentialFits(chosen, fits, problems, scale is None)
    if not out.weights.any():
        listed = "\n".join(f"  {row.Index}: {row.problem}" for row in out.table.itertuples())
        raise FitError(f"no function passes the criteria:\n{listed}")
    _warn_of_better(out.table)
    if error == "proportional" and out.best.scale > LARGEST_DATA_WEIGHTED:
        warnings.warn(
            f"proportional errors of {100 * out.best.scale:.0f} %: weights taken from the data bias the fit low "
            "(about −2·cv²); use error='log-normal'",
            stacklevel=2,
        )
    return out


class ExponentialFits:
    """Functions fitted to one curve.

    Attributes
    ----------
    fits : dict of str to ExponentialFit
        Every function that could be fitted.
    table : pandas.DataFrame
        One row per candidate, also those that failed.
    weights : pandas.Series
        Akaike weight of each candidate; 0 for those that do not pass the criteria.
    best : ExponentialFit
        Of the largest weight.
    time_integrated_activity, standard_error : float
        Averaged with the weights [MBq·h].
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        fits: dict[str, ExponentialFit],
        problems: dict[str, str],
        scale_estimated: bool,
    ) -> None:
        self.fits = fits
        rows = [
            _row(c, fits.get(c.name), problems.get(c.name, ""), scale_estimated) for c in candidates
        ]
        table = pd.DataFrame(rows).set_index("function")
        table.insert(
            0, "weight", akaike_weights(table["aicc"].to_numpy(), table["accepted"].to_numpy())
        )
        self.table = table

    @property
    def weights(self) -> pd.Series[float]:
        """Akaike weight of each candidate."""
        return self.table["weight"]

    @property
    def best(self) -> ExponentialFit:
        """The function of the largest weight."""
        return self.fits[str(self.weights.idxmax())]

    @property
    def time_integrated_activity(self) -> float:
        """Mean over functions, Σ w Ã [MBq·h]."""
        return float(sum(self.weights[n] * f.time_integrated_activity for n, f in self._shown()))

    @property
    def standard_error(self) -> float:
        """Within and between functions, sqrt(Σ w [SE² + (Ã − mean)²]) [MBq·h]."""
        mean = self.time_integrated_activity
        parts = (
            self.weights[name]
            * (fit.standard_error**2 + (fit.time_integrated_activity - mean) ** 2)
            for name, fit in self._shown()
        )
        return float(np.sqrt(sum(parts)))

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Points, the best function, and the others that pass, as thin as their weight.

        Parameters
        ----------
        ax
            Axes to draw on; new ones when absent.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from lutetia.plotting import _axes

        ax = _axes(ax)
        data = self.best.data
        t = np.linspace(0, 1.15 * data.times[-1], 300)
        for name, fit in self._shown():
            weight = float(self.weights[name])
            ax.plot(
                t, fit.activity(t), lw=0.5 + 1.5 * weight, label=f"{name} ({100 * weight:.0f} %)"
            )
        ax.plot(data.times, data.activities, "o", color="black", label="measured")
        ax.set_xlabel("time [h]")
        ax.set_ylabel("activity [MBq]")
        ax.set_ylim(bottom=0)
        ax.legend(frameon=False)
        return ax

    def _shown(self) -> list[tuple[str, ExponentialFit]]:
        return [(name, fit) for name, fit in self.fits.items() if self.weights[name] > 0]

    def __repr__(self) -> str:
        return (
            f"<ExponentialFits: {self.time_integrated_activity:.4g} ± {self.standard_error:.3g} MBq·h of "
            f"{len(self._shown())} functions, best {self.best.name} ({100 * self.weights.max():.0f} %)>"
        )

    def _repr_html_(self) -> str:
        shown = self.table.drop(columns="problem")
        head = (
            f"<b>{self.time_integrated_activity:.4g} ± {self.standard_error:.3g} MBq·h</b>, best "
            f"{self.best.name}: {self.best.candidate.formula}"
        )
        return f"<p>{head}</p>{shown.to_html(float_format=SHOWN.format)}"


def chosen_candidates(names: Sequence[str] | None) -> list[Candidate]:
    """Candidates by name; all when None."""
    if names is None:
        return list(CANDIDATES.values())
    unknown = [name for name in names if name not in CANDIDATES]
    if isinstance(names, str) or not names or unknown:
        raise ValueError(f"candidates must be a list of {', '.join(CANDIDATES)}, found {names!r}")
    return [CANDIDATES[name] for name in dict.fromkeys(names)]


def _warn_of_better(table: pd.DataFrame) -> None:
    refused = table.loc[~table["accepted"], "aicc"].dropna()
    margin = table.loc[table["accepted"], "aicc"].min() - refused.min() if len(refused) else np.nan
    if margin > NO_SUPPORT:
        name = str(refused.idxmin())
        problem = str(table.loc[name, "problem"])
        warnings.warn(
            f"{name} describes the data far better (ΔAICc {margin:.0f}) than what passes the criteria, but: "
            f"{problem}; look at the plot before using the result",
            stacklevel=3,
        )


def _row(
    candidate: Candidate, fit: ExponentialFit | None, problem: str, scale_estimated: bool
) -> dict[str, Any]:
    k = len(candidate.parameters) + scale_estimated
    row: dict[str, Any] = {
        "function": candidate.name,
        "K": k,
        "accepted": False,
        "problem": problem,
    }
    numbers = ["aicc", "minus_2_ln_likelihood", "r2", "largest_cv", "largest_correlation", "scale"]
    row |= dict.fromkeys(
        [*numbers, "time_integrated_activity_MBq_h", "standard_error_MBq_h"], np.nan
    )
    if fit is None:
        return row
    n = fit.data.times.size
    deviation = float(np.sqrt(fit.residual_squares / n)) if scale_estimated else fit.scale
    likelihood = minus_two_log_likelihood(fit.residual_squares, deviation, [fit])
    return row | {
        "accepted": not fit.problem,
        "problem": fit.problem,
        "aicc": corrected_aic(likelihood, n, k),
        "minus_2_ln_likelihood": likelihood,
        "r2": fit.r2,
        "largest_cv": max(fit.coefficients_of_variation.values()),
        "largest_correlation": fit.largest_correlation,
        "scale": fit.scale,
        "time_integrated_activity_MBq_h": fit.time_integrated_activity,
        "standard_error_MBq_h": fit.standard_error,
    }


def _too_few(candidate: Candidate, n: int, scale_estimated: bool, compared: bool) -> str:
    p = len(candidate.parameters)
    needed = p + scale_estimated + 2 if compared else p + scale_estimated
    return f"needs {needed} points, found {n}" if n < needed else ""
