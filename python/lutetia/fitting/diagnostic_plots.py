"""Figures that judge a fit: functions take and return matplotlib axes and never call ``show()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lutetia.fitting.report import is_nuisance
from lutetia.fitting.result import SAME_OPTIMUM
from lutetia.fitting.style import colors, footer, new_axes, plain_numbers, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.fitting.profile import Profile
    from lutetia.fitting.result import Fit


def plot_gof(fit: Fit) -> Figure:
    """Observed over predicted activity, and residuals over time, a color for each region."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.0), layout="constrained")
    rows = fit.rows[fit.rows["censoring"] != "left"]
    shades = colors(list(dict.fromkeys(rows["region"])))
    for region, part in rows.groupby("region", sort=False):
        style = {"color": shades[str(region)], "ls": "", "marker": "o", "ms": 4, "alpha": 0.8}
        left.plot(part["predicted_MBq"], part["activity_MBq"], label=words(str(region)), **style)
        right.plot(part["t_h"], part["residual"], **style)
    ends = [
        rows[["predicted_MBq", "activity_MBq"]].min().min() / 1.3,
        rows[["predicted_MBq", "activity_MBq"]].max().max() * 1.3,
    ]
    left.plot(ends, ends, color="0.4", lw=0.9, zorder=0)
    left.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    left.set(xlabel="predicted activity [MBq]", ylabel="measured activity [MBq]")
    left.legend(fontsize="x-small", frameon=False)
    right.axhline(0.0, color="0.4", lw=0.9, zorder=0)
    right.axhspan(-1.96, 1.96, color="0.92", zorder=-1)
    most = max(3.0, 1.1 * float(rows["residual"].abs().max()))
    right.set(ylim=(-most, most), xlabel="time in cycle [h]")
    right.set_ylabel("residual [standard deviations]")
    for ax in (left, right):
        ax.grid(alpha=0.3, lw=0.5)
    footer(figure)
    return figure


def plot_waterfall(fit: Fit, *, ax: Axes | None = None) -> Axes:
    """Objectives of all searches above the best, from the lowest; crosses did not converge."""
    from matplotlib.ticker import MaxNLocator

    ax = new_axes(ax)
    found = sorted(
        (m["objective"] - fit.objective, m["status"] == "converged")
        for m in fit.minima
        if np.isfinite(m["objective"])
    )
    rise = np.array([max(f[0], 0.0) for f in found])
    good = np.array([f[1] for f in found])
    at = np.arange(1, len(found) + 1)
    ax.plot(at, rise, color="0.75", lw=1.0, zorder=0)
    ax.plot(at[good], rise[good], "o", color="#0072B2", ms=5, label="converged")
    if not good.all():
        ax.plot(at[~good], rise[~good], "x", color="#D55E00", ms=6, label="not converged")
        ax.legend(fontsize="small", frameon=False)
    ax.axhline(SAME_OPTIMUM, color="0.4", lw=0.9, ls="--")
    ax.text(
        0.99,
        SAME_OPTIMUM,
        "same optimum below",
        transform=ax.get_yaxis_transform(),
        ha="right",
        va="bottom",
        fontsize="small",
        color="0.3",
    )
    ax.set_yscale("symlog", linthresh=SAME_OPTIMUM)
    ax.set_ylim(-0.02, max(1.0, 1.5 * float(rise.max(initial=0.0))))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    missing = len(fit.minima) - len(found)
    ax.set_xlabel("search, from the lowest" + (f"; {missing} without a value" if missing else ""))
    ax.set_ylabel("objective above the best")
    ax.grid(alpha=0.3, lw=0.5)
    return ax


def plot_parameters(fit: Fit, *, ax: Axes | None = None) -> Axes:
    """90 % intervals before (gray) and after the fit, relative to the median of the prior."""
    kept = np.flatnonzero(~is_nuisance(fit))
    ax = new_axes(ax, 7.0, 0.9 + 0.38 * len(kept))
    table = fit.parameters.iloc[kept]
    prior = fit.prior.table.iloc[kept]
    for y, name in enumerate(table.index):
        median = float(table.loc[name, "prior_value"])
        verdict = str(table.loc[name, "verdict"])
        color = "#0072B2" if verdict == "identified" else "#D55E00"
        ax.plot(
            prior.loc[name, ["low", "high"]].to_numpy(float) / median, [y, y], color="0.8", lw=7
        )
        ax.plot(
            table.loc[name, ["low", "high"]].to_numpy(float) / median, [y, y], color=color, lw=2.5
        )
        ax.plot(float(table.loc[name, "value"]) / median, y, "o", color=color, ms=5)
        ax.text(
            1.02, y, verdict, transform=ax.get_yaxis_transform(), va="center", fontsize="x-small"
        )
    ax.axvline(1.0, color="0.4", lw=0.9, zorder=0)
    ax.set_yticks(range(len(table)), [words(n) for n in table.index], fontsize="small")
    ax.invert_yaxis()
    ax.set_xscale("log")
    plain_numbers(ax.xaxis)
    ax.set_xlabel("relative to the median of the prior (gray: prior, color: fit; 90 %)")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_profile(profile: Profile, *, ax: Axes | None = None) -> Axes:
    """Rise of the objective over the values of a parameter, with the threshold of its interval."""
    ax = new_axes(ax)
    table, c = profile.table, profile.coordinate
    ax.plot(table["value"], table["rise"], "o-", color="#0072B2", ms=3.5, lw=1.3)
    ax.axhline(profile.threshold, color="0.4", lw=0.9, ls="--")
    ax.text(
        0.5,
        profile.threshold,
        f"{profile.level:.0%}",
        transform=ax.get_yaxis_transform(),
        ha="center",
        va="bottom",
        fontsize="small",
        color="0.3",
    )
    for end in profile.interval:
        if np.isfinite(end) and table["value"].min() <= end <= table["value"].max():
            ax.axvline(end, color="0.6", lw=0.8, ls=":")
    if not c.logit:
        ax.set_xscale("log")
        plain_numbers(ax.xaxis)
        ax.xaxis.set_tick_params(labelsize="small")
    ax.set_ylim(-0.1, 1.5 * profile.threshold)
    ax.set_xlabel(f"{words(c.name)} [{c.unit}]")
    ax.set_ylabel("objective above its minimum")
    ax.set_title(profile.verdict, fontsize="medium")
    ax.grid(alpha=0.3, lw=0.5)
    return ax
