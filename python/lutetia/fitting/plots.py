"""Curves of a fit: functions take and return matplotlib axes and never call ``show()``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lutetia.fitting.report import INTERVAL
from lutetia.fitting.style import colors, footer, new_axes, plain_numbers, words
from lutetia.plotting import MAIN_REGIONS
from lutetia.units import HOURS_PER_DAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lutetia.fitting.prediction import Prediction
    from lutetia.fitting.result import Fit

Array = npt.NDArray[np.float64]

LONGER = 1.25  # than the last scan of a cycle, that curves are shown
DECADES = 1e-4  # of the largest activity that are shown


def plot_fit(fit: Fit, regions: Sequence[str] | None = None) -> Figure:
    """Measured and fitted activity, a panel for each region, a color for each cycle.

    Fitted curves have 90 % bands of what the parameters leave open. Measured values are divided by their
    fitted calibration factor, bars are the 90 % range of their error models; an arrow down is a
    value below its limit of detection.

    Parameters
    ----------
    fit
        A fitted patient.
    regions
        What to show; all measured when absent.
    """
    import matplotlib.pyplot as plt

    rows = fit.rows
    measured = list(dict.fromkeys(rows["region"]))
    shown = measured if regions is None else list(regions)
    unknown = [r for r in shown if r not in measured]
    if unknown:
        raise ValueError(f"no measurements of {unknown}; there are of {measured}")
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    figure, axes = plt.subplots(
        lines, columns, figsize=(3.6 * columns, 2.9 * lines), layout="constrained", squeeze=False
    )
    cycles = sorted(rows["cycle"].unique())
    starts = np.asarray(fit._course.cycle_starts)
    longest = float(rows["t_h"].max()) * LONGER
    first = min(0.5, 0.5 * float(rows.loc[rows["t_h"] > 0.0, "t_h"].min()))
    grid = np.concatenate(
        [np.geomspace(first, longest / 30.0, 25), np.linspace(longest / 30.0, longest, 40)[1:]]
    )
    times = np.concatenate([starts[int(c) - 1] + grid for c in cycles])
    band = fit.predict(times=list(times))
    low, high = band.interval("activity")
    for ax, region in zip(axes.flat, shown, strict=False):
        for k, cycle in enumerate(cycles):
            part = slice(k * len(grid), (k + 1) * len(grid))
            color = _shade(k, len(cycles))
            at = {"region": region}
            label = f"cycle {cycle}"
            ax.plot(
                grid, band.data["activity"].sel(at).values[part], color=color, lw=1.4, label=label
            )
            ax.fill_between(
                grid,
                low.sel(at).values[part],
                high.sel(at).values[part],
                color=color,
                alpha=0.2,
                lw=0,
            )
            _measured(ax, fit, rows[(rows["region"] == region) & (rows["cycle"] == cycle)], color)
        ax.set_title(words(region), fontsize="medium")
        ax.set_yscale("log")
        plain_numbers(ax.yaxis)
        ax.grid(alpha=0.3, lw=0.5)
    for ax in axes[:, 0]:
        ax.set_ylabel("activity [MBq]")
    for ax in axes.flat[max(0, len(shown) - columns) : len(shown)]:
        ax.set_xlabel("time in cycle [h]")
    for ax in axes.flat[len(shown) :]:
        ax.axis("off")
    if len(cycles) > 1:
        axes.flat[0].legend(fontsize="x-small", frameon=False)
    figure.suptitle(
        f"{fit._setup.patient.name}: measured and fitted, 90 % bands", fontsize="medium"
    )
    footer(figure)
    return figure


def _shade(k: int, n: int) -> Any:
    import matplotlib as mpl

    return mpl.colormaps["viridis"](0.1 + 0.7 * k / max(n - 1, 1))


def _calibration(fit: Fit, rows: pd.DataFrame) -> Array:
    """Fitted calibration factor of each row."""
    known = dict(zip(fit.prior.names, fit.phi, strict=True))
    return np.exp([known.get(f"calibration, {s}", 0.0) for s in rows["series"]])


def _errors(fit: Fit, rows: pd.DataFrame) -> Array:
    """Relative standard deviation of each row."""
    scales = fit.error_scales
    out = []
    for row in rows.to_dict("records"):
        error, f = fit.groups[row["error_group"]], row["predicted_MBq"]
        sd = error.standard_deviation(f, row["sd_MBq"])
        out.append(scales.get(row["error_group"], 1.0) * sd / f)
    return np.array(out)


def _measured(ax: Axes, fit: Fit, rows: pd.DataFrame, color: Any) -> None:
    below = (rows["censoring"] == "left").to_numpy()
    seen, hidden = rows[~below], rows[below]
    if len(seen):
        y = seen["activity_MBq"].to_numpy(float) / _calibration(fit, seen)
        factor = np.exp(INTERVAL * _errors(fit, seen))
        ax.errorbar(
            seen["t_h"], y, [y - y / factor, y * factor - y], fmt="o", color=color, ms=3.5, lw=0.9
        )
    if len(hidden):
        limit = hidden["detection_limit_MBq"].to_numpy(float) / _calibration(fit, hidden)
        ax.plot(hidden["t_h"], limit, "v", color=color, mfc="white", ms=5)


def plot_prediction(
    prediction: Prediction, regions: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Predicted activities with their intervals.

    Parameters
    ----------
    prediction
        Of a fitted patient.
    regions
        What to show; kidney, liver, spleen and lesions, as far as they are there, when absent.
    """
    ax = new_axes(ax, 8.0, 4.5)
    there = [str(r) for r in prediction.data["region"].values]
    main = {*MAIN_REGIONS, *prediction.data.attrs["lesions"]}
    shown = [r for r in there if r in main] if regions is None else list(regions)
    unknown = [r for r in shown if r not in there]
    if unknown:
        raise ValueError(f"no region {unknown}; there are {there}")
    days = prediction.data["time"].values / HOURS_PER_DAY
    low, high = prediction.interval("activity")
    top = 0.0
    for region, color in colors(shown).items():
        at = {"region": region}
        y = prediction.data["activity"].sel(at).values
        y = np.where(y > 0.0, y, np.nan)
        top = max(top, float(np.nanmax(y)))
        for k, part in enumerate(_by_cycle(prediction)):
            label = "_" if k else words(region)
            ax.plot(days[part], y[part], color=color, lw=1.5, label=label)
            ends = low.sel(at).values[part], high.sel(at).values[part]
            ax.fill_between(days[part], *ends, color=color, alpha=0.2, lw=0)
    ax.set_yscale("log")
    ax.set_ylim(top * DECADES, top * 2.0)
    ax.set_xlim(0.0, float(days[-1]))
    ax.set_xlabel("time [d]")
    ax.set_ylabel("activity [MBq]")
    ax.set_title(f"predicted, {prediction.level:.0%} intervals", fontsize="medium")
    ax.grid(alpha=0.3, lw=0.5)
    ax.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return ax


def _by_cycle(prediction: Prediction) -> list[slice]:
    """Give the times of each cycle, so that no line joins two of them."""
    times, starts = prediction.data["time"].values, prediction.data["cycle_start"].values
    edges = [0, *(int(np.searchsorted(times, s)) for s in starts[1:]), len(times)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]
