"""Predict the last cycle of every patient from the earlier ones and score it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lutetia.cycle_effects.design import DEVIATIONS
from lutetia.cycle_effects.fit import check_options, fit_rows
from lutetia.cycle_effects.table import Source, read_cycle_table
from lutetia.errors import DataError, SolverError
from lutetia.result import RESEARCH_ONLY

METHODS = ("cycle_effect", "last_value", "group_mean_ratio")
COVERAGE = 0.90


@dataclass(frozen=True)
class LastCycleScore:
    """How well last cycles were predicted.

    Attributes
    ----------
    table : pandas.DataFrame
        Index method: ``cycle_effect`` (the fit), ``last_value`` (the last value carried forward) and
        ``group_mean_ratio`` (the last value times the geometric mean, over the other patients of the group, of the
        ratio of one cycle to the one before). Columns ``rmse_ln`` (root mean square error of the logarithm),
        ``median_absolute_percentage_error``, ``coverage_90`` (share of values inside the 90 % interval; NaN for
        methods without one) and ``n`` (values).
    predictions : pandas.DataFrame
        One row per predicted lesion: see `last_cycle_predictions`.
    not_predicted : int
        Patients with one cycle, or whose prediction failed (``status`` says why).
    """

    table: pd.DataFrame
    predictions: pd.DataFrame
    not_predicted: int

    def summary(self) -> str:
        """Write the scores as text."""
        missed = f"{self.not_predicted} patients not predicted\n" if self.not_predicted else ""
        return (
            f"Prediction of last cycles\n{self.table.round(3).to_string()}\n{missed}{RESEARCH_ONLY}"
        )

    def __repr__(self) -> str:
        return f"<LastCycleScore: {int(self.table['n'].max())} values>"

    def _repr_html_(self) -> str:
        return f"{self.table.round(3).to_html()}<p>{html.escape(RESEARCH_ONLY)}</p>"


def score_last_cycle(
    table: Source,
    term: str = "per_cycle_factor",
    *,
    deviations: Sequence[str] = tuple(DEVIATIONS),
    inter_cycle_cv: float | None = None,
    value: str | None = None,
) -> LastCycleScore:
    """Predict each patient's last cycle from the earlier ones, against two baselines.

    The fit that predicts a patient has seen the earlier cycles of that patient and all cycles of the others.
    All methods are scored on the same values.

    Parameters
    ----------
    table, term, deviations, inter_cycle_cv, value
        As in `fit_cycle_effect`.

    Returns
    -------
    LastCycleScore

    Raises
    ------
    DataError
        If the table is wrong, or no last cycle can be predicted.

    Examples
    --------
    >>> wide = pd.DataFrame({"patient": list("ABCDE"), "cycle_1": [40.0, 31.0, 22.0, 35.0, 28.0],
    ...     "cycle_2": [33.0, 24.0, 19.0, 28.0, 22.0], "cycle_3": [25.0, 21.0, 14.0, 23.0, 18.0]})
    >>> score_last_cycle(wide).table["rmse_ln"].round(2).to_dict()
    {'cycle_effect': 0.05, 'last_value': 0.23, 'group_mean_ratio': 0.06}
    """
    check_options(term, deviations, inter_cycle_cv)
    rows = read_cycle_table(table, value=value)
    made = last_cycle_predictions(rows, term, deviations=deviations, inter_cycle_cv=inter_cycle_cv)
    good = made[made["status"] == "ok"]
    if good.empty:
        why = made["status"].iloc[0] if len(made) else "no patient has two cycles"
        raise DataError(f"no last cycle can be predicted: {why}")
    inside = good["value"].between(good["low"], good["high"])
    scores = {}
    for method, column in zip(METHODS, ("estimate", *METHODS[1:]), strict=True):
        ratio = good[column] / good["value"]
        scores[method] = {
            "rmse_ln": float(np.sqrt(np.mean(np.log(ratio.to_numpy()) ** 2))),
            "median_absolute_percentage_error": float(
                np.median(100 * np.abs(ratio.to_numpy() - 1))
            ),
            "coverage_90": float(inside.mean()) if method == "cycle_effect" else np.nan,
            "n": len(good),
        }
    missed = rows["patient"].nunique() - good["patient"].nunique()
    out = pd.DataFrame.from_dict(scores, orient="index").rename_axis("method")
    return LastCycleScore(out, made, missed)


def last_cycle_predictions(
    rows: pd.DataFrame,
    term: str,
    *,
    deviations: Sequence[str],
    inter_cycle_cv: float | None,
) -> pd.DataFrame:
    """Predict the values of each patient's last cycle.

    Parameters
    ----------
    rows
        As `read_cycle_table` returns it.
    term, deviations, inter_cycle_cv
        As in `fit_cycle_effect`.

    Returns
    -------
    pandas.DataFrame
        Columns ``patient``, ``lesion``, ``cycle``, ``value`` (found), ``estimate``, ``low``, ``high`` (90 %),
        ``log_predictive_density`` (of ln value), ``last_value``, ``group_mean_ratio`` and ``status`` (``"ok"``, or why
        there is no prediction). Lesions that appear in the last cycle only are predicted as lesions not measured,
        and left out, since no baseline knows them.
    """
    out: list[dict[str, object]] = []
    for patient, own in rows.groupby("patient", sort=False):
        last = int(own["cycle"].max())
        target = own[own["cycle"] == last]
        earlier = own[own["cycle"] < last]
        target = target[target["lesion"].isin(earlier["lesion"])]
        if target.empty:
            continue
        seen = rows.drop(index=own.index[own["cycle"] == last])
        out += _patient(str(patient), target, earlier, seen, rows, term, deviations, inter_cycle_cv)
    return pd.DataFrame(out, columns=_COLUMNS)


_COLUMNS = [
    "patient",
    "lesion",
    "cycle",
    "value",
    "estimate",
    "low",
    "high",
    "log_predictive_density",
    "last_value",
    "group_mean_ratio",
    "status",
]


def _patient(
    patient: str,
    target: pd.DataFrame,
    earlier: pd.DataFrame,
    seen: pd.DataFrame,
    rows: pd.DataFrame,
    term: str,
    deviations: Sequence[str],
    inter_cycle_cv: float | None,
) -> list[dict[str, object]]:
    from scipy.stats import t

    ratio = _ratio(rows, patient)
    try:
        fit = fit_rows(seen, term, deviations, inter_cycle_cv)
        status = "ok"
    except (DataError, SolverError) as error:
        fit, status = None, str(error)
    out: list[dict[str, object]] = []
    for row in target.to_dict("records"):
        before = earlier[earlier["lesion"] == row["lesion"]].iloc[-1]
        found = {key: row[key] for key in ("patient", "lesion", "cycle", "value")}
        found["last_value"] = before["value"]
        found["group_mean_ratio"] = before["value"] * ratio ** (row["cycle"] - before["cycle"])
        found["status"] = status
        if fit is not None:
            cv = row["standard_deviation"] / row["value"] if "standard_deviation" in row else 0.0
            guess = fit.predict(
                row["cycle"], patient, row["lesion"], coverage=COVERAGE, measurement_cv=cv
            ).iloc[0]
            miss = np.log(row["value"] / guess["estimate"]) / guess["standard_error"]
            density = t.logpdf(miss, guess["freedom"]) - np.log(guess["standard_error"])
            found |= {key: guess[key] for key in ("estimate", "low", "high")}
            found["log_predictive_density"] = float(density)
        out.append(found)
    return out


def _ratio(rows: pd.DataFrame, patient: str) -> float:
    """Geometric mean of the ratio per cycle in the other patients of the group; NaN without any."""
    others = rows[rows["patient"] != patient]
    if "group" in rows:
        own = rows.loc[rows["patient"] == patient, "group"].iloc[0]
        others = others[others["group"] == own]
    lesions = others.groupby(["patient", "lesion"])
    changes = np.log(others["value"]).groupby([others["patient"], others["lesion"]]).diff()
    gaps = lesions["cycle"].diff()
    return float(np.exp((changes / gaps).mean()))
