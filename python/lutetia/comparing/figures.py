"""A figure for each question of a comparison: axes in, axes out, never ``show()``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lutetia.comparing.tables import INTERVAL, OUTCOMES, cycles_of
from lutetia.plotting import _axes
from lutetia.units import HOURS_PER_WEEK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lutetia.comparing.comparison import Comparison

Array = npt.NDArray[np.float64]

# One color per regimen in every figure (Okabe & Ito palette, safe for color-blind readers).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
BAR = 0.8
POINTS = 400  # of a line


def color_of(comparison: Comparison, regimen: str) -> str:
    """Color of a regimen; they repeat after eight."""
    return PALETTE[list(comparison.regimens).index(regimen) % len(PALETTE)]


def plot_limits(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Share of every limit used, a bar per regimen, with the range of 90 % of the members.

    Parameters
    ----------
    comparison
        With limits.
    ax
        Axes to draw on; new ones when absent.

    Raises
    ------
    ValueError
        If the comparison has no limits.
    """
    table = comparison.limits
    if not len(table):
        raise ValueError("the comparison has no limits; pass limits= to compare")
    ax = _axes(ax)
    labels = list(dict.fromkeys(table.index.get_level_values("limit")))
    height = BAR / len(comparison.regimens)
    places = np.arange(len(labels), dtype=float)
    for k, regimen in enumerate(comparison.regimens):
        rows = table.loc[regimen].loc[labels]
        y = places - BAR / 2 + (k + 0.5) * height
        shares = 100.0 * rows["used_share"].to_numpy()
        ax.barh(y, shares, height, color=color_of(comparison, regimen), label=regimen)
        if "used_low" in rows:
            ends = 100.0 * rows[["used_low", "used_high"]].to_numpy()
            ax.hlines(y, ends[:, 0], ends[:, 1], color="0.2", lw=1.2)
    ax.axvline(100.0, color="0.2", lw=1.0, ls="--")
    grays = table["limit_Gy"].groupby(level="limit").first()
    ax.set_yticks(places, [f"{label.replace('_', ' ')}\n{grays[label]:g} Gy" for label in labels])
    ax.invert_yaxis()
    ax.set_xlabel(
        "used of the limit [%]" + ("; line: 90 % of the members" if "used_low" in table else "")
    )
    ax.spines[["top", "right"]].set_visible(False)
    _legend(ax)
    return ax


def plot_regions(
    comparison: Comparison,
    regions: Sequence[str] | None = None,
    *,
    quantity: str = "absorbed_dose",
    ax: Axes | None = None,
) -> Axes:
    """Dose collected over time, a line per regimen and region.

    Parameters
    ----------
    comparison
        Of a single patient.
    regions
        What to show; all lesions when absent. Each has a dash of its own.
    quantity
        ``"absorbed_dose"`` or ``"BED"``.
    ax
        Axes to draw on; new ones when absent.

    Raises
    ------
    ValueError
        If there are several patients, no such region or no such quantity.
    """
    _check(quantity)
    if len(comparison.patients) != 1:
        raise ValueError("lines need a single patient; plot_members shows several")
    shown = comparison.lesions if regions is None else list(regions)
    known = comparison.doses.index.get_level_values("region").unique()
    if unknown := [r for r in shown if r not in known]:
        raise ValueError(f"unknown regions {unknown}; one of {list(known)}")
    ax = _axes(ax)
    for regimen in comparison.regimens:
        run = comparison.runs[comparison.patients[0], regimen]
        start = float(run.data["cycle_start"].values[0])
        hours = np.linspace(start, float(run.data.attrs["end_h"]), POINTS)
        found = comparison.effective_doses[regimen].at([float(t) for t in hours])[quantity]
        for k, region in enumerate(shown):
            label = f"{regimen}, {region.replace('_', ' ')}" if len(shown) > 1 else regimen
            style: Any = DASHES[k % len(DASHES)]
            ax.plot(
                (hours - start) / HOURS_PER_WEEK,
                found.sel(region=region).values,
                color=color_of(comparison, regimen),
                ls=style,
                lw=1.6,
                label=label,
            )
    _over_weeks(ax, quantity)
    _legend(ax)
    return ax


def plot_members(
    comparison: Comparison,
    region: str,
    *,
    quantity: str = "absorbed_dose",
    ax: Axes | None = None,
) -> Axes:
    """Dose of a region over draws or patients: median and the range of 90 %.

    A cycle counts with all its dose from where it begins.

    Parameters
    ----------
    comparison
        With draws or several patients.
    region
        Of the model; its limits are drawn as lines.
    quantity
        ``"absorbed_dose"`` or ``"BED"``.
    ax
        Axes to draw on; new ones when absent.

    Raises
    ------
    ValueError
        If there is one patient without draws, or no such region or quantity.
    """
    _check(quantity)
    members = comparison.members
    if members is None:
        raise ValueError("bands need draws or several patients; pass draws= to compare")
    if region not in members.data["region"].values:
        raise ValueError(f"unknown region {region!r}; one of {list(members.data['region'].values)}")
    ax = _axes(ax)
    for regimen in comparison.regimens:
        weeks = cycle_weeks(comparison, regimen)
        cycles = cycles_of(members, quantity, regimen).sel(region=region).values
        total = np.cumsum(cycles[:, : len(weeks) - 1], axis=1)
        collected = np.nanquantile(total, (INTERVAL[0], 0.5, INTERVAL[1]), axis=0)
        low, median, high = np.concatenate([collected, collected[:, -1:]], axis=1)
        color = color_of(comparison, regimen)
        ax.fill_between(weeks, low, high, step="post", color=color, alpha=0.15, lw=0)
        ax.plot(weeks, median, drawstyle="steps-post", color=color, label=regimen)
    for limit in comparison._limits:
        if (limit.region, limit.quantity) == (region, quantity):
            ax.axhline(limit.gray, color="0.2", lw=1.0, ls="--")
    _over_weeks(ax, quantity)
    ax.set_title(f"{region.replace('_', ' ')}: median and 90 % of the members", fontsize="medium")
    _legend(ax)
    return ax


def _check(quantity: str) -> None:
    if quantity not in OUTCOMES:
        raise ValueError(f"quantity must be one of {', '.join(OUTCOMES)}, found {quantity!r}")


def cycle_weeks(comparison: Comparison, regimen: str) -> Array:
    """Weeks at which cycles begin, from the first, and the end of the run."""
    run = comparison.runs[comparison.patients[0], regimen]
    starts = run.data["cycle_start"].values
    hours = np.append(starts, float(run.data.attrs["end_h"])) - starts[0]
    return np.asarray(hours / HOURS_PER_WEEK)


def _over_weeks(ax: Axes, quantity: str) -> None:
    ax.set_xlabel("time [week]")
    ax.set_ylabel(f"cumulative {quantity.replace('_', ' ')} [Gy]")
    ax.set_xlim(left=0.0)
    ax.set_ylim(bottom=0.0)
    ax.grid(alpha=0.3, lw=0.5)
    ax.spines[["top", "right"]].set_visible(False)


def _legend(ax: Axes) -> None:
    ax.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
