"""One function for all patients: population-based model selection of sums of exponentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lutetia import _core
from lutetia.errors import DataError, FitError
from lutetia.time_activity.candidates import Candidate
from lutetia.time_activity.exponential_fit import (
    LEAST_SCALE,
    ExponentialFit,
    fit_candidate,
    with_scale,
)
from lutetia.time_activity.exponentials import chosen_candidates
from lutetia.time_activity.measured_curve import MeasuredCurve, curve_with_errors
from lutetia.time_activity.model_selection import (
    akaike_weights,
    corrected_aic,
    minus_two_log_likelihood,
)


@dataclass(frozen=True)
class PopulationSelection:
    """Outcome of a population-based model selection.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per function: ``weight``, ``aicc``, ``minus_2_ln_likelihood`` (summed over patients), ``N`` and
        ``K`` (points and parameters of all patients), ``scale``, ``passing`` (share of patients whose
        parameters pass the criteria of `fit_exponentials`) and ``problem``.
    fits : dict of str to dict of str to ExponentialFit
        By function, then patient, with standard errors of the common scale.
    """

    table: pd.DataFrame
    fits: dict[str, dict[str, ExponentialFit]]

    @property
    def weights(self) -> pd.Series[float]:
        """Akaike weight of each function."""
        return self.table["weight"]

    @property
    def best(self) -> str:
        """Name of the function of the largest weight."""
        return str(self.weights.idxmax())

    @property
    def time_integrated_activity(self) -> pd.DataFrame:
        """By patient: mean over functions and its standard error within and between them [MBq·h]."""
        rows = {}
        for patient in next(iter(self.fits.values())):
            shown = [(self.weights[name], fits[patient]) for name, fits in self.fits.items()]
            shown = [(w, fit) for w, fit in shown if w > 0]
            mean = sum(w * fit.time_integrated_activity for w, fit in shown)
            variance = sum(
                w * (fit.standard_error**2 + (fit.time_integrated_activity - mean) ** 2)
                for w, fit in shown
            )
            rows[patient] = (mean, np.sqrt(variance))
        columns = ["time_integrated_activity_MBq_h", "standard_error_MBq_h"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("patient")

    def __repr__(self) -> str:
        patients = len(next(iter(self.fits.values())))
        return f"<PopulationSelection of {patients} patients: best {self.best} ({100 * self.weights.max():.0f} %)>"


def select_exponentials(
    curves: Mapping[str, tuple[Any, Any]],
    *,
    nuclide: str,
    candidates: Sequence[str] | None = None,
    error: str = "log-normal",
    error_cv: float | None = None,
    library: _core.Library | None = None,
) -> PopulationSelection:
    """Choose one sum of exponentials for the same region of all patients (PBMS).

    Every patient has parameters of his own, the function and the scale of the error are common. Likelihoods, points
    and parameters are summed before AICc is computed once, so that patients with few scans support each
    other's choice of function.

    Parameters
    ----------
    curves
        By patient: times and activities as in `fit_exponentials`.
    nuclide, candidates, error, error_cv, library
        As in `fit_exponentials`; of ``"fixed"`` the scale is estimated.

    Returns
    -------
    PopulationSelection

    Raises
    ------
    DataError
        If there are fewer than 2 patients, or the data of one are no curve; the message names the patient.
    FitError
        If no function can be fitted to all patients; the message says why for each.

    References
    ----------
    Hardiansyah et al. 2021, EJNMMI Phys 8:72, doi:10.1186/s40658-021-00427-x.

    Examples
    --------
    >>> t = [4, 24, 72, 168]
    >>> curves = {"one": (t, [195, 141, 75, 19.3]), "two": (t, [243, 203, 114, 40.3])}
    >>> chosen = select_exponentials(curves, nuclide="Lu-177", candidates=["decay", "mono"])
    >>> chosen
    <PopulationSelection of 2 patients: best mono (100 %)>
    >>> chosen.time_integrated_activity["time_integrated_activity_MBq_h"].round(-2).to_dict()
    {'one': 14500.0, 'two': 23300.0}
    """
    if len(curves) < 2:
        raise DataError(
            f"population-based selection needs at least 2 patients, found {len(curves)}"
        )
    data, scale = {}, None
    for patient, (times, activities) in curves.items():
        try:
            data[str(patient)], scale = curve_with_errors(
                times, activities, nuclide, error, error_cv, None, library
            )
        except DataError as problem:
            raise DataError(f"patient {patient}: {problem}") from None
    rows, fits = [], {}
    for candidate in chosen_candidates(candidates):
        row: dict[str, Any] = {"function": candidate.name, "aicc": np.nan, "problem": ""}
        try:
            fits[candidate.name] = _common(candidate, data, scale)
            row |= _judged(list(fits[candidate.name].values()), scale)
        except FitError as failure:
            row["problem"] = str(failure)
        rows.append(row)
    table = pd.DataFrame(rows).set_index("function")
    table.insert(0, "weight", akaike_weights(table["aicc"], table["problem"] == ""))
    if not table["weight"].any():
        listed = "\n".join(
            f"  {name}: {why or 'too few points for AICc'}"
            for name, why in table["problem"].items()
        )
        raise FitError(f"no function can be fitted to all patients:\n{listed}")
    return PopulationSelection(table, fits)


def _common(
    candidate: Candidate, data: Mapping[str, MeasuredCurve], scale: float | None
) -> dict[str, ExponentialFit]:
    """Fit every patient, with standard errors of one scale."""
    p, out = len(candidate.parameters), {}
    for patient, one in data.items():
        if one.times.size < p:
            raise FitError(f"needs {p} points of each patient, {patient} has {one.times.size}")
        try:
            out[patient] = fit_candidate(candidate, one, scale if scale is not None else 1.0)
        except FitError as failure:
            raise FitError(f"patient {patient}: {failure}") from None
    if scale is None:
        free = sum(one.times.size for one in data.values()) - p * len(data)
        if free < 1:
            raise FitError(
                "as many parameters as points, nothing is left to estimate the error from"
            )
        squares = sum(fit.residual_squares for fit in out.values())
        scale = max(float(np.sqrt(squares / free)), LEAST_SCALE)
    return {patient: with_scale(fit, scale) for patient, fit in out.items()}


def _judged(fits: Sequence[ExponentialFit], scale: float | None) -> dict[str, Any]:
    n = sum(fit.data.times.size for fit in fits)
    k = sum(len(fit.values) for fit in fits) + (scale is None)
    squares = sum(fit.residual_squares for fit in fits)
    deviation = scale if scale is not None else float(np.sqrt(squares / n))
    likelihood = minus_two_log_likelihood(squares, deviation, fits)
    return {
        "aicc": corrected_aic(likelihood, n, k),
        "minus_2_ln_likelihood": likelihood,
        "N": n,
        "K": k,
        "scale": fits[0].scale,
        "passing": float(np.mean([not fit.problem for fit in fits])),
    }
