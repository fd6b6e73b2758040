"""Figures: functions take and return matplotlib axes and never call ``show()``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lutetia.units import HOURS_PER_DAY, MBQ_PER_GBQ

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.dosimetry.dose import DoseTable
    from lutetia.result import Run

# One color per organ in every figure (Okabe & Ito palette, safe for color-blind readers).
COLORS = {
    "kidney": "#D55E00",
    "liver": "#E69F00",
    "spleen": "#CC79A7",
    "red_marrow": "#009E73",
    "serum": "#56B4E9",
    "whole_body": "#000000",
}
MAIN_REGIONS = ("kidney", "liver", "spleen", "red_marrow")
LESION_COLORS = ("#0072B2", "#3E96C8", "#6BB3DB", "#97CFEC", "#1B4F72", "#7F8FA6")


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    return ax


def _style(run: Run, region: str) -> dict[str, Any]:
    if region in run.lesions:
        k = run.lesions.index(region)
        return {"color": LESION_COLORS[k % len(LESION_COLORS)], "linestyle": "--"}
    return {"color": COLORS.get(region)}


def _shown(run: Run, regions: Sequence[str] | None) -> list[str]:
    if regions is None:
        return [r for r in MAIN_REGIONS if r in run.regions] + run.lesions[:6]
    unknown = [r for r in regions if r not in run.regions]
    if unknown:
        raise ValueError(f"unknown regions {unknown}; one of {run.regions}")
    return list(regions)


def plot_activity(
    run: Run,
    regions: Sequence[str] | None = None,
    *,
    concentration: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Activity over time on a logarithmic axis, lesions dashed.

    Parameters
    ----------
    run
        A finished simulation.
    regions
        What to show; the main organs and up to six lesions when absent.
    concentration
        Show MBq/mL instead of MBq.
    ax
        Axes to draw on; new ones when absent.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = _axes(ax)
    values = run.concentration if concentration else run.activity
    days = run.data["time"].values / HOURS_PER_DAY
    drawn: list[np.ndarray] = []
    for region in _shown(run, regions):
        y = values.sel(region=region).values
        y = np.where(y > 0, y, np.nan)
        drawn.append(y)
        ax.plot(days, y, label=region.replace("_", " "), lw=1.6, **_style(run, region))
    ax.set_yscale("log")
    tops = [np.nanmax(y) for y in drawn if np.isfinite(y).any()]
    top = max(tops, default=1.0)  # no activity: empty axes
    ax.set_ylim(top * 1e-5, top * 2)
    ax.set_xlim(0, max(float(days[-1]), 1e-3))
    ax.set_xlabel("time [d]")
    ax.set_ylabel("activity concentration [MBq/mL]" if concentration else "activity [MBq]")
    ax.grid(alpha=0.3, lw=0.5)
    ax.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return ax


def plot_dose(
    dose: DoseTable, regions: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Absorbed dose per region as bars, one shade per cycle.

    Parameters
    ----------
    dose
        A `DoseTable`.
    regions
        What to show; the main organs and up to six lesions when absent.
    """
    ax = _axes(ax)
    shown = [r for r in _shown(dose.run, regions) if r in dose.table.index]
    cycles = [c for c in dose.table.columns if c.startswith("cycle_")]
    left = np.zeros(len(shown))
    for k, cycle in enumerate(cycles):
        width = dose.table.loc[shown, cycle].to_numpy(dtype=float)
        shade = 0.45 + 0.55 * (k + 1) / len(cycles)
        colors = [_style(dose.run, r)["color"] or "#888888" for r in shown]
        ax.barh(
            range(len(shown)),
            width,
            left=left,
            color=colors,
            alpha=shade,
            edgecolor="white",
            lw=0.6,
        )
        left += width
    for y, total in enumerate(left):
        ax.text(total, y, f" {total:.3g} Gy", va="center", fontsize="small")
    ax.set_yticks(range(len(shown)), [r.replace("_", " ") for r in shown])
    ax.invert_yaxis()
    ax.set_xlim(0, left.max() * 1.2 if len(left) and left.max() > 0 else 1.0)
    ax.set_xlabel(f"absorbed dose [Gy], {len(cycles)} cycle{'s' if len(cycles) != 1 else ''}")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_run(run: Run, dose: DoseTable) -> Figure:
    """Draw one page: activity of the whole course, of the first week of cycle 1, and absorbed dose."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplot_mosaic(
        [["course", "course"], ["week", "dose"]], figsize=(11, 7.5), layout="constrained"
    )
    plot_activity(run, ax=axes["course"])
    plot_activity(run, [*_shown(run, None)[:4], *run.lesions[:2], "serum"], ax=axes["week"])
    start = (
        float(run.data["cycle_start"].values[0]) / HOURS_PER_DAY if run.data.sizes["cycle"] else 0.0
    )
    axes["week"].set_xlim(start, start + 7)
    axes["week"].set_ylim(bottom=axes["week"].get_ylim()[1] * 2e-4)
    axes["week"].set_title("first week of cycle 1", fontsize="medium")
    axes["week"].legend(fontsize="x-small", ncols=2, frameon=False)
    plot_dose(dose, ax=axes["dose"])
    a = run.data.attrs
    figure.suptitle(
        f"{a['patient']}, {a['regimen']}: {run.administered_activity / MBQ_PER_GBQ:.4g} GBq"
    )
    figure.text(0.995, 0.002, "research use only", ha="right", va="bottom", fontsize=7, color="0.4")
    return figure
