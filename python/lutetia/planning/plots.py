"""Pictures of plans: limits as bars, doses of lesions, all candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lutetia.fitting.style import footer, words
from lutetia.planning.objectives import OBJECTIVES
from lutetia.units import MBQ_PER_GBQ

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.planning.result import Plan

USED, SPARE, TAKEN = "#b2182b", "#4393c3", "#2166ac"
ROOM_FOR_TEXT = 45.0  # [%] a bar needs to hold its text


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
    shares = 100.0 * table["used_share"]
    places = [float(y) for y in range(len(table))]
    ax.barh(places, shares, color=[USED if binds else SPARE for binds in table["binding"]])
    texts = [
        f"{value:.3g} of {limit:.3g} Gy"
        for value, limit in zip(table["value_Gy"], table["limit_Gy"], strict=True)
    ]
    for y, share, text in zip(places, shares, texts, strict=True):
        inside = share > ROOM_FOR_TEXT
        x, color = (2.0, "white") if inside else (share + 2.0, "black")
        ax.text(x, y, text, va="center", color=color)
    labels = [words(str(name)) for name in table.index]
    if "violation_probability" in table:
        exceed = table["violation_probability"]
        labels = [f"{name}\n{p:.1%} exceed" for name, p in zip(labels, exceed, strict=True)]
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
        ax.set_xlabel("band: dose wanted")
    ax.set_xticks(x, [words(name) for name in lesions], rotation=45, ha="right")
    ax.set_ylim(0.0, 1.1 * ax.get_ylim()[1])
    ax.set_xlim(-0.6, len(shown) - 0.4)
    ax.set_ylabel("absorbed dose [Gy]")
    ax.set_title("lesions" + (" (median, 5 to 95 %)" if errors is not None else ""))


def _candidates(ax: Axes, plan: Plan) -> None:
    table = plan.table
    least, most = int(table["cycles"].min()), int(table["cycles"].max())
    for allowed, marker in ((True, "o"), (False, "x")):
        part = table[table["feasible"] == allowed]
        x, y = part["cumulative_activity_GBq"], part["objective"]
        points = ax.scatter(x, y, c=part["cycles"], marker=marker, vmin=least, vmax=most)
        if allowed:
            ax.legend(
                *points.legend_elements(num=list(range(least, most + 1))),
                title="cycles",
                frameon=False,
                fontsize="small",
            )
    total = plan.activities.sum() / MBQ_PER_GBQ
    ax.scatter(total, plan.objective, s=140, facecolors="none", edgecolors=USED)
    ax.set_xlim(0.0, 1.15 * table["cumulative_activity_GBq"].max())
    if table["objective"].min() >= 0.0:
        ax.set_ylim(0.0, 1.1 * table["objective"].max())
    ax.set_xlabel("cumulative activity [GBq]")
    unit = OBJECTIVES[plan.objective_name].unit
    ax.set_ylabel(words(plan.objective_name) + (f" [{unit}]" if unit != "1" else ""))
    ax.set_title("schedules (cross: not allowed)")
