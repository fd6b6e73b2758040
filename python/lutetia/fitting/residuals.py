"""How residuals of a fit scatter, by group of measurements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

WIDEST = 1.5  # SD of residuals in standard deviations of their error model
FARTHEST = 3.0  # a residual in standard deviations
UNLIKELY = 0.01  # a pattern in time by chance


def residual_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarize residuals by group.

    Parameters
    ----------
    rows
        Of a `Fit`, with ``residual`` in standard deviations; values below the limit of detection have none.

    Returns
    -------
    pandas.DataFrame
        Index group; ``n``, ``below_limit``, ``mean``, ``sd`` (root mean square about zero), ``worst`` and
        ``worst_row`` (counted from 1), ``runs_p`` (probability of as few changes of sign along time, all
        regions and cycles of the group together) and ``trend_p`` (of such a correlation with the logarithm
        of time); NaN with too few measurements.
    """
    out = []
    for group, all_of_it in rows.groupby("error_group", sort=False):
        part = all_of_it[all_of_it["residual"].notna()]
        r = part["residual"].to_numpy(dtype=float)
        worst = int(np.abs(r).argmax()) if len(r) else None
        out.append(
            {
                "group": str(group),
                "n": len(all_of_it),
                "below_limit": len(all_of_it) - len(part),
                "mean": r.mean() if len(r) else np.nan,
                "sd": np.sqrt(np.mean(r**2)) if len(r) else np.nan,
                "worst": r[worst] if worst is not None else np.nan,
                "worst_row": int(part["row"].iloc[worst]) + 1 if worst is not None else 0,
                "runs_p": _runs(part),
                "trend_p": _trend(part),
            }
        )
    return pd.DataFrame(out).set_index("group")


def residual_hints(table: pd.DataFrame) -> list[str]:
    """Say what is remarkable in a table of residuals."""
    out = []
    for group, row in table.iterrows():
        if row["sd"] > WIDEST:
            out.append(f"{group}: residuals scatter {row['sd']:.2g} times as wide as assumed")
        if abs(row["worst"]) > FARTHEST:
            out.append(
                f"{group}: row {int(row['worst_row'])} is {row['worst']:+.2g} standard deviations off"
            )
        if row["runs_p"] < UNLIKELY:
            out.append(f"{group}: residuals keep their sign along time; the model may miss a shape")
        elif row["trend_p"] < UNLIKELY:
            out.append(f"{group}: residuals have a trend in time; the model may miss a slope")
    return out


def _curves(part: pd.DataFrame) -> list[npt.NDArray[np.float64]]:
    """Residuals along time, one array for each region and cycle."""
    return [
        curve.sort_values("t_h")["residual"].to_numpy(dtype=float)
        for _, curve in part.groupby(["region", "cycle"], sort=False)
    ]


def _runs(part: pd.DataFrame) -> float:
    """Run test of Wald and Wolfowitz, runs and their moments summed over curves."""
    from scipy.stats import norm

    excess, variance = 0.0, 0.0
    for r in _curves(part):
        up = int((r > 0.0).sum())
        down, n = len(r) - up, len(r)
        if n < 2:
            continue
        runs = 1 + int((np.diff(r > 0.0)).sum())
        product = 2.0 * up * down
        excess += runs - (1.0 + product / n)
        variance += product * (product - n) / (n**2 * (n - 1.0))
    return float(norm.cdf(excess / np.sqrt(variance))) if variance > 0.0 else float("nan")


def _trend(part: pd.DataFrame) -> float:
    """Correlation of residuals with the logarithm of the time since the begin of their cycle."""
    from scipy.stats import pearsonr

    times = part["t_h"].to_numpy(dtype=float)
    r = part["residual"].to_numpy(dtype=float)
    usable = times > 0.0
    if usable.sum() < 4 or np.ptp(times[usable]) == 0.0 or np.ptp(r[usable]) == 0.0:
        return float("nan")
    return float(pearsonr(np.log(times[usable]), r[usable]).pvalue)
