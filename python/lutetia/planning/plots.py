"""Pictures of plans: limits as bars, doses of lesions, all candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lutetia.fitting.style import footer, words
from lutetia.units import MBQ_PER_GBQ

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.planning.result import Plan

USED, SPARE, TAKEN = "#b2182b", "#4393c3", "#2166ac"


def plot_plan(plan: Plan) -> Figure:
    """Draw how much of each limit is used, what lesions get, and the candidates.

    Raises
    ------
    ValueError
        If the course ends: there is nothing to draw.
    """
    import matplotlib.pyplot as plt

    if plan.regimen is None:
        raise ValueError(f"the course ends, there is nothing to draw: {plan.stop[0]}")
    figure, axes = plt.subplots(1, 3, figsize=(13.0, 4.2), layout="constrained")
    _limits(axes[0], plan)
    _lesions(axes[1], plan)
    _candidates(axes[2], plan)
    footer(figure)
    return figure


def _limits(ax: Axes, plan: Plan) -> None:
    table = plan.limits
    colors = [USED if binds else SPARE for binds in table["binding"]]
    places = np.arange(len(table))
    ax.barh(places, 100.0 * table["used_share"], color=colors)
    for y, (value, limit) in enumerate(zip(table["value_Gy"], table["limit_Gy"], strict=True)):
        ax.text(2.0, y, f"{value:.3g} of {limit:.3g} Gy", va="center", color="white")
    if "violation_probability" in table:
        labels = [f"{name}\n{p:.1%} exceed" for name, p in table["violation_probability"].items()]
    else:
        labels = [words(str(name)) for name in table.index]
    ax.set_yticks(places, labels)
    ax.axvline(100.0, color="black", lw=1)
    ax.invert_yaxis()
    ax.set_xlabel("used of the limit [%]")
    ax.set_title("limits" + (" (median)" if "risk" in table else ""))


def _lesions(ax: Axes, plan: Plan) -> None:
    doses = plan.doses
    lesions = [name for name in doses.index if name in plan.lesions]
    shown = doses.loc[lesions]
    x = np.arange(len(shown))
    values = shown["absorbed_dose_Gy"]
    errors = None
    if "absorbed_dose_low" in shown:
        errors = [values - shown["absorbed_dose_low"], shown["absorbed_dose_high"] - values]
    ax.errorbar(x, values, yerr=errors, fmt="o", color=TAKEN, capsize=3)
    if plan.target:
        least, most = plan.target["least_Gy"], plan.target["most_Gy"]
        ax.axhspan(least, most if np.isfinite(most) else max(values.max(), least), alpha=0.15)
    ax.set_xticks(x, [words(name) for name in lesions], rotation=45, ha="right")
    ax.set_ylim(0.0, 1.1 * ax.get_ylim()[1])
    ax.set_xlim(-0.6, len(shown) - 0.4)
    ax.set_ylabel("absorbed dose [Gy]")
    ax.set_title("lesions" + (" (median, 5 to 95 %)" if errors is not None else ""))


def _candidates(ax: Axes, plan: Plan) -> None:
    table = plan.table
    for feasible, marker in ((True, "o"), (False, "x")):
        part = table[table["feasible"] == feasible]
        ax.scatter(
            part["cumulative_activity_GBq"],
            part["objective"],
            c=part["cycles"],
            vmin=table["cycles"].min(),
            vmax=table["cycles"].max(),
            marker=marker,
        )
    ax.scatter(
        plan.activities.sum() / MBQ_PER_GBQ,
        plan.objective,
        s=140,
        facecolors="none",
        edgecolors=USED,
    )
    ax.set_xlabel("cumulative activity [GBq]")
    ax.set_ylabel(words(plan.objective_name))
    ax.set_title("schedules, by cycles (cross: not allowed)")
