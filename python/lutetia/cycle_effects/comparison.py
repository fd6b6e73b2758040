"""Compare cycle effects on one table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from lutetia.cycle_effects.design import DEVIATIONS, TERMS
from lutetia.cycle_effects.fit import check_options, fit_rows
from lutetia.cycle_effects.result import CycleEffectFit
from lutetia.cycle_effects.score import last_cycle_predictions
from lutetia.cycle_effects.table import Source, read_cycle_table
from lutetia.errors import DataError, SolverError
from lutetia.result import RESEARCH_ONLY

CURVES = tuple(term for term in TERMS if term != "exponential")  # which is per_cycle_factor


@dataclass(frozen=True)
class CycleEffectComparison:
    """Terms side by side.

    Attributes
    ----------
    table : pandas.DataFrame
        Index term. ``values``, ``parameters`` (effects and variances estimated), ``minus_two_log_likelihood``,
        ``aicc`` (NaN when values − parameters < 2, or when the term does not fit the table), ``delta``,
        ``weight`` (Akaike), ``deviations`` (those with the lowest AICc for the term), and of predicting the last
        cycle of every patient from the others: ``log_predictive_density`` (mean per value; higher is better)
        and ``rmse_ln``.
    choice : str or None
        The term chosen; None when the table cannot decide.
    criterion : str
        ``"aicc"``, ``"prediction"`` or ``"none"``.
    reason : str
        Why this criterion, and what was left out.
    """

    table: pd.DataFrame
    choice: str | None
    criterion: str
    reason: str

    def summary(self) -> str:
        """Write the table and the choice as text."""
        chosen = f"{self.choice!r}" if self.choice else "undecided"
        return f"{self.table.round(3).to_string()}\n{chosen}: {self.reason}\n{RESEARCH_ONLY}"

    def __repr__(self) -> str:
        return f"<CycleEffectComparison: {self.choice or 'undecided'} by {self.criterion}>"

    def _repr_html_(self) -> str:
        return f"{self.table.round(3).to_html()}<p>{html.escape(self.reason)}</p><p>{RESEARCH_ONLY}</p>"


def compare_cycle_effects(
    table: Source,
    terms: Sequence[str] | None = None,
    *,
    prediction: bool = True,
    inter_cycle_cv: float | None = None,
    value: str | None = None,
) -> CycleEffectComparison:
    """Compare terms by AICc, or by predicting last cycles where the table is too small for AICc.

    AICc = −2 ln L + 2K + 2K(K + 1)/(N − K − 1) of the likelihood (not the restricted one), K all effects and
    variances. For each term the deviations of patients, lesions and cycles are those with the lowest AICc. When
    fewer than two terms have an AICc, the mean logarithm of the predictive density of the last cycles decides.

    Parameters
    ----------
    table, inter_cycle_cv, value
        As in `fit_cycle_effect`.
    terms
        All curves when absent. ``"exponential"`` is ``"per_cycle_factor"`` written otherwise and is not listed
        twice.
    prediction
        Predict last cycles, one fit per patient and term.

    Returns
    -------
    CycleEffectComparison

    Raises
    ------
    DataError
        If the table is wrong.
    ValueError
        If a term is unknown or there is only one.

    Examples
    --------
    >>> wide = pd.DataFrame({"patient": list("ABCDE"), "cycle_1": [40.0, 31.0, 22.0, 35.0, 28.0],
    ...     "cycle_2": [33.0, 24.0, 19.0, 28.0, 22.0], "cycle_3": [25.0, 21.0, 14.0, 23.0, 18.0]})
    >>> compare_cycle_effects(wide, prediction=False)
    <CycleEffectComparison: per_cycle_factor by aicc>
    """
    names = _terms(terms)
    check_options(names[0], (), inter_cycle_cv)
    rows = read_cycle_table(table, value=value)
    found = {}
    for term in names:
        best = _best(rows, term, inter_cycle_cv)
        row = _row(best)
        if prediction:
            row |= _predicted(rows, term, inter_cycle_cv, row["deviations"])
        found[term] = row
    out = pd.DataFrame.from_dict(found, orient="index").rename_axis("term")
    out.insert(4, "delta", out["aicc"] - out["aicc"].min())
    weights = np.exp(-out["delta"] / 2)
    out.insert(5, "weight", weights / weights.sum())
    return CycleEffectComparison(out, *_choice(out))


def _terms(terms: Sequence[str] | None) -> list[str]:
    given = CURVES if terms is None else terms
    unknown = [t for t in given if t not in TERMS]
    if isinstance(terms, str) or unknown:
        raise ValueError(f"terms must be some of {', '.join(TERMS)}, found {terms!r}")
    names = list(dict.fromkeys("per_cycle_factor" if t == "exponential" else t for t in given))
    if len(names) < 2:
        raise ValueError(f"terms must be at least two different curves, found {terms!r}")
    return names


def _best(rows: pd.DataFrame, term: str, inter_cycle_cv: float | None) -> CycleEffectFit | None:
    """Fit with the deviations of lowest AICc; without any when none has one; None if the term does not fit."""

    def fitted(deviations: Sequence[str]) -> CycleEffectFit | None:
        try:
            return fit_rows(rows, term, deviations, inter_cycle_cv, restricted=False)
        except (DataError, SolverError):
            return None

    plain, full = fitted(()), fitted(tuple(DEVIATIONS))
    possible = full.deviations if full else tuple(DEVIATIONS)
    between = [fitted(d) for n in range(1, len(possible)) for d in combinations(possible, n)]
    fits = [fit for fit in (plain, *between, full) if fit is not None]
    with_aicc = [fit for fit in fits if np.isfinite(fit.aicc)]
    return min(with_aicc, key=lambda fit: fit.aicc) if with_aicc else plain


def _row(fit: CycleEffectFit | None) -> dict[str, object]:
    if fit is None:
        nothing = dict.fromkeys(("parameters", "minus_two_log_likelihood", "aicc"), np.nan)
        return {"values": 0, **nothing, "deviations": ()}
    return {
        "values": fit.n_values,
        "parameters": fit.n_parameters,
        "minus_two_log_likelihood": fit.minus_two_log_likelihood,
        "aicc": fit.aicc,
        "deviations": fit.deviations,
    }


def _predicted(
    rows: pd.DataFrame, term: str, inter_cycle_cv: float | None, deviations: object
) -> dict[str, float]:
    made = last_cycle_predictions(rows, term, deviations=deviations, inter_cycle_cv=inter_cycle_cv)  # type: ignore[arg-type]
    if made.empty or (made["status"] != "ok").any():  # terms are compared on the same values
        return {"log_predictive_density": np.nan, "rmse_ln": np.nan}
    return {
        "log_predictive_density": float(made["log_predictive_density"].mean()),
        "rmse_ln": float(np.sqrt((np.log(made["estimate"] / made["value"]) ** 2).mean())),
    }


def _choice(table: pd.DataFrame) -> tuple[str | None, str, str]:
    small = [str(t) for t in table.index[table["aicc"].isna()]]
    left_out = f"; too few values for {', '.join(small)}" if small else ""
    if len(table) - len(small) >= 2:
        return str(table["aicc"].idxmin()), "aicc", f"lowest AICc{left_out}"
    score = table.get("log_predictive_density", pd.Series(dtype=float)).dropna()
    if len(score) >= 2:
        return (
            str(score.idxmax()),
            "prediction",
            f"best prediction of last cycles{left_out} by AICc",
        )
    return (
        None,
        "none",
        f"neither AICc nor the prediction of last cycles can compare two terms{left_out}",
    )
