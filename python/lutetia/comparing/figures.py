"""A figure for each question of a comparison: axes in, axes out, never ``show()``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lutetia.comparing.style import (
    DASHES,
    color_of,
    label_of,
    legend,
    legend_of,
    over_weeks,
    width_of,
)
from lutetia.comparing.tables import INTERVAL, OUTCOMES, collected
from lutetia.fitting.style import footer, words
from lutetia.units import HOURS_PER_WEEK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.comparing.comparison import Comparison

Array = npt.NDArray[np.float64]

BAR = 0.8
POINTS = 400  # of a line
COLUMNS = 3  # of axes
ROOM = 105.0  # least end of an axis of used shares [%]
NOTE: dict[str, Any] = {"va": "center", "fontsize": "x-small", "color": "0.35"}


def _own(ax: Axes | None) -> Axes:
    """Axes to draw on: those given, or new ones on a figure that says what it is for."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    figure, own = plt.subplots(figsize=(8.0, 4.5), layout="constrained")
    footer(figure)
    return own


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
    ax = _own(ax)
    labels = list(dict.fromkeys(table.index.get_level_values("limit")))
    height = BAR / len(comparison.regimens)
    places = np.arange(len(labels), dtype=float)
    absent = [name for name in comparison.regimens if not comparison.possible_for(name)]
    for k, regimen in enumerate(comparison.regimens):
        rows = table.loc[regimen].loc[labels]
        y = places - BAR / 2 + (k + 0.5) * height
        shares = 100.0 * rows["used_share"].to_numpy()
        ax.barh(
            y,
            shares,
            height,
            color=color_of(comparison, regimen),
            label=label_of(comparison, regimen),
        )
        for place in y[np.isnan(shares)]:
            ax.text(1.0, place, "not possible" if regimen in absent else "no such dose", **NOTE)
        if "used_low" in rows:
            ends = 100.0 * rows[["used_low", "used_high"]].to_numpy()
            ax.hlines(y, ends[:, 0], ends[:, 1], color="0.2", lw=1.2)
    ax.axvline(100.0, color="0.2", lw=1.0, ls="--")
    grays = table["limit_Gy"].groupby(level="limit").first()
    ax.set_yticks(places, [f"{words(label)}\n{grays[label]:g} Gy" for label in labels])
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlim(0.0, max(ax.get_xlim()[1], ROOM))
    ax.set_xlabel(
        "used of the limit [%]" + ("; line: 90 % of the members" if "used_low" in table else "")
    )
    ax.spines[["top", "right"]].set_visible(False)
    legend(ax)
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
    ax = _own(ax)
    for regimen in comparison.regimens:
        if (comparison.patients[0], regimen) not in comparison.runs:
            ax.plot(
                [], [], color=color_of(comparison, regimen), label=label_of(comparison, regimen)
            )
            continue
        run = comparison.runs[comparison.patients[0], regimen]
        start = float(run.data["cycle_start"].values[0])
        hours = np.linspace(start, float(run.data.attrs["end_h"]), POINTS)
        found = comparison.effective_doses[regimen].at([float(t) for t in hours])[quantity]
        for k, region in enumerate(shown):
            label = f"{regimen}, {words(region)}" if len(shown) > 1 else regimen
            style: Any = DASHES[k % len(DASHES)]
            ax.plot(
                (hours - start) / HOURS_PER_WEEK,
                found.sel(region=region).values,
                color=color_of(comparison, regimen),
                ls=style,
                lw=width_of(comparison, regimen),
                label=label,
            )
    over_weeks(ax, quantity)
    if len(shown) == 1:
        ax.set_title(words(shown[0]), fontsize="medium")
    legend_of(comparison, ax, shown if len(shown) > 1 else ())
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
    ax = _own(ax)
    for regimen in comparison.regimens:
        color, label = color_of(comparison, regimen), label_of(comparison, regimen)
        if not comparison.possible_for(regimen):
            ax.plot([], [], color=color, label=label)
            continue
        weeks, total = collected(comparison, members, region, quantity, regimen)
        low, median, high = np.nanquantile(total, (INTERVAL[0], 0.5, INTERVAL[1]), axis=0)
        ax.fill_between(weeks, low, high, step="post", color=color, alpha=0.15, lw=0)
        width = width_of(comparison, regimen)
        ax.plot(weeks, median, drawstyle="steps-post", color=color, lw=width, label=label)
    for limit in comparison._limits:
        if (limit.region, limit.quantity) == (region, quantity):
            shown = f"limit, {limit.gray:g} Gy"
            ax.axhline(limit.gray, color="0.2", lw=1.0, ls="--", label=shown)
    over_weeks(ax, quantity)
    ax.set_title(
        f"{words(region)}: median and 90 % of the members, cycles counted whole at their start",
        fontsize="small",
    )
    legend(ax)
    return ax


def plot_lesions(comparison: Comparison, regions: Sequence[str]) -> Figure:
    """Absorbed dose collected over time, axes for each region and a line per regimen.

    Parameters
    ----------
    comparison
        Of a single patient.
    regions
        One or more.
    """
    import matplotlib.pyplot as plt

    columns = min(COLUMNS, len(regions))
    rows = -(-len(regions) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(3.6 * columns + 1.8, 2.7 * rows),
        squeeze=False,
        layout="constrained",
    )
    for k, ax in enumerate(axes.flat):
        if k >= len(regions):
            ax.remove()
            continue
        plot_regions(comparison, [regions[k]], ax=ax)
        ax.set_ylabel("")
        if k != columns - 1:
            ax.get_legend().remove()
    figure.supylabel("cumulative absorbed dose [Gy]", fontsize="medium")
    footer(figure)
    return figure


def _check(quantity: str) -> None:
    if quantity not in OUTCOMES:
        raise ValueError(f"quantity must be one of {', '.join(OUTCOMES)}, found {quantity!r}")
