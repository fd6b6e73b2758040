"""Pictures of plans: limits as bars, doses of lesions, all candidates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lutetia.fitting.style import footer, words
from lutetia.planning.objectives import OBJECTIVES
from lutetia.planning.telling import in_words
from lutetia.planning.wording import shown_in
from lutetia.units import MBQ_PER_GBQ

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.planning.result import Plan

USED, SPARE, TAKEN = "#b2182b", "#4393c3", "#2166ac"
BAR = 0.5  # height, of the distance of bars
RING = 30.0  # area of the ring of the fewest cycles [pt²]
WIDER = 2.5  # what the next is wider [pt]


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
    figure, axes = plt.subplots(1, 3, figsize=(13.0, 4.6), layout="constrained")
    _limits(axes[0], plan)
    _lesions(axes[1], plan)
    _candidates(axes[2], plan)
    footer(figure)
    return figure


def _limits(ax: Axes, plan: Plan) -> None:
    bars = [*_dose_bars(plan), *_count_bars(plan)]
    drawn = plan.drawn
    for y, bar in enumerate(bars):
        ax.barh(y, 100.0 * bar.share, height=BAR, color=USED if bar.binds else SPARE)
        if drawn:
            ax.plot(100.0 * bar.quantile, y, marker="D", color="black", ms=5)
        ax.text(1.0, y - 0.5 * BAR, bar.text, va="bottom", fontsize="small")  # above its bar
    labels = [f"{bar.name}\n{bar.below:.1%} exceed" if drawn else bar.name for bar in bars]
    ax.set_yticks(range(len(bars)), labels)
    ax.axvline(100.0, color="black", lw=1)
    ax.set_ylim(len(bars) - 0.5, -0.5)
    ax.text(100.0, -0.5, "limit", ha="center", va="bottom", fontsize="small")
    ax.set_xlabel("used of the limit [%]")
    ax.set_title("limits")
    if drawn:
        handles = [
            Patch(color=SPARE, label="median of the draws"),
            Line2D([], [], marker="D", ls="", color="black", label="quantile at the accepted risk"),
        ]
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)


@dataclass(frozen=True)
class Bar:
    """One limit: shares used by the patient or the median draw, and by the draw that decides."""

    name: str
    text: str
    share: float
    quantile: float
    below: float
    binds: bool


def _dose_bars(plan: Plan) -> Iterator[Bar]:
    for name, row in plan.limits.iterrows():
        median = "median " if plan.drawn else ""
        value = row["median_Gy"] if plan.drawn else row["value_Gy"]
        yield Bar(
            words(str(name)),
            f"{median}{value:.3g} of {row['limit_Gy']:.3g} Gy",
            row["used_share"],
            row.get("quantile_used_share", np.nan),
            row.get("violation_probability", np.nan),
            bool(row["binding"]),
        )


def _count_bars(plan: Plan) -> Iterator[Bar]:
    for name, row in plan.counts.iterrows():
        median = "median " if plan.drawn else ""
        nadir = row["median_nadir"] if plan.drawn else row["nadir"]
        yield Bar(
            f"{name}\n(research only)",
            f"{median}{nadir:.3g}, least {row['least']:.3g} 10⁹/L",
            row["used_share"],
            row.get("quantile_used_share", np.nan),
            row.get("violation_probability", np.nan),
            bool(row["binding"]),
        )


def _lesions(ax: Axes, plan: Plan) -> None:
    doses = plan.doses
    lesions = [name for name in doses.index if name in plan.lesions]
    shown = doses.loc[lesions]
    x = np.arange(len(shown))
    values = shown["absorbed_dose_median_Gy" if plan.drawn else "absorbed_dose_Gy"]
    errors = None
    if plan.drawn:
        low, high = shown["absorbed_dose_low_Gy"], shown["absorbed_dose_high_Gy"]
        errors = [values - low, high - values]
    ax.errorbar(x, values, yerr=errors, fmt="o", color=TAKEN, capsize=3)
    ax.set_xticks(x, [words(name) for name in lesions], rotation=45, ha="right")
    wanted = plan.target.get("most_Gy", 0.0)
    seen = max(
        ax.get_ylim()[1], wanted if np.isfinite(wanted) else 0.0, plan.target.get("least_Gy", 0.0)
    )
    ax.set_ylim(0.0, 1.1 * seen)
    ax.set_xlim(-0.6, len(shown) - 0.4)
    if plan.target:
        least, most = plan.target["least_Gy"], plan.target["most_Gy"]
        top = min(most, 1.1 * seen)
        ax.axhspan(least, top, alpha=0.15, label=plan.target_label)
        if plan.target_of == "mean":
            of = f"mean of the lesions{_mean(plan)}"
            ax.axhline(plan.target["value_Gy"], color="black", lw=1, ls="--", label=of)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), frameon=False, fontsize="small")
    ax.set_ylabel("absorbed dose [Gy]")
    ax.set_title("lesions" + (" (median, 5 to 95 %)" if errors is not None else ""))


def _mean(plan: Plan) -> str:
    return " (mean of the draws)" if plan.drawn else ""


def _candidates(ax: Axes, plan: Plan) -> None:
    """Draw a ring per schedule, wider for more cycles, so that those that coincide are all seen."""
    import matplotlib.pyplot as plt

    table = plan.table
    unit, size = shown_in(float(plan.activities.max()))
    objective = OBJECTIVES[plan.objective_name].unit
    values, chosen = table["objective"], plan.objective
    if objective == "MBq":  # as the other axis
        values, chosen, objective = values / size, chosen / size, unit
    total = table["cumulative_activity_GBq"] * (MBQ_PER_GBQ / size)
    counts = sorted(table["cycles"].unique(), reverse=True)
    colors = plt.get_cmap("viridis")(np.linspace(0.0, 0.9, len(counts)))
    for wider, (cycles, color) in enumerate(zip(counts, colors, strict=True), 1 - len(counts)):
        of_count = table["cycles"] == cycles
        area = (RING**0.5 - WIDER * wider) ** 2
        allowed, others = of_count & table["feasible"], of_count & ~table["feasible"]
        ring = {"s": area, "facecolors": "none", "edgecolors": [color], "linewidths": 1.5}
        ax.scatter(total[allowed], values[allowed], label=str(cycles), **ring)
        ax.scatter(total[others], values[others], s=area, marker="x", color=[color])
    if not table["feasible"].all():
        ax.scatter([], [], marker="x", color="black", label="not allowed")
    ax.scatter(plan.activities.sum() / size, chosen, marker="*", s=40, color=USED, label="chosen")
    ax.legend(title="cycles", frameon=False, fontsize="small", labelspacing=0.9)
    ax.set_xlim(0.0, 1.15 * total.max())
    if values.min() >= 0.0:
        ax.set_ylim(0.0, 1.1 * values.max())
    ax.set_xlabel(f"cumulative activity [{unit}]")
    of = in_words(plan.objective_name)
    ax.set_ylabel(of + (f" [{objective}]" if objective != "1" else "") + _mean(plan))
    ax.set_title("schedules")
