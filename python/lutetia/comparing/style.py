"""Colors, lines and legends that figures of a comparison share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lutetia.fitting.style import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lutetia.comparing.comparison import Comparison

# One color per regimen in every figure (Okabe & Ito palette, safe for color-blind readers).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
# Of the lines of the first and the last regimen: one that gives the same shows below the next.
WIDTHS = (4.2, 1.2)
ALONE = 1.8


def color_of(comparison: Comparison, regimen: str) -> str:
    """Color of a regimen; they repeat after eight."""
    return PALETTE[list(comparison.regimens).index(regimen) % len(PALETTE)]


def width_of(comparison: Comparison, regimen: str) -> float:
    """Width of the lines of a regimen."""
    names = list(comparison.regimens)
    return float(np.linspace(*WIDTHS, len(names))[names.index(regimen)]) if names[1:] else ALONE


def label_of(comparison: Comparison, regimen: str) -> str:
    """Name of a regimen in a legend, with for whom it is possible."""
    status = comparison.status_of(regimen)
    return f"{regimen} ({status})" if status else regimen


def over_weeks(ax: Axes, quantity: str) -> None:
    """Label axes of a dose [Gy] over weeks."""
    ax.set_xlabel("time [week]")
    ax.set_ylabel(f"cumulative {words(quantity)} [Gy]")
    ax.set_xlim(left=0.0)
    ax.set_ylim(bottom=0.0)
    ax.grid(alpha=0.3, lw=0.5)
    ax.spines[["top", "right"]].set_visible(False)


def legend_of(comparison: Comparison, ax: Axes, regions: Sequence[str] = ()) -> None:
    """Write the colors of the regimens, and dashes of the regions, beside the axes."""
    from matplotlib.lines import Line2D

    names = comparison.regimens
    shown = [
        Line2D([], [], color=color_of(comparison, n), lw=2.0, label=label_of(comparison, n))
        for n in names
    ]
    for k, region in enumerate(regions):
        style: Any = DASHES[k % len(DASHES)]
        shown.append(Line2D([], [], color="0.35", ls=style, label=words(region)))
    legend(ax, handles=shown)


def legend(ax: Axes, **handles: Any) -> None:
    """Write a legend beside the axes."""
    place: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    ax.legend(fontsize="small", frameon=False, **place, **handles)
