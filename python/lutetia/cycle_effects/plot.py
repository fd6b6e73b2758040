"""Figure of a fitted cycle effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lutetia.cycle_effects.design import VALUE
from lutetia.cycle_effects.estimates import interval, log_factor
from lutetia.cycle_effects.result import CycleEffectFit
from lutetia.plotting import LESION_COLORS, _axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GROUP_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


def plot_cycle_effect(
    fit: CycleEffectFit, ax: Axes | None = None, *, coverage: float = 0.90
) -> Axes:
    """Draw every lesion relative to its fitted first cycle, and the effect of each group with its interval.

    Parameters
    ----------
    fit
        As `fit_cycle_effect` returns it.
    ax
        Axes to draw on; new ones when absent.
    coverage
        Of the band, which holds the mean of the group.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = _axes(ax)
    made, mixed = fit._design, fit._mixed
    cycles = list(range(1, made.last_cycle + 1))
    first = fit.first_cycle
    several = len(made.groups) > 1
    for k, group in enumerate(made.groups):
        color = GROUP_COLORS[k % len(GROUP_COLORS)] if several else LESION_COLORS[0]
        members = fit.table[fit.table["patient"].map(made.group_of) == group]
        for (patient, lesion), points in members.groupby(["patient", "lesion"]):
            relative = points["value"] / float(first.loc[str(patient), str(lesion)])
            ax.plot(points["cycle"], relative, ".-", color=color, alpha=0.3, lw=0.8, ms=4)
        effects = [log_factor(made, mixed, group, None, -1, c, VALUE) for c in cycles]
        middle = np.exp([e.value for e in effects])
        ends = np.exp([interval(e, coverage) for e in effects])
        name = f"{group}, " if several else ""
        ax.fill_between(cycles, ends[:, 0], ends[:, 1], color=color, alpha=0.25, lw=0)
        ax.plot(
            cycles, middle, color=color, lw=2.5, label=f"{name}mean and {coverage:.0%} interval"
        )
    ax.axhline(1.0, color="0.4", lw=0.8, ls=":")
    ax.set(xlabel="cycle", ylabel="relative to the fitted first cycle", xticks=cycles)
    ax.legend(frameon=False, fontsize="small")
    return ax
